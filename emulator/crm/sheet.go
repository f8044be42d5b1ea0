package crm

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// sheet is one part of a long table, the newest first.
type sheet[T any] struct {
	Prefix, Name  string
	Rows          []T
	Total         int
	Before, After string // links to the sheets around this; empty: there is none
	Accounts      bool   // tell each record's account
}

// perSheet is how many rows a person sees at once.
const perSheet = 50

// turn shows the rows of all, of which the last is the newest, that the parameter called name asks for.
func turn[T, Row any](r *http.Request, prefix, name string, all []*T, row func(*T) Row) sheet[Row] {
	q := r.URL.Query()
	n, err := number(q, name, 1, maxObjects)
	if err != nil {
		n = 1
	}
	n = max(1, min(n, (len(all)+perSheet-1)/perSheet))
	s := sheet[Row]{Prefix: prefix, Name: name, Total: len(all)}
	for i := len(all) - 1 - (n-1)*perSheet; i >= 0 && len(s.Rows) < perSheet; i-- {
		s.Rows = append(s.Rows, row(all[i]))
	}
	if n > 1 {
		s.Before = sheetLink(q, name, n-1)
	}
	if n*perSheet < len(all) {
		s.After = sheetLink(q, name, n+1)
	}
	return s
}

func sheetLink(q url.Values, name string, n int) string {
	q.Set(name, strconv.Itoa(n))
	return "?" + q.Encode()
}

type accountRow struct {
	Account
	Records int
}

// accounts wants the lock held, as records does.
func (p *pageServer) accounts(r *http.Request, find string) sheet[accountRow] {
	var fit []*Account
	for _, a := range p.c.accounts {
		if contains(find, a.Name, a.Phone, a.Email, a.ExternalID, strconv.FormatInt(a.ID, 10)) || find != "" && len(digits(find)) >= 4 && endsPhone(a.Phone, find) {
			fit = append(fit, a)
		}
	}
	counts := map[int64]int{}
	for _, rec := range p.c.records {
		counts[rec.AccountID]++
	}
	return turn(r, p.prefix, "accounts", fit, func(a *Account) accountRow { return accountRow{*a, counts[a.ID]} })
}

type recordRow struct {
	Record
	Account         string
	Comments, Files int
}

func (p *pageServer) records(r *http.Request, fits func(*Record) bool) sheet[recordRow] {
	var fit []*Record
	for _, rec := range p.c.records {
		if fits(rec) {
			fit = append(fit, rec)
		}
	}
	return turn(r, p.prefix, "records", fit, func(rec *Record) recordRow {
		return recordRow{*rec, p.c.account(rec.AccountID).Name, len(rec.comments), len(rec.attachments)}
	})
}

// contains is whether any of the texts has what a person looks for in it.
func contains(find string, texts ...string) bool {
	find = strings.ToLower(strings.TrimSpace(find))
	for _, t := range texts {
		if strings.Contains(strings.ToLower(t), find) {
			return true
		}
	}
	return false
}

type attachmentRow struct{ Attachment }

// Kept is whether there are bytes to show.
func (a attachmentRow) Kept() bool { return a.content != nil }

// Bytes is the size as people say it.
func (a attachmentRow) Bytes() string {
	switch {
	case a.Size < 1<<10:
		return fmt.Sprintf("%d bytes", a.Size)
	case a.Size < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(a.Size)/(1<<10))
	default:
		return fmt.Sprintf("%.1f MiB", float64(a.Size)/(1<<20))
	}
}

// Shown is what a browser can show in the page: "image", "audio", "video" or nothing.
func (a attachmentRow) Shown() string {
	kind, _, _ := strings.Cut(a.Type, "/")
	if a.content == nil || kind != "image" && kind != "audio" && kind != "video" {
		return ""
	}
	return kind
}
