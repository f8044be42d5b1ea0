package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
)

// Where people sign in and out, below the function's own path. The issuer must know callbackPath as a redirect URI.
const (
	signInPath   = "signin"
	callbackPath = "signin/callback"
	signOutPath  = "signout"
)

// path is a whole path of the function's, such as /console/signin; of an empty one, where the function begins.
func (g *Gate) path(below string) string { return "/" + g.conf.Function + "/" + below }

// Mount adds to the mux where people sign in and out, which is open to all. For the console that is GET
// /console/signin?next=/console/… to the issuer, with choose=1 to choose an account there even if only one is known, and hint=
// naming the account one probably wants, an e-mail address, as login_hint does (OpenID Connect Core 1.0, section 3.1.2.1); GET
// /console/signin/callback from the issuer back; POST /console/signout?next=; and what their pages show. For the desk it is the
// same below /desk/, and how a frame within another site's page gets signed in (frame.go).
func (g *Gate) Mount(mux *http.ServeMux) {
	open := map[string]Handler{
		"GET " + g.path(signInPath): g.signIn, "GET " + g.path(callbackPath): g.callback, "POST " + g.path(signOutPath): g.signOut,
	}
	assets := []string{"style.css"}
	if g.framed() {
		open["GET "+g.path(windowPath)], open["POST "+g.path(framePath)] = g.window, g.enterFrame
		assets = append(assets, "enter.js", "frame.js", "window.js")
	}
	for _, name := range assets {
		open["GET "+g.path(signInPath)+"/"+name] = asset
	}
	for pattern, f := range open {
		mux.Handle(pattern, inbound.Handler(g.Log, func(w http.ResponseWriter, r *http.Request) error {
			if err := f(w, r); err != nil {
				return g.tell(w, r, Person{}, err)
			}
			return nil
		}))
	}
}

// way is what is noted of somebody on the way to the issuer and back, in SignInCookie.
type way struct {
	State    string    `json:"state"`    // against sign-ins that others began (RFC 6749, section 10.12)
	Nonce    string    `json:"nonce"`    // against tokens of other sign-ins (OpenID Connect Core 1.0, section 3.1.2.1)
	Verifier string    `json:"verifier"` // against codes that others caught (RFC 7636)
	Next     string    `json:"next"`
	Until    time.Time `json:"until"`
}

// signIn has a browser sign in and come back to ?next=.
func (g *Gate) signIn(w http.ResponseWriter, r *http.Request) error {
	return g.begin(w, r, r.FormValue("next"), chosen(r)...)
}

// chosen is what a person wants of the issuer: to be asked which account it shall be, or the one that is named.
func chosen(r *http.Request) (options []oauth2.AuthCodeOption) {
	if r.FormValue("choose") != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", "select_account"))
	}
	if hint := r.FormValue("hint"); hint != "" && len(hint) <= maxHint {
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	return options
}

const maxHint = 254 // bytes: the longest e-mail address (RFC 5321, section 4.5.3.1.3, without its brackets)

// begin sends a browser to the issuer by the authorization code flow (OpenID Connect Core 1.0, section 3.1). Where it shall come
// back to is noted in the cookie, and stands in no address that a log might keep.
func (g *Gate) begin(w http.ResponseWriter, r *http.Request, next string, options ...oauth2.AuthCodeOption) error {
	conf, _, err := g.oauth(r.Context())
	if err != nil {
		return err
	}
	on := way{
		State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: g.nextOf(next), Until: g.now().Add(signInLife),
	}
	if err := g.noteWay(w, on); err != nil {
		return err
	}
	redirect(w, conf.AuthCodeURL(on.State, append(options, oidc.Nonce(on.Nonce), oauth2.S256ChallengeOption(on.Verifier))...))
	return nil
}

// noteWay keeps the way in its cookie; where that is longer than a browser keeps, without the address to come back to, of which
// JSON and the seal may make several times as much.
func (g *Gate) noteWay(w http.ResponseWriter, on way) error {
	sealed, err := g.seal(g.cookieName(SignInCookie), on)
	if err != nil {
		return err
	}
	if len(sealed) > maxCookie-cookieRest {
		on.Next = g.path("")
	}
	return g.setCookie(w, SignInCookie, on, signInLife)
}

// oauth are our client's terms with the issuer.
func (g *Gate) oauth(ctx context.Context) (oauth2.Config, *metadata, error) {
	secret, err := g.Secrets.Resolve(g.clientSecret)
	if err != nil {
		return oauth2.Config{}, nil, fmt.Errorf("people: OIDC_CLIENT_SECRET: %w", err)
	}
	known, err := g.issuer.known(ctx)
	if err != nil {
		return oauth2.Config{}, nil, err
	}
	return oauth2.Config{
		ClientID: g.conf.ClientID, ClientSecret: secret.Reveal(), Endpoint: known.endpoint, RedirectURL: g.conf.URL + g.path(callbackPath),
		Scopes: []string{oidc.ScopeOpenID, oidc.ScopeEmail, oidc.ScopeProfile},
	}, known, nil
}

// maxNext bounds an address to come back to, in bytes: a cookie has to hold it (see noteWay).
const maxNext = 1 << 10

// nextOf is where somebody goes who has signed in: a path of ours, or where the function begins. Whoever makes a link to signIn
// chooses it, and must not lead people elsewhere (RFC 9700, section 4.11.1).
func (g *Gate) nextOf(path string) string {
	ours := strings.HasPrefix(path, "/console/") || strings.HasPrefix(path, "/desk/")
	plain := !strings.ContainsFunc(path, func(c rune) bool { return c <= ' ' || c > '~' || c == '\\' })
	u, err := url.Parse(path)
	if !ours || !plain || len(path) > maxNext || err != nil || u.Host != "" {
		return g.path("")
	}
	parts := strings.Split(u.Path, "/")
	circle := len(parts) > 2 && (parts[2] == signInPath || parts[2] == signOutPath) && u.Path != g.path(windowPath)
	if circle || slices.Contains(parts, "..") {
		return g.path("")
	}
	return path
}

// callback is where the issuer sends a browser back to, with a code that is worth an ID token. What was noted counts
// once in a browser; a fault's bare answer takes no cookie back, but what it tells a program begins nothing.
func (g *Gate) callback(w http.ResponseWriter, r *http.Request) error {
	var on way
	ok, err := g.readCookie(r, SignInCookie, &on)
	if err != nil {
		return err
	}
	g.dropCookie(w, SignInCookie)
	q := r.URL.Query()
	if !ok || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(on.State)) != 1 || !g.now().Before(on.Until) {
		return fault.New(fault.Unprocessable, "this sign-in was not begun in this browser, or took too long: begin it again")
	}
	if iss := q.Get("iss"); iss != "" && iss != g.conf.Issuer { // RFC 9207, section 2.4
		return fault.New(fault.Unprocessable, "another issuer answers this sign-in: begin it again")
	}
	if q.Get("error") != "" || q.Get("code") == "" { // what it says is another server's text
		return fault.New(fault.Unprocessable, "the sign-in was refused or given up")
	}
	who, err := g.exchange(r.Context(), q.Get("code"), on)
	if err != nil {
		return err
	}
	if err := g.setCookie(w, SessionCookie, session{who, g.now().Add(sessionLife)}, sessionLife); err != nil {
		return err
	}
	redirect(w, on.Next)
	return nil
}

// exchange is whom the issuer has identified, by the ID token that the code is worth.
func (g *Gate) exchange(ctx context.Context, code string, on way) (Person, error) {
	conf, known, err := g.oauth(ctx)
	if err != nil {
		return Person{}, err
	}
	tokens, err := conf.Exchange(g.issuer.through(ctx), code, oauth2.VerifierOption(on.Verifier))
	if err != nil {
		return Person{}, notExchanged(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" || len(raw) > maxToken {
		return Person{}, fault.New(fault.Unprocessable, "the sign-in service gave no ID token")
	}
	token, err := known.verify(ctx, raw, []string{g.conf.ClientID})
	if err != nil {
		return Person{}, err
	}
	var claims struct {
		Party string `json:"azp"`
	}
	if err := token.Claims(&claims); err != nil || claims.Party != "" && claims.Party != g.conf.ClientID {
		return Person{}, fault.New(fault.Unprocessable, "the ID token was made for another client")
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(on.Nonce)) != 1 {
		return Person{}, fault.New(fault.Unprocessable, "the ID token belongs to another sign-in: begin it again")
	}
	return personOf(token)
}

// refusals are the errors of RFC 6749, section 5.2. What else a server writes in their place may be anything, a secret too.
var refusals = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

func notExchanged(err error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return unavailable(err)
	}
	if !slices.Contains(refusals, answer.ErrorCode) {
		return fault.New(fault.Unprocessable, "the sign-in service refused what it was asked")
	}
	return fault.New(fault.Unprocessable, "the sign-in service refused: "+answer.ErrorCode)
}

// signOut ends the sign-in in this browser, or in the frame that asks; the issuer's own goes on. A frame's cookie goes too, at the
// console as at the desk: within pages of our own site it is in the same jar, and would keep the desk open. Who signs in again
// comes back to ?next=.
func (g *Gate) signOut(w http.ResponseWriter, r *http.Request) error {
	g.dropCookie(w, SessionCookie)
	g.writeFrameCookie(w, "", -1)
	return g.show(w, http.StatusOK, page{
		Title: "You are signed out", Text: "Your account at the sign-in service is still signed in there.", Next: g.nextOf(r.URL.Query().Get("next")),
	})
}
