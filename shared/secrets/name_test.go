package secrets_test

import (
	"testing"

	"sessionbridge.internal/shared/secrets"
)

func TestIsNameOfOne(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Authorization": true, "Cookie": true, "X-Api-Key": true, "X-Auth-Token": true, "Api-Key": true, "api_secret": true,
		"Ocp-Apim-Subscription-Key": true, "subscription-key": true, "appkey": true, "app_key": true, "license_key": true,
		"pin": true, "otp": true, "PIN": true, "key": true, "x_api.key": true,
		"X-Tenant": false, "Accept": false, "pinned": false, "author": false, "monkey": false, "keyword": false,
		"Idempotency-Key": false, "shipping": false, "option": false,
	} {
		if got := secrets.IsNameOfOne(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
