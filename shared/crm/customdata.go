package crm

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// Bounds of what becomes a variable: a page may send anything.
const (
	maxDataKeys  = 100 // of each part
	maxDataName  = 100 // bytes of a key
	maxDataValue = 4 << 10
)

// addCustomData adds what the company's app or page attached, by its keys. What the company signed goes before what a page
// sent unsigned, which tells nobody apart and is for people to read: whatever the company signed under a name, if only that it
// is empty, the page says nothing under it.
func (v Vars) addCustomData(d session.Data) {
	signed := dataOf(d.Signed)
	maps.Copy(v, signed.vars)
	if !signed.whole {
		return // what was not read may be what the page would say instead
	}
	for name, value := range dataOf(d.Unsigned).vars {
		if !signed.names[name] {
			v[name] = value
		}
	}
}

// data is what was read of one part.
type data struct {
	vars  map[string]string
	names map[string]bool // of all members, also of those that are no text, number or truth, or are empty or too long
	whole bool            // there is nothing behind what was read
}

// dataOf reads the members that hold one text, number or truth, bare or in a member "value", as the app's libraries send them
// beside a label (docs.cloud.google.com, CCAI Platform, mobile and web SDK guides, "custom data"). Of two keys that make one
// variable, and of more members than there is room for, the first count.
func dataOf(part json.RawMessage) data {
	all := data{vars: map[string]string{}, names: map[string]bool{}, whole: len(part) == 0}
	d := json.NewDecoder(bytes.NewReader(part))
	d.UseNumber()
	open, err := d.Token()
	if err != nil || open != json.Delim('{') {
		all.whole = all.whole || err == nil && open == nil // null is nothing
		return all
	}
	for n := 0; d.More(); n++ {
		key, err := d.Token()
		var member any
		if n == maxDataKeys || err != nil || d.Decode(&member) != nil {
			return all
		}
		all.add(dataName(key.(string)), member)
	}
	all.whole = true
	return all
}

func (d data) add(name string, member any) {
	if wrapped, ok := member.(map[string]any); ok {
		member = wrapped["value"]
	}
	d.names[name] = true
	if value, _ := scalar(member); name != "" && value != "" && len(value) <= maxDataValue && d.vars[name] == "" {
		d.vars[name] = value
	}
}

// dataName is a key as a variable's name: in capitals, with an underscore for all that is neither a letter of ASCII nor a digit.
func dataName(key string) string {
	if key == "" || len(key) > maxDataName {
		return ""
	}
	return settings.CustomDataPrefix + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, key)
}
