package outbound_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/outbound"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ in, want string }{
		"nothing to hide": {
			"https://crm.example.com/api/v1/Account?where%5B0%5D=x&phone=%2B49", "https://crm.example.com/api/v1/Account?where%5B0%5D=x&phone=%2B49",
		},
		"a token":                     {"https://h/p?a=1&access_token=canary&b=2", "https://h/p?a=1&access_token=[redacted]&b=2"},
		"an API key, however":         {"https://h/?API-Key=canary&apikey=canary&x_api.key=canary", "https://h/?API-Key=[redacted]&apikey=[redacted]&x_api.key=[redacted]"},
		"a signed storage URL":        {"https://h/f.mp3?OSSAccessKeyId=canary&Expires=1&Signature=canary", "https://h/f.mp3?OSSAccessKeyId=[redacted]&Expires=1&Signature=[redacted]"},
		"Google's signed URL":         {"https://h/f?X-Goog-Credential=canary&X-Goog-Signature=canary", "https://h/f?X-Goog-Credential=[redacted]&X-Goog-Signature=[redacted]"},
		"Azure's signature":           {"https://h/f?sv=1&sig=canary", "https://h/f?sv=1&sig=[redacted]"},
		"an authorisation code":       {"https://h/cb?code=canary&state=1", "https://h/cb?code=[redacted]&state=1"},
		"an escaped name":             {"https://h/?to%6Ben=canary", "https://h/?to%6Ben=[redacted]"},
		"a name that is unreadable":   {"https://h/?%zz=canary&a=1", "https://h/?[redacted]&a=1"},
		"credentials before the host": {"https://user:canary@h/p", "https://[redacted]@h/p"},
		"a fragment":                  {"https://h/p#access_token=canary", "https://h/p#[redacted]"},
		"an author is no secret":      {"https://h/?author=me&keyword=x&monkey=y", "https://h/?author=me&keyword=x&monkey=y"},
		"twice the same":              {"https://h/?token=canary&token=canary", "https://h/?token=[redacted]&token=[redacted]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(row.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := outbound.Redact(u); got != row.want {
				t.Errorf("Redact = %s, want %s", got, row.want)
			}
			if u.String() != row.in && !strings.Contains(row.in, "%zz") {
				t.Errorf("the URL was changed to %s", u)
			}
		})
	}
}

func TestRedactHeader(t *testing.T) {
	t.Parallel()
	h := http.Header{
		"Authorization": {"Basic canary"}, "Proxy-Authorization": {"canary"}, "Cookie": {"a=canary", "b=canary"}, "Set-Cookie": {"canary"},
		"X-Api-Key": {"canary"}, "X-Auth-Token": {"canary"}, "X-Signature": {"canary"}, "Api_Secret": {"canary"},
		"X-Company": {"canary"}, "Content-Type": {"application/json"}, "idempotency-key": {"call-1"},
	}
	hidden := []string{"[redacted]"}
	want := http.Header{
		"Authorization": hidden, "Proxy-Authorization": hidden, "Cookie": {"[redacted]", "[redacted]"}, "Set-Cookie": hidden,
		"X-Api-Key": hidden, "X-Auth-Token": hidden, "X-Signature": hidden, "Api_Secret": hidden,
		"X-Company": hidden, "Content-Type": {"application/json"}, "idempotency-key": {"call-1"},
	}
	if diff := cmp.Diff(want, outbound.RedactHeader(h, "x-company")); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if h.Get("Authorization") != "Basic canary" {
		t.Error("the header itself was changed")
	}
}
