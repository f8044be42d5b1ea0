package inbound_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const full = `{"message":{"data":"aGVsbG8=","attributes":{"tenant":"demo"},"messageId":"136969346945","message_id":"136969346945",
"orderingKey":"demo/call-1","publishTime":"2026-11-20T12:00:00.5Z","publish_time":"2026-11-20T12:00:00.5Z"},
"subscription":"projects/p/subscriptions/s","deliveryAttempt":3}`

func TestDecodePush(t *testing.T) {
	t.Parallel()
	whole := inbound.Push{
		ID: "136969346945", Data: []byte("hello"), Attributes: map[string]string{"tenant": "demo"}, OrderingKey: "demo/call-1",
		PublishedAt: time.Date(2026, 11, 20, 12, 0, 0, 5e8, time.UTC), Subscription: "projects/p/subscriptions/s", Attempt: 3,
	}
	for name, row := range map[string]struct {
		body string
		want inbound.Push
	}{
		"a push request": {full, whole},
		"a structured CloudEvent": {
			`{"specversion":"1.0","id":"1","type":"google.cloud.pubsub.topic.v1.messagePublished","source":"//p","data":` + full + `}`, whole,
		},
		"a structured CloudEvent in base64": {
			`{"specversion":"1.0","data_base64":"` + base64.StdEncoding.EncodeToString([]byte(full)) + `"}`, whole,
		},
		"snake case alone": {
			`{"message":{"message_id":"7","ordering_key":"k","publish_time":"2026-11-20T12:00:00Z"}}`,
			inbound.Push{ID: "7", Data: []byte{}, OrderingKey: "k", PublishedAt: noon},
		},
		"attributes and no data": {
			`{"message":{"messageId":"7","attributes":{"a":""}},"subscription":"s","unknown":[1]}`,
			inbound.Push{ID: "7", Data: []byte{}, Attributes: map[string]string{"a": ""}, Subscription: "s"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := inbound.DecodePush([]byte(row.body))
			if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestDecodePushNamesWhatIsMalformed(t *testing.T) {
	t.Parallel()
	message := func(s string) string { return `{"message":{"messageId":"7",` + s + `}}` }
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprintf(`"k%d":""`, i))
	}
	for name, row := range map[string]struct{ body, path string }{
		"nothing":                  {"", "$"},
		"no JSON":                  {"message=1", "$"},
		"cut off":                  {full[:40], "$"},
		"an array":                 {"[]", "$"},
		"null":                     {"null", "message"},
		"no message":               {"{}", "message"},
		"a message of text":        {`{"message":"hello"}`, "message"},
		"no id":                    {`{"message":{"data":"aGVsbG8="}}`, "message.messageId"},
		"an id too long":           {`{"message":{"messageId":"` + strings.Repeat("7", 1025) + `"}}`, "message.messageId"},
		"an id of number":          {`{"message":{"messageId":7}}`, "message.messageId"},
		"data not base64":          {message(`"data":"hello!"`), "message.data"},
		"data of the URL alphabet": {message(`"data":"__--"`), "message.data"},
		"attributes of number":     {message(`"attributes":{"a":1}`), "message.attributes"},
		"too many attributes":      {message(`"attributes":{` + strings.Join(many, ",") + `}`), "message.attributes"},
		"a key too long":           {message(`"attributes":{"` + strings.Repeat("k", 257) + `":""}`), "message.attributes"},
		"a value too long":         {message(`"attributes":{"k":"` + strings.Repeat("v", 1025) + `"}`), `message.attributes["k"]`},
		"an ordering key too long": {message(`"orderingKey":"` + strings.Repeat("k", 1025) + `"`), "message.orderingKey"},
		"a time that is none":      {message(`"publishTime":"yesterday"`), "message.publishTime"},
		"a negative attempt":       {`{"message":{"messageId":"7"},"deliveryAttempt":-1}`, "deliveryAttempt"},
		"a subscription too long":  {`{"message":{"messageId":"7"},"subscription":"` + strings.Repeat("s", 1025) + `"}`, "subscription"},
		"an event without data":    {`{"specversion":"1.0"}`, "data"},
		"an event without message": {`{"specversion":"1.0","data":{}}`, "data.message"},
		"an event of another kind": {`{"specversion":"1.0","data":"hello"}`, "data"},
		"an event with bad base64": {`{"specversion":"1.0","data_base64":"!"}`, "$"},
		"nested without end":       {strings.Repeat("[", 1<<20), "$"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := inbound.DecodePush([]byte(row.body))
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Malformed || len(f.Fields) != 1 {
				t.Fatalf("error %v, want one malformed field", err)
			}
			if f.Fields[0].Path != row.path {
				t.Errorf("path %q (%s), want %q", f.Fields[0].Path, f.Fields[0].Detail, row.path)
			}
		})
	}
}

func FuzzDecodePush(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(`{"specversion":"1.0","data":` + full + `}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := inbound.DecodePush(body)
		if (err == nil) != (p.ID != "") || (err != nil && fault.KindOf(err) != fault.Malformed) {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
