package crm

import (
	"bytes"
	"encoding/json"
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
// sent unsigned, which tells nobody apart and is for people to read.
func (v Vars) addCustomData(d session.Data) {
	for _, part := range []json.RawMessage{d.Signed, d.Unsigned} {
		for name, value := range dataOf(part) {
			if v[name] == "" {
				v[name] = value
			}
		}
	}
}

// dataOf reads the members that hold one text, number or truth, bare or in a member "value", as the app's libraries send them
// beside a label (docs.cloud.google.com, CCAI Platform, mobile and web SDK guides, "custom data"). Of two keys that make one
// variable, and of more members than there is room for, the first count.
func dataOf(part json.RawMessage) map[string]string {
	d := json.NewDecoder(bytes.NewReader(part))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil
	}
	vars := map[string]string{}
	for d.More() && len(vars) < maxDataKeys {
		key, err := d.Token()
		if err != nil {
			return vars
		}
		var member any
		if d.Decode(&member) != nil {
			return vars
		}
		if wrapped, ok := member.(map[string]any); ok {
			member = wrapped["value"]
		}
		name := dataName(key.(string))
		if value, _ := scalar(member); name != "" && value != "" && len(value) <= maxDataValue && vars[name] == "" {
			vars[name] = value
		}
	}
	return vars
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
