package kustomer

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
)

// customerSchema follows https://developer.kustomer.com/api/core-resources/create-customer. A customer is assigned to
// nobody: only conversations are.
var customerSchema = schema{
	"name": text(1024), "username": text(255), "locale": text(50), "timeZone": text(100), "defaultLang": text(50),
	"company": text(24), "avatarUrl": text(2048), "gender": oneOf("m", "f"), "externalId": text(255),
	"emails":      contacts("email", isEmail, "home", "work", "other"),
	"phones":      contacts("phone", isPhone, "mobile", "home", "work", "fax", "other"),
	"whatsapps":   contacts("phone", isPhone, "mobile"),
	"externalIds": contacts("externalId", filled),
	"tags":        listOf(1000, text(255)), "custom": custom,
	"signedUpAt": moment, "lastActivityAt": moment, "lastCustomerActivityAt": moment, "lastSeenAt": moment,
	"birthdayAt": moment, "createdAt": moment, "importedAt": moment,
	"sharedEmails": anything, "sharedPhones": anything, "sharedExternalIds": anything, "socials": anything,
	"sharedSocials": anything, "urls": anything, "locations": anything, "sentiment": anything,
	"facebookIds": anything, "instagramIds": anything,
}

// contacts is a list of objects {type, verified, and the value under its name}.
func contacts(name string, value check, types ...string) check {
	return listOf(100, func(v any) string {
		item, ok := v.(map[string]any)
		if !ok {
			return "must be an object"
		}
		for field, part := range item {
			wrong := "cannot be in it"
			switch {
			case field == name:
				wrong = value(part)
			case field == "verified":
				wrong = flag(part)
			case field == "type" && len(types) > 0:
				wrong = oneOf(types...)(part)
			}
			if wrong != "" {
				return field + " " + wrong
			}
		}
		return missing(item, name)
	})
}

func missing(item map[string]any, names ...string) string {
	for _, name := range names {
		if item[name] == nil {
			return name + " is missing"
		}
	}
	return ""
}

var phoneDigits = regexp.MustCompile(`^\+?[0-9]{3,15}$`)

func isPhone(v any) string {
	s, _ := v.(string)
	if !phoneDigits.MatchString(normal("phone", s)) || strings.Trim(s, "+0123456789 ().-/") != "" {
		return "must be a telephone number such as +12223334444"
	}
	return ""
}

var address = regexp.MustCompile(`^[^\s@]{1,64}@[^\s@]{1,255}$`)

func isEmail(v any) string {
	if s, _ := v.(string); !address.MatchString(s) {
		return "must be a mail address"
	}
	return ""
}

func filled(v any) string {
	if s, _ := v.(string); strings.TrimSpace(s) == "" || len(s) > 255 {
		return "must be a text of 1 to 255 bytes"
	}
	return ""
}

func (k *Kustomer) createCustomer(c *call) answer {
	given, bad := c.attributes()
	if bad != nil {
		return bad.answer()
	}
	attributes, bad := customerSchema.merge(map[string]any{"emails": []any{}, "phones": []any{}, "externalIds": []any{}, "tags": []any{},
		"custom": map[string]any{}}, given)
	if bad != nil {
		return bad.answer()
	}
	pairExternal(attributes)
	if a, taken := k.taken("customer", "", attributes); taken {
		return a
	}
	if k.full("customer") {
		return isFull()
	}
	r := k.add("customer", attributes, nil, c.user)
	k.own(nil, r)
	k.emit("create", nil, r)
	return reply(http.StatusCreated, map[string]any{"data": r})
}

// pairExternal makes the one external id and the list of them agree: the one is the first of the list.
func pairExternal(attributes map[string]any) {
	ids, _ := attributes["externalIds"].([]any)
	one, _ := attributes["externalId"].(string)
	switch {
	case one == "" && len(ids) > 0:
		attributes["externalId"] = ids[0].(map[string]any)["externalId"]
	case one != "" && len(ids) == 0:
		attributes["externalIds"] = []any{map[string]any{"externalId": one, "verified": false}}
	}
}

// updateCustomer changes what is given and leaves the rest; a list that is given is the whole list.
func (k *Kustomer) updateCustomer(c *call) answer {
	old := k.get("customer", c.r.PathValue("id"))
	if old == nil {
		return notFound("customer")
	}
	given, bad := c.attributes()
	if bad != nil {
		return bad.answer()
	}
	attributes, bad := customerSchema.merge(old.Attributes, given)
	if bad != nil {
		return bad.answer()
	}
	if given["externalIds"] != nil && given["externalId"] == nil {
		delete(attributes, "externalId")
	}
	pairExternal(attributes)
	if a, taken := k.taken("customer", old.ID, attributes); taken {
		return a
	}
	return reply(http.StatusOK, map[string]any{"data": k.update(c, old, attributes)})
}

// update keeps the new attributes of a record and tells the webhooks.
func (k *Kustomer) update(c *call, old *Record, attributes map[string]any) *Record {
	r := k.replace(old, attributes, c.user)
	k.own(old, r)
	k.emit("update", old, r)
	return r
}

func (k *Kustomer) getCustomer(c *call) answer {
	if r := k.find("customer", c.r.PathValue("id")); r != nil {
		return reply(http.StatusOK, map[string]any{"data": k.withCounts(r)})
	}
	return notFound("customer")
}

func (k *Kustomer) listCustomers(c *call) answer {
	return list(c, mostPerPage, k.all("customer", every))
}

// withCounts is a customer with the numbers of their conversations.
func (k *Kustomer) withCounts(r *Record) *Record {
	counts := map[string]any{"all": 0, "open": 0, "snoozed": 0, "done": 0}
	for _, conversation := range k.all("conversation", relatedTo("customer", r.ID)) {
		status := conversation.Text("status")
		counts[status] = counts[status].(int) + 1
		counts["all"] = counts["all"].(int) + 1
	}
	counted := *r
	counted.Attributes = maps.Clone(r.Attributes)
	counted.Attributes["conversationCounts"] = counts
	return &counted
}
