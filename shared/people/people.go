// Package people is who somebody is and what they may do: the door of the functions that people use, the console and the desk.
// Somebody signs in at the company's OpenID Connect issuer and is known by a sealed cookie then, a program by an ID token of the
// same issuer; roles come from the tenant's settings, and what a role may do from the one table in roles.go.
//
// inbound and its Basic are the door for machines; signin is the other way round, how we sign in to a company's CRM. The
// functions wrap their handlers in Gate.Only. emulator/people is an issuer to try it with.
package people

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// Person is somebody whom the issuer knows.
type Person struct {
	Email string `json:"email"` // in lower case
	Name  string `json:"name,omitempty"`
}

// Gate lets people in. One is enough for a process; all methods may be called at once from many goroutines.
type Gate struct {
	Settings *settings.Cache   // where the tenants' roles are
	Secrets  *secrets.Resolver // for the client's secret and the cookies' key
	Log      *slog.Logger

	conf         Config
	clientSecret secrets.Ref
	cookieKey    secrets.Ref
	issuer       *issuer
	now          clock.Clock
	spent        spent
}

// New makes a gate, whose exported fields are to be set. It calls nobody: the issuer is asked when it is first needed. Its errors
// name the environment variable and what would be right.
func New(conf Config, now clock.Clock) (*Gate, error) {
	if err := conf.check(); err != nil {
		return nil, err
	}
	secret, key, err := conf.refs()
	if err != nil {
		return nil, err
	}
	issuer, err := newIssuer(conf.Issuer, now)
	if err != nil {
		return nil, err
	}
	return &Gate{conf: conf, clientSecret: secret, cookieKey: key, issuer: issuer, now: now}, nil
}

// Handler answers one request, as inbound.Handler takes it.
type Handler = func(http.ResponseWriter, *http.Request) error

// Only lets those through who are known and have the right, of the tenant that the path names as {tenant}; Of tells the handler
// who it is. Others are sent to sign in or are shown a page, where a browser asks for one; a program gets a fault: Unauthorized,
// Forbidden, or Unavailable while the issuer does not answer.
func (g *Gate) Only(right Right, f Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := g.Admit(r, right)
		if err != nil {
			return g.refuse(w, r, who, err)
		}
		return f(w, r.WithContext(context.WithValue(r.Context(), personKey{}, who)))
	}
}

// Admit is who asks, also where they are known and may not; its fault is the one that Only gives. What is answered over minutes asks
// it again, since a sign-in may end and a role be taken away.
func (g *Gate) Admit(r *http.Request, right Right) (Person, error) {
	who, err := g.identify(r, right)
	if err == nil {
		err = g.May(r.Context(), who, r.PathValue("tenant"), right)
	}
	return who, err
}

type personKey struct{}

// Of is the person for whom a handler within Only works.
func Of(ctx context.Context) Person {
	who, _ := ctx.Value(personKey{}).(Person)
	return who
}

// May is nil where the person has the right at the tenant, else a Forbidden fault. A tenant that is not there is like one at
// which the person has no role. A change of roles counts everywhere within settings.Fresh.
func (g *Gate) May(ctx context.Context, who Person, tenant string, right Right) error {
	if Grants("", right) {
		return nil
	}
	role, err := g.role(ctx, who, tenant)
	switch {
	case err != nil:
		return err
	case Grants(role, right):
		return nil
	case role == "":
		return fault.New(fault.Forbidden, "you have no role at this tenant: one of its administrators has to give you one, in its settings under people")
	}
	return fault.New(fault.Forbidden, fmt.Sprintf("as %s of this tenant you may not do this", role))
}

// Reserved says whether a tenant cannot have a name, since people sign in and out at its address.
func Reserved(tenant string) bool { return tenant == signInPath || tenant == signOutPath }

// Everywhere says whether somebody administers the deployment, and so every tenant.
func (g *Gate) Everywhere(who Person) bool { return slices.Contains(g.conf.Admins, who.Email) }

func (g *Gate) role(ctx context.Context, who Person, tenant string) (string, error) {
	if g.Everywhere(who) {
		return settings.Administrator, nil
	}
	if tenant == "" {
		return "", nil
	}
	set, err := g.Settings.Get(ctx, tenant)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return set.People[who.Email], err
}

// identify says who asks: by the token that a program brings, else by a cookie. That of a frame is good for a desk alone, and not
// in a tab of its own, where a desk on our own site's page has it too.
func (g *Gate) identify(r *http.Request, right Right) (Person, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return g.byToken(r.Context(), header)
	}
	s, err := g.byCookie(r, SessionCookie)
	if g.framed() && right == Desk && !inTab(r) && fault.KindOf(err) == fault.Unauthorized {
		s, err = g.byCookie(r, FrameCookie)
	}
	return s.Person, err
}

// byToken is a program's way in (RFC 6750, section 2.1).
func (g *Gate) byToken(ctx context.Context, header string) (Person, error) {
	scheme, raw, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || len(raw) > maxToken {
		return Person{}, unauthorized(nil, "the Authorization header must be Bearer and an ID token")
	}
	known, err := g.issuer.known(ctx)
	if err != nil {
		return Person{}, err
	}
	token, err := known.verify(ctx, strings.TrimSpace(raw), append([]string{g.conf.ClientID}, g.conf.Audiences...))
	if err != nil {
		return Person{}, err
	}
	return personOf(token)
}

func unauthorized(err error, detail string) error {
	return fault.Wrap(fault.Unauthorized, err, "%s", detail).Challenge("Bearer")
}

// isPage says that a browser asks for a page to show, and no program or script for data.
func isPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// refuse has a browser sign in where that may help, and answers it with a page else.
func (g *Gate) refuse(w http.ResponseWriter, r *http.Request, who Person, err error) error {
	switch kind := fault.KindOf(err); {
	case !isPage(r):
		return err
	case g.framed() && inFrame(r):
		return g.tellFrame(w, r, who, err)
	case kind == fault.Unauthorized && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		if err = g.begin(w, r, r.URL.RequestURI()); err == nil {
			return nil
		}
	}
	return g.tell(w, r, who, err)
}

// redirect sends a browser on to read something else (RFC 9110, section 15.4.4). The address it comes from may hold a code, and
// is nobody's business (RFC 9700, section 4.2.4).
func redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusSeeOther)
}

func (p Person) shown() string { return cmp.Or(p.Name, p.Email) }
