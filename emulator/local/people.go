package local

import (
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/emulator/people"
	door "sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
)

// What the functions for people are to the issuer, and the secrets of theirs.
const (
	oidcClient = "sessionbridge"
	oidcSecret = "oidc-client"
	cookieKeys = "cookie-key"
	oidcPath   = "/emulator/oidc"
)

// signInStarts are where browsers leave for the issuer.
var signInStarts = []string{"/console/signin", "/desk/signin", "/desk/signin/window"}

// developer is whoever reaches this machine and has not signed in as somebody: an administrator of all tenants.
var developer = people.Person{Name: "Developer", Email: "developer@localhost"}

// staff are those whom one can be, with their roles at every ready-made tenant.
var staff = []struct{ name, email, role string }{
	{"Ada Admin", "ada@demo.example", settings.Administrator},
	{"Sam Supervisor", "sam@demo.example", settings.Supervisor},
	{"Kim Park", "kim@demo.example", settings.Agent},
}

func staffRoles() map[string]string {
	roles := map[string]string{}
	for _, one := range staff {
		roles[one.email] = one.role
	}
	return roles
}

// newIssuer is where people sign in to the console and the desk.
func (c *Cloud) newIssuer() *people.Issuer {
	var all []people.Person
	for _, one := range staff {
		all = append(all, people.Person{Name: one.name, Email: one.email, Note: one.role})
	}
	return people.New(people.Options{
		URL: c.URL + oidcPath, People: all, Now: c.clock.Now,
		Clients: []people.Client{{ID: oidcClient, Secret: demoPassword, RedirectURIs: []string{c.URL + "/console/signin/callback", c.URL + "/desk/signin/callback"}}},
	})
}

// peopleEnvironment is what functions are told of how people sign in.
func (c *Cloud) peopleEnvironment() map[string]string {
	return map[string]string{
		"CONSOLE_URL":        c.URL,
		"DESK_URL":           c.URL,
		"OIDC_ISSUER":        c.URL + oidcPath,
		"OIDC_CLIENT_ID":     oidcClient,
		"OIDC_CLIENT_SECRET": "secret://" + oidcSecret,
		"COOKIE_KEY":         "secret://" + cookieKeys,
		"CONSOLE_ADMINS":     developer.Email,
	}
}

// peopleSecrets are the files for it. The key is the same at every start, so that a browser stays signed in.
var peopleSecrets = map[string]string{oidcSecret: demoPassword, cookieKeys: strings.Repeat("no secret on a laptop ", 2)}

// signedIn says whether somebody is there by a cookie or a token.
func signedIn(r *http.Request) bool {
	for _, name := range []string{door.SessionCookie, door.FrameCookie} {
		if _, err := r.Cookie(name); err == nil {
			return true
		}
	}
	return r.Header.Get("Authorization") != ""
}

// whoSignedIn tells by whom a browser is used: the address of who has signed in at the console or the desk, for their cookie comes to
// every port of this machine, else the developer's. The contact centre's agents sign in there by the company's issuer, too.
func (c *Cloud) whoSignedIn() (func(*http.Request) string, error) {
	env := c.peopleEnvironment()
	get := func(name string) string { return env[name] }
	gate, err := door.New(door.ConfigFrom("desk", get, get), c.clock.Now)
	if err != nil {
		return nil, err
	}
	gate.Secrets, gate.Log = secrets.NewResolver(c.secretsDir(), c.clock.Now), c.log
	return func(r *http.Request) string {
		who, err := gate.Admit(r, door.Enter)
		if err != nil {
			return developer.Email
		}
		return who.Email
	}, nil
}

// isBrowser says whether somebody comes by a browser. Where there is neither https nor a loopback address, browsers do not say so by
// Sec-Fetch-Site (w3.org/TR/fetch-metadata, section 3): then what programs do not send tells.
func isBrowser(r *http.Request) bool {
	for _, name := range []string{"Sec-Fetch-Site", "Origin", "Referer"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html") || strings.HasPrefix(r.UserAgent(), "Mozilla/")
}

// forPeople is a function for people. Whoever reaches this machine may use it without signing in, as the developer, browsers unless
// the options say otherwise; who has signed in is who they say.
func (c *Cloud) forPeople(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(signInStarts, r.URL.Path) && "http://"+r.Host != c.URL {
			// The issuer sends browsers back to the one address it knows, and a cookie set at another name of it stays there.
			http.Redirect(w, r, c.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
			return
		}
		if !signedIn(r) && !(c.opts.SignIn && isBrowser(r)) {
			token, err := c.issuer.Token(developer, oidcClient)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+token)
		}
		c.function(name).ServeHTTP(w, r)
	})
}
