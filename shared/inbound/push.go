package inbound

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
)

// MaxPush bounds the body of a push request: a Pub/Sub message has at most 10 MB
// (docs.cloud.google.com/pubsub/quotas), which base64 makes a third longer, and its attributes come on top.
const MaxPush = 15 << 20

// The limits of one message (docs.cloud.google.com/pubsub/quotas).
const (
	maxAttributes  = 100
	maxKeyBytes    = 256
	maxValueBytes  = 1024
	maxOrderingKey = 1024
	maxNameBytes   = 1024 // of ids and subscriptions; the service's own are far shorter
)

// Push is one Pub/Sub message as a push subscription delivers it.
type Push struct {
	ID           string
	Data         []byte
	Attributes   map[string]string
	OrderingKey  string
	PublishedAt  time.Time // zero where the envelope does not say
	Subscription string    // "projects/p/subscriptions/s", or empty
	Attempt      int       // 1 at first; 0 where the subscription has no dead letter topic, and so does not count
}

// envelope is the body of a push request (docs.cloud.google.com/pubsub/docs/push). The service sends some fields twice,
// in both ways of writing them; emulators send one or the other.
type envelope struct {
	Message         *message `json:"message"`
	Subscription    string   `json:"subscription"`
	DeliveryAttempt int      `json:"deliveryAttempt"`

	// The body may be a CloudEvent in structured mode instead, with the envelope as its data (github.com/cloudevents/spec,
	// JSON format). In binary mode the event's own attributes are headers and the body is the envelope.
	SpecVersion string          `json:"specversion"`
	Data        json.RawMessage `json:"data"`
	DataBase64  []byte          `json:"data_base64"`
}

type message struct {
	Data             string            `json:"data"`
	Attributes       map[string]string `json:"attributes"`
	MessageID        string            `json:"messageId"`
	MessageIDSnake   string            `json:"message_id"`
	OrderingKey      string            `json:"orderingKey"`
	OrderingSnake    string            `json:"ordering_key"`
	PublishTime      string            `json:"publishTime"`
	PublishTimeSnake string            `json:"publish_time"`
}

// DecodePush reads the body of a Pub/Sub push request, or of a CloudEvent of type
// google.cloud.pubsub.topic.v1.messagePublished in either mode. Its fault is Malformed and names the JSON path.
func DecodePush(body []byte) (Push, error) {
	e, err := decodeEnvelope("", body)
	prefix := ""
	if err == nil && e.SpecVersion != "" {
		prefix, body = "data.", e.Data
		if len(e.DataBase64) > 0 {
			prefix, body = "data_base64.", e.DataBase64
		}
		e, err = decodeEnvelope(prefix, body)
	}
	if err != nil {
		return Push{}, err
	}
	p, path, err := e.push()
	if err != nil {
		return Push{}, notPush().At(prefix+path, err.Error())
	}
	return p, nil
}

// decodeEnvelope names the place where encoding/json stopped.
func decodeEnvelope(prefix string, body []byte) (e envelope, err error) {
	err = json.Unmarshal(body, &e)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return e, nil
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return e, notPush().At(prefix+wrongType.Field, "must not be of type "+wrongType.Value)
	}
	return e, notPush().At(cmp.Or(strings.TrimSuffix(prefix, "."), "$"), "is not the JSON of an object")
}

func notPush() *fault.Error {
	return fault.New(fault.Malformed, "the body is not a Pub/Sub push envelope")
}

// push checks the envelope. The path belongs to the error.
func (e *envelope) push() (p Push, path string, err error) {
	m := e.Message
	if m == nil {
		return Push{}, "message", errors.New("is missing")
	}
	p = Push{
		ID: cmp.Or(m.MessageID, m.MessageIDSnake), Attributes: m.Attributes, Subscription: e.Subscription,
		OrderingKey: cmp.Or(m.OrderingKey, m.OrderingSnake), Attempt: e.DeliveryAttempt,
	}
	if path, err := p.check(); err != nil {
		return Push{}, path, err
	}
	if p.Data, err = base64.StdEncoding.DecodeString(m.Data); err != nil {
		return Push{}, "message.data", errors.New("must be base64 (RFC 4648, section 4)")
	}
	if s := cmp.Or(m.PublishTime, m.PublishTimeSnake); s != "" {
		if p.PublishedAt, err = time.Parse(time.RFC3339Nano, s); err != nil {
			return Push{}, "message.publishTime", errors.New("must be a time as in RFC 3339")
		}
	}
	return p, "", nil
}

func (p *Push) check() (path string, err error) {
	switch {
	case p.ID == "":
		return "message.messageId", errors.New("is missing")
	case len(p.ID) > maxNameBytes:
		return "message.messageId", longerThan(maxNameBytes)
	case len(p.OrderingKey) > maxOrderingKey:
		return "message.orderingKey", longerThan(maxOrderingKey)
	case len(p.Subscription) > maxNameBytes:
		return "subscription", longerThan(maxNameBytes)
	case p.Attempt < 0:
		return "deliveryAttempt", errors.New("must not be negative")
	case len(p.Attributes) > maxAttributes:
		return "message.attributes", fmt.Errorf("must not have more than %d entries", maxAttributes)
	}
	for k, v := range p.Attributes {
		if len(k) > maxKeyBytes {
			return "message.attributes", fmt.Errorf("a key is longer than %d bytes", maxKeyBytes)
		}
		if len(v) > maxValueBytes {
			return "message.attributes[" + strconv.Quote(k) + "]", longerThan(maxValueBytes)
		}
	}
	return "", nil
}

func longerThan(n int) error { return fmt.Errorf("is longer than %d bytes", n) }
