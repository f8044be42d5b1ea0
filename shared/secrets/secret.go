// Package secrets keeps passwords and keys out of settings, logs and answers. Settings hold a Ref, the name of a secret;
// a Resolver turns it into a Secret, which shows itself to nobody who does not call Reveal.
//
// shared/settings holds the references, shared/crm, shared/mail, shared/files and the functions' doorways use the
// values.
package secrets

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a value nobody may see by accident: printed, logged or marshalled in any way it is "[redacted]". The zero
// value is an empty secret.
type Secret struct {
	// A pointer, because fmt cannot call the methods of a value in somebody's unexported field and prints its parts
	// instead: a string there would be shown, a pointer is only an address.
	value *string
}

// New makes a secret of a value.
func New(value string) Secret { return Secret{value: &value} }

// Reveal is the value itself, to be handed to what needs it and to nothing else.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Format prints "[redacted]" for every verb and flag of package fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String is "[redacted]".
func (s Secret) String() string { return redacted }

// GoString is "[redacted]".
func (s Secret) GoString() string { return redacted }

// LogValue is "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "[redacted]".
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON is "[redacted]" in quotes.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
