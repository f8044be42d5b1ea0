package mail_test

import (
	"crypto/tls"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"sessionbridge.internal/shared/mail"
)

func decode64(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, r))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSendEncryptsByStartTLS(t *testing.T) {
	t.Parallel()
	config, authority := certificate(t)
	s := newServer(t, func(s *server) { s.TLSConfig, s.AllowInsecureAuth = config, false })
	to := login(s.remote(587), "bridge", password)
	to.RootCAs = authority
	if err := mail.Send(t.Context(), to, aMessage()); err != nil {
		t.Fatal(err)
	}
	if len(s.mails()) != 1 || len(s.logins()) != 1 {
		t.Errorf("%d mails from %q arrived, want 1", len(s.mails()), s.logins())
	}
}

func TestSendEncryptsFromTheFirstByteOnPort465(t *testing.T) {
	t.Parallel()
	config, authority := certificate(t)
	s := newServer(t, func(s *server) { s.listener = tls.NewListener(s.listener, config) })
	to := login(s.remote(465), "bridge", password)
	to.RootCAs = authority
	if err := mail.Send(t.Context(), to, aMessage()); err != nil {
		t.Fatal(err)
	}
	if len(s.mails()) != 1 || len(s.logins()) != 1 {
		t.Errorf("%d mails from %q arrived, want 1", len(s.mails()), s.logins())
	}
}

func TestSendRefusesToSpeakInTheClear(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	for _, port := range []int{25, 465, 587} {
		wantFailure(t, mail.Send(t.Context(), s.remote(port), aMessage()), 0, false)
		wantFailure(t, mail.Send(t.Context(), login(s.remote(port), "bridge", password), aMessage()), 0, false)
	}
	if len(s.mails()) != 0 || len(s.logins()) != 0 {
		t.Errorf("%d mails from %q arrived unencrypted", len(s.mails()), s.logins())
	}
}

func TestSendRefusesACertificateNobodyVouchesFor(t *testing.T) {
	t.Parallel()
	config, _ := certificate(t)
	s := newServer(t, func(s *server) { s.TLSConfig = config })
	err := mail.Send(t.Context(), s.remote(587), aMessage())
	wantFailure(t, err, 0, false)
	if !strings.Contains(err.Error(), "certificate") || len(s.mails()) != 0 {
		t.Errorf("error is %v, want one about the certificate, and %d mails arrived", err, len(s.mails()))
	}
}
