package secrets_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"sessionbridge.internal/shared/secrets"
)

const canary = "hunter2-canary"

type exported struct{ S secrets.Secret }
type unexported struct {
	s secrets.Secret
	p *secrets.Secret
}

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	s := secrets.New(canary)
	for holder, v := range map[string]any{
		"itself": s, "a pointer": &s, "a field": exported{s}, "unexported fields": unexported{s, &s}, "a slice": []secrets.Secret{s},
		"a map": map[string]secrets.Secret{"k": s}, "a key": map[secrets.Secret]int{s: 1}, "an error": errors.New(fmt.Sprint(s)),
	} {
		t.Run("inside "+holder, func(t *testing.T) {
			t.Parallel()
			for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %t %10s %T") {
				if got := fmt.Sprintf(verb, v); strings.Contains(got, canary) || strings.Contains(got, fmt.Sprintf("%x", canary)) {
					t.Errorf("%s prints %s", verb, got)
				}
			}
		})
	}
}

func TestSecretNeverMarshals(t *testing.T) {
	t.Parallel()
	s := secrets.New(canary)
	asJSON, err := json.Marshal(map[string]any{"s": s, "f": exported{s}, "u": unexported{s, &s}, "m": map[secrets.Secret]int{s: 1}})
	if err != nil || bytes.Contains(asJSON, []byte(canary)) || !bytes.Contains(asJSON, []byte(`"[redacted]"`)) {
		t.Errorf("JSON: %s, %v", asJSON, err)
	}
	asXML, err := xml.Marshal(exported{s})
	if err != nil || !bytes.Contains(asXML, []byte("[redacted]")) {
		t.Errorf("XML: %s, %v", asXML, err)
	}
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", s, "f", exported{s})
	if strings.Contains(out.String(), canary) || strings.Count(out.String(), "[redacted]") != 2 {
		t.Errorf("slog: %s", out.String())
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	if got := secrets.New(canary).Reveal(); got != canary {
		t.Errorf("Reveal() = %q", got)
	}
	var zero secrets.Secret
	if zero.Reveal() != "" || zero.String() != "[redacted]" {
		t.Errorf("zero reveals %q and prints %q", zero.Reveal(), zero)
	}
}
