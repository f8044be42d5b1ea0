package inbound_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
)

func TestAnAddressIsText(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		target string
		want   int
	}{
		"plain is let in":                     {"/webhook/demo/ccai", 204},
		"any letters are":                     {"/webhook/d%C3%A9mo/%E2%82%AC?q=%F0%9F%98%80", 204},
		"a query that cannot be read is none": {"/webhook/demo/ccai?q=%zz", 204},
		"half a letter in the path":           {"/webhook/d%ffmo/ccai", 400},
		"half a letter in a value":            {"/webhook/demo/ccai?q=%ff", 400},
		"half a letter in a name":             {"/webhook/demo/ccai?%c3=x", 400},
		"one behind what cannot be read":      {"/webhook/demo/ccai?a=%zz&q=%c3%28", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res, body, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) error {
				w.WriteHeader(http.StatusNoContent)
				return nil
			}, httptest.NewRequest(http.MethodGet, tt.target, nil))
			if res.StatusCode != tt.want {
				t.Errorf("answer is %d %s, want %d", res.StatusCode, body, tt.want)
			}
		})
	}
}

func TestAFormIsText(t *testing.T) {
	t.Parallel()
	if err := inbound.CheckText(url.Values{"who": {"Zoë", "\xff"}}); fault.KindOf(err) != fault.Malformed {
		t.Errorf("a form with half a letter: %v, want Malformed", err)
	}
	if err := inbound.CheckText(url.Values{"who": {"Zoë"}}); err != nil {
		t.Errorf("a form of text: %v", err)
	}
}
