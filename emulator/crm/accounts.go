package crm

import (
	"net/http"
	"strconv"
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

// accountFields are those that criteria may ask for.
var accountFields = map[string]field[Account]{
	"id":          text(func(a *Account) string { return strconv.FormatInt(a.ID, 10) }),
	"name":        text(func(a *Account) string { return a.Name }),
	"phone":       phone(func(a *Account) string { return a.Phone }),
	"email":       text(func(a *Account) string { return a.Email }),
	"external_id": text(func(a *Account) string { return a.ExternalID }),
}

// findAccounts answers with the accounts that fit every parameter that is not empty.
func (c *CRM) findAccounts(r *http.Request, _ []byte) answer {
	q := r.URL.Query()
	fits, err := criteria(q.Get("q"), accountFields)
	if err != nil {
		return failField(err)
	}
	return list(r, "accounts", c.accounts, accountOrders, func(a *Account) bool {
		return samePhone(a.Phone, q.Get("phone")) && like(a.Phone, q.Get("phone_like")) && endsPhone(a.Phone, q.Get("phone_ends")) &&
			sameText(a.Email, q.Get("email")) && sameText(a.Name, q.Get("name")) && sameText(a.ExternalID, q.Get("external_id")) && fits(a)
	})
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
	case c.o.UniqueEmail && c.emailInUse(a.Email):
		return fail(http.StatusConflict, "email", "already in use")
	case len(c.accounts) == maxObjects:
		return full()
	}
	c.accounts = append(c.accounts, a)
	return reply(http.StatusCreated, map[string]any{"account": a})
}

func (c *CRM) emailInUse(email string) bool {
	for _, a := range c.accounts {
		if email != "" && strings.EqualFold(a.Email, email) {
			return true
		}
	}
	return false
}

func full() answer { return fail(http.StatusInsufficientStorage, "", "the demo CRM is full") }

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
