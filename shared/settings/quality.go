package settings

import (
	"fmt"
	"slices"
	"strings"
)

// Quality is the application for quality management (QM) that is told of calls and chats as they happen
// (docs.cloud.google.com/contact-center/ccai-platform/docs/qm-call-session-data and .../qm-chat-session-data). A channel that is
// absent is not told of.
type Quality struct {
	// Call is told of calls, and of agents' logins and logouts.
	Call *QualityEndpoint `json:"call,omitempty"`
	Chat *QualityEndpoint `json:"chat,omitempty"`
}

// QualityEndpoint takes the events of a channel by POST.
type QualityEndpoint struct {
	URL string `json:"url"`

	// How to sign in: one of Basic and a header Authorization at most. Headers are sent with every request.
	Basic   *Basic   `json:"basic,omitempty"`
	Headers []Header `json:"headers,omitempty"`
	// SigningSecret signs every request as Standard Webhooks has it (github.com/standard-webhooks/standard-webhooks, signature
	// scheme): its value is "whsec_" and the key in base64. Empty: requests are not signed.
	SigningSecret string `json:"signing_secret,omitempty"` // secret://name

	// Batch is how many events one request may have: up to 100, in a JSON array. 0 and 1: one, which is the body itself.
	Batch int `json:"batch,omitempty"`
}

// MaxBatch bounds QualityEndpoint.Batch: the ids of so many events still fit the headers that servers take.
const MaxBatch = 100

// For is the endpoint of a channel, "call" or "chat"; nil where its events are not wanted.
func (q *Quality) For(channel string) *QualityEndpoint {
	switch {
	case q == nil:
		return nil
	case channel == "call":
		return q.Call
	case channel == "chat":
		return q.Chat
	}
	return nil
}

// Size is how many events a request may have, at least 1.
func (e *QualityEndpoint) Size() int { return max(e.Batch, 1) }

// decided are the headers that a request for quality management has of its own (Standard Webhooks, webhook headers).
var decided = []string{"webhook-id", "webhook-timestamp", "webhook-signature"}

// ownHeaders is what our own headers begin with.
const ownHeaders = "sessionbridge-"

func (q *Quality) validate(c *checker) {
	c.check(q.Call != nil || q.Chat != nil, "quality", "must have an endpoint for call, chat or both")
	if q.Call != nil {
		q.Call.validate(c, "quality.call")
	}
	if q.Chat != nil {
		q.Chat.validate(c, "quality.chat")
	}
}

func (e *QualityEndpoint) validate(c *checker, path string) {
	c.wholeURL(path+".url", e.URL)
	c.check(!strings.Contains(e.URL, "{"), path+".url", "has no variables")
	c.check(!strings.Contains(e.URL, "#"), path+".url", `must not have a "#": what stands behind one is never sent`)
	seen := map[string]int{}
	for i, h := range e.Headers {
		at, name := index(path+".headers", i), strings.ToLower(h.Name)
		h.validate(c, at)
		first, again := seen[name]
		c.check(!again, at+".name", fmt.Sprintf("stands already at %s.headers[%d].name", path, first))
		c.check(name != "authorization" || e.Basic == nil, at+".name", "is what "+path+".basic sends")
		c.check(!slices.Contains(decided, name) && !strings.HasPrefix(name, ownHeaders), at+".name", "is decided by each event and cannot be set")
		seen[name] = i
	}
}
