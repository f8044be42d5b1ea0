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
	URL          string   // of the functions for people, as a browser sees them; CONSOLE_URL
	Issuer       string   // exactly as in its tokens, such as https://accounts.google.com; OIDC_ISSUER
	ClientID     string   // OIDC_CLIENT_ID
	ClientSecret string   // secret://name; OIDC_CLIENT_SECRET
	CookieKey    string   // secret://name, of a secret with a line per key, the newest first; COOKIE_KEY
	Audiences    []string // of programs' ID tokens, beside ClientID; OIDC_AUDIENCES, separated by commas
	Admins       []string // mail addresses of administrators of all tenants; CONSOLE_ADMINS, separated by commas
}

// ConfigFrom reads the environment: what cannot be left out with need, as function.Env has it, and the rest with get.
func ConfigFrom(need, get func(string) string) Config {
	return Config{
		URL: strings.TrimSuffix(need("CONSOLE_URL"), "/"), Issuer: need("OIDC_ISSUER"), ClientID: need("OIDC_CLIENT_ID"),
		ClientSecret: need("OIDC_CLIENT_SECRET"), CookieKey: need("COOKIE_KEY"),
		Audiences: list(get("OIDC_AUDIENCES")), Admins: list(strings.ToLower(get("CONSOLE_ADMINS"))),
	}
}

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
	for _, v := range []struct{ name, value string }{{"CONSOLE_URL", c.URL}, {"OIDC_ISSUER", c.Issuer}} {
		u, err := url.Parse(v.value)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !slices.Contains([]string{"https", "http"}, u.Scheme) {
			return fmt.Errorf("people: the environment variable %s must be a whole URL such as https://console.example.com", v.name)
		}
		if v.name == "CONSOLE_URL" && u.Path != "" {
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
