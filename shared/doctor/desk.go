package doctor

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// page is something that the agents' browsers open.
type page struct {
	name, path string
	address    string // with its variables filled; empty: one of them is not known
	framed     string // how it is mended that the desk may not have it in its frame; empty: it opens in a window
	anyID      bool   // its ids are made up, so that it need not be there
}

const (
	framedAdapter = "Have the contact centre allow the desk's origin, %s, to show its adapter."
	framedCRM     = "Leave crm.page_url out, and records open in a window; or have the CRM allow the desk's origin, %s."
)

// desk looks at the pages that agents open: whether they are there, and whether they may be shown in a frame where they are to be. A
// page that asks people to sign in is in order, since nobody is signed in here.
func (d *Doctor) desk(set settings.Settings, s session.Session) (all []check) {
	for _, p := range append(adapterPages(set.Desk), crmPages(set.CRM, s)...) {
		all = append(all, check{p.name, p.path, func(ctx context.Context) finding { return d.open(ctx, p) }})
	}
	if set.Desk != nil && set.Desk.AgentDesktop != nil {
		address := set.Desk.AgentDesktop.WidgetURL
		all = append(all, check{"AgentDesktop's widget", "desk.agentdesktop.widget_url", func(ctx context.Context) finding { return d.script(ctx, address) }})
	}
	return all
}

func adapterPages(desk *settings.Desk) (all []page) {
	if desk == nil {
		return nil
	}
	for _, kind := range []string{"call", "chat"} {
		if address := desk.URL(kind); address != "" {
			all = append(all, page{name: "Adapter, " + kind, path: "desk.adapters." + kind, address: address, framed: framedAdapter})
		}
	}
	return all
}

// crmPages are the CRM's pages, of an account 1111 and a record 2222.
func crmPages(c *settings.CRM, s session.Session) (all []page) {
	if c == nil {
		return nil
	}
	v := crm.VarsOf(c, s, session.CRM{AccountID: "1111", RecordID: "2222"})
	for _, p := range []page{
		{name: "The CRM's page in the desk", path: "crm.page_url", address: c.PageURL, framed: framedCRM},
		{name: "Page of a record", path: "crm.record_url", address: c.RecordURL},
		{name: "Page of an account", path: "crm.account_url", address: c.AccountURL},
	} {
		if text := p.address; text != "" {
			p.address = crm.Link(text, v)
			p.anyID = p.address != text
			all = append(all, p)
		}
	}
	for _, p := range []page{
		{name: "Look-up of callers", path: "crm.lookup_urls.phone", address: c.LookupURLs.Phone},
		{name: "Look-up of visitors", path: "crm.lookup_urls.web", address: c.LookupURLs.Web},
		{name: "Look-up of the unknown", path: "crm.lookup_urls.queue", address: c.LookupURLs.Queue},
	} {
		if p.address != "" {
			p.address, p.anyID = crm.LookupLink(p.address, v), true
			all = append(all, p)
		}
	}
	return all
}

// open asks for a page as somebody who is not signed in.
func (d *Doctor) open(ctx context.Context, p page) finding {
	if p.address == "" {
		return finding{Skipped, "A variable in it is not known of the session that is tried.", ""}
	}
	resp, err := d.get(ctx, p.address, nil)
	if err != nil {
		return unseen(err)
	}
	if resp.Status >= 300 && resp.Status < 400 {
		return fine(fmt.Sprintf("HTTP %d: it leads on, as to a sign-in, and is not followed.", resp.Status))
	}
	if f := d.inFrame(resp, p); f.verdict != "" {
		return f
	}
	return there(resp.Status, p.anyID)
}

// inFrame is what forbids the desk to show the page, if anything does and it is to be shown there.
func (d *Doctor) inFrame(resp *outbound.Response, p page) (none finding) {
	at, err := url.Parse(p.address)
	own, errOwn := url.Parse(d.DeskURL)
	if p.framed == "" || err != nil || errOwn != nil {
		return none
	}
	why := forbids(resp.Header, at, own)
	if why == "" {
		return none
	}
	f := broken("It forbids to be shown in the desk's frame, which stays empty: "+why+".", fmt.Sprintf(p.framed, own.Scheme+"://"+own.Host))
	if resp.Status < 200 || resp.Status > 299 {
		f.verdict = Warning // what is shown to whom it lets in may allow it
	}
	return f
}

// there reads the status of a page for people.
func there(status int, anyID bool) finding {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fine(fmt.Sprintf("HTTP %d: it asks people to sign in.", status))
	case (status == http.StatusNotFound || status == http.StatusGone) && anyID:
		return fine(fmt.Sprintf("HTTP %d, as for whom nobody knows.", status))
	case status >= http.StatusInternalServerError:
		return finding{Warning, fmt.Sprintf("It answers HTTP %d.", status), "See whether the server is well."}
	case status < 200 || status > 299:
		return broken(fmt.Sprintf("It answers HTTP %d.", status), "Correct the address: an agent would see no page there.")
	}
	return fine(fmt.Sprintf("It answers: HTTP %d.", status))
}

// script looks whether the widget's address leads to a script: browsers run nothing else where its type is told.
func (d *Doctor) script(ctx context.Context, address string) finding {
	resp, err := d.get(ctx, address, nil)
	if err != nil {
		return unseen(err)
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // what cannot be read is no page's
	if resp.Status >= 200 && resp.Status <= 299 && media == "text/html" {
		return broken("It answers with a web page, and not with the script.", "Correct the address, or see whether the server is down for maintenance or asks to sign in.")
	}
	if resp.Status >= 300 && resp.Status <= 403 {
		return finding{Warning, fmt.Sprintf("HTTP %d, and no script; agents' browsers may be let in.", resp.Status), "See whether the address is right."}
	}
	return there(resp.Status, false)
}

// unseen is a page that gave us no answer: agents' browsers have another network.
func unseen(err error) finding {
	var failure *outbound.Error
	if errors.As(err, &failure) && failure.Verdict == outbound.Refused {
		return finding{Skipped, "Agents' browsers may reach it; from here it cannot be told: " + err.Error(), ""}
	}
	f := unreached(err)
	f.verdict, f.mend = Warning, f.mend+" Agents' browsers, which have another network, may reach it all the same."
	return f
}
