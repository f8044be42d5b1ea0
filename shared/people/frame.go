package people

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
)

// A desk in a frame of another site's page, such as a CRM's, gets no SessionCookie, which is SameSite=Lax; and one that a window
// of ours was given is not the frame's, since browsers keep cookies apart by the site around them (developer.mozilla.org,
// "Cookies Having Independent Partitioned State"). So the frame opens a window, in which somebody signs in as usual, and the window
// hands it a ticket that is worth a cookie of the frame's own:
//
//	the frame  a random verifier, which it keeps; GET signin/window?challenge=its hash, in a window
//	the window signs in if need be; its page hands the ticket to the window that opened it, if that is of our origin
//	the frame  POST signin/frame with ticket and verifier
//
// Nobody else can use the ticket: not whoever reads the window's address, since the verifier is not in it (RFC 7636 has the same
// thought), and no other page, since the browser gives it to our origin alone.
//
// A window that does not know who opened it, since a page on the way had Cross-Origin-Opener-Policy, hands over nothing. For it the
// ticket is also in a cookie, which the browser sends with the frame's POST where it lets frames have their site's own cookies: by
// itself, or once somebody allows it (privacycg.github.io/storage-access). The frame asks with the verifier alone until then. The
// ticket stays in the browser in which somebody signed in: were it fetched from us by the verifier, whoever sends an agent a link
// to the window would be signed in as that agent.

// FrameCookie is by whom a frame of the desk within another site's page is known. It is good for the right Desk alone, at the
// desk alone.
const FrameCookie = "sessionbridge-frame"

// Where frames are signed in, below the desk's path.
const (
	windowPath = "signin/window"
	framePath  = "signin/frame"
)

const (
	ticketName = "sessionbridge-ticket" // sealed in, as a cookie's name is, so that neither passes for the other
	ticketLife = time.Minute
	maxTicket  = 6 << 10 // bytes of the body that brings one
)

// ticket is what a window hands to the frame that opened it.
type ticket struct {
	Session   session   `json:"session"` // the window's; the frame's ends when it does
	Challenge string    `json:"challenge"`
	Until     time.Time `json:"until"`
}

// framed says whether the function's pages may be in frames, as the desk's may.
func (g *Gate) framed() bool { return g.conf.Function == "desk" }

// inFrame says that the browser wants the page for a frame (w3.org/TR/fetch-metadata, section 2.1).
func inFrame(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Dest") == "iframe" }

// inTab says that it wants the page for a tab or a window.
func inTab(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Dest") == "document" }

// tellFrame shows in a frame what is wrong, with a button that opens the window: the issuer's own page refuses frames.
func (g *Gate) tellFrame(w http.ResponseWriter, r *http.Request, who Person, err error) error {
	kind := fault.KindOf(err)
	if kind.Rule().Status >= http.StatusInternalServerError {
		return g.tellLater(w, r, err)
	}
	title, known := titles[kind]
	var f *fault.Error
	if !known || !errors.As(err, &f) {
		return err
	}
	v := page{At: strings.TrimSuffix(g.path(""), "/"), Title: title, Text: sentence(f.Detail), Who: who.shown()}
	if kind == fault.Unauthorized {
		v.Text = "" // there is a button, and no address to go to
	}
	return render(w, kind.Rule().Status, "frame.html", framePolicy+g.ancestors(r.Context(), r.PathValue("tenant")), v)
}

// tellLater shows in a frame that something is not there now. The page asks again by itself until it is. Every site may frame it,
// for whose site it is may be what cannot be known now, and the page has nothing of anybody's.
func (g *Gate) tellLater(w http.ResponseWriter, r *http.Request, err error) error {
	rule := fault.KindOf(err).Rule()
	g.Log.LogAttrs(r.Context(), rule.Level, "a person was not let in", slog.String("error", err.Error()))
	v := page{At: strings.TrimSuffix(g.path(""), "/"), Title: titles[fault.Unavailable], Again: true}
	return render(w, rule.Status, "frame.html", framePolicy+"*", v)
}

// scripted lets a page run its own script and call us, and nothing else; framePolicy ends with who may frame it.
const (
	scripted    = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
	framePolicy = scripted + "connect-src 'self'; frame-ancestors "
)

// ancestors are the sites that may frame the tenant's desk, as a policy writes them.
func (g *Gate) ancestors(ctx context.Context, tenant string) string {
	set, err := g.Settings.Get(ctx, tenant)
	if err != nil || set.Desk == nil {
		return "'none'"
	}
	return set.Desk.FrameAncestors()
}

// window is GET signin/window?challenge=, in the window that a frame has opened: it signs in whoever is not, and then hands over
// a ticket. With choose=1 somebody else can.
func (g *Gate) window(w http.ResponseWriter, r *http.Request) error {
	challenge := r.FormValue("challenge")
	if hash, err := base64.RawURLEncoding.DecodeString(challenge); err != nil || len(hash) != sha256.Size {
		return fault.New(fault.Unprocessable, "this window must be opened by the button in a frame of the desk")
	}
	s, err := g.byCookie(r, SessionCookie)
	if options := chosen(r); options != nil || fault.KindOf(err) == fault.Unauthorized {
		return g.begin(w, r, g.path(windowPath)+"?challenge="+challenge, options...)
	}
	if err != nil {
		return err
	}
	sealed, err := g.seal(g.cookieName(ticketName), ticket{s, challenge, g.now().Add(ticketLife)})
	if err != nil {
		return err
	}
	g.writeTicket(w, sealed, int(ticketLife.Seconds()))
	v := struct{ At, Ticket string }{strings.TrimSuffix(g.path(""), "/"), sealed}
	return render(w, http.StatusOK, "window.html", scripted+"frame-ancestors 'none'", v)
}

// enterFrame is POST signin/frame {"ticket", "verifier"}: 204, and the frame's cookie. A frame that SessionCookie reaches, as within
// pages of our own site, has no need of one. Without a ticket it is that of the browser's cookie, and 202 while there is none of this
// frame's.
func (g *Gate) enterFrame(w http.ResponseWriter, r *http.Request) error {
	body, err := inbound.JSON(r, maxTicket)
	if err != nil {
		return err
	}
	var brought struct{ Ticket, Verifier string }
	if json.Unmarshal(body, &brought) != nil {
		return fault.New(fault.Malformed, `the body must be {"ticket": "…", "verifier": "…"}`)
	}
	var t ticket
	ok, err := g.readTicket(r, brought.Ticket, &t)
	if err != nil {
		return err
	}
	if brought.Ticket == "" && !(ok && t.answers(brought.Verifier)) {
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	if !ok || !t.answers(brought.Verifier) || !g.spent.first(t, g.now()) {
		return fault.New(fault.Unprocessable, "this sign-in was not begun in this frame, or took too long: begin it again")
	}
	if _, err := g.byCookie(r, SessionCookie); fault.KindOf(err) == fault.Unauthorized {
		if err := g.giveFrameCookie(w, t.Session); err != nil {
			return err
		}
	}
	g.writeTicket(w, "", -1)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readTicket opens the ticket that was brought, else the browser's.
func (g *Gate) readTicket(r *http.Request, sealed string, t *ticket) (bool, error) {
	if sealed == "" {
		return g.readCookie(r, ticketName, t)
	}
	return g.open(g.cookieName(ticketName), sealed, t)
}

// writeTicket sets the ticket's cookie, of the whole browser: of it alone a window and a frame within another site's page both know.
func (g *Gate) writeTicket(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: g.cookieName(ticketName), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: true, SameSite: http.SameSiteNoneMode,
	})
}

func (g *Gate) giveFrameCookie(w http.ResponseWriter, s session) error {
	sealed, err := g.seal(g.cookieName(FrameCookie), s)
	if err != nil {
		return err
	}
	g.writeFrameCookie(w, sealed, int(s.Until.Sub(g.now()).Seconds()))
	return nil
}

// answers says whether the verifier is the one of which the challenge is the hash (RFC 7636, section 4.6).
func (t ticket) answers(verifier string) bool {
	hash := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(hash[:])), []byte(t.Challenge)) == 1
}

// writeFrameCookie sets a cookie that a frame in another site's page gets, for that site alone. It is Secure also on a laptop:
// browsers take it from a loopback address.
func (g *Gate) writeFrameCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: g.cookieName(FrameCookie), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true,
		Secure: true, SameSite: http.SameSiteNoneMode, Partitioned: true,
	})
}

// spent are the tickets that were used in this process, until they are over. Another process does not know of them: there a
// ticket could be used again within its minute, by the frame that has the verifier.
type spent struct {
	mu    sync.Mutex
	until map[string]time.Time // by challenge
}

// first says whether the ticket is good, and used for the first time.
func (s *spent) first(t ticket, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil {
		s.until = map[string]time.Time{}
	}
	for challenge, until := range s.until {
		if !now.Before(until) {
			delete(s.until, challenge)
		}
	}
	if _, used := s.until[t.Challenge]; used || !now.Before(t.Until) {
		return false
	}
	s.until[t.Challenge] = t.Until
	return true
}
