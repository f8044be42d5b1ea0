package settings

import (
	"encoding/json"
	"fmt"
	"strings"
)

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
func (k *call) adds() bool      { return k.name == "comment" || k.name == "add_session" }
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
	k.check(!strings.Contains(k.e.URL, "#"), k.path+".url", `must not have a "#": what stands behind one is never sent`)
	k.check(k.e.Method != "GET" || k.searches() || k.uploads(), k.path+".method",
		"must be POST, PUT or PATCH: a GET is one that may be sent again at any time, since it changes nothing (RFC 9110, section 9.2.2)")
	k.ids()
	k.bodyAndFormat()
	var members Body
	for i := range k.e.Parameters {
		k.parameter(i, &members)
	}
	k.answer()
	k.check(k.uploads() || !k.uses("FILE_DATA"), k.path, "has {FILE_DATA}, which is known only in crm.endpoints.upload")
	k.check(k.creates() || k.adds() || !k.uses("IDEMPOTENCY_KEY"), k.path, "has {IDEMPOTENCY_KEY}, which is known only where something is created or added")
	k.check(!strings.HasPrefix(k.name, "find_account") || !k.trustsPage(), k.path, "has {CUSTOM_DATA_…}, which a web page may have made up: nobody is found by it")
}

// knownAfter are the ids that are not known before the call that finds or makes them: a URL with one would wait for ever.
var knownAfter = map[string]string{
	"create_account": "ACCOUNT_ID", "find_record": "RECORD_ID", "find_record_outbound": "RECORD_ID", "find_own_record": "RECORD_ID", "create_record": "RECORD_ID",
	"find_agent": agentID,
}

// ids checks that the call names what it is about, and nothing that comes of it. An upload that is followed by a comment may
// leave that to the comment.
func (k *call) ids() {
	path := k.path + ".url"
	if name := knownAfter[k.name]; name != "" {
		k.check(!uses(k.e.URL, name), path, "cannot have {"+name+"}, which is known only after this call")
	}
	switch {
	case k.name == "find_account_by_id":
		k.check(k.uses("ACCOUNT_ID"), path, "must contain {ACCOUNT_ID}")
	case k.name == "update_record", k.name == "update_late", k.adds(), k.uploads() && !k.upload.Comment:
		k.check(k.uses("RECORD_ID"), path, "must contain {RECORD_ID}, or a parameter or the body must: else no record is meant")
	}
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
	texts, err := textsOf(k.e.Body)
	if err != nil {
		k.check(false, k.path+".body", fmt.Sprintf("must be JSON, its variables within quotes: %v", err))
	}
	for _, text := range texts {
		k.template(k.path+".body", text)
	}
}

// textsOf are the strings of a JSON text that are templates: its values, and not its keys.
func textsOf(body string) (texts []string, err error) {
	if err := json.Unmarshal([]byte(body), new(json.RawMessage)); err != nil { // also what stands behind it
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	visitTexts(v, func(text string) { texts = append(texts, text) })
	return texts, nil
}

func visitTexts(v any, visit func(string)) {
	switch v := v.(type) {
	case string:
		visit(v)
	case []any:
		for _, in := range v {
			visitTexts(in, visit)
		}
	case map[string]any:
		for _, in := range v {
			visitTexts(in, visit)
		}
	}
}

// answer checks what is read from the answer.
func (k *call) answer() {
	made := k.creates() || k.uploads() || k.adds()
	k.check(k.e.Response != locationHeader, k.path+".response_data_location", "is a path in the body; the header is for custom_id_location")
	k.check(k.e.ID != locationHeader || made, k.path+".custom_id_location", `can be "Location" only where something is created, which that header points to`)
	k.choice()
	for i, a := range k.e.Answers {
		path := index(k.path+".answers", i)
		k.check(a.Status != 0 || a.Contains != "", path, "needs a status or contains; without both every answer would mean that")
		k.check(a.Means != MeansExists || k.creates() || k.adds(), path+".means", `"exists" is for creates, and for what adds to a record`)
		k.check(a.Means != MeansExists || !k.adds() || k.named(), path+".means", `"exists" needs a request that names what it adds, by {IDEMPOTENCY_KEY} or, for add_session, {SESSION_KEY}: else another one could be meant`)
		k.check(a.Means != MeansNotFound || k.searches(), path+".means", `"not_found" is for searches`)
	}
}

// choice checks what is done with the hits of a search, which other endpoints do not have.
func (k *call) choice() {
	for _, f := range []struct {
		key string
		set bool
	}{
		{"verify", len(k.e.Verify) > 0}, {"verify_chosen", len(k.e.VerifyChosen) > 0}, {"max_hits", k.e.MaxHits != 0}, {"choose", k.e.Choose != ""}, {"choose_by", k.e.ChooseBy != ""},
	} {
		k.check(!f.set || k.searches(), k.path+"."+f.key, "is for searches, which have hits")
	}
	by := k.e.Choose == chooseNewest || k.e.Choose == chooseUpdated
	k.check(!by || k.e.ChooseBy != "", k.path+".choose_by", `is required where choose is "newest" or "updated": the field with the time`)
	k.check(by || k.e.ChooseBy == "", k.path+".choose_by", `counts only where choose is "newest" or "updated"`)
	k.check(by || len(k.e.VerifyChosen) == 0, k.path+".verify_chosen", `needs choose to be "newest" or "updated": it is about the one that was chosen`)
	k.checks(".verify", k.e.Verify)
	k.checks(".verify_chosen", k.e.VerifyChosen)
}

func (k *call) checks(key string, list []Check) {
	for i, v := range list {
		path := index(k.path+key, i) + ".equals"
		k.template(path, v.Equals)
		k.check(!v.Phone || v.asksForPhone(), path, `must have a variable with the customer's number where "phone" is true, such as {PHONE_NUMBER}`)
	}
}

// named says whether what is added has a name of its own, by which the CRM knows a repeat.
func (k *call) named() bool {
	return k.uses("IDEMPOTENCY_KEY") || k.name == "add_session" && k.uses("SESSION_KEY")
}
