package sftp

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// pins are the keys a server may show.
type pins struct {
	keys         []ssh.PublicKey
	fingerprints []string // SHA256:…, without padding
}

func parsePins(texts []string) (pins, error) {
	var p pins
	for i, text := range texts {
		text = strings.TrimSpace(text)
		if digest, ok := strings.CutPrefix(text, "SHA256:"); ok {
			digest = strings.TrimRight(digest, "=")
			if b, err := base64.RawStdEncoding.DecodeString(digest); err != nil || len(b) != 32 {
				return pins{}, fmt.Errorf("%w: storage.sftp.host_keys[%d] is no fingerprint: want SHA256: and 43 characters", ErrHostKey, i)
			}
			p.fingerprints = append(p.fingerprints, "SHA256:"+digest)
			continue
		}
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
		if err != nil {
			return pins{}, fmt.Errorf("%w: storage.sftp.host_keys[%d] is no key: want for example \"ssh-ed25519 AAAA…\" or \"SHA256:…\"", ErrHostKey, i)
		}
		p.keys = append(p.keys, key)
	}
	return p, nil
}

func (p pins) match(key ssh.PublicKey) bool {
	blob := string(key.Marshal())
	return slices.Contains(p.fingerprints, ssh.FingerprintSHA256(key)) ||
		slices.ContainsFunc(p.keys, func(k ssh.PublicKey) bool { return string(k.Marshal()) == blob })
}

// anyAlgorithm is what the library holds safe, without certificates, which nobody here could check. Ed25519 comes first:
// people copy the fingerprint of the key that OpenSSH's own client shows them.
var anyAlgorithm = func() []string {
	all := slices.DeleteFunc(ssh.SupportedAlgorithms().HostKeys, func(a string) bool { return strings.Contains(a, "-cert-") })
	slices.SortStableFunc(all, func(a, b string) int { return rank(a) - rank(b) })
	return all
}()

func rank(algorithm string) int {
	switch {
	case algorithm == ssh.KeyAlgoED25519:
		return 0
	case strings.HasPrefix(algorithm, "ecdsa-"):
		return 1
	}
	return 2
}

// algorithms are the ones to ask the server for: with one of another type it would show a key that no pin can match.
func (p pins) algorithms() []string {
	if len(p.fingerprints) > 0 || len(p.keys) == 0 {
		return slices.Clone(anyAlgorithm)
	}
	var all []string
	for _, key := range p.keys {
		all = append(all, algorithmsOf(key.Type())...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// algorithmsOf are the signatures a key of a type can make: an RSA key several (RFC 8332, section 2), without the one of
// SHA-1.
func algorithmsOf(keyType string) []string {
	if keyType == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512}
	}
	return []string{keyType}
}

// strangerError is a host key that is not pinned.
type strangerError struct{ key ssh.PublicKey }

// Error is the key as a person compares it.
func (e *strangerError) Error() string {
	return ssh.FingerprintSHA256(e.key) + " (" + e.key.Type() + ")"
}
