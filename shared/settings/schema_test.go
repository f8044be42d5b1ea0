package settings_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"sessionbridge.internal/shared/settings"
)

var update = flag.Bool("update", false, "write descriptions.json anew")

// compiled is the schema, which a validator of others understands.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(settings.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("settings.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("settings.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validBySchema says whether a document is valid; what is no JSON is not.
func validBySchema(s *jsonschema.Schema, doc string) bool {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
	return err == nil && s.Validate(v) == nil
}

func TestSchemaIsWhole(t *testing.T) {
	t.Parallel()
	var s struct {
		Schema string                                                    `json:"$schema"`
		Defs   map[string]struct{ Properties map[string]map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal(settings.Schema(), &s); err != nil {
		t.Fatal(err)
	}
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("the dialect is %q", s.Schema)
	}
	upload := s.Defs["Upload"].Properties
	if upload["url"] == nil || upload["files"] == nil {
		t.Errorf("an upload has %v, want what an endpoint has and more", upload)
	}
	if got := s.Defs["CRM"].Properties["retry"]["description"]; got == nil || !strings.HasPrefix(got.(string), "retry names the answers") {
		t.Errorf("retry is described as %q", got)
	}
}

func TestEveryRuleHasAField(t *testing.T) {
	t.Parallel()
	fields := settings.FieldIDs(reflect.TypeFor[settings.Settings]())
	for _, id := range settings.RuleIDs() {
		if !slices.Contains(fields, id) {
			t.Errorf("the rule %s is for no field", id)
		}
	}
}

// The descriptions are the comments of the code: `go generate` writes them anew.
func TestDescriptionsAreTheComments(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, file := range []string{"settings.go", "crm.go", "records.go", "quality.go", "presence.go", "desk.go", "storage.go", "queue.go", "retention.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.TYPE {
				addComments(want, d)
			}
			return true
		})
	}
	if *update {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(want); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("descriptions.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := os.ReadFile("descriptions.json")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("descriptions.json is not what the comments say; run go generate (-want +got):\n%s", diff)
	}
}

// addComments adds those of a struct and its fields, with the keys of the document in the place of Go's names.
func addComments(to map[string]string, d *ast.GenDecl) {
	spec := d.Specs[0].(*ast.TypeSpec)
	of, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	keys := map[string]string{}
	for _, f := range of.Fields.List {
		if f.Tag != nil {
			keys[f.Names[0].Name] = keyOf(f)
		}
	}
	typeName := spec.Name.Name
	to[typeName] = prose(d.Doc, keys)
	for _, f := range of.Fields.List {
		if text := prose(f.Doc, keys) + prose(f.Comment, keys); f.Tag != nil && text != "" {
			to[typeName+"."+keyOf(f)] = text
		}
	}
}

func keyOf(f *ast.Field) string {
	key, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
	return key
}

var goName = regexp.MustCompile(`\b[A-Z][A-Za-z]+\b`)

func prose(c *ast.CommentGroup, keys map[string]string) string {
	text := strings.Join(strings.Fields(c.Text()), " ")
	return goName.ReplaceAllStringFunc(text, func(name string) string {
		if key, ok := keys[name]; ok {
			return key
		}
		return name
	})
}

// Whatever stands anywhere in a document: what Parse takes is valid by the schema.
func TestSchemaRefusesNothingThatParseTakes(t *testing.T) {
	t.Parallel()
	// One endpoint of a kind will do.
	doc, schema := edit(t, full(t), edits{endpoints + "find_account_by_id": ``, endpoints + "find_own_record": ``, endpoints + "update_record": ``,
		endpoints + "find_record": ``, "crm.reuse_records": ``, "crm.skip_record_creation": ``, "crm.records.match": ``}), compiled(t)
	var tree any
	if err := json.Unmarshal([]byte(doc), &tree); err != nil {
		t.Fatal(err)
	}
	taken := 0
	for path, value := range places(tree, "") {
		for _, other := range likely(value) {
			changed := edit(t, doc, edits{path: other})
			if problems(t, changed) != nil {
				continue
			}
			taken++
			if !validBySchema(schema, changed) {
				t.Errorf("%s as %q is right by Parse and wrong by the schema", path, other)
			}
		}
	}
	if taken < 100 {
		t.Errorf("Parse took %d documents, too few to say anything", taken)
	}
}

// likely are values of a value's type that might stand in its place; an empty one takes it away.
func likely(value any) []string {
	switch value.(type) {
	case string:
		return []string{``, `""`, `"7"`}
	case float64:
		return []string{``, `0`, `1`, `0.5`}
	case bool:
		return []string{``, `true`, `false`}
	case []any:
		return []string{``, `[]`}
	}
	return []string{``, `{}`}
}
