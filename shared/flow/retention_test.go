package flow

import (
	"testing"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// Whoever looks what a session owes notes for how long it is kept, too: it costs no write of its own, and knows the settings.
func TestOweNotesHowLongASessionIsKept(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: ended()}
	for _, set := range []settings.Settings{{Retention: &settings.Retention{Days: 90}}, {}, {CRM: fullCRM(), Retention: &settings.Retention{Days: 30}}} {
		if Owe(set, d, id, start); d.KeepDays != set.KeepDays() {
			t.Errorf("it is kept for %d days, want %d", d.KeepDays, set.KeepDays())
		}
	}
}
