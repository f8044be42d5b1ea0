package doctor

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/shared/settings"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// quality asks for the head of each address with its credentials: an event would have to be about somebody.
func (d *Doctor) quality(set settings.Settings) (all []check) {
	for _, channel := range []string{"call", "chat"} {
		e := set.Quality.For(channel)
		if e == nil {
			continue
		}
		path := "quality." + channel
		all = append(all, check{"Quality management, " + channel, path + ".url", func(ctx context.Context) finding {
			resp, err := d.head(ctx, e.URL, func(r *http.Request) error { return d.Signer.Put(r, path, e.Basic, e.Headers) })
			if err != nil {
				return unreached(err)
			}
			return taken(resp.Status, path)
		}})
	}
	return all
}

// taken reads the answer to a HEAD at an address that takes POST: servers answer 405, 404 or 400 as they like.
func taken(status int, path string) finding {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return broken(fmt.Sprintf("It does not let us in: HTTP %d.", status), "Mend "+path+".basic or "+path+".headers, or the value of the secret.")
	case status == http.StatusNotFound, status == http.StatusGone:
		return finding{Warning, fmt.Sprintf("HTTP %d for HEAD; it may take POST all the same.", status), "See whether the address is right."}
	case status >= http.StatusInternalServerError && status != http.StatusNotImplemented:
		return finding{Warning, fmt.Sprintf("It answers HTTP %d.", status), "See whether the server is well; events wait for a week."}
	}
	return fine("It answers.")
}

// presence reads one page of each side.
func (d *Doctor) presence(set settings.Settings) (all []check) {
	p := set.Presence
	if p == nil {
		return nil
	}
	all = append(all, d.side("Agents' states in the CRM", "presence.crm", p.CRM.URL, "/v1/routing/work-sessions?active=true", func(r *http.Request) error {
		key, err := d.Signer.Secret("presence.crm.key", p.CRM.Key)
		r.Header.Set("Authorization", "Bearer "+key)
		return err
	}))
	if p.Reports() {
		return all
	}
	return append(all, d.side("Agents' states in the contact centre", "presence.centre", p.Centre.URL, "/manager/api/v1/agents?page=1&per=1", func(r *http.Request) error {
		password, err := d.Signer.Secret("presence.centre.password", p.Centre.Password)
		r.SetBasicAuth(p.Centre.Username, password)
		return err
	}))
}

func (d *Doctor) side(name, path, base, query string, sign func(*http.Request) error) check {
	return check{name, path, func(ctx context.Context) finding {
		resp, err := d.get(ctx, strings.TrimSuffix(base, "/")+query, sign)
		switch {
		case err != nil:
			return unreached(err)
		case resp.Status == http.StatusUnauthorized, resp.Status == http.StatusForbidden:
			return broken(fmt.Sprintf("It does not let us in: HTTP %d.", resp.Status), "Mend the sign-in at "+path+", or the rights of whom it names.")
		case resp.Status < 200 || resp.Status > 299:
			return broken(fmt.Sprintf("It answers HTTP %d.", resp.Status), "Correct "+path+".url, or see whether the server is well.")
		}
		return fine("Its agents can be read.")
	}}
}

// sources looks whether recordings can be fetched.
func (d *Doctor) sources(set settings.Settings) (all []check) {
	for _, name := range sorted(set.Sources) {
		path, hosts := "sources."+name+".file_hosts", set.Sources[name].FileHosts
		if len(hosts) == 0 && set.Storage != nil {
			all = append(all, check{"Files of " + name, path, func(context.Context) finding {
				return finding{Warning, "It names no server, so no recording or photo that this source announces is fetched.", "List the servers, where the source has files at all."}
			}})
		}
		for i, host := range hosts {
			all = append(all, check{"Files of " + name, fmt.Sprintf("%s[%d]", path, i), func(ctx context.Context) finding { return d.host(ctx, host) }})
		}
	}
	return all
}

// host looks whether a server of files takes connections.
func (d *Doctor) host(ctx context.Context, host string) finding {
	if strings.HasPrefix(host, "*.") {
		return finding{Skipped, "It stands for many servers.", ""}
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(host, "443")
	}
	conn, err := d.Client.Dial(ctx, "tcp", host)
	if err != nil {
		return broken(err.Error(), "Correct the name, or see whether the server is up and a firewall lets us through.")
	}
	_ = conn.Close() // nothing was said
	return fine("It takes connections.")
}
