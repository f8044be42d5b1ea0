package presets_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/presets"
)

func TestEveryPresetIsRightAsItIs(t *testing.T) {
	t.Parallel()
	names := presets.Names()
	if !slices.Contains(names, "custom") || len(names) < 4 {
		t.Fatalf("the presets are %v", names)
	}
	schema := compiled(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := presets.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			s, err := settings.Parse(doc)
			if err != nil {
				t.Fatal(err)
			}
			if s.CRM == nil || s.Sources != nil || s.Storage != nil || s.Mail != nil {
				t.Error("a preset is of a CRM and nothing else")
			}
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); err != nil {
				t.Errorf("not valid by the schema: %v", err)
			}
		})
	}
}

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
	schema, err := c.Compile("settings.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// Whoever reads the README knows what each preset was tried with.
func TestTheReadmeNamesEveryPreset(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range presets.Names() {
		if !strings.Contains(string(readme), "| `"+name+"` |") {
			t.Errorf("the README has no line on %s", name)
		}
	}
}

func TestAPresetThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "sap", "../presets", "custom.json"} {
		if doc, err := presets.Read(name); err == nil || !strings.Contains(err.Error(), "custom") {
			t.Errorf("Read(%q) = %d bytes, %v; want an error that names those there are", name, len(doc), err)
		}
	}
}
