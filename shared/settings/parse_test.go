package settings_test

import (
	"strings"
	"testing"
)

func TestWhatIsNotOneJSONObject(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ from, doc, path, says string }{
		"nothing":                  {fromJSON, ``, "$", "line 1"},
		"a list":                   {oursNoChange, `[]`, "$", "must be a JSON object, not of type array"},
		"null":                     {oursNoChange, `null`, "$", "not null"},
		"a comma too many":         {fromJSON, "{\n\"crm\": {},\n}", "$", "line 3: "},
		"another document":         {fromJSON, "{}\n{}", "$", "nothing after it"},
		"a key twice":              {fromNames, `{"storage":{"bucket":"demo","bucket":"demo"}}`, "storage.bucket", "twice"},
		"an unknown key twice":     {oursNoKey, `{"a":{"b":[{}]},"crm":{"queue":"q","endpoints":{}}}`, "a", "is no setting"},
		"a name with odd letters":  {oursSource, `{"sources":{"a.b":{"password":"secret://p"}}}`, "sources.a.b", "is no source"},
		"deeper than can be of it": {oursNoKey, `{"a":` + strings.Repeat(`[`, 9000) + strings.Repeat(`]`, 9000) + `}`, "a", "is no setting"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got := problems(t, tt.doc)
			if len(got) != 1 || got[0].Path != tt.path || !strings.Contains(got[0].Detail, tt.says) {
				t.Errorf("problems are %v, want one at %s that says %q", got, tt.path, tt.says)
			}
		})
	}
}
