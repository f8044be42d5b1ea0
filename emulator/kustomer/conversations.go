package kustomer

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// maxAssigned bounds the users and the teams of a conversation, each
// (https://developer.kustomer.com/docs/concepts/conversations-and-messages).
const maxAssigned = 10

// conversationSchema is what may be set when a conversation is made
// (https://developer.kustomer.com/api/core-resources/create-conversation).
var conversationSchema = schema{
	"externalId": text(255), "name": text(1024), "status": oneOf("open", "done"), "subStatus": objectID,
	"priority": whole(1, 5), "direction": oneOf("in", "out"), "replyChannel": text(50), "defaultLang": text(50),
	"tags": listOf(1000, text(255)), "assignedUsers": listOf(maxAssigned, objectID), "assignedTeams": listOf(maxAssigned, objectID),
	"custom": custom, "queue": object, "campaign": objectID, "createdAt": moment, "importedAt": moment,
}

// conversationChanges is what may be set later
// (https://developer.kustomer.com/kustomer-api-docs/reference/updateconversation).
var conversationChanges = changesOf(conversationSchema, schema{
	"status": oneOf("open", "snoozed", "done"), "snooze": object, "satisfaction": anything, "satisfactionLevel": object,
	"sentiment": object, "ended": flag, "endedAt": moment, "endedReason": text(255), "endedBy": objectID,
	"endedByType": oneOf("user", "customer"), "locked": flag,
})

// changesOf is a schema with other attributes, and without those that are set once.
func changesOf(s, changes schema) schema {
	all := maps.Clone(s)
	maps.Copy(all, changes)
	for _, once := range []string{"createdAt", "importedAt", "campaign"} {
		delete(all, once)
	}
	return all
}

func (k *Kustomer) createConversation(c *call) answer {
	given, bad := c.attributes()
	if bad != nil {
		return bad.answer()
	}
	id, bad := take(given, "customer")
	if bad != nil {
		return bad.answer()
	}
	if k.get("customer", id) == nil {
		return fail(http.StatusBadRequest, "customer", "must be the id of a customer")
	}
	return k.converse(c, id, given)
}

func (k *Kustomer) createConversationOf(c *call) answer {
	customer := k.get("customer", c.r.PathValue("id"))
	if customer == nil {
		return notFound("customer")
	}
	given, bad := c.attributes()
	if bad != nil {
		return bad.answer()
	}
	return k.converse(c, customer.ID, given)
}

func (k *Kustomer) converse(c *call, customer string, given map[string]any) answer {
	attributes, bad := conversationSchema.merge(emptyConversation(), given)
	if bad == nil {
		bad = k.checkAssigned(attributes)
	}
	if bad != nil {
		return bad.answer()
	}
	if a, taken := k.taken("conversation", "", attributes); taken {
		return a
	}
	if k.full("conversation") {
		return isFull()
	}
	if k.overLimit(c, "conversation", customer, attributes["importedAt"] != nil) {
		return tooMany("conversation")
	}
	return reply(http.StatusCreated, map[string]any{"data": k.open(c, customer, attributes)})
}

func emptyConversation() map[string]any {
	return map[string]any{"status": "open", "priority": 3.0, "channels": []any{}, "messageCount": 0.0, "outboundMessageCount": 0.0,
		"noteCount": 0.0, "tags": []any{}, "assignedUsers": []any{}, "assignedTeams": []any{}, "custom": map[string]any{}}
}

func (k *Kustomer) open(c *call, customer string, attributes map[string]any) *Record {
	r := k.add("conversation", attributes, map[string]Relation{"customer": relation("customer", customer)}, c.user)
	r.Relationships["messages"] = Relation{Links: map[string]string{"self": r.Links["self"] + "/messages"}}
	k.own(nil, r)
	k.emit("create", nil, r)
	return r
}

// checkAssigned wants users who are there. Teams are not kept, so that any id will do.
func (k *Kustomer) checkAssigned(attributes map[string]any) *badField {
	users, _ := attributes["assignedUsers"].([]any)
	for i, id := range users {
		if k.get("user", id.(string)) == nil {
			return &badField{"assignedUsers", fmt.Sprintf("its item %d is no user of the organisation", i)}
		}
	}
	return nil
}

// updateConversation changes what is given and leaves the rest. Tags that are given are all tags.
func (k *Kustomer) updateConversation(c *call) answer {
	old := k.get("conversation", c.r.PathValue("id"))
	if old == nil {
		return notFound("conversation")
	}
	given, bad := c.attributes()
	if bad != nil {
		return bad.answer()
	}
	attributes, bad := conversationChanges.merge(old.Attributes, given)
	if bad == nil {
		bad = k.checkAssigned(attributes)
	}
	if bad != nil {
		return bad.answer()
	}
	if a, taken := k.taken("conversation", old.ID, attributes); taken {
		return a
	}
	return reply(http.StatusOK, map[string]any{"data": k.update(c, old, attributes)})
}

func (k *Kustomer) getConversation(c *call) answer {
	if r := k.find("conversation", c.r.PathValue("id")); r != nil {
		return reply(http.StatusOK, map[string]any{"data": r})
	}
	return notFound("conversation")
}

// listConversations are the organisation's, the oldest first unless sort=desc.
func (k *Kustomer) listConversations(c *call) answer {
	found := k.all("conversation", every)
	switch c.r.URL.Query().Get("sort") {
	case "":
	case "desc":
		slices.Reverse(found)
	default:
		return fail(http.StatusBadRequest, "sort", "must be desc")
	}
	return list(c, mostPerPage, found)
}

func (k *Kustomer) listConversationsOf(c *call) answer {
	customer := k.get("customer", c.r.PathValue("id"))
	if customer == nil {
		return notFound("customer")
	}
	return list(c, mostPerPage, newestFirst(k.all("conversation", relatedTo("customer", customer.ID))))
}
