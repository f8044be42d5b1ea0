package qmfeed

import (
	"strings"
	"testing"
)

// The vector is that of the specification's own libraries (github.com/standard-webhooks/standard-webhooks, libraries).
func TestSignIsTheSpecifications(t *testing.T) {
	t.Parallel()
	got, err := sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

func TestSignRefusesWhatIsNoKey(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]string{
		"no prefix":      "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"another kind":   "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"no base64":      "whsec_hunter2 hunter2 hunter2 hunter2",
		"too short":      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ=",
		"too long":       "whsec_" + strings.Repeat("AAAA", 22),
		"nothing at all": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sign(secret, "id", "0", nil)
			if err == nil || !strings.Contains(err.Error(), "whsec_") || len(secret) > 6 && strings.Contains(err.Error(), secret[6:]) {
				t.Errorf("error %v, want one that says what is right and not what there is", err)
			}
		})
	}
}
