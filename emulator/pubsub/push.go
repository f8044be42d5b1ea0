package pubsub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// pushTime is how push bodies write times: UTC, to the millisecond.
const pushTime = "2006-01-02T15:04:05.000Z"

// maxAnswerBytes is how much of an endpoint's answer is read so that its connection can be used again. Nothing in an
// answer's body matters.
const maxAnswerBytes = 64 << 10

// envelope is the body of a push (https://cloud.google.com/pubsub/docs/push#receive_push). Some fields come twice,
// in both spellings.
type envelope struct {
	Message         envelopeMessage `json:"message"`
	Subscription    string          `json:"subscription"`
	DeliveryAttempt int             `json:"deliveryAttempt,omitempty"` // only with a dead letter policy
}

type envelopeMessage struct {
	Data             []byte            `json:"data,omitempty"`
	Attributes       map[string]string `json:"attributes"`
	MessageID        string            `json:"messageId"`
	MessageIDSnake   string            `json:"message_id"`
	PublishTime      string            `json:"publishTime"`
	PublishTimeSnake string            `json:"publish_time"`
	OrderingKey      string            `json:"orderingKey,omitempty"`
}

func newEnvelope(sub *pb.Subscription, h *held) envelope {
	at := h.arrived.UTC().Format(pushTime)
	e := envelope{Subscription: sub.Name, Message: envelopeMessage{
		Data: h.msg.Data, Attributes: h.msg.Attributes,
		MessageID: h.msg.MessageId, MessageIDSnake: h.msg.MessageId,
		PublishTime: at, PublishTimeSnake: at,
		OrderingKey: h.msg.OrderingKey,
	}}
	if e.Message.Attributes == nil {
		e.Message.Attributes = map[string]string{}
	}
	if sub.DeadLetterPolicy != nil {
		e.DeliveryAttempt = h.failures + 1
	}
	return e
}

// answer is what became of one push.
type answer struct {
	ok     bool // the endpoint acknowledged
	status int  // 0 where none came
	err    error
}

func (a answer) problem() string {
	switch {
	case a.ok:
		return ""
	case a.err != nil:
		return a.err.Error()
	}
	return http.StatusText(a.status)
}

// push posts a message to its endpoint and waits for the answer, no longer than the ack deadline of real time.
func (p *Pusher) push(ctx context.Context, sub *pb.Subscription, h *held) answer {
	ctx, cancel := context.WithTimeout(ctx, ackDeadline(sub))
	defer cancel()
	var processing atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		processing.Store(processing.Load() || code == http.StatusProcessing)
		return nil
	}})
	req, err := p.request(ctx, sub, h)
	if err != nil {
		return answer{err: err}
	}
	res, err := p.client.Do(req)
	if err != nil {
		return answer{ok: processing.Load(), err: withoutURL(err)}
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswerBytes)
	return answer{ok: acknowledges(res.StatusCode), status: res.StatusCode}
}

func (p *Pusher) request(ctx context.Context, sub *pb.Subscription, h *held) (*http.Request, error) {
	body, err := json.Marshal(newEnvelope(sub, h))
	if err != nil {
		return nil, fmt.Errorf("pubsub: encode push body: %w", err)
	}
	endpoint := sub.PushConfig.PushEndpoint
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("pubsub: push request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "CloudPubSub-Google")
	if t := sub.PushConfig.GetOidcToken(); t != nil {
		audience := t.Audience
		if audience == "" {
			audience = endpoint
		}
		token, err := p.token(t.ServiceAccountEmail, audience)
		if err != nil {
			return nil, fmt.Errorf("pubsub: sign the push's OIDC token: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

// acknowledges says which answers count as success (https://cloud.google.com/pubsub/docs/push#receive_push).
// 102 is one of them too, but HTTP makes it an interim answer, which Go hands over apart: push takes it for success
// where no final answer follows.
func acknowledges(status int) bool {
	switch status {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return true
	}
	return false
}

func ackDeadline(sub *pb.Subscription) time.Duration {
	if s := sub.AckDeadlineSeconds; s > 0 {
		return time.Duration(s) * time.Second
	}
	return defaultAckDeadline
}

// withoutURL takes the endpoint's URL out of an error that goes to the log: it may carry a secret.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
