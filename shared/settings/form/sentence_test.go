package form_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sessionbridge.internal/shared/settings/form"
)

func TestADescriptionIsShownAsASentence(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ key, says, want string }{
		"a name is not said twice":       {"mail", "mail is the metadata email.", "The metadata email."},
		"nor several":                    {"retry_on", "retry_on are statuses", "Statuses."},
		"nor as Go writes it":            {"agent_desktop", "AgentDesktop is the script.", "The script."},
		"its verb stays":                 {"timeout_seconds", "timeout_seconds bounds every request.", "Bounds every request."},
		"two names stay":                 {"skip_a", "skip_a and skip_b go on.", "skip_a and skip_b go on."},
		"a note becomes a sentence":      {"subject", "a template; empty: the default", "A template; empty: the default."},
		"what is written so stays so":    {"password", "secret://name", "secret://name."},
		"another word is no name":        {"to", "today it is open", "Today it is open."},
		"nothing is nothing":             {"to", "", ""},
		"a name alone is a note":         {"to", "to", "To."},
		"letters beyond ASCII are whole": {"to", "économie", "Économie."},
	} {
		if got := form.Sentence(tt.key, tt.says); got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestEveryDescriptionReadsAsASentence(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../descriptions.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(text, &all); err != nil || len(all) < 100 {
		t.Fatalf("%d descriptions, %v", len(all), err)
	}
	for path, says := range all {
		name := path[strings.LastIndexByte(path, '.')+1:]
		got := form.Sentence(name, says)
		first, _, _ := strings.Cut(got, " ")
		r, _ := utf8.DecodeRuneInString(got)
		if unicode.IsLower(r) && !strings.ContainsAny(first, "_/{") || strings.HasPrefix(got, name+" is ") || !strings.ContainsAny(got[len(got)-1:], ".?!:") {
			t.Errorf("%s: %q", path, got)
		}
	}
}
