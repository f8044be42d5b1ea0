package signin_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

func TestTheCRMLetsUsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inBody := w.own()
	inBody.InBody = true
	s := w.signer(t)
	granted := w.granted()
	if err := w.connect(t, s, granted); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		from string
		crm  settings.CRM
	}{
		"by Basic":                             {fromMethods, settings.CRM{Basic: &settings.Basic{Username: "demo", Password: "secret://password"}}},
		"by a header of its own":               {fromMethods, settings.CRM{Headers: []settings.Header{{Name: "X-Api-Key", Secret: "secret://key"}}}},
		"by several headers":                   {fromMethods, settings.CRM{Headers: []settings.Header{{Name: "X-Tenant", Value: "7"}, {Name: "X-Api-Key", Secret: "secret://key"}}}},
		"by a header written out":              {oursHeader, settings.CRM{Headers: []settings.Header{{Name: "X-Api-Key", Prefix: "canary", Value: "-key"}}}},
		"by a token that a person allowed":     {fromMethods, settings.CRM{OAuth: granted}},
		"by a token, the client in the header": {fromClient, settings.CRM{OAuth: w.own()}},
		"by a token, the client in the body":   {fromInHeader, settings.CRM{OAuth: inBody}},
	} {
		t.Run(name, func(t *testing.T) {
			cite(t, tt.from)
			if status, _, err := w.sign(t, s, &tt.crm); err != nil || status != http.StatusOK {
				t.Errorf("%d, %v", status, err)
			}
		})
	}
}

func TestHeadersStandAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	cite(t, fromMethods)
	w := newWorld(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &settings.CRM{Headers: []settings.Header{
		{Name: "Authorization", Prefix: "token ", Secret: "secret://key"}, {Name: "X-Tenant", Value: "7"}, {Name: "x-tenant-name", Prefix: "a", Value: "b"},
	}}
	if err := w.signer(t).Sign(t.Context(), "demo", c, req); err != nil {
		t.Fatal(err)
	}
	if h := req.Header; h.Get("Authorization") != "token "+apiKey || h.Get("X-Tenant") != "7" || h.Get("X-Tenant-Name") != "ab" {
		t.Errorf("the headers are %v", h)
	}
}

func TestErrorsNameTheSettingAndNoValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost, written := w.own(), w.own()
	lost.ClientSecret, written.ClientSecret = "secret://lost", "canary"
	key := settings.Header{Name: "X-Api-Key", Secret: "secret://key"}
	for name, tt := range map[string]struct {
		from string
		crm  settings.CRM
		says string
	}{
		"a password that is not there":      {oursSecrets, settings.CRM{Basic: &settings.Basic{Password: "secret://lost"}}, "crm.basic.password: secrets: secret://lost: not found"},
		"a password written out":            {oursSecrets, settings.CRM{Basic: &settings.Basic{Password: "canary"}}, "crm.basic.password: secrets: not a reference"},
		"a header's secret that is none":    {oursSecrets, settings.CRM{Headers: []settings.Header{key, {Name: "X", Secret: "canary"}}}, "crm.headers[1].secret: secrets: not a reference"},
		"a header's secret of two lines":    {fromValue, settings.CRM{Headers: []settings.Header{{Name: "X", Secret: "secret://two-lines"}}}, "crm.headers[0].secret: the secret holds a line break"},
		"a client's secret not there":       {oursSecrets, settings.CRM{OAuth: lost}, "crm.oauth.client_secret: secrets: secret://lost: not found"},
		"a client's secret written out":     {oursSecrets, settings.CRM{OAuth: written}, "crm.oauth.client_secret: secrets: not a reference"},
		"a secret with a name that is none": {oursSecrets, settings.CRM{Basic: &settings.Basic{Password: "secret://../canary"}}, "crm.basic.password: secrets: after"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			_, authorization, err := w.sign(t, w.signer(t), &tt.crm)
			wantFinal(t, err, tt.says)
			if authorization != "" {
				t.Error("the request is signed all the same")
			}
		})
	}
}

// Whatever is printed or logged of what the package and the database hold, no secret is in it.
func TestNothingShowsASecret(t *testing.T) {
	t.Parallel()
	cite(t, oursSecrets)
	w := newWorld(t)
	s := w.signer(t)
	if err := w.connect(t, s, w.granted()); err != nil {
		t.Fatal(err)
	}
	refused := strings.TrimPrefix(w.must(t, s, w.granted()), "Bearer ")
	s.Drop("demo", carrying("Bearer "+refused))
	access := strings.TrimPrefix(w.must(t, s, w.granted()), "Bearer ")
	g := w.grant(t)
	var shown bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&shown, nil))
	for _, v := range []any{s, g, &g, struct{ g store.Grant }{g}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			_, _ = fmt.Fprintf(&shown, verb+"\n", v)
		}
	}
	log.Info("grant", "grant", g, "in", map[string]any{"g": g})
	for name, value := range map[string]string{
		"the refused token": refused, "the token": access, "the grant's": g.RefreshToken.Reveal(),
		"the token in hexadecimal": fmt.Sprintf("%x", access), "the client's secret": secret,
	} {
		if len(value) < 10 || strings.Contains(shown.String(), value) {
			t.Errorf("%s %q is shown in %s", name, value, shown.String())
		}
	}
}
