package settings_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/presets"
)

// moved and doubled are two migrations such as there may be: another name, and another unit.
func moved(doc map[string]any) {
	if v, ok := doc["post"]; ok {
		doc["mail"] = v
		delete(doc, "post")
	}
}

func doubled(doc map[string]any) {
	mail, _ := doc["mail"].(map[string]any)
	if n, ok := mail["port"].(json.Number); ok {
		mail["port"] = n + "0"
	}
}

func TestOlderDocumentsAreUpgradedStepByStep(t *testing.T) {
	t.Parallel()
	const ours = "ours: a document says which version it is of, and is made one of this release step by step"
	for name, row := range map[string]struct{ doc, want, from string }{
		"from before there were versions":     {`{"post":{"port":1}}`, `{"mail":{"port":10},"version":3}`, ours},
		"of version 0, the same as absent":    {`{"version":0,"post":{"port":1}}`, `{"mail":{"port":10},"version":3}`, ours},
		"of the first version":                {`{"version":1,"post":{"port":1}}`, `{"mail":{"port":10},"version":3}`, ours},
		"of the second: its own steps only":   {`{"version":2,"post":{},"mail":{"port":1}}`, `{"mail":{"port":10},"post":{},"version":3}`, ours},
		"of this one: not a byte is changed":  {` {"version": 3,  "post":{"port":1e0}} `, ` {"version": 3,  "post":{"port":1e0}} `, ours},
		"with other values: they stay":        {`{"x":"<a & b>","n":12345678901234567890,"post":1}`, `{"mail":1,"n":12345678901234567890,"version":3,"x":"<a & b>"}`, ours},
		"empty":                               {`{}`, `{"version":3}`, ours},
		"no JSON: left for Parse":             {`{"post":`, `{"post":`, ours},
		"JSON and more: left for Parse":       {`{} {}`, `{} {}`, ours},
		"no object: left for Parse":           {`[]`, `[]`, ours},
		"null: left for Parse":                {`null`, `null`, ours},
		"a version in words: left for Parse":  {`{"version":"2"}`, `{"version":"2"}`, ours},
		"half a version: left for Parse":      {`{"version":1.5}`, `{"version":1.5}`, ours},
		"a negative version: left for Parse":  {`{"version":-1}`, `{"version":-1}`, ours},
		"a document too long: left for Parse": {`"` + strings.Repeat("x", settings.MaxBytes) + `"`, `"` + strings.Repeat("x", settings.MaxBytes) + `"`, ours},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, row.from)
			got, err := settings.UpgradeBy([]byte(row.doc), moved, doubled)
			if err != nil {
				t.Fatal(err)
			}
			want := row.want
			if string(got) != want && compacted(t, got) != want {
				t.Errorf("became %s, want %s", got, want)
			}
			again, err := settings.UpgradeBy(got, moved, doubled)
			if err != nil || string(again) != string(got) {
				t.Errorf("upgraded again it became %s, %v", again, err)
			}
		})
	}
}

func compacted(t *testing.T, doc []byte) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(string(doc)) {
		b.WriteString(strings.TrimSpace(line))
	}
	return strings.ReplaceAll(b.String(), `": `, `":`)
}

func TestANewerDocumentIsRefusedAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{`{"version":2}`, `{"version":2,"unheard":{"of":1}}`, `{"version":999999999999999999}`} {
		_, err := settings.Parse([]byte(doc))
		var p *settings.Problem
		if !errors.As(err, &p) || p.Path != "version" || !strings.Contains(p.Detail, "versions up to 1") || !strings.Contains(p.Detail, "history") {
			t.Errorf("%s: %v", doc, err)
		}
		if err != nil && strings.Contains(err.Error(), "unheard") {
			t.Errorf("it is told of settings that a later release may have: %v", err)
		}
	}
}

func TestAVersionThatIsNoneIsAMistake(t *testing.T) {
	t.Parallel()
	for _, version := range []string{`"1"`, `1.5`, `-1`, `null`, `[]`, `99999999999999999999`} {
		all := problems(t, `{"version":`+version+`}`)
		if len(all) != 1 || all[0].Path != "version" {
			t.Errorf("version %s: %v", version, all)
		}
	}
}

func TestThisReleasesDocumentsAreOfItsVersion(t *testing.T) {
	t.Parallel()
	if n := settings.Steps(); n != settings.Version-1 {
		t.Errorf("there are %d steps to version %d", n, settings.Version)
	}
	for _, name := range presets.Names() {
		doc, err := presets.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		set, err := settings.Parse(doc)
		if err != nil || set.Version != settings.Version {
			t.Errorf("the preset %s is of version %d: %v", name, set.Version, err)
		}
	}
}
