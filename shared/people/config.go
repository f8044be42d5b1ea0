package people

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sessionbridge.internal/shared/secrets"
)

// Config is what a deployment says of how people sign in.
type Config struct {
	Function     string   // whose door it is, "console" or "desk": its paths begin with it
	URL          string   // of the function, as a browser sees it; CONSOLE_URL or DESK_URL
	Issuer       string   // exactly as in its tokens, such as https://accounts.google.com; OIDC_ISSUER
	ClientID     string   // OIDC_CLIENT_ID
	ClientSecret string   // secret://name; OIDC_CLIENT_SECRET
	CookieKey    string   // secret://name, of a secret with a line per key, the newest first; COOKIE_KEY
	Audiences    []string // of programs' ID tokens, beside ClientID; OIDC_AUDIENCES, separated by commas
	Admins       []string // mail addresses of administrators of all tenants; CONSOLE_ADMINS, separated by commas
}

// ConfigFrom reads the environment of a function, "console" or "desk": what cannot be left out with need, as function.Env has
// it, and the rest with get.
func ConfigFrom(function string, need, get func(string) string) Config {
	return Config{
		Function: function, URL: strings.TrimSuffix(need(urlEnv(function)), "/"), Issuer: need("OIDC_ISSUER"), ClientID: need("OIDC_CLIENT_ID"),
		ClientSecret: need("OIDC_CLIENT_SECRET"), CookieKey: need("COOKIE_KEY"),
		Audiences: list(get("OIDC_AUDIENCES")), Admins: list(strings.ToLower(get("CONSOLE_ADMINS"))),
	}
}

// urlEnv is the variable that has the address of a function.
func urlEnv(function string) string { return strings.ToUpper(function) + "_URL" }

func list(text string) (all []string) {
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}

// check holds that the addresses are whole ones, and that ours is a host alone: our paths begin there.
func (c Config) check() error {
	own := urlEnv(c.Function)
	for _, v := range []struct{ name, value string }{{own, c.URL}, {"OIDC_ISSUER", c.Issuer}} {
		u, err := url.Parse(v.value)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !slices.Contains([]string{"https", "http"}, u.Scheme) {
			return fmt.Errorf("people: the environment variable %s must be a whole URL such as https://console.example.com", v.name)
		}
		if v.name == own && u.Path != "" {
			return fmt.Errorf("people: the environment variable %s must have no path, such as https://console.example.com", v.name)
		}
	}
	return nil
}

// refs are what the secrets are called.
func (c Config) refs() (clientSecret, cookieKey secrets.Ref, err error) {
	if clientSecret, err = secrets.ParseRef(c.ClientSecret); err != nil {
		return clientSecret, cookieKey, fmt.Errorf("people: the environment variable OIDC_CLIENT_SECRET: %w", err)
	}
	if cookieKey, err = secrets.ParseRef(c.CookieKey); err != nil {
		return clientSecret, cookieKey, fmt.Errorf("people: the environment variable COOKIE_KEY: %w", err)
	}
	return clientSecret, cookieKey, nil
}

// https says that browsers reach us by it, as they must in production.
func (c Config) https() bool { return strings.HasPrefix(c.URL, "https://") }
