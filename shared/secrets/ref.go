package secrets

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

const scheme = "secret://"

// The names Secret Manager accepts (docs.cloud.google.com/secret-manager/docs/reference/rest, secretId). It is compiled at
// its first use, since every function's start would pay for it.
var validName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`) })

// Ref names a secret, as "secret://name" in settings. The zero Ref names none and is the empty text.
type Ref struct{ name string }

// ParseRef reads "secret://name", where the name is 1 to 255 letters, digits, "_" and "-". Its error does not repeat
// the text: what stands there by mistake may be the secret itself.
func ParseRef(s string) (Ref, error) {
	name, ok := strings.CutPrefix(s, scheme)
	if !ok {
		return Ref{}, fmt.Errorf("secrets: not a reference: write %sname and keep the value in Secret Manager", scheme)
	}
	if !validName().MatchString(name) {
		return Ref{}, fmt.Errorf("secrets: after %s a name of 1 to 255 letters, digits, _ and - is needed", scheme)
	}
	return Ref{name: name}, nil
}

// Name is the secret's name alone.
func (r Ref) Name() string { return r.name }

// String is "secret://name", or empty for the zero Ref.
func (r Ref) String() string {
	if r.name == "" {
		return ""
	}
	return scheme + r.name
}

// MarshalText is String.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParseRef, and the zero Ref for the empty text.
func (r *Ref) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*r = Ref{}
		return nil
	}
	parsed, err := ParseRef(string(text))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}
