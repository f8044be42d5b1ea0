// Package udesk turns what Udesk posts into session events: the call trigger notification (DecodeCall) and the chat
// events of its webhook (DecodeChat). It exists because Udesk names no event, gives no id, and writes outcomes as display
// text in the tenant's language: all of that is read here, and nowhere else.
//
// Sources: udesk.jp/docs/thirdparty/call_trigger_push (fields, outcomes, categories, the example), the same page on
// udesk.cn and udeskglobal.com in Chinese and English, call_detail_push beside it (the same body at the call's start,
// answer, hang-up and end), and udeskglobal.com/doc/apiv2/webhook_v2 for chats. README.md says what of it is a guess.
//
// Neighbours: payload beside it for limits and reading, source above for the types it answers with, shared/session for
// the events and their fold. It is pure and keeps nothing between two payloads.
package udesk

import (
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

func decode(receipt source.Receipt, body []byte, what string, read payload.EntryReader) (source.Batch, error) {
	entries, problem := payload.Entries(body, what)
	if problem != nil {
		return source.Batch{}, problem
	}
	return payload.Decode(receipt, entries, read)
}

// newEvent is the event that stands for a whole post. Udesk gives no id and documents no retries, so a post is named by
// its content alone: the same post is the same event wherever in a payload it stands.
func newEvent(receipt source.Receipt, en payload.Entry) session.Event {
	e := payload.NewEvent(receipt, payload.ContentID(payload.Entry{Raw: en.Raw}))
	e.Kind, e.Sequence, e.Raw = session.Snapshot, int64(en.Index), en.Raw
	return e
}

// fact is one event that a post shows to have happened. Posts repeat and overtake each other, so its id is made of what
// it tells: of equal ids session.Apply keeps the earliest.
func fact(post session.Event, id string, kind session.Kind, at time.Time) session.Event {
	return session.Event{
		ID: post.Session + "/" + id, Tenant: post.Tenant, Source: post.Source, Session: post.Session, Kind: kind,
		At: at, ReceivedAt: post.ReceivedAt, Sequence: post.Sequence, VendorType: post.VendorType,
	}
}
