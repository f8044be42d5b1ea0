package udesk

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

const (
	maxLines = 1_000  // of a transcript that become messages; the post keeps the others
	minLines = 10     // that do however short the post is
	lineSize = 64     // bytes of a post for each line that does: none that says something is shorter
	maxProse = 32_000 // bytes of a message; the event's Raw keeps a longer one
)

// transcript reads im_log_infos into one event per line, each with the line's own JSON, and returns the array without
// them. A line is an object, named by its id, else by its place: a transcript is sent once, whole.
func (c chat) transcript(post session.Event) ([]session.Event, json.RawMessage) {
	raw := c.object["im_log_infos"]
	if len(raw) == 0 || raw[0] != '[' {
		return nil, raw
	}
	most := max(minLines, min(maxLines, len(post.Raw)/lineSize))
	events := make([]session.Event, 0, minLines)
	rest := json.RawMessage("[")
	for from, to := range payload.Pieces(raw) {
		if len(events) == most {
			return events, append(rest, raw[from:]...)
		}
		o, ok := payload.ParseObject(raw[from:to])
		if !ok {
			rest = append(append(rest, raw[from:to]...), ',')
			continue
		}
		events = append(events, c.line(post, o, raw[from:to], len(events)))
	}
	return events, append(bytes.TrimSuffix(rest, []byte(",")), ']')
}

// line is one line of the transcript: what was said by whom, or, where it says nothing that can be read, Unknown.
func (c chat) line(post session.Event, o payload.Object, raw json.RawMessage, place int) session.Event {
	f := c.within(payload.Place{Path: c.Path("im_log_infos[]"), Object: o}) // notes are of all lines alike
	name := "line/" + strconv.Itoa(place)
	if id := f.id("message_id", "id"); id != "" {
		name = "message/" + payload.Safe(id)
	}
	e := fact(post, name, session.Unknown, payload.First(f.time("created_at", "message_created_at"), post.At))
	e.Sequence, e.Raw = int64(place), raw
	role, text := f.said()
	if text == "" {
		return e
	}
	e.Kind, e.Message = session.MessageSent, &session.Message{Role: role, Text: text}
	switch role {
	case session.EndUser:
		e.Message.Name = c.text("customer_name", "nick_name")
	case session.HumanAgent:
		e.Message.Name = cmp.Or(f.text("agent_nick_name", "agent_name"), c.text("agent_nick_name", "agent_name"))
	}
	return e
}

// said reads a line's sender and text. The content is a text or, mostly, JSON in a string with a type and the text within:
// `{"type":"message","data":{"content":"…"}}` (github.com/udesk/open_udesk_doc, doc/im.md). Of the types, those that are
// no message are told by the system, as is a welcome, whatever the sender.
func (f fields) said() (session.Role, string) {
	sender := role(f.text("sender"))
	f.notes = nil // what a message holds may be anything
	text := f.id("content")
	content, at := f.Find("content")
	if text != "" && text[0] == '{' {
		content, _ = payload.Unquote(content, at)
	}
	envelope, ok := payload.ParseObject(content)
	if !ok {
		return sender, payload.Clip(text, maxProse)
	}
	within := f.within(payload.Place{Object: envelope})
	data, _ := payload.ParseObject(envelope["data"])
	text = f.within(payload.Place{Object: data}).id("content")
	if !spoken(within.text("type")) || within.truth("is_welcome") {
		return session.System, payload.Clip(text, maxProse)
	}
	return sender, payload.Clip(text, maxProse)
}

// spoken says whether a type of content is said by somebody: all others report what happened to the chat.
func spoken(kind string) bool {
	switch kind {
	case "", "message", "image", "audio", "video", "file", "rich", "struct":
		return true
	}
	return false
}

func role(sender string) session.Role {
	switch word(sender) {
	case "customer":
		return session.EndUser
	case "agent":
		return session.HumanAgent
	case "robot":
		return session.VirtualAgent
	}
	return session.System
}
