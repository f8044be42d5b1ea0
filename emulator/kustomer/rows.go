package kustomer

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// agent is who is available, or not.
type agent struct{ Name, Email, Status, Type, Since string }

func (k *Kustomer) agents() (list []agent) {
	for _, user := range k.all("user", func(r *Record) bool { return r.Text("userType") == "user" }) {
		a := agent{user.Text("name"), user.Text("email"), "Offline", offline, ""}
		if s := k.currentSession(user.ID); s != nil {
			a.Status, a.Type, a.Since = k.records[s.Related("status")].Text("name"), s.Text("statusType"), s.Text("updatedAt")
		}
		list = append(list, a)
	}
	slices.SortStableFunc(list, func(a, b agent) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

type customerRow struct {
	*Record
	Name, Phone, Email string
}

func newCustomerRow(r *Record) customerRow {
	row := customerRow{Record: r, Phone: firstOf(r, "phones", "phone"), Email: firstOf(r, "emails", "email")}
	row.Name = cmp.Or(r.Text("name"), row.Email, row.Phone, r.Text("externalId"), "(no name)")
	return row
}

func firstOf(r *Record, list, field string) string {
	items, _ := r.Attributes[list].([]any)
	if len(items) == 0 {
		return ""
	}
	text, _ := items[0].(map[string]any)[field].(string)
	return text
}

type conversationRow struct {
	*Record
	Name, Assigned string
	Customer       customerRow
}

func (k *Kustomer) row(r *Record) conversationRow {
	var names []string
	ids, _ := r.Attributes["assignedUsers"].([]any)
	for _, id := range ids {
		names = append(names, k.records[id.(string)].Text("name"))
	}
	return conversationRow{r, cmp.Or(r.Text("name"), "(no name)"), strings.Join(names, ", "), newCustomerRow(k.records[r.Related("customer")])}
}

// sheet is one part of a long table, the newest first.
type sheet[Row any] struct {
	Prefix, Name  string
	Rows          []Row
	Total         int
	Before, After string // links to the sheets around this; empty: there is none
}

// perSheet is how many rows a person sees at once.
const perSheet = 50

// turn shows the rows that the parameter called name asks for, of records of which the last is the newest.
func turn[Row any](r *http.Request, prefix, name string, all []*Record, row func(*Record) Row) sheet[Row] {
	q := r.URL.Query()
	n, bad := number(q.Get(name), 1, maxRecords)
	if bad {
		n = 1
	}
	link := func(n int) string {
		q.Set(name, strconv.Itoa(n))
		return "?" + q.Encode()
	}
	n = max(1, min(n, (len(all)+perSheet-1)/perSheet))
	s := sheet[Row]{Prefix: prefix, Name: name, Total: len(all)}
	for i := len(all) - 1 - (n-1)*perSheet; i >= 0 && len(s.Rows) < perSheet; i-- {
		s.Rows = append(s.Rows, row(all[i]))
	}
	if n > 1 {
		s.Before = link(n - 1)
	}
	if n*perSheet < len(all) {
		s.After = link(n + 1)
	}
	return s
}
