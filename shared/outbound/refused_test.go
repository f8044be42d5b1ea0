package outbound_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sessionbridge.internal/shared/outbound"
)

// closing is a body that says when it is closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

// Whoever hands a request over is done with its body, also where nothing is sent: a file would stay open.
func TestABodyIsClosedThoughTheRequestIsRefused(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]string{
		"another scheme":              "ftp://crm.example.com/",
		"no host":                     "https:///a",
		"credentials before the host": "https://user:canary@crm.example.com/",
		"no public address":           "https://127.0.0.1:1/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := server(t, func(http.ResponseWriter, *http.Request) {})
			body := &closing{Reader: strings.NewReader("file")}
			req, err := http.NewRequestWithContext(t.Context(), "POST", target, body)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Do(t.Context(), req, outbound.Limits{})
			var failure *outbound.Error
			if !errors.As(err, &failure) || failure.Verdict != outbound.Refused {
				t.Errorf("error %v, want one of verdict refused", err)
			}
			if !body.closed {
				t.Error("the body stays open")
			}
		})
	}
}

func TestRedactHidesKeysOfProducts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"subscription-key", "Ocp-Apim-Subscription-Key", "appkey", "app_key", "license_key", "pin", "otp"} {
		u, err := url.Parse("https://h/p?a=1&" + name + "=canary")
		if err != nil {
			t.Fatal(err)
		}
		if got := outbound.Redact(u); strings.Contains(got, "canary") {
			t.Errorf("%s is shown", got)
		}
		if got := outbound.RedactHeader(http.Header{name: {"canary"}}); got[name][0] == "canary" {
			t.Errorf("the header %s is shown", name)
		}
	}
}
