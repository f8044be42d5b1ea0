package secrets

import (
	"slices"
	"strings"
)

// Words that give a credential away within a name, and names that are one as a whole; both without case, "-", "_" and ".".
var (
	words = []string{
		"token", "secret", "password", "passwd", "passphrase", "passcode", "apikey", "appkey", "accesskey", "privatekey", "authkey",
		"subscriptionkey", "licensekey", "licencekey", "signature", "credential", "authorization", "cookie", "jwt", "bearer",
	}
	names = []string{
		"key", "sig", "sign", "pwd", "pass", "pin", "otp", "auth", "code", "xauth", "session", "sessionid", "sid",
	}
)

// IsNameOfOne says whether what stands under this name, of a header or of a query parameter, is likely a credential: it is
// not to be shown to people, and not to be written out in settings.
func IsNameOfOne(name string) bool {
	name = strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
	return slices.Contains(names, name) ||
		slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
}
