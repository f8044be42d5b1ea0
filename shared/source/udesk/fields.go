package udesk

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// fields reads a post whose values are often not of the type their documentation says: the documented example has a
// boolean as a string. Nothing is rejected for its type; what cannot be read is unknown, and Raw keeps it. An empty
// string, null and absence are one case.
type fields struct{ payload.Reader }

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
		raw, _ := f.Find(key)
		if s := scalar(raw); s != "" {
			return s
		}
	}
	return ""
}

func scalar(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	switch c := raw[0]; {
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
	n, err := strconv.Atoi(plain(f.id(key)))
	if err != nil || n < 0 {
		return nil
	}
	return &n
}

// truth is whether the key holds true, "true" in any letter case, 1 or "1". That a string is not empty says nothing.
func (f fields) truth(key string) bool {
	raw, _ := f.Find(key)
	if string(raw) == "true" {
		return true
	}
	s := strings.ToLower(plain(scalar(raw)))
	return s == "true" || s == "1"
}

// layouts are the forms of a time: as documented for calls, ISO 8601, and the two forms without an offset that Udesk's
// chat interfaces write. Of those the zone is the tenant's, which no post names: they are taken for UTC.
var layouts = []string{"2006-01-02 15:04:05 -0700", time.RFC3339, "2006-01-02 15:04:05", "20060102 15:04:05"}

// time is the first of the keys that holds a time between the years 2000 and 2100, in UTC; zero where none does.
func (f fields) time(keys ...string) time.Time {
	for _, key := range keys {
		s := f.text(key)
		for _, layout := range layouts {
			if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() >= 2000 && t.UTC().Year() < 2100 {
				return t.UTC()
			}
		}
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
	text := scalar(raw)
	if text == "" {
		return nil
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
