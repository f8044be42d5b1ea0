package qm

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/emulator/look"
)

// files are the pages: templates, without scripts; emulator/look is how they look.
//
//go:embed assets/*.html
var files embed.FS

// ownStyle comes after the stylesheet that all stand-ins share.
//
//go:embed assets/page.css
var ownStyle []byte

var pages = template.Must(template.ParseFS(files, "assets/*.html"))

type pageServer struct {
	q      *QM
	prefix string
}

// Pages are what a person sees: all that was told at /, and the timeline of one call, chat or agent at /threads/{number}, all
// below prefix, which has no slash at its end. They are shown to whoever asks; who may is for the server around them to say.
func (q *QM) Pages(prefix string) http.Handler {
	p := &pageServer{q, prefix}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/{$}", p.overview)
	mux.HandleFunc("GET "+prefix+"/page.css", p.style)
	mux.HandleFunc("GET "+prefix+"/threads/{number}", p.thread)
	return mux
}

// When is the time of an event as it was told, else of its receipt.
func (e Event) When() time.Time {
	if t, err := time.Parse(time.RFC3339Nano, e.At); err == nil {
		return t.UTC()
	}
	return e.ReceivedAt
}

// JSON is the event's body for people.
func (e Event) JSON() string {
	var b bytes.Buffer
	if json.Indent(&b, e.Body, "", "  ") != nil {
		return string(e.Body)
	}
	return b.String()
}

// Last is the event that happened last, of those told last.
func (t Thread) Last() Event {
	last := Event{}
	for _, e := range t.Events {
		if !e.When().Before(last.When()) {
			last = e
		}
	}
	return last
}

// Rows are the events as a page shows them: no more than a person reads, the last ones.
func (t Thread) Rows() []Event { return t.Events[max(0, len(t.Events)-500):] }

// sheet is a table of threads, the newest first.
type sheet struct {
	Prefix, What string
	Rows         []Thread
	Total, Left  int
}

// perSheet is how many rows a person sees.
const perSheet = 100

func (p *pageServer) sheet(what string, threads []Thread) sheet {
	slices.Reverse(threads)
	rows := threads[:min(len(threads), perSheet)]
	return sheet{p.prefix, what, rows, len(threads), len(threads) - len(rows)}
}

func (p *pageServer) overview(w http.ResponseWriter, _ *http.Request) {
	s := p.q.Snapshot()
	slices.Reverse(s.Requests)
	look.Show(w, pages, "overview.html", struct {
		Prefix, Title             string
		Calls, Chats, Agents      sheet
		Requests                  []Request
		Taken, Repeated, Rejected int
	}{
		p.prefix, "Calls, chats and agents", p.sheet("Call", s.Calls), p.sheet("Chat", s.Chats), p.sheet("Agent", s.Agents),
		s.Requests[:min(len(s.Requests), perSheet)], s.Taken, s.Repeated, s.Rejected,
	})
}

func (p *pageServer) thread(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.PathValue("number")) // 0 is no thread
	p.q.mu.Lock()
	i := slices.IndexFunc(p.q.threads, func(t *Thread) bool { return t.Number == number })
	if i < 0 {
		p.q.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	t := p.q.threads[i].copied()
	p.q.mu.Unlock()
	title := strings.ToUpper(t.Kind[:1]) + t.Kind[1:] + " " + t.ID
	look.Show(w, pages, "thread.html", struct {
		Prefix, Title string
		Thread        Thread
	}{p.prefix, title, t})
}

func (p *pageServer) style(w http.ResponseWriter, _ *http.Request) { look.Style(w, ownStyle) }
