package console_test

import (
	"strings"
	"testing"
)

func TestTheHistorySaysWhatEachVersionChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, to := range []string{"first", "second"} {
		w.keep(t, []byte(`{"mail":{"to":"`+to+`@example.com","from":"a@b.c","host":"h","port":25}}`))
	}
	w.keep(t, []byte(`{"mail":{"to":"second@example.com","from":"a@b.c","host":"i","port":26},"storage":{"bucket":"one-bucket","folder":"a"},"people":{"kim@example.com":"agent","lee@example.com":"agent"}}`))
	shown, _ := text(t, w.ask(t, "GET", settingsPages+"/history", audience))
	for _, want := range []string{
		"mail.host, mail.port, people.kim@example.com, people.lee@example.com, storage.bucket and 1 more", "mail.to", "the first",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in %s", want, shown)
		}
	}
	a := w.ask(t, "GET", settingsPath+"/history", audience)
	if !strings.Contains(a.Body.String(), `"changed":["mail.to"]`) || !strings.Contains(a.Body.String(), `"more":1`) {
		t.Errorf("a program is answered %s", a.Body)
	}
}
