package settings

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"sessionbridge.internal/shared/template"
)

// bodyKey is a key of a JSON body: names, each perhaps with places in lists, joined by dots. Empty brackets are the place
// behind the last. It goes no deeper than any CRM's body does.
var bodyKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[^.\[]+(\[[0-9]{0,4}\]){0,3}(\.[^.\[]+(\[[0-9]{0,4}\]){0,3}){0,15}$`)
})

// parameter checks one; members are those of the body so far.
func (k *call) parameter(i int, members *Body) {
	p, path := k.e.Parameters[i], index(k.path+".parameters", i)
	k.template(path+".value", p.Value)
	body := k.goes(p) == inBody
	k.check(p.In != inBody || k.e.Method != "GET", path+".in", `must be "query" in a GET, which has no body`)
	k.check(!body || k.e.Body == "", path+".in", `must be "query" beside a body, which replaces the parameters of the body`)
	plain := p.Type == "" || p.Type == "string"
	k.check(plain || body && !k.multipart(), path+".type", "counts only in a JSON body; elsewhere all is text")
	k.check(plain || p.Max == 0, path+".max", "cuts texts; a cut "+p.Type+" would be another")
	k.room(p, path)
	if !body || k.multipart() {
		return
	}
	k.typed(p, path+".value")
	if !bodyKey().MatchString(p.Key) {
		k.check(false, path+".key", `must be a key such as "a", "a.b" or "a[0].b"`)
	} else if err := members.Put(p.Key, json.RawMessage("null")); err != nil {
		k.check(false, path+".key", err.Error())
	}
}

// samples are what a text becomes where all its variables have the value, and where none is known; of the latter only what
// would be sent.
func samples(p Parameter, value string) (texts []string) {
	t, err := template.Parse(p.Value)
	if err != nil {
		return nil // told already
	}
	for _, value := range []string{value, ""} {
		text, complete := t.Expand(func(name string) (string, bool) { return value, Known(name) }, nil)
		if complete || p.Keep {
			texts = append(texts, text)
		}
	}
	return texts
}

// room checks that what is typed leaves room for the values.
func (k *call) room(p Parameter, path string) {
	for _, text := range samples(p, "x") {
		if p.Max > 0 && utf8.RuneCountInString(text) > p.Max {
			k.check(false, path+".max", "has no room for what is typed, and a character of each variable")
			return
		}
	}
}

// typed checks that the value can be of its type, whatever its variables hold.
func (k *call) typed(p Parameter, path string) {
	switch p.Type {
	case "number":
		k.encodes(p, path, "1")
	case "boolean":
		k.encodes(p, path, "true")
	case "json":
		t, err := template.Parse(p.Value)
		if err != nil {
			return // told already
		}
		isJSON := t.IsJSON(func(name string) (string, bool) { return "", Known(name) })
		k.check(isJSON, path, "must be JSON; a variable in it stands within quotes, or for one value")
		for _, text := range samples(p, "x") {
			structure := strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{")
			k.check(!t.IsFunction() || !structure, path, "must be one value: the result of a function becomes no list and no object")
		}
	}
}

func (k *call) encodes(p Parameter, path, value string) {
	for _, text := range samples(p, value) {
		if _, err := Encode(text, p.Type); err != nil {
			k.check(false, path, fmt.Sprintf("cannot be a %s, whatever its variables hold", p.Type))
			return
		}
	}
}
