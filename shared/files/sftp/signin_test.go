package sftp_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	emulator "sessionbridge.internal/emulator/sftp"
	store "sessionbridge.internal/shared/files/sftp"
	"sessionbridge.internal/shared/secrets"
)

// custom is a server that does what the local cloud's does not.
func custom(t *testing.T, config *ssh.ServerConfig, answer func(ssh.NewChannel), keys ...ssh.Signer) store.Server {
	t.Helper()
	for _, key := range keys {
		config.AddHostKey(key)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn, config, answer)
		}
	}()
	return reach(t, l.Addr().String())
}

func serve(raw net.Conn, config *ssh.ServerConfig, answer func(ssh.NewChannel)) {
	defer func() { _ = raw.Close() }()
	_, channels, requests, err := ssh.NewServerConn(raw, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		answer(offered)
	}
}

// serving answers with SFTP; without handlers it takes the session and offers nothing on it.
func serving(h sftp.Handlers) func(ssh.NewChannel) {
	return func(offered ssh.NewChannel) {
		ch, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				_ = r.Reply(h.FilePut != nil, nil)
			}
		}()
		if h.FilePut != nil {
			go func() { _ = sftp.NewRequestServer(ch, h).Serve() }()
		}
	}
}

// asking is a server that asks for a password.
func asking(password string) *ssh.ServerConfig {
	return &ssh.ServerConfig{PasswordCallback: func(_ ssh.ConnMetadata, got []byte) (*ssh.Permissions, error) {
		if string(got) != password {
			return nil, ssh.ErrNoAuth
		}
		return nil, nil
	}}
}

type hostKeys struct{ ed25519, ecdsa, rsa ssh.Signer }

func newHostKeys(t *testing.T) hostKeys {
	t.Helper()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return hostKeys{newHostKey(t), signer(t, ec), signer(t, rs)}
}

func newHostKey(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer(t, key)
}

func signer(t *testing.T, key any) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func line(s ssh.Signer) string  { return string(ssh.MarshalAuthorizedKey(s.PublicKey())) }
func shown(s ssh.Signer) string { return ssh.FingerprintSHA256(s.PublicKey()) }

func TestHostKeys(t *testing.T) {
	t.Parallel()
	has, other := newHostKeys(t), newHostKeys(t)
	at := custom(t, asking(password), serving(sftp.InMemHandler()), has.ed25519, has.ecdsa, has.rsa)
	for _, row := range []struct {
		name  string
		pins  []string
		shows []ssh.Signer // in the error; none: it is known
	}{
		{"Ed25519 key", []string{line(has.ed25519)}, nil},
		{"ECDSA key", []string{line(has.ecdsa)}, nil},
		{"RSA key", []string{line(has.rsa)}, nil},
		{"key with a remark", []string{strings.TrimSpace(line(has.rsa)) + " root@sftp"}, nil},
		{"fingerprint of the Ed25519 key", []string{shown(has.ed25519)}, nil},
		{"fingerprint of the ECDSA key", []string{shown(has.ecdsa)}, nil},
		{"fingerprint of the RSA key, padded", []string{" " + shown(has.rsa) + "= "}, nil},
		{"one of many", []string{line(other.ed25519), shown(other.rsa), line(has.rsa)}, nil},
		{"old key beside the new", []string{line(other.ed25519), line(has.ed25519)}, nil},
		{"none", nil, []ssh.Signer{has.ed25519, has.ecdsa, has.rsa}},
		{"other key", []string{line(other.ed25519)}, []ssh.Signer{has.ed25519}},
		{"other fingerprint", []string{shown(other.rsa)}, []ssh.Signer{has.ed25519, has.ecdsa, has.rsa}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			at := at
			at.HostKeys = row.pins
			s, err := store.Open(t.Context(), at)
			if len(row.shows) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				_ = s.Close()
				return
			}
			wantMended(t, err, store.ErrHostKey, "storage.sftp.host_keys", "compare")
			for _, key := range row.shows {
				if !strings.Contains(err.Error(), shown(key)+" ("+key.PublicKey().Type()+")") {
					t.Errorf("error is %q, want it to name %s", err, shown(key))
				}
			}
		})
	}
}

func TestAServerWithoutAKeyOfThePinnedTypeIsNamed(t *testing.T) {
	t.Parallel()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	has := signer(t, ec)
	at := custom(t, asking(password), serving(sftp.InMemHandler()), has)
	at.HostKeys = []string{line(newHostKey(t))}
	_, err = store.Open(t.Context(), at)
	wantMended(t, err, store.ErrHostKey, shown(has))
}

func TestBrokenPinsAreNamed(t *testing.T) {
	t.Parallel()
	for _, pin := range []string{"", "ssh-ed25519", "ssh-ed25519 AAAA", "SHA256:short", "MD5:aa:bb", "sftp.example.com ssh-ed25519 AAAA"} {
		at := store.Server{HostKeys: []string{pin}, Password: secrets.New(password)}
		_, err := store.Open(t.Context(), at)
		wantMended(t, err, store.ErrHostKey, "storage.sftp.host_keys[0]", "SHA256:")
	}
}

// TestNoSecretGoesToAStranger holds that a server whose key is not pinned is told no password.
func TestNoSecretGoesToAStranger(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 10)
	config := &ssh.ServerConfig{PasswordCallback: func(_ ssh.ConnMetadata, got []byte) (*ssh.Permissions, error) {
		asked <- string(got)
		return nil, nil
	}}
	_, err := store.Open(t.Context(), custom(t, config, serving(sftp.InMemHandler()), newHostKey(t)))
	wantMended(t, err, store.ErrHostKey)
	if len(asked) > 0 {
		t.Error("the password was sent")
	}
}

// newKey is a new key as a person has it: its public half, and its text.
func newKey(t *testing.T) (authorized, text string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	return line(signer(t, key)), string(pem.EncodeToMemory(block))
}

// encryptedKey is a key with the passphrase "open sesame". It lies in a file because it is stretched with a single round
// of bcrypt, which the library cannot make: the usual number takes seconds under the race detector.
func encryptedKey(t *testing.T) (text, authorized string) {
	t.Helper()
	key, err := os.ReadFile("testdata/encrypted_key")
	if err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile("testdata/encrypted_key.pub")
	if err != nil {
		t.Fatal(err)
	}
	return string(key), string(public)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	authorized, key := newKey(t)
	_, stranger := newKey(t)
	shut, shutAuthorized := encryptedKey(t)
	c := newCompany(t, func(o *emulator.Options) { o.AuthorizedKeys = []string{authorized, shutAuthorized} })
	for _, row := range []struct {
		name                      string
		password, key, passphrase string
		says                      []string // none: it succeeds
	}{
		{"password", password, "", "", nil},
		{"key", "", key, "", nil},
		{"key that needs no passphrase", "", key, "open sesame", nil},
		{"encrypted key", "", shut, "open sesame", nil},
		{"wrong key, right password", password, stranger, "", nil},
		{"wrong password", "wrong", "", "", []string{"storage.sftp.password", "storage.sftp.username"}},
		{"wrong key", "", stranger, "", []string{"storage.sftp.private_key", "storage.sftp.username"}},
		{"both wrong", "wrong", stranger, "", []string{"storage.sftp.private_key", "storage.sftp.password"}},
		{"nothing", "", "", "", []string{"storage.sftp.password or storage.sftp.private_key"}},
		{"wrong passphrase", "", shut, "open barley", []string{"storage.sftp.passphrase does not open"}},
		{"no passphrase", "", shut, "", []string{"set storage.sftp.passphrase"}},
		{"key that is none", "", "PuTTY-User-Key-File-3: ssh-ed25519", "", []string{"storage.sftp.private_key is no private key"}},
		{"key that is cut", "", key[:100], "", []string{"storage.sftp.private_key is no private key"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			at := c.at
			at.Password, at.PrivateKey, at.Passphrase = secrets.New(row.password), secrets.New(row.key), secrets.New(row.passphrase)
			s, err := store.Open(t.Context(), at)
			if row.says == nil {
				if err != nil {
					t.Fatal(err)
				}
				_ = s.Close()
				return
			}
			wantMended(t, err, store.ErrSignIn, row.says...)
		})
	}
}

func TestInteractiveSignIn(t *testing.T) {
	t.Parallel()
	key := newHostKey(t)
	for _, row := range []struct {
		name      string
		questions []string
		echo      bool
		ok        bool
	}{
		{"asked for the password", []string{"Password: "}, false, true},
		{"asked for two things", []string{"Password: ", "Code: "}, false, false},
		{"asked for what is shown", []string{"Name: "}, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			config := &ssh.ServerConfig{KeyboardInteractiveCallback: func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
				if _, err := ask("", "Welcome", nil, nil); err != nil {
					return nil, err
				}
				answers, err := ask("", "", row.questions, make([]bool, len(row.questions))[:len(row.questions)])
				if row.echo {
					answers, err = ask("", "", row.questions, []bool{true})
				}
				if err != nil || len(answers) != 1 || answers[0] != password {
					return nil, ssh.ErrNoAuth
				}
				return nil, nil
			}}
			at := custom(t, config, serving(sftp.InMemHandler()), key)
			at.HostKeys = []string{line(key)}
			s, err := store.Open(t.Context(), at)
			if row.ok && err != nil {
				t.Fatal(err)
			}
			if !row.ok {
				wantMended(t, err, store.ErrSignIn)
				return
			}
			_ = s.Close()
		})
	}
}

func TestAServerWithoutSFTP(t *testing.T) {
	t.Parallel()
	key := newHostKey(t)
	at := custom(t, asking(password), serving(sftp.Handlers{}), key)
	at.HostKeys = []string{line(key)}
	_, err := store.Open(t.Context(), at)
	wantMended(t, err, store.ErrServer, "offers no SFTP to this user")
}

func TestAServerThatRefusesSessions(t *testing.T) {
	t.Parallel()
	key := newHostKey(t)
	for reason, want := range map[ssh.RejectionReason]error{
		ssh.Prohibited: store.ErrServer, ssh.ResourceShortage: store.ErrUnreachable,
	} {
		at := custom(t, asking(password), func(offered ssh.NewChannel) { _ = offered.Reject(reason, "no") }, key)
		at.HostKeys = []string{line(key)}
		_, err := store.Open(t.Context(), at)
		if !errors.Is(err, want) || store.IsPassing(err) != (want == store.ErrUnreachable) {
			t.Errorf("reason %v: error is %v, want %v", reason, err, want)
		}
	}
}
