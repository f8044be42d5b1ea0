package settings_test

import (
	"strings"
	"testing"
)

func TestWhatIsNotOneJSONObject(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ doc, path, says string }{
		"nothing":                  {``, "$", "line 1"},
		"a list":                   {`[]`, "$", "must be a JSON object, not of type array"},
		"null":                     {`null`, "$", "not null"},
		"a comma too many":         {"{\n\"crm\": {},\n}", "$", "line 3: "},
		"another document":         {"{}\n{}", "$", "nothing after it"},
		"a key twice":              {`{"storage":{"bucket":"demo","bucket":"demo"}}`, "storage.bucket", "twice"},
		"an unknown key twice":     {`{"a":{"b":[{}]},"crm":{"queue":"q","endpoints":{}}}`, "a", "is no setting"},
		"a name with odd letters":  {`{"sources":{"a.b":{"password":"secret://p"}}}`, "sources.a.b.username", "is required"},
		"deeper than can be of it": {`{"a":` + strings.Repeat(`[`, 9000) + strings.Repeat(`]`, 9000) + `}`, "a", "is no setting"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := problems(t, tt.doc)
			if len(got) != 1 || got[0].Path != tt.path || !strings.Contains(got[0].Detail, tt.says) {
				t.Errorf("problems are %v, want one at %s that says %q", got, tt.path, tt.says)
			}
		})
	}
}
