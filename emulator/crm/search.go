package crm

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a search.
const (
	maxPerPage = 100 // also where none is asked for
	maxQuery   = 2000
)

// list answers with one page of those that fit, all in the order asked for with sort (by id if none is), and how many fit
// in all. "next" and the header Link (RFC 8288) lead to the following page, where there is one.
func list[T any](r *http.Request, name string, all []*T, orders map[string]func(a, b *T) int, fits func(*T) bool) answer {
	q := r.URL.Query()
	page, err1 := number(q, "page", 1, 1<<31)
	size, err2 := number(q, "per_page", maxPerPage, maxPerPage)
	order, err3 := ordered(q.Get("sort"), orders)
	if err := first(err1, err2, err3); err != nil {
		return failField(err)
	}
	found := []*T{}
	for _, x := range all {
		if fits(x) {
			found = append(found, x)
		}
	}
	if order != nil {
		slices.SortStableFunc(found, order)
	}
	from := min((page-1)*size, len(found))
	to := min(from+size, len(found))
	values := map[string]any{name: found[from:to], "total": len(found)}
	if to == len(found) {
		return reply(http.StatusOK, values)
	}
	q.Set("page", strconv.Itoa(page+1))
	next := address(r, r.URL.Path+"?"+q.Encode())
	values["next"] = next
	a := reply(http.StatusOK, values)
	a.header.Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", next))
	return a
}

// number is a parameter from 1 to most; absent, it is the one given.
func number(q url.Values, name string, absent, most int) (int, error) {
	text := q.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, &badField{name, fmt.Sprintf("must be a whole number from 1 to %d", most)}
	}
	return n, nil
}

// ordered is the order that is called name; with "-" before it, the other way round. Equals stay in the order of their ids.
func ordered[T any](name string, orders map[string]func(a, b *T) int) (func(a, b *T) int, error) {
	if name == "" {
		return nil, nil
	}
	name, down := strings.CutPrefix(name, "-")
	order := orders[name]
	if order == nil {
		return nil, &badField{"sort", "must be one of " + strings.Join(sortedKeys(orders), ", ") + ", with - before it for the last first"}
	}
	if down {
		return func(a, b *T) int { return order(b, a) }, nil
	}
	return order, nil
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var accountOrders = map[string]func(a, b *Account) int{
	"id":         func(a, b *Account) int { return cmp.Compare(a.ID, b.ID) },
	"name":       func(a, b *Account) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) },
	"created_at": func(a, b *Account) int { return a.CreatedAt.Compare(b.CreatedAt) },
}

var recordOrders = map[string]func(a, b *Record) int{
	"id":         func(a, b *Record) int { return cmp.Compare(a.ID, b.ID) },
	"created_at": func(a, b *Record) int { return a.CreatedAt.Compare(b.CreatedAt) },
	"updated_at": func(a, b *Record) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
}

// address is the absolute address of a path of this CRM, at the host that was asked.
func address(r *http.Request, path string) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + path
}

func sameText(have, want string) bool { return want == "" || strings.EqualFold(have, want) }

// samePhone compares digits, as the normalised search of a real CRM does: whatever stands between them, and with or
// without the country's prefix, as long as seven or more digits are left to compare.
func samePhone(have, want string) bool {
	if want == "" {
		return true
	}
	h, w := digits(have), digits(want)
	if min(len(h), len(w)) < 7 {
		return h == w && h != ""
	}
	return strings.HasSuffix(h, w) || strings.HasSuffix(w, h)
}

// endsPhone is whether the number's digits end with those of want.
func endsPhone(have, want string) bool {
	w := digits(want)
	return want == "" || w != "" && strings.HasSuffix(digits(have), w)
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// like compares the whole text as it is kept, as LIKE does in a database: * is any characters, letter case aside. So
// *222*333*4444 finds the number however it was written.
func like(have, pattern string) bool {
	if pattern == "" {
		return true
	}
	parts := strings.Split(strings.ToLower(pattern), "*")
	rest, ok := strings.CutPrefix(strings.ToLower(have), parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[last])
}
