package inbound_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionbridge.internal/shared/inbound"
)

func TestBasic(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 4096)
	for name, row := range map[string]struct {
		user, password         string // configured
		gotUser, gotPassword   string
		noHeader, wantsToMatch bool
	}{
		"right":                        {"demo", "demo", "demo", "demo", false, true},
		"right and long":               {long, long, long, long, false, true},
		"right beyond ASCII":           {"dämo", "pässwörd", "dämo", "pässwörd", false, true},
		"a colon in the password":      {"demo", "a:b", "demo", "a:b", false, true},
		"wrong user":                   {"demo", "demo", "Demo", "demo", false, false},
		"wrong password":               {"demo", "demo", "demo", "demo ", false, false},
		"a prefix of the password":     {"demo", "demo", "demo", "dem", false, false},
		"swapped":                      {"a", "b", "b", "a", false, false},
		"no header":                    {"demo", "demo", "", "", true, false},
		"nothing configured":           {"", "", "", "", false, false},
		"nothing configured or sent":   {"", "", "", "", true, false},
		"no password configured":       {"demo", "", "demo", "", false, false},
		"no user configured":           {"", "demo", "", "demo", false, false},
		"split elsewhere is not equal": {"ab", "c", "a", "bc", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			if !row.noHeader {
				r.SetBasicAuth(row.gotUser, row.gotPassword)
			}
			if got := inbound.Basic(r, row.user, row.password); got != row.wantsToMatch {
				t.Errorf("Basic = %v", got)
			}
		})
	}
}

func TestBasicRefusesOtherSchemes(t *testing.T) {
	t.Parallel()
	for _, h := range []string{"Bearer ZGVtbzpkZW1v", "Basic", "Basic !!!", "Basic ZGVtbw==", "ZGVtbzpkZW1v"} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Authorization", h)
		if inbound.Basic(r, "demo", "demo") {
			t.Errorf("%q is accepted", h)
		}
	}
}

func BenchmarkBasic(b *testing.B) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.SetBasicAuth("demo", "a-password-of-the-usual-length")
	b.ReportAllocs()
	for b.Loop() {
		if !inbound.Basic(r, "demo", "a-password-of-the-usual-length") {
			b.Fatal("refused")
		}
	}
}
