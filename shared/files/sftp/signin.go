package sftp

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"sessionbridge.internal/shared/secrets"
)

// signIn is all there is to sign in with, the key first.
func (s Server) signIn() ([]ssh.AuthMethod, error) {
	var methods []ssh.AuthMethod
	if s.PrivateKey.Reveal() != "" {
		signer, err := signer(s.PrivateKey, s.Passphrase)
		if err != nil {
			return nil, err
		}
		methods = append(methods, ssh.PublicKeys(signer))
	}
	if password := s.Password.Reveal(); password != "" {
		methods = append(methods, ssh.Password(password), ssh.KeyboardInteractive(answerWith(password)))
	}
	if len(methods) == 0 {
		return nil, fmt.Errorf("%w: there is nothing to sign in with: set storage.sftp.password or storage.sftp.private_key", ErrSignIn)
	}
	return methods, nil
}

// signer reads the key. What the library says of a broken one is not repeated: it could quote from it.
func signer(key, passphrase secrets.Secret) (ssh.Signer, error) {
	text := []byte(key.Reveal())
	signer, err := ssh.ParsePrivateKey(text)
	var encrypted *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return signer, nil
	case errors.As(err, &encrypted) && passphrase.Reveal() == "":
		return nil, fmt.Errorf("%w: the key of storage.sftp.private_key is encrypted: set storage.sftp.passphrase", ErrSignIn)
	case errors.As(err, &encrypted):
		if signer, err = ssh.ParsePrivateKeyWithPassphrase(text, []byte(passphrase.Reveal())); err == nil {
			return signer, nil
		}
		return nil, fmt.Errorf("%w: storage.sftp.passphrase does not open the key of storage.sftp.private_key", ErrSignIn)
	}
	return nil, fmt.Errorf("%w: storage.sftp.private_key is no private key in OpenSSH's or PEM's form "+
		"(ssh-keygen and PuTTYgen can convert others)", ErrSignIn)
}

// answerWith gives the password where one hidden answer is asked for, and nothing where anything else is: a question for
// a code from somebody's telephone is not to be answered with the password.
func answerWith(password string) ssh.KeyboardInteractiveChallenge {
	return func(_, _ string, questions []string, echos []bool) ([]string, error) {
		if len(questions) == 0 {
			return nil, nil // a mere announcement
		}
		if len(questions) != 1 || echos[0] {
			return nil, errors.New("it asks for more than a password")
		}
		return []string{password}, nil
	}
}

// refused is a sign-in that the server did not take. The server's words are left out: they may hold the user's name.
func (s Server) refused(err error) error {
	if strings.Contains(err.Error(), "disconnect, reason 12") { // too many connections (RFC 4253, section 11.1)
		return fmt.Errorf("%w: it has too many connections", ErrUnreachable)
	}
	var tried []string
	if s.PrivateKey.Reveal() != "" {
		tried = append(tried, "the key of storage.sftp.private_key")
	}
	if s.Password.Reveal() != "" {
		tried = append(tried, "the password of storage.sftp.password")
	}
	return fmt.Errorf("%w: tried %s for the user of storage.sftp.username", ErrSignIn, strings.Join(tried, " and "))
}
