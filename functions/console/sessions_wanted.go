package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// maxText bounds what is looked for, in bytes.
const maxText = 200

// wanted is what the list of sessions is asked for.
type wanted struct {
	Text      string // a key or the number in it, who or what the customer is known by, or a part of a name
	Within    bool   // the text may be a part of a name: the sessions are looked through for it
	Status    session.Status
	Trouble   session.CRMState
	Channel   session.Channel
	Direction session.Direction
	Since     string
	Until     string
	After     string
}

var (
	statuses = []session.Status{
		session.StatusScheduled, session.StatusQueued, session.StatusRinging, session.StatusConnected, session.StatusHeld,
		session.StatusEnded, session.StatusWrapUp, session.StatusFinished,
	}
	troubles   = []session.CRMState{session.CRMDead, session.CRMWaiting, session.CRMPending, session.CRMDone, session.CRMIdle}
	channels   = []session.Channel{session.Call, session.Chat}
	directions = []session.Direction{session.Inbound, session.Outbound}
)

// wantedOf reads the list's query, whose words must be of their lists.
func wantedOf(r *http.Request) (q wanted, err error) {
	get := r.URL.Query().Get
	q = wanted{
		strings.TrimSpace(get("q")), get("within") != "", session.Status(get("status")), session.CRMState(get("trouble")),
		session.Channel(get("channel")), session.Direction(get("direction")), get("since"), get("until"), get("after"),
	}
	if len(q.Text) > maxText {
		return q, fault.New(fault.Malformed, fmt.Sprintf("q must be at most %d bytes long", maxText))
	}
	return q, cmp.Or(oneOf("status", q.Status, statuses), oneOf("trouble", q.Trouble, troubles), oneOf("channel", q.Channel, channels), oneOf("direction", q.Direction, directions))
}

// oneOf is nil for a word of the list, and for none.
func oneOf[T ~string](name string, word T, all []T) error {
	if word == "" || slices.Contains(all, word) {
		return nil
	}
	return fault.New(fault.Malformed, fmt.Sprintf("%s must be one of %v", name, all))
}

// Any says whether something is asked for at all.
func (q wanted) Any() bool { q.After = ""; return q != wanted{} }

// LookWithin is the address of the same, but looked for in all names.
func (q wanted) LookWithin() string {
	q.Within = true
	return q.query("")
}

// filter is what the database sifts by.
func (q wanted) filter() (f store.Filter, err error) {
	f = store.Filter{Status: q.Status, Trouble: q.Trouble, After: q.After}
	if f.Since, err = formTime("since", q.Since); err != nil {
		return f, err
	}
	f.Until, err = formTime("until", q.Until)
	return f, err
}

// query is the list's, from a place on.
func (q wanted) query(after string) string {
	values := url.Values{}
	for name, value := range map[string]string{
		"q": q.Text, "status": string(q.Status), "trouble": string(q.Trouble), "channel": string(q.Channel), "direction": string(q.Direction),
		"since": q.Since, "until": q.Until, "after": after,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if q.Within {
		values.Set("within", "yes")
	}
	return "?" + values.Encode()
}

// SinceAt and UntilAt are the times as moments, for the form's fields.
func (q wanted) SinceAt() time.Time { return momentOf(q.Since) }

// UntilAt is as SinceAt.
func (q wanted) UntilAt() time.Time { return momentOf(q.Until) }

func momentOf(text string) time.Time {
	t, _ := formTime("", text) // what is no time was refused before
	return t
}

// formTime reads a time of a form: with its zone as in RFC 3339, as a script sends it, or without, as a browser's field does by
// itself, which is taken for UTC.
func formTime(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fault.New(fault.Malformed, name+" must be a time such as 2026-01-05T09:00, in UTC, or 2026-01-05T10:00:00+01:00")
}

// keeps says whether the session is one of those wanted, as far as the database does not sift them; text is in lower case, and
// empty where that does.
func (q wanted) keeps(l store.Listed, text string) bool {
	s := l.Session
	return (q.Status == "" || s.Status == q.Status) && (q.Trouble == "" || l.Trouble == q.Trouble) &&
		(q.Channel == "" || s.Channel == q.Channel) && (q.Direction == "" || s.Direction == q.Direction) &&
		(text == "" || speaksOf(l.Document, text))
}
