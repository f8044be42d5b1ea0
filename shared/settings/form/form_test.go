package form_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/form"
	"sessionbridge.internal/shared/settings/presets"
)

// sent is what a browser sends of a form in which nothing was changed.
func sent(f *form.Field) url.Values {
	v := url.Values{}
	var walk func(*form.Field)
	walk = func(f *form.Field) {
		switch f.Kind {
		case form.Object, form.List, form.Map:
			if f.Present {
				v.Set(f.Name, "there")
			}
		default:
			v.Set(f.Name, strings.ReplaceAll(f.Value, "\n", "\r\n"))
			if f.Blank() {
				v.Set("!"+f.Name, "there")
			}
		}
		for _, in := range f.Fields {
			walk(in)
		}
	}
	walk(f)
	return v
}

func documents(t *testing.T) map[string][]byte {
	t.Helper()
	full, err := os.ReadFile("../testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{
		"full": full,
		"what is there and empty": []byte(`{"crm":{"queue":"q","retry":"","html":false,"timeout_seconds":0,"headers":[],"endpoints":{},
			"words":{"A.b/c~d":{"x y":""}},"start_comment":"a\nb\n"},"people":{},"queues":{"1.2/3":{"mail":{}}},"presence":{"system_states":["",""]}}`),
		"nothing": []byte(`{}`),
	}
	for _, name := range presets.Names() {
		if all[name], err = presets.Read(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// What nobody has changed is sent as it was.
func TestAFormSentUnchangedIsTheSameDocument(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := form.Parse(doc)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := form.Parse(doc) // whose version no form sends
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range d.Parts() {
				f, _ := d.Form(part.Name, nil)
				whole.Replace(part.Name, form.Read(part.Name, sent(f)))
			}
			if diff := cmp.Diff(value(t, doc), value(t, whole.JSON())); diff != "" {
				t.Errorf("it came back changed (-was +is):\n%s", diff)
			}
		})
	}
}

func value(t *testing.T, doc []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	return v
}

func parse(t *testing.T, doc string) *form.Document {
	t.Helper()
	d, err := form.Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDocumentsThatNoFormShows(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{
		"a key that is no setting":  `{"crm":{"queues":1}}`,
		"a null":                    `{"crm":null}`,
		"a text in place of a list": `{"crm":{"headers":"x"}}`,
		"a list in place of a text": `{"crm":{"queue":[]}}`,
		"null as a whole":           `null`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := form.Parse([]byte(doc)); !errors.Is(err, form.ErrForm) {
				t.Errorf("Parse = %v", err)
			}
		})
	}
	if _, err := form.Parse([]byte(`[1`)); err == nil || errors.Is(err, form.ErrForm) {
		t.Errorf("what is no JSON: %v", err)
	}
}

func renames(pointer, key string) func(*form.Document) error {
	return func(d *form.Document) error {
		_, err := d.Rename(pointer, key)
		return err
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	const doc = `{"crm":{"queue":"q","retry_on":["400","5xx"],"endpoints":{}},"people":{"a@b.c":"agent"}}`
	tests := map[string]struct {
		change func(*form.Document) error
		want   string // what differs
		err    error
	}{
		"an object is added":            {func(d *form.Document) error { return d.Add("/crm/endpoints/comment", "") }, `crm.endpoints:{}> crm.endpoints.comment:>{}`, nil},
		"one is added with its parts":   {func(d *form.Document) error { return d.Add("/presence", "") }, `presence.crm:>{}`, nil},
		"a list is begun":               {func(d *form.Document) error { return d.Add("/crm/headers", "") }, `crm.headers[0]:>{}`, nil},
		"a list is made longer":         {func(d *form.Document) error { return d.Add("/crm/retry_on", "") }, `crm.retry_on[2]:>""`, nil},
		"a map gets a key":              {func(d *form.Document) error { return d.Add("/people", "k/m@b.c") }, `people.k/m@b.c:>""`, nil},
		"a map is begun with a key":     {func(d *form.Document) error { return d.Add("/queues", "7") }, `queues.7:>{}`, nil},
		"a key that is there already":   {func(d *form.Document) error { return d.Add("/people", "a@b.c") }, ``, form.ErrKey},
		"a key without a name":          {func(d *form.Document) error { return d.Add("/people", "") }, ``, form.ErrKey},
		"a map begun without a name":    {func(d *form.Document) error { return d.Add("/queues", "") }, ``, form.ErrKey},
		"to an object that is there":    {func(d *form.Document) error { return d.Add("/crm", "") }, ``, form.ErrPlace},
		"to a text that is there":       {func(d *form.Document) error { return d.Add("/crm/queue", "") }, ``, form.ErrPlace},
		"what is no setting":            {func(d *form.Document) error { return d.Add("/crm/nothing", "") }, ``, form.ErrPlace},
		"within what is absent":         {func(d *form.Document) error { return d.Add("/mail/to/x", "") }, ``, form.ErrPlace},
		"an element is taken away":      {func(d *form.Document) error { return d.Remove("/crm/retry_on/0") }, `crm.retry_on[0]:"400">"5xx" crm.retry_on[1]:"5xx">`, nil},
		"an entry is taken away":        {func(d *form.Document) error { return d.Remove("/people/a@b.c") }, `people:>{} people.a@b.c:"agent">`, nil},
		"a part is taken away":          {func(d *form.Document) error { return d.Remove("/people") }, `people.a@b.c:"agent">`, nil},
		"an element that is not there":  {func(d *form.Document) error { return d.Remove("/crm/retry_on/2") }, ``, form.ErrPlace},
		"a key is renamed":              {renames("/people/a@b.c", "k/m@b.c"), `people.a@b.c:"agent"> people.k/m@b.c:>"agent"`, nil},
		"to a key that is there":        {renames("/people/a@b.c", "a@b.c"), ``, form.ErrKey},
		"to no name":                    {renames("/people/a@b.c", ""), ``, form.ErrKey},
		"a key that is not there":       {renames("/people/x@b.c", "y@b.c"), ``, form.ErrPlace},
		"the name of a setting stays":   {renames("/crm/queue", "retry"), ``, form.ErrPlace},
		"a part's name stays":           {renames("/crm", "mail"), ``, form.ErrPlace},
		"an element is moved":           {func(d *form.Document) error { return d.Raise("/crm/retry_on/1") }, `crm.retry_on[0]:"400">"5xx" crm.retry_on[1]:"5xx">"400"`, nil},
		"the first cannot be moved":     {func(d *form.Document) error { return d.Raise("/crm/retry_on/0") }, ``, form.ErrPlace},
		"what is no list has no places": {func(d *form.Document) error { return d.Raise("/crm/endpoints/1") }, ``, form.ErrPlace},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := parse(t, doc)
			if err := tt.change(d); !errors.Is(err, tt.err) {
				t.Fatalf("the error is %v, want %v", err, tt.err)
			}
			changes, err := form.Diff([]byte(doc), d.JSON())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range changes {
				got = append(got, c.Path+":"+c.Before+">"+c.After)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("changed is %s, want %s", s, tt.want)
			}
		})
	}
}

func TestWhatIsSentWrongIsLeftToTheChecks(t *testing.T) {
	t.Parallel()
	v := url.Values{
		"/crm": {"there"}, "/crm/queue": {"q"}, "/crm/timeout_seconds": {"soon"}, "/crm/html": {"perhaps"}, "/crm/nothing": {"x"},
		"/crm/endpoints": {"there"}, "/crm/retry_on": {"there"}, "/crm/retry_on/0": {"400"}, "/crm/retry_on/2": {"503"}, "/mail": {"there"},
		"/crm/words": {"there"}, "/crm/words/A": {"x"}, "do": {"save"},
	}
	d := form.Read("crm", v)
	_, err := settings.Parse(d.JSON())
	if err == nil || !strings.Contains(err.Error(), "crm.timeout_seconds") || strings.Contains(err.Error(), "nothing") {
		t.Errorf("the checks say %v of %s", err, d.JSON())
	}
	if s := string(d.JSON()); strings.Contains(s, "503") || strings.Contains(s, "mail") {
		t.Errorf("read is %s", s)
	}
}

// Problems stand at their fields, or around them, and a secret that was written in place of its name is not shown again.
func TestProblemsStandAtTheirFields(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"crm":{"queue":"q","basic":{"username":"u","password":"canary"},"endpoints":{}},"people":{"a.b@c.d":"boss"}}`)
	_, err := settings.Parse(d.JSON())
	problems := problemsOf(t, err)
	f, rest := d.Form("crm", problems)
	if len(rest) != 1 || rest[0].Path != "people.a.b@c.d" || !f.Open() {
		t.Errorf("elsewhere are %v", rest)
	}
	password := find(f, "crm.basic.password")
	if password == nil || len(password.Problems) != 1 || password.Value != "" || !password.Secret {
		t.Errorf("the password's field is %+v", password)
	}
	f, _ = d.Form("people", rest)
	if in := find(f, "people.a.b@c.d"); in == nil || len(in.Problems) != 1 || len(in.Words) != 3 {
		t.Errorf("the person's field is %+v", in)
	}
	f, _ = d.Form("crm", []*settings.Problem{{Path: "crm.oauth.token_url", Detail: "is required"}})
	if in := find(f, "crm.oauth"); in == nil || len(in.Problems) != 1 {
		t.Errorf("what is wrong within an absent object stands at %+v", in)
	}
}

func problemsOf(t *testing.T, err error) (all []*settings.Problem) {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("the error is %v", err)
	}
	for _, one := range joined.Unwrap() {
		var p *settings.Problem
		if errors.As(one, &p) {
			all = append(all, p)
		}
	}
	return all
}

func find(f *form.Field, path string) *form.Field {
	if f.Path == path {
		return f
	}
	for _, in := range f.Fields {
		if found := find(in, path); found != nil {
			return found
		}
	}
	return nil
}

func TestDocumentsAreWrittenInTheSchemasOrder(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"mail":{"port":25,"host":"h","from":"<a@b.c>"},"crm":{"endpoints":{"comment":{"url":"u","method":"POST"}},"queue":"q"}}`)
	const want = `{
  "crm": {
    "queue": "q",
    "endpoints": {
      "comment": {
        "url": "u",
        "method": "POST"
      }
    }
  },
  "mail": {
    "from": "<a@b.c>",
    "host": "h",
    "port": 25
  }
}
`
	if diff := cmp.Diff(want, string(d.JSON())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
