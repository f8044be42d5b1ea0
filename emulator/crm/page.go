package crm

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"sessionbridge.internal/emulator/look"
)

// files are the page: templates, without scripts.
//
//go:embed assets/*.html
var files embed.FS

// ownStyle comes after the stylesheet that all stand-ins share.
//
//go:embed assets/page.css
var ownStyle []byte

var pages = template.Must(template.ParseFS(files, "assets/*.html"))

// pagePolicy lets a page use its stylesheet and show attachments, and do nothing else: what it shows was said by
// customers. form-action is last, since the page of /oauth/authorize adds to it.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'; form-action 'self'"

func pageHeader() http.Header {
	return http.Header{
		"Content-Type":            {"text/html; charset=utf-8"},
		"Content-Security-Policy": {pagePolicy},
		"X-Content-Type-Options":  {"nosniff"},
		"Referrer-Policy":         {"no-referrer"},
		"Cache-Control":           {"no-store"},
	}
}

// mountPages shows the pages at the CRM's own address, to people who sign in with HTTP Basic authentication. Their
// requests are not kept: they are no part of what a contact centre sent.
func (c *CRM) mountPages() {
	shown := c.Pages("")
	guarded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.person(r) {
			c.unauthorised(r).write(w)
			return
		}
		shown.ServeHTTP(w, r)
	})
	for _, path := range pagePaths() {
		c.mux.Handle("GET "+path, guarded)
	}
}

func pagePaths() []string {
	return []string{"/{$}", "/page.css", "/accounts/{id}", "/records/{id}", "/attachments/{id}"}
}

// Pages are what a person sees: all accounts and records at /, one at /accounts/{id} and /records/{id}, all below prefix,
// which has no slash at its end. They are shown to whoever asks; who may is for the server around them to say.
func (c *CRM) Pages(prefix string) http.Handler {
	p := &pageServer{c, prefix}
	mux := http.NewServeMux()
	handlers := []http.HandlerFunc{p.overview, p.style, p.account, p.record, p.attachment}
	for i, path := range pagePaths() {
		mux.Handle("GET "+prefix+path, handlers[i])
	}
	return mux
}

type pageServer struct {
	c      *CRM
	prefix string
}

// view is what every page has.
type view struct {
	Prefix, Title, Find string
}

// show writes a page. No lock is held: what a template is given is a copy.
func show(w http.ResponseWriter, name string, data any) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, data); err != nil {
		http.Error(w, "the page cannot be written", http.StatusInternalServerError)
		return
	}
	answer{http.StatusOK, pageHeader(), body.Bytes()}.write(w)
}

func (p *pageServer) style(w http.ResponseWriter, _ *http.Request) { look.Style(w, ownStyle) }

func (p *pageServer) overview(w http.ResponseWriter, r *http.Request) {
	find := r.URL.Query().Get("find")
	data := struct {
		view
		Accounts sheet[accountRow]
		Records  sheet[recordRow]
	}{view: view{p.prefix, "Records and accounts", find}}
	p.c.mu.Lock()
	data.Accounts = p.accounts(r, find)
	data.Records = p.records(r, func(rec *Record) bool {
		return contains(find, rec.Subject, rec.ExternalID, rec.Description, rec.Assignee, strconv.FormatInt(rec.ID, 10), p.c.account(rec.AccountID).Name)
	})
	p.c.mu.Unlock()
	data.Records.Accounts = true
	show(w, "overview.html", data)
}

func (p *pageServer) account(w http.ResponseWriter, r *http.Request) {
	p.c.mu.Lock()
	a := p.c.account(pathID(r))
	if a == nil {
		p.c.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	data := struct {
		view
		Account Account
		Records sheet[recordRow]
	}{view{p.prefix, a.Name, ""}, *a, p.records(r, func(rec *Record) bool { return rec.AccountID == a.ID })}
	p.c.mu.Unlock()
	show(w, "account.html", data)
}

// fact is a line of what is known about a record.
type fact struct{ Name, Value string }

func (p *pageServer) record(w http.ResponseWriter, r *http.Request) {
	p.c.mu.Lock()
	rec := p.c.record(pathID(r))
	if rec == nil {
		p.c.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	data := struct {
		view
		Record      Record
		Account     string
		Facts       []fact
		Comments    []Comment
		Attachments []attachmentRow
	}{view{p.prefix, rec.Subject, ""}, *rec, p.c.account(rec.AccountID).Name, facts(rec), slices.Clone(rec.comments), nil}
	for _, a := range rec.attachments {
		data.Attachments = append(data.Attachments, attachmentRow{*a})
	}
	p.c.mu.Unlock()
	show(w, "record.html", data)
}

// facts are what a record has beside its texts, and then whatever fields were posted.
func facts(rec *Record) (list []fact) {
	for _, f := range []fact{{"External id", rec.ExternalID}, {"Channel", rec.Channel}, {"Agent", rec.AgentEmail}, {"Assignee", rec.Assignee}} {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rec.Other)) {
		var text string
		if json.Unmarshal(rec.Other[name], &text) != nil {
			text = string(rec.Other[name])
		}
		list = append(list, fact{name, text})
	}
	return list
}

// attachment shows the bytes, also a part of them, for those who listen from the middle of a recording.
func (p *pageServer) attachment(w http.ResponseWriter, r *http.Request) {
	p.c.mu.Lock()
	a := p.c.attachment(r.PathValue("id"))
	p.c.mu.Unlock()
	if a == nil {
		http.NotFound(w, r)
		return
	}
	if a.content == nil {
		http.Error(w, a.lost(), http.StatusGone)
		return
	}
	maps.Copy(w.Header(), a.header()) // an attachment never changes
	http.ServeContent(w, r, "", a.CreatedAt, bytes.NewReader(a.content))
}
