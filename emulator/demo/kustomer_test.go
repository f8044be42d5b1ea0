package demo_test

import (
	"bytes"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/demo"
)

// TestTheStoryOfKustomerIsToldTwice plays it again on the same cloud, where the first play's conversations are.
func TestTheStoryOfKustomerIsToldTwice(t *testing.T) {
	t.Parallel()
	c := start(t, `{}`)
	for range 2 {
		var out bytes.Buffer
		if err := demo.PlayKustomer(patience(t), c, &out); err != nil {
			t.Fatalf("%v\n%s", err, &out)
		}
		told := plain(out.String())
		for _, want := range []string{
			"\nA customer calls, and the call is recorded: call-N\n", "\nThe first one leaves a message: call-N\n", "\nWhat Kustomer has\n",
			"    assigned to Kim Park\n", "    field       menuSelectionStr = Orders / Delivery\n", "    field       csatRatingNum = 5\n",
			"    message     voice in, ", "    message     voice out, ", "    message     chat in, ", "outcome abandoned", "    note        Phone number: +1555",
			"    file        call-N-voicemail.mp3 (audio/mpeg, ", "    file        chat-N.txt (text/plain, ", "\nEverything arrived, once.\n",
		} {
			if !strings.Contains(told, want) {
				t.Errorf("the story lacks %q:\n%s", want, told)
			}
		}
	}
}

func TestTheStoryOfKustomerNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		faults string
		want   []string
	}{
		"a Kustomer that refuses": {`{"kustomer":[{"times":1000,"status":403}]}`,
			[]string{"not everything arrived:", "the CRM work is dead and still owes [find_account", "Kustomer has 0 conversations, not 4", "there is no conversation ccai-call-"}},
		"agents and files that are refused": {`{"kustomer":[{"times":1000,"status":403,"match":"GET /v1/users"},{"times":1000,"status":403,"match":"POST /v1/attachments"}]}`,
			[]string{"not everything arrived:", `it is assigned to [], not to ["Kim Park"]`, "it has no file whose name ends with .mp3"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := demo.PlayKustomer(patience(t), start(t, tt.faults), &out)
			if err == nil {
				t.Fatalf("nothing is missing:\n%s", &out)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
		})
	}
}
