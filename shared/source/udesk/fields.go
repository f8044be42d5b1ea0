package udesk

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
)

// fields reads a post whose values are often not of the type their documentation says: the documented example has a
// boolean as a string. Nothing is rejected for its type; what cannot be read is unknown, of which a note is taken, and Raw
// keeps it. An empty string, null and absence are one case.
type fields struct {
	payload.Reader
	zone *time.Location // of times that come without one
	*notes
}

// newFields reads a post.
func newFields(receipt source.Receipt, en payload.Entry, post payload.Object) fields {
	return fields{
		Reader: payload.NewReader(payload.Place{Path: en.Path, Object: post}),
		zone:   cmp.Or(receipt.Zone, time.UTC), notes: &notes{root: en.Path},
	}
}

// within reads other objects of the same post.
func (f fields) within(places ...payload.Place) fields {
	f.Reader = payload.NewReader(places...)
	return f
}

const (
	maxText   = 1_000 // bytes of a name, a number or a word
	maxKept   = 16 << 10
	maxNumber = 64 // characters of a number's notation; a longer one stays as it is
	maxPower  = 30 // of ten, in a number's exponent; likewise
)

// text is the first of the keys that holds a string with something in it, or a number, without its exponent.
func (f fields) text(keys ...string) string { return payload.Clip(f.id(keys...), maxText) }

// id is text at its full length: cut, two ids could become one.
func (f fields) id(keys ...string) string {
	for _, key := range keys {
		raw, path := f.Find(key)
		if s := scalar(raw); s != "" {
			return s
		}
		if len(raw) > 0 && raw[0] != '"' {
			f.note(path, "neither a text nor a number, taken as unknown")
		}
	}
	return ""
}

func scalar(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	switch c := raw[0]; {
	case c == '"' && bytes.IndexByte(raw, '\\') < 0: // mostly, and without an allocation but the text
		return strings.TrimSpace(string(raw[1 : len(raw)-1]))
	case c == '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return strings.TrimSpace(s)
	case c == '-' || c >= '0' && c <= '9':
		return plain(string(raw))
	}
	return ""
}

// plain writes a number without an exponent, and a whole one without a fraction, exactly: an id may be greater than a
// float64 can hold. Whatever else it is given it returns unchanged.
func plain(s string) string {
	if len(s) > maxNumber || strings.Trim(s, "+-0123456789.eE") != "" || !strings.ContainsAny(s, ".eE") {
		return s
	}
	if _, power, there := strings.Cut(strings.ToLower(s), "e"); there {
		if n, err := strconv.Atoi(power); err != nil || n > maxPower || n < -maxPower {
			return s
		}
	}
	r, ok := new(big.Rat).SetString(s)
	switch {
	case !ok:
		return s
	case r.IsInt():
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(maxNumber+maxPower), "0")
}

// count is a number of seconds; nil where it is absent, negative or no whole number.
func (f fields) count(key string) *int {
	text := f.id(key)
	if text == "" {
		return nil
	}
	_, path := f.Find(key)
	n, err := strconv.Atoi(plain(text))
	switch {
	case err != nil:
		f.unread(path, text, "no number of seconds")
		return nil
	case n < 0:
		f.unread(path, text, "negative")
		return nil
	}
	return &n
}

// truth is whether the key holds true, "true" in any letter case, 1 or "1". That a string is not empty says nothing.
func (f fields) truth(key string) bool {
	raw, path := f.Find(key)
	if string(raw) == "true" || string(raw) == "false" {
		return raw[0] == 't'
	}
	text := f.id(key)
	switch strings.ToLower(plain(text)) {
	case "true", "1":
		return true
	case "", "false", "0":
	default:
		f.unread(path, text, "neither true nor false")
	}
	return false
}

// number is a telephone number, empty where the key holds anything else. No note repeats it.
func (f fields) number(key string) string {
	text := f.text(key)
	if text != "" && !payload.IsNumber(text) {
		_, path := f.Find(key)
		f.note(path, "no number, taken as unknown")
		return ""
	}
	return text
}

// The forms of a time: as documented for calls, and ISO 8601; and those without an offset, two of which Udesk's chat
// interfaces write. No post names their zone: it is the tenant's.
var (
	zoned    = []string{"2006-01-02 15:04:05 -0700", time.RFC3339}
	zoneless = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "20060102 15:04:05"}
)

// time is the first of the keys that holds a time between the years 2000 and 2100, in UTC; zero where none does.
func (f fields) time(keys ...string) time.Time {
	for _, key := range keys {
		text := f.text(key)
		if text == "" {
			continue
		}
		if t, ok := payload.ParseTime(text, time.UTC, zoned...); ok {
			return t.UTC()
		}
		_, path := f.Find(key)
		if t, ok := payload.ParseTime(text, f.zone, zoneless...); ok {
			f.note(path, "without an offset, read as %s", t.Format("-07:00"))
			return t.UTC()
		}
		f.unread(path, text, "no time")
	}
	return time.Time{}
}

// side reads the times of one side of a leg, `agent` or `customer`.
func (f fields) side(name string) session.Side {
	return session.Side{RingAt: f.time(name + "_ring_at"), AnswerAt: f.time(name + "_answer_at"), HangupAt: f.time(name + "_hangup_at")}
}

// predefined is what the tenant's administrator attached to the notification: JSON, JSON in a string, or a plain text,
// which becomes a JSON string. It is nil where there is nothing, or JSON of more than 16 KiB.
func (f fields) predefined() json.RawMessage {
	if v := f.JSON("extend"); v != nil {
		return v
	}
	raw, path := f.Find("extend")
	if len(raw) > maxKept && raw[0] != '"' {
		f.note(path, "longer than 16 KiB, left in raw")
		return nil
	}
	text := scalar(raw)
	if text == "" {
		return nil
	}
	if len(text) > maxKept {
		f.note(path, "longer than 16 KiB, left in raw")
	}
	if text[0] == '{' || text[0] == '[' {
		if inner, problem := payload.Unquote(raw, path); problem == nil {
			return payload.NewReader(payload.Place{Object: payload.Object{"extend": inner}}).JSON("extend")
		}
	}
	quoted, err := json.Marshal(payload.Clip(text, maxKept))
	if err != nil {
		return nil
	}
	return quoted
}
