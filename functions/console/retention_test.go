package console_test

import (
	"strings"
	"testing"
	"time"
)

// A day of which sessions may be deleted says so: what is left is not all there was.
func TestTheCoverageOfADayThatExpiresSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.store.PutSettings(t.Context(), "demo", []byte(`{"retention":{"days":30}}`)); err != nil {
		t.Fatal(err)
	}
	today := w.time.Now().UTC()
	for ago, want := range map[int]bool{0: false, 29: false, 30: false, 31: true, 400: true} {
		day := today.AddDate(0, 0, -ago).Format(time.DateOnly)
		if got := w.coverage(t, day); got.Expired != want || got.Missing != 0 {
			t.Errorf("of %d days ago: %+v", ago, got)
		}
		shown, _ := text(t, w.ask(t, "GET", "/console/demo/coverage?day="+day, audience))
		if strings.Contains(shown, "longer ago than sessions are kept") != want {
			t.Errorf("the page of %d days ago is %s", ago, shown)
		}
	}
}

// That sessions are deleted must not come with another CRM.
func TestAPresetDecidesHowLongSessionsAreKeptForWhoBeginsAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ has, want string }{
		"who begins":                         {`{"version":1}`, `"days": 90`},
		"who has kept all so far":            {`{"sources":{"ccai":{"username":"u","password":"secret://demo--door"}}}`, ""},
		"who has decided, which is not ours": {`{"retention":{"days":400}}`, `"days": 400`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.keep(t, []byte(tt.has))
			doc := fill(t, w.ask(t, "GET", settingsPages+"/json?preset=zoho", audience)).Get("document")
			if !strings.Contains(doc, "crm-zoho") || strings.Contains(doc, `"days"`) != (tt.want != "") || !strings.Contains(doc, tt.want) {
				t.Errorf("the document is %s", doc)
			}
		})
	}
}
