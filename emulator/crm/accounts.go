package crm

import (
	"net/http"
	"strings"
	"time"
)

// Account is a customer. Phone is kept as it was written.
type Account struct {
	ID         int64     `json:"id"`
	Name       string    `json:"name"`
	Phone      string    `json:"phone"`
	Email      string    `json:"email"`
	ExternalID string    `json:"external_id"`
	CreatedAt  time.Time `json:"created_at"`
}

// maxFound is how many objects a search answers with; total counts them all.
const maxFound = 100

// findAccounts answers with the accounts that fit every parameter that is not empty.
func (c *CRM) findAccounts(r *http.Request, _ []byte) answer {
	q := r.URL.Query()
	found, total := []*Account{}, 0
	for _, a := range c.accounts {
		if !samePhone(a.Phone, q.Get("phone")) || !sameText(a.Email, q.Get("email")) || !sameText(a.ExternalID, q.Get("external_id")) {
			continue
		}
		if total++; total <= maxFound {
			found = append(found, a)
		}
	}
	return reply(http.StatusOK, map[string]any{"accounts": found, "total": total})
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

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func (c *CRM) createAccount(_ *http.Request, body []byte) answer {
	f, err := parseFields(body)
	if err != nil {
		return failField(err)
	}
	a := &Account{ID: int64(len(c.accounts)) + 1, CreatedAt: c.o.Now().UTC()}
	err = first(f.text("name", &a.Name), f.text("phone", &a.Phone), f.text("email", &a.Email), f.text("external_id", &a.ExternalID))
	switch {
	case err != nil:
		return failField(err)
	case strings.TrimSpace(a.Name) == "":
		return fail(http.StatusBadRequest, "name", "an account needs a name")
	case len(c.accounts) == maxObjects:
		return fail(http.StatusInsufficientStorage, "", "the demo CRM is full")
	}
	c.accounts = append(c.accounts, a)
	return reply(http.StatusCreated, map[string]any{"account": a})
}

func (c *CRM) getAccount(r *http.Request, _ []byte) answer {
	if a := c.account(pathID(r)); a != nil {
		return reply(http.StatusOK, map[string]any{"account": a})
	}
	return fail(http.StatusNotFound, "id", "there is no such account")
}

func (c *CRM) account(id int64) *Account {
	if id < 1 || id > int64(len(c.accounts)) {
		return nil
	}
	return c.accounts[id-1]
}
