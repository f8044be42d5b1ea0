package secrets_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sessionbridge.internal/shared/secrets"
)

func TestParseRef(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		in, name string
		ok       bool
	}{
		"a name":                     {"secret://crm_Key-1", "crm_Key-1", true},
		"the longest name":           {"secret://" + strings.Repeat("a", 255), strings.Repeat("a", 255), true},
		"a longer one is refused":    {"secret://" + strings.Repeat("a", 256), "", false},
		"no name is refused":         {"secret://", "", false},
		"a bare value is refused":    {canary, "", false},
		"another scheme is refused":  {"vault://a", "", false},
		"a path is refused":          {"secret://a/b", "", false},
		"dots are refused":           {"secret://..", "", false},
		"a line break is refused":    {"secret://a\n", "", false},
		"a NUL is refused":           {"secret://a\x00", "", false},
		"letters beyond are refused": {"secret://schlüssel", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ref, err := secrets.ParseRef(row.in)
			if (err == nil) != row.ok || ref.Name() != row.name {
				t.Errorf("ParseRef = %q, %v", ref, err)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error repeats what may be a secret: %v", err)
			}
		})
	}
}

func TestRefInJSON(t *testing.T) {
	t.Parallel()
	type settings struct{ Key, Other secrets.Ref }
	const text = `{"Key":"secret://crm","Other":""}`
	var s settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if s.Key.Name() != "crm" || s.Other != (secrets.Ref{}) {
		t.Errorf("read %+v", s)
	}
	if out, err := json.Marshal(s); err != nil || string(out) != text {
		t.Errorf("written %s, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"Key":"`+canary+`"}`), &s); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("a value in place of a reference: %v", err)
	}
}
