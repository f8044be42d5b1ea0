package console

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
)

// connectFor is how long a person may take at the CRM's sign-in.
const connectFor = 10 * time.Minute

// connect begins a connection and tells where the CRM's sign-in is, which sends the person back to connected. It is a POST,
// which pages of other sites cannot make, since it ends a connection that is under way.
func (c *console) connect(w http.ResponseWriter, r *http.Request) error {
	url, err := c.begin(r)
	if err != nil {
		return err
	}
	return answer(w, map[string]string{"url": url})
}

// connectForm is connect for people. A page's form may not lead to another site (pagePolicy), so a link on the next page does.
func (c *console) connectForm(w http.ResponseWriter, r *http.Request) error {
	to, err := c.begin(r)
	if err != nil {
		return err
	}
	return c.settingsFrame(w, r, http.StatusOK, "connect.html", "Connect the CRM", to)
}

// begin notes who connects the tenant's CRM, and is the address of the CRM's sign-in.
func (c *console) begin(r *http.Request) (string, error) {
	tenant := r.PathValue("tenant")
	set, err := c.tenant(r)
	if err != nil {
		return "", err
	}
	if !connects(set) {
		return "", fault.New(fault.Unprocessable, "crm.oauth of the settings must have the grant authorization_code")
	}
	state, verifier := rand.Text()+":"+tenant, oauth2.GenerateVerifier()
	url, err := c.runner.Signer.Connect(set.CRM.OAuth, c.callback, state, verifier)
	if err != nil {
		return "", signinFault(err)
	}
	return url, c.store.PutConnecting(r.Context(), tenant, store.Connecting{
		Person: people.Of(r.Context()).Email, State: secrets.New(state), Verifier: secrets.New(verifier), Until: c.clock().Add(connectFor),
	})
}

func connects(set settings.Settings) bool {
	return set.CRM != nil && set.CRM.OAuth != nil && set.CRM.OAuth.Grant == settings.AuthorizationCode
}

// connected is where the CRM's sign-in sends the person back to, with a code that is worth a grant (RFC 6749, section 4.1.2).
func (c *console) connected(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	_, tenant, _ := strings.Cut(q.Get("state"), ":")
	way, set, err := c.wayBack(r, tenant, q.Get("state"))
	if err != nil {
		return err
	}
	if q.Get("error") != "" || q.Get("code") == "" { // what it says is another server's text
		return fault.New(fault.Unprocessable, "the CRM's sign-in refused the connection")
	}
	if err := c.runner.Signer.Connected(r.Context(), tenant, set.CRM.OAuth, c.callback, q.Get("code"), way.Verifier.Reveal()); err != nil {
		return signinFault(err)
	}
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, settingsURL(tenant, "")+"?said=connected", http.StatusSeeOther)
		return nil
	}
	return answer(w, map[string]any{"tenant": tenant, "connected": true})
}

// wayBack is what connect noted of the person who comes back with the state, with the tenant's settings.
func (c *console) wayBack(r *http.Request, tenant, state string) (store.Connecting, settings.Settings, error) {
	const stale = "this connection was not begun here by you, or is over: begin it again"
	person := people.Of(r.Context())
	way, err := c.store.TakeConnecting(r.Context(), tenant, person.Email, state)
	if errors.Is(err, store.ErrNotFound) {
		return way, settings.Settings{}, fault.Wrap(fault.Unprocessable, err, stale)
	}
	if err != nil {
		return way, settings.Settings{}, err
	}
	if err := c.people.May(r.Context(), person, tenant, people.Administer); err != nil { // the path names no tenant
		return way, settings.Settings{}, err
	}
	set, err := c.settings.Get(r.Context(), tenant)
	if err != nil {
		return way, set, err
	}
	if c.clock().After(way.Until) || !connects(set) {
		return way, set, fault.New(fault.Unprocessable, stale)
	}
	return way, set, nil
}

// signinFault tells the person what is wrong, which holds no secret.
func signinFault(err error) error {
	if errors.Is(err, signin.ErrUnavailable) {
		return fault.Wrap(fault.Unavailable, err, "the CRM's sign-in is not available now: begin the connection again later")
	}
	return fault.Wrap(fault.Unprocessable, err, "%s", err.Error())
}
