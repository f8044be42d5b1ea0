package inbound_test

import (
	"testing"

	"sessionbridge.internal/shared/inbound"
)

// TestSigned uses test case 2 of RFC 4231, section 4.3.
func TestSigned(t *testing.T) {
	t.Parallel()
	const body, key = "what do ya want for nothing?", "Jefe"
	const signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	tests := map[string]struct {
		body, signature, key string
		want                 bool
	}{
		"the right one":               {body, signature, key, true},
		"one of another body":         {body + " ", signature, key, false},
		"one by another key":          {body, signature, "Jeff", false},
		"one in capitals":             {body, "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843", key, false},
		"half of it":                  {body, signature[:32], key, false},
		"none":                        {body, "", key, false},
		"one by a key that is not":    {"", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", "", false},
		"one with more at the end":    {body, signature + "00", key, false},
		"one that is no hexadecimals": {body, "signature", key, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := inbound.Signed([]byte(tt.body), tt.signature, tt.key); got != tt.want {
				t.Errorf("signed: %v, want %v", got, tt.want)
			}
		})
	}
}
