package sftp

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/subtle"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

var errSignIn = errors.New("this user may not sign in so")

// signIn is who may sign in, and how.
func signIn(o Options) (*ssh.ServerConfig, error) {
	var keys []string
	for i, line := range o.AuthorizedKeys {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil {
			return nil, fmt.Errorf("AuthorizedKeys[%d]: %w", i, err)
		}
		keys = append(keys, authorized(key))
	}
	permit := func(ok bool) (*ssh.Permissions, error) {
		if !ok {
			return nil, errSignIn
		}
		return nil, nil
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		return permit(c.User() == o.User && slices.Contains(keys, authorized(key)))
	}}
	if o.Password == "" {
		return config, nil
	}
	config.PasswordCallback = func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
		return permit(c.User() == o.User && same(string(password), o.Password))
	}
	config.KeyboardInteractiveCallback = func(c ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		answers, err := ask("", "", []string{"Password: "}, []bool{false})
		return permit(err == nil && len(answers) == 1 && c.User() == o.User && same(answers[0], o.Password))
	}
	return config, nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func authorized(key ssh.PublicKey) string {
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(key)), "\n")
}

// keptKey is the key beside dir, made where there is none. It does not lie in dir, where clients would see it.
func keptKey(dir string) (ssh.Signer, error) {
	file := filepath.Clean(dir) + ".hostkey"
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = newKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("host key: %w", err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("host key %s: %w: delete the file to have a new key", file, err)
	}
	return key, nil
}

func newKey(file string) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "the local cloud's SFTP server")
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(block)
	return text, os.WriteFile(file, text, 0o600)
}
