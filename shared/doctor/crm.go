package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/template"
)

// crm looks whether its servers answer, whether we are let in and found things can be read, and whether the texts say what is
// meant.
func (d *Doctor) crm(tenant string, set settings.Settings, s session.Session) (all []check) {
	if set.CRM == nil {
		return nil
	}
	all = append(all, check{"Mapping", "crm.endpoints", func(context.Context) finding { return mapping(set.CRM, s) }})
	all = append(all, check{"Spelling of variables", "crm", func(context.Context) finding { return spelling(set) }})
	for _, server := range serversOf(set.CRM) {
		all = append(all, check{"Server " + server.url, server.path, func(ctx context.Context) finding { return d.reach(ctx, server.url) }})
	}
	if servers := serversOf(set.CRM); len(servers) > 0 {
		all = append(all, check{"Clock of the CRM", servers[0].path, func(ctx context.Context) finding { return d.time(ctx, servers[0].url) }})
	}
	return append(all, d.searches(tenant, set.CRM, s)...)
}

// mapping looks for endpoints that would not be asked even for a session that has all a session can have.
func mapping(c *settings.CRM, s session.Session) finding {
	var left []string
	for _, one := range flow.Trials(c, s) {
		if one.Left != "" && !slices.Contains(left, one.Endpoint+": "+one.Left) {
			left = append(left, one.Endpoint+": "+one.Left)
		}
	}
	if len(left) > 0 {
		return finding{Warning, strings.Join(left, "; "), "Try the endpoint in the settings, which shows its request."}
	}
	return fine("Every endpoint has its request for a session that has everything.")
}

// spelling looks for variables that nobody fills: what has one is left out without a word.
func spelling(set settings.Settings) finding {
	var odd []string
	for path, text := range texts(set) {
		t, err := template.Parse(text)
		if err != nil || !strings.HasPrefix(path, "crm.") {
			continue
		}
		for _, name := range t.Variables() {
			if !settings.Known(name) {
				odd = append(odd, path+" has {"+name+"}")
			}
		}
	}
	if len(odd) > 0 {
		return finding{Warning, strings.Join(odd, "; "), "There is no such variable, and what has it is left out: correct its name."}
	}
	return fine("Every variable is one that is filled.")
}

// server is the address of a server, and the first setting that has it.
type server struct{ url, path string }

// serversOf are the servers that the CRM's endpoints and its sign-in are at, each once.
func serversOf(c *settings.CRM) (all []server) {
	add := func(path, address string) {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return // such as one whose host is read from an answer
		}
		one := u.Scheme + "://" + u.Host
		if !slices.ContainsFunc(all, func(s server) bool { return s.url == one }) {
			all = append(all, server{one, path})
		}
	}
	endpoints := c.Endpoints.All()
	for _, name := range sorted(endpoints) {
		if e := endpoints[name]; e != nil {
			scheme, rest, _ := strings.Cut(e.URL, "://")
			host, _, _ := strings.Cut(rest, "/") // the rest has variables
			host, _, _ = strings.Cut(host, "?")
			add("crm.endpoints."+name+".url", scheme+"://"+host)
		}
	}
	if c.OAuth != nil {
		add("crm.oauth.token_url", c.OAuth.TokenURL)
	}
	return all
}

// reach asks a server for the head of its first page, without credentials. Any answer will do.
func (d *Doctor) reach(ctx context.Context, address string) finding {
	resp, err := d.head(ctx, address, nil)
	if err != nil {
		return unreached(err)
	}
	if resp.Status >= http.StatusInternalServerError {
		return finding{Warning, fmt.Sprintf("It answers HTTP %d.", resp.Status), "See whether the server is well."}
	}
	return fine("It answers.")
}

// head asks for the head of an address (RFC 9110, section 9.3.2), which changes nothing anywhere.
func (d *Doctor) head(ctx context.Context, address string, sign func(*http.Request) error) (*outbound.Response, error) {
	return d.ask(ctx, http.MethodHead, address, sign)
}

func (d *Doctor) get(ctx context.Context, address string, sign func(*http.Request) error) (*outbound.Response, error) {
	return d.ask(ctx, http.MethodGet, address, sign)
}

func (d *Doctor) ask(ctx context.Context, method, address string, sign func(*http.Request) error) (*outbound.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, errors.New("the address cannot be read") // its text would repeat it
	}
	if sign != nil {
		if err := sign(req); err != nil {
			return nil, err
		}
	}
	return d.Client.Do(ctx, req, outbound.Limits{Timeout: patience, MaxBody: 64 << 10})
}

// apart is how far a server's clock may be off before signatures and the times of tokens suffer.
const apart = time.Minute

// time compares the server's clock with ours (RFC 9110, section 6.6.1, Date).
func (d *Doctor) time(ctx context.Context, address string) finding {
	resp, err := d.head(ctx, address, nil)
	if err != nil {
		return finding{Skipped, "The server did not answer.", ""}
	}
	theirs, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return finding{Skipped, "The server does not tell its time.", ""}
	}
	off := d.Clock().Sub(theirs).Round(time.Second)
	if off.Abs() > apart {
		return finding{Warning, fmt.Sprintf("The CRM's clock is %v off ours.", off.Abs()), "Set the CRM's clock: tokens and signatures are valid by time, and its records would stand in the wrong order."}
	}
	return fine("The clocks agree.")
}

// searches signs in, by asking for somebody whom nobody knows.
func (d *Doctor) searches(tenant string, c *settings.CRM, s session.Session) (all []check) {
	for _, one := range flow.Trials(c, s) {
		if one.Left != "" || !strings.HasPrefix(one.Endpoint, "find_") {
			continue
		}
		path := "crm.endpoints." + one.Endpoint
		if slices.ContainsFunc(all, func(c check) bool { return c.path == path }) {
			continue // the same search with another form of the number
		}
		all = append(all, check{"Search " + one.Endpoint, path, func(ctx context.Context) finding {
			tried := []flow.Trial{one}
			d.Runner.Try(ctx, tenant, c, s, tried)
			return searched(tried[0])
		}})
	}
	if len(all) == 0 {
		return []check{{"Sign-in of the CRM", "crm", func(context.Context) finding {
			return finding{Skipped, "There is no search to sign in with; nothing is made to find out.", "Try the endpoints with a session in the settings."}
		}}}
	}
	return all
}

func searched(t flow.Trial) finding {
	switch {
	case t.Status == http.StatusUnauthorized, t.Status == http.StatusForbidden:
		return broken(fmt.Sprintf("The CRM does not let us in: HTTP %d.", t.Status), "Mend crm.basic, crm.oauth or crm.headers, the value of the secret, or the rights of whom they name.")
	case t.Fault != "":
		return broken(t.Fault, "Try the endpoint in the settings, which shows the request and the answer.")
	case t.Read != nil && t.Read.ID != "":
		return finding{Warning, fmt.Sprintf("HTTP %d; somebody was found by data that nobody has.", t.Status), "See whether the CRM heeds what it is asked for; verify would refuse such hits."}
	}
	return fine(fmt.Sprintf("HTTP %d; its answer can be read.", t.Status))
}
