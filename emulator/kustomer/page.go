package kustomer

import (
	"embed"
	"encoding/json"
	"html/template"
	"maps"
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

var pages = template.Must(template.New("").Funcs(template.FuncMap{"clock": clockFace, "digits": digits}).ParseFS(files, "assets/*.html"))

// clockFace is a time as people read it.
func clockFace(stamp string) string {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	return t.UTC().Format("2 Jan 2006, 15:04:05")
}

// digits is a number without an exponent.
func digits(n any) string {
	f, _ := n.(float64)
	return strconv.FormatFloat(f, 'f', -1, 64)
}

type pageServer struct {
	k      *Kustomer
	prefix string
}

// Pages are what a person sees: conversations, customers and who is available at /, one at /conversations/{id} and
// /customers/{id}, all below prefix, which has no slash at its end. They are shown to whoever asks; who may is for the
// server around them to say.
func (k *Kustomer) Pages(prefix string) http.Handler {
	p := &pageServer{k, prefix}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/{$}", p.overview)
	mux.HandleFunc("GET "+prefix+"/page.css", p.style)
	mux.HandleFunc("GET "+prefix+"/customers/{id}", p.customer)
	mux.HandleFunc("GET "+prefix+"/conversations/{id}", p.conversation)
	return mux
}

func (p *pageServer) style(w http.ResponseWriter, _ *http.Request) { look.Style(w, ownStyle) }

// view is what every page has.
type view struct{ Prefix, Title string }

func (p *pageServer) overview(w http.ResponseWriter, r *http.Request) {
	p.k.mu.Lock()
	data := struct {
		view
		Agents        []agent
		Conversations sheet[conversationRow]
		Customers     sheet[customerRow]
	}{
		view{p.prefix, "Conversations and customers"}, p.k.agents(),
		turn(r, p.prefix, "conversations", p.k.all("conversation", every), p.k.row),
		turn(r, p.prefix, "customers", p.k.all("customer", every), newCustomerRow),
	}
	p.k.mu.Unlock()
	look.Show(w, pages, "overview.html", data)
}

func (p *pageServer) customer(w http.ResponseWriter, r *http.Request) {
	p.k.mu.Lock()
	customer := p.k.get("customer", r.PathValue("id"))
	if customer == nil {
		p.k.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	data := struct {
		view
		Conversations sheet[conversationRow]
		Facts         []fact
	}{
		view{p.prefix, newCustomerRow(customer).Name},
		turn(r, p.prefix, "conversations", p.k.all("conversation", relatedTo("customer", customer.ID)), p.k.row), facts(customer),
	}
	p.k.mu.Unlock()
	look.Show(w, pages, "customer.html", data)
}

// entryRow is a message or a note with its files.
type entryRow struct {
	*Record
	Files []Attachment
}

func (p *pageServer) conversation(w http.ResponseWriter, r *http.Request) {
	p.k.mu.Lock()
	conversation := p.k.get("conversation", r.PathValue("id"))
	if conversation == nil {
		p.k.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	row := p.k.row(conversation)
	data := struct {
		view
		Row     conversationRow
		Entries []entryRow
		Facts   []fact
	}{view{p.prefix, row.Name}, row, p.k.entries(conversation.ID), facts(conversation)}
	p.k.mu.Unlock()
	look.Show(w, pages, "conversation.html", data)
}

// maxEntries bounds what one page shows of a conversation: the newest of its messages and notes.
const maxEntries = 500

func (k *Kustomer) entries(conversation string) []entryRow {
	fits := relatedTo("conversation", conversation)
	found := slices.Concat(k.all("message", fits), k.all("note", fits))
	slices.SortStableFunc(found, func(a, b *Record) int { return strings.Compare(a.Text("createdAt"), b.Text("createdAt")) })
	rows := []entryRow{}
	for _, r := range found[max(0, len(found)-maxEntries):] {
		row := entryRow{Record: r}
		references, _ := r.Relationships["attachments"].Data.([]Reference)
		for _, ref := range references {
			row.Files = append(row.Files, k.attachment(k.records[ref.ID]))
		}
		rows = append(rows, row)
	}
	return rows
}

// fact is an attribute as a page shows it.
type fact struct{ Name, Value string }

// facts are all attributes that say something, and then the custom ones.
func facts(r *Record) (list []fact) {
	add := func(values map[string]any) {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			text, ok := values[name].(string)
			if b, err := json.Marshal(values[name]); !ok && err == nil {
				text = string(b)
			}
			if name != "custom" && text != "" && text != "[]" && text != "{}" {
				list = append(list, fact{name, text})
			}
		}
	}
	add(r.Attributes)
	own, _ := r.Attributes["custom"].(map[string]any)
	add(own)
	return list
}
