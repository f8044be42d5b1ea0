package kustomer

import (
	"net/http"
	"strings"
)

// unique is a value that only one record of the organisation may have: emails, phones and external ids of customers, and
// external ids of conversations and messages (https://developer.kustomer.com/api/core-resources/get-customer-by-phone-number).
type unique struct{ kind, field, value string }

func uniqueValues(kind string, attributes map[string]any) (values []unique) {
	add := func(field, value string) {
		if value != "" {
			values = append(values, unique{kind, field, normal(field, value)})
		}
	}
	external, _ := attributes["externalId"].(string)
	add("externalId", external)
	for list, field := range map[string]string{"emails": "email", "phones": "phone", "externalIds": "externalId"} {
		items, _ := attributes[list].([]any)
		for _, item := range items {
			value, _ := item.(map[string]any)[field].(string)
			add(field, value)
		}
	}
	return values
}

// normal is a value as it is compared: emails without letter case, phones by their digits and plus sign.
func normal(field, value string) string {
	switch field {
	case "email":
		return strings.ToLower(strings.TrimSpace(value))
	case "phone":
		return strings.Map(func(r rune) rune {
			if r == '+' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, value)
	}
	return value
}

// taken is whether another record than the one with this id has one of the values, and the answer that says so.
func (k *Kustomer) taken(kind, id string, attributes map[string]any) (answer, bool) {
	for _, v := range uniqueValues(kind, attributes) {
		if owner := k.owners[v]; owner != "" && owner != id {
			return fail(http.StatusConflict, v.field, "another "+kind+" of the organisation has this "+v.field), true
		}
	}
	return answer{}, false
}

// own gives the record its values, and back those it had before.
func (k *Kustomer) own(before, r *Record) {
	if before != nil {
		for _, v := range uniqueValues(before.Type, before.Attributes) {
			delete(k.owners, v)
		}
	}
	for _, v := range uniqueValues(r.Type, r.Attributes) {
		k.owners[v] = r.ID
	}
}

// find is the record that a path names, by its id or as in email=kim@example.com
// (https://developer.kustomer.com/kustomer-api-docs/reference/getcustomerbyexternalid); nil where there is none.
func (k *Kustomer) find(kind, named string) *Record {
	if field, value, ok := strings.Cut(named, "="); ok {
		named = k.owners[unique{kind, field, normal(field, value)}]
	}
	return k.get(kind, named)
}
