package kustomer

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// addKeys gives every API key its machine user, who is no agent
// (https://developer.kustomer.com/docs/get-started/api-keys-and-roles, "Machine users").
func (k *Kustomer) addKeys(keys map[string][]string) {
	for i, token := range slices.Sorted(maps.Keys(keys)) {
		name := fmt.Sprintf("API key %d", i+1)
		r := k.add("user", map[string]any{"name": name, "displayName": name, "userType": "machine"}, nil, "")
		k.keys[token] = apiKey{slices.Clone(keys[token]), r.ID}
	}
}

// AddUser adds an agent, and returns their id. The error says that the email is none or another user's.
func (k *Kustomer) AddUser(name, email string) (id string, err error) {
	if wrong := isEmail(email); wrong != "" {
		return "", errors.New("the email of a Kustomer user " + wrong)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.userBy(email) != nil {
		return "", errors.New("another Kustomer user has this email")
	}
	r := k.add("user", map[string]any{"name": name, "displayName": name, "email": email, "userType": "user"}, nil, "")
	k.emit("create", nil, r)
	return r.ID, nil
}

func (k *Kustomer) userBy(email string) *Record {
	found := k.all("user", func(r *Record) bool { return email != "" && strings.EqualFold(r.Text("email"), email) })
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// listUsers takes one filter, as https://developer.kustomer.com/kustomer-api-docs/reference/getusers says.
func (k *Kustomer) listUsers(c *call) answer {
	q := c.r.URL.Query()
	filters := 0
	for _, name := range []string{"email", "userType", "pending", "deleted"} {
		if q.Has(name) {
			filters++
		}
	}
	if filters > 1 {
		return fail(http.StatusBadRequest, "", "email, userType, pending and deleted cannot be combined")
	}
	return list(c, usersPerPage, k.all("user", func(r *Record) bool {
		nobody := q.Get("pending") == "true" || q.Get("deleted") == "true" // there are neither
		return !nobody && (!q.Has("email") || strings.EqualFold(r.Text("email"), q.Get("email"))) &&
			(!q.Has("userType") || r.Text("userType") == q.Get("userType"))
	}))
}

func (k *Kustomer) getUser(c *call) answer { return k.answerOne("user", c.r.PathValue("id")) }
