package settings

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// bodyKey is a key of a JSON body: names, each perhaps with places in lists, joined by dots. Empty brackets are the place
// behind the last. It goes no deeper than any CRM's body does.
var bodyKey = regexp.MustCompile(`^[^.\[]+(\[[0-9]{0,4}\]){0,3}(\.[^.\[]+(\[[0-9]{0,4}\]){0,3}){0,15}$`)

// call is one endpoint under check.
type call struct {
	*checker
	path, name string
	e          *Endpoint
	upload     *Upload // the document's, if any
}

func (k *call) searches() bool  { return strings.HasPrefix(k.name, "find_") }
func (k *call) creates() bool   { return strings.HasPrefix(k.name, "create_") }
func (k *call) uploads() bool   { return k.name == "upload" }
func (k *call) multipart() bool { return k.uploads() && k.upload.Type == uploadMultipart }

// goes says where a parameter goes.
func (k *call) goes(p Parameter) string {
	switch {
	case p.In != "":
		return p.In
	case k.e.Method == "GET":
		return inQuery
	}
	return inBody
}

func (k *call) validate() {
	k.wholeURL(k.path+".url", k.e.URL)
	k.bodyAndFormat()
	taken := places{map[string]int{}, map[string]int{}}
	for i := range k.e.Parameters {
		k.parameter(i, taken)
	}
	k.answer()
	if k.name == "find_account_by_id" {
		k.check(k.uses("ACCOUNT_ID"), k.path+".url", "must contain {ACCOUNT_ID}")
	}
	k.check(k.uploads() || !k.uses("FILE_DATA"), k.path, "has {FILE_DATA}, which is known only in crm.endpoints.upload")
}

// uses says whether the request has the variable anywhere.
func (k *call) uses(name string) bool {
	for _, p := range k.e.Parameters {
		if uses(p.Value, name) {
			return true
		}
	}
	return uses(k.e.URL, name) || uses(k.e.Body, name)
}

func (k *call) bodyAndFormat() {
	contained := k.e.Format == formatMap || k.e.Format == formatArray
	for _, f := range []struct{ key, value string }{{"body", k.e.Body}, {"format", k.e.Format}, {"container", k.e.Container}} {
		k.check(f.value == "" || k.e.Method != "GET", k.path+"."+f.key, "has no place in a GET, which has no body")
		k.check(f.value == "" || f.key == "body" || k.e.Body == "", k.path+"."+f.key, "counts only for parameters, which body replaces")
		k.check(f.value == "" || !k.multipart(), k.path+"."+f.key, "has no place in a form, whose parts the parameters are")
	}
	k.check(!contained || k.e.Container != "", k.path+".container", `is required where format is "map" or "array": the outer key`)
	k.check(contained || k.e.Container == "", k.path+".container", `counts only where format is "map" or "array"`)
	if k.e.Body != "" {
		k.body()
	}
}

// body checks the JSON text and each template in it.
func (k *call) body() {
	d := json.NewDecoder(strings.NewReader(k.e.Body))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	if err == nil && d.More() {
		err = fmt.Errorf("something stands after it")
	}
	if err != nil {
		k.check(false, k.path+".body", fmt.Sprintf("must be JSON, its variables within quotes: %v", err))
		return
	}
	k.templates(v)
}

func (k *call) templates(v any) {
	switch v := v.(type) {
	case string:
		k.template(k.path+".body", v)
	case []any:
		for _, in := range v {
			k.templates(in)
		}
	case map[string]any:
		for _, in := range v {
			k.templates(in)
		}
	}
}

// parameter checks one; taken are the keys of the body so far.
func (k *call) parameter(i int, taken places) {
	p, path := k.e.Parameters[i], index(k.path+".parameters", i)
	k.template(path+".value", p.Value)
	body := k.goes(p) == inBody
	k.check(p.In != inBody || k.e.Method != "GET", path+".in", `must be "query" in a GET, which has no body`)
	k.check(!body || k.e.Body == "", path+".in", `must be "query" beside a body, which replaces the parameters of the body`)
	plain := p.Type == "" || p.Type == "string"
	k.check(plain || body && !k.multipart(), path+".type", "counts only in a JSON body; elsewhere all is text")
	k.check(plain || p.Max == 0, path+".max", "cuts texts; a cut "+p.Type+" would be another")
	if !body || k.multipart() {
		return
	}
	if !bodyKey.MatchString(p.Key) {
		k.check(false, path+".key", `must be a key such as "a", "a.b" or "a[0].b"`)
	} else if j, ok := taken.by(p.Key, i); ok {
		k.check(false, path+".key", fmt.Sprintf("has the place of parameters[%d].key in the body", j))
	}
}

// places are the keys of a body that hold values, and those that hold something in which values are, by the parameters
// that made them so.
type places struct{ values, above map[string]int }

// by takes a place for a key's value, unless another parameter has it. Behind the last of a list there is always one.
func (p places) by(key string, i int) (other int, taken bool) {
	if strings.Contains(key, "[]") {
		return 0, false
	}
	if other, taken = p.values[key]; taken {
		return other, true
	}
	if other, taken = p.above[key]; taken {
		return other, true
	}
	for at, c := range key {
		if c != '.' && c != '[' {
			continue
		}
		if other, taken = p.values[key[:at]]; taken {
			return other, true
		}
		p.above[key[:at]] = i
	}
	p.values[key] = i
	return 0, false
}

// answer checks what is read from the answer.
func (k *call) answer() {
	made := k.creates() || k.uploads() || k.name == "comment"
	k.check(k.e.Response != locationHeader, k.path+".response_data_location", "is a path in the body; the header is for custom_id_location")
	k.check(k.e.ID != locationHeader || made, k.path+".custom_id_location", `can be "Location" only where something is created, which that header points to`)
	k.choice()
	for i, a := range k.e.Answers {
		path := index(k.path+".answers", i)
		k.check(a.Status != 0 || a.Contains != "", path, "needs a status or contains; without both every answer would mean that")
		k.check(a.Means != MeansExists || k.creates(), path+".means", `"exists" is for creates`)
		k.check(a.Means != MeansNotFound || k.searches(), path+".means", `"not_found" is for searches`)
	}
}

// choice checks what is done with the hits of a search, which other endpoints do not have.
func (k *call) choice() {
	for _, f := range []struct {
		key string
		set bool
	}{
		{"verify", len(k.e.Verify) > 0}, {"max_hits", k.e.MaxHits != 0}, {"choose", k.e.Choose != ""}, {"choose_by", k.e.ChooseBy != ""},
	} {
		k.check(!f.set || k.searches(), k.path+"."+f.key, "is for searches, which have hits")
	}
	by := k.e.Choose == chooseNewest || k.e.Choose == chooseUpdated
	k.check(!by || k.e.ChooseBy != "", k.path+".choose_by", `is required where choose is "newest" or "updated": the field with the time`)
	k.check(by || k.e.ChooseBy == "", k.path+".choose_by", `counts only where choose is "newest" or "updated"`)
	for i, v := range k.e.Verify {
		k.template(index(k.path+".verify", i)+".equals", v.Equals)
	}
}
