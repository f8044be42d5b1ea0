package kustomer

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Bounds of webhooks. The events and the name are Kustomer's
// (https://developer.kustomer.com/docs/events/outbound-webhooks).
const (
	maxEvents   = 12
	maxHookName = 255
	maxHeaders  = 20
	maxHooks    = 100
)

// eventNames are all that a webhook can be for: create and update of six domains.
var eventNames = func() (names []string) {
	for _, domain := range []string{"customer", "conversation", "message", "user", "team", "tag"} {
		names = append(names, "kustomer."+domain+".create", "kustomer."+domain+".update")
	}
	return names
}()

func (k *Kustomer) webhookSchema() schema {
	return schema{"name": text(maxHookName), "url": k.isHook, "events": listOf(maxEvents, oneOf(eventNames...)), "headers": listOf(maxHeaders, isHeader)}
}

// isHook wants https; http goes to one address alone, that of a program on the same machine.
func (k *Kustomer) isHook(v any) string {
	s, _ := v.(string)
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || len(s) > 2048 || u.User != nil {
		return "must be an address with https"
	}
	if u.Scheme != "https" && (u.Scheme != "http" || k.o.LocalWebhooks == "" || u.Host != k.o.LocalWebhooks) {
		return "must be an address with https"
	}
	return ""
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")

func isHeader(v any) string {
	item, _ := v.(map[string]any)
	name, _ := item["name"].(string)
	value, ok := item["value"].(string)
	switch {
	case !headerName.MatchString(name) || !ok || len(value) > 2048 || strings.ContainsFunc(value, unicode.IsControl):
		return "must be a header as {name, value}"
	case strings.HasPrefix(strings.ToLower(name), "x-kustomer-") || slices.Contains([]string{"host", "content-length", "content-type"}, strings.ToLower(name)):
		return "has the name of a header that Kustomer sets"
	}
	return ""
}

// createWebhook answers with the token that signs what is delivered.
func (k *Kustomer) createWebhook(c *call) answer {
	given, bad := c.attributes()
	if bad != nil {
		return bad.answer()
	}
	attributes, bad := k.webhookSchema().merge(map[string]any{"headers": []any{}, "enabled": true}, given)
	if bad != nil {
		return bad.answer()
	}
	if wrong := missing(attributes, "name", "url", "events"); wrong != "" {
		return fail(http.StatusBadRequest, "", wrong)
	}
	if len(attributes["events"].([]any)) == 0 {
		return fail(http.StatusBadRequest, "events", "must have at least one")
	}
	if len(k.ids["outbound_webhook"]) >= maxHooks {
		return fail(http.StatusBadRequest, "", fmt.Sprintf("there are %d webhooks already", maxHooks))
	}
	attributes["token"] = rand.Text()
	r := k.add("outbound_webhook", attributes, nil, c.user)
	k.deliveries[r.ID] = &outgoing{}
	return reply(http.StatusCreated, map[string]any{"data": r})
}

func (k *Kustomer) listWebhooks(c *call) answer {
	return list(c, mostPerPage, k.all("outbound_webhook", every))
}

func (k *Kustomer) getWebhook(c *call) answer {
	return k.answerOne("outbound_webhook", c.r.PathValue("id"))
}

func (k *Kustomer) deleteWebhook(c *call) answer {
	hook := k.get("outbound_webhook", c.r.PathValue("id"))
	if hook == nil {
		return notFound("outbound_webhook")
	}
	delete(k.records, hook.ID)
	delete(k.deliveries, hook.ID)
	k.ids[hook.Type] = slices.DeleteFunc(k.ids[hook.Type], func(id string) bool { return id == hook.ID })
	return answer{status: http.StatusNoContent}
}

func (k *Kustomer) listEvents(*call) answer {
	return reply(http.StatusOK, map[string]any{"events": eventNames})
}
