package kustomer

import (
	"fmt"
	"net/http"
	"slices"
)

// messageSchema follows https://developer.kustomer.com/api/core-resources/create-message. A message is recorded and sent
// to nobody.
var messageSchema = schema{
	"channel":   oneOf("email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"),
	"direction": oneOf("in", "out"), "app": text(255), "externalId": text(255), "preview": text(20_000), "subject": text(1024),
	"size": whole(0, 1<<40), "status": oneOf("sent", "received", "error"), "auto": flag, "related": text(1024), "lang": text(50),
	"source": oneOf("bulk", "satisfaction"), "custom": custom, "meta": object, "location": object, "reference": object, "error": object,
	"errorAt": moment, "sentAt": moment, "importedAt": moment, "createdAt": moment, "modifiedAt": moment,
	"createdBy": objectID, "modifiedBy": objectID,
	"shortcuts": listOf(100, objectID), "kbArticles": listOf(100, objectID),
}

// onlyAdmins may say who made a message or a note, and when.
var onlyAdmins = []string{"createdAt", "createdBy", "modifiedAt", "modifiedBy"}

func (k *Kustomer) createMessage(c *call) answer { return k.post(c, "", "") }

func (k *Kustomer) createMessageOf(c *call) answer {
	if k.get("customer", c.r.PathValue("id")) == nil {
		return notFound("customer")
	}
	return k.post(c, c.r.PathValue("id"), "")
}

func (k *Kustomer) createMessageIn(c *call) answer {
	if k.get("conversation", c.r.PathValue("id")) == nil {
		return notFound("conversation")
	}
	return k.post(c, "", c.r.PathValue("id"))
}

// entry is a message or a note that is about to be kept.
type entry struct {
	kind         string
	attributes   map[string]any
	customer     string
	conversation *Record // nil: a message without one opens one
	files        []Reference
	author       string
}

// post records a message; the customer and the conversation are those of the path.
func (k *Kustomer) post(c *call, customer, conversation string) answer {
	e, bad := k.read(c, entry{kind: "message", customer: customer}, messageSchema, conversation)
	if bad == nil && e.customer == "" {
		bad = &badField{"customer", "must be the id of a customer, unless conversation is given"}
	}
	if bad != nil {
		return bad.answer()
	}
	if wrong := missing(e.attributes, "channel", "app"); wrong != "" {
		return fail(http.StatusBadRequest, "", wrong)
	}
	if e.conversation == nil || conversation == "" {
		if wrong := missing(e.attributes, "direction"); wrong != "" {
			return fail(http.StatusBadRequest, "direction", wrong)
		}
	}
	if a, refused := k.refuseEntry(c, e); refused {
		return a
	}
	return reply(http.StatusCreated, map[string]any{"data": k.record(c, e)})
}

// read reads a message or a note over what e has already. Its customer and conversation may be in the path or in the body.
func (k *Kustomer) read(c *call, e entry, s schema, conversation string) (entry, *badField) {
	e.author = c.user
	given, bad := c.attributes()
	if bad != nil {
		return e, bad
	}
	if bad = k.place(&e, given, conversation); bad != nil {
		return e, bad
	}
	if e.files, bad = k.takeFiles(given); bad != nil {
		return e, bad
	}
	for _, name := range onlyAdmins {
		if given[name] != nil && !c.admin {
			return e, &badField{name, "only a key with the role org.admin may set it"}
		}
	}
	if e.attributes, bad = s.merge(overlay(e.attributes, nil), given); bad != nil {
		return e, bad
	}
	if author, _ := e.attributes["createdBy"].(string); author != "" {
		e.author = author
	}
	delete(e.attributes, "createdBy")
	delete(e.attributes, "modifiedBy")
	return e, nil
}

// place finds the customer and the conversation of an entry, which must belong together.
func (k *Kustomer) place(e *entry, given map[string]any, conversation string) *badField {
	inBody, bad := take(given, "conversation")
	if bad != nil {
		return bad
	}
	customer, bad := take(given, "customer")
	if bad != nil {
		return bad
	}
	if inBody != "" && conversation != "" && inBody != conversation {
		return &badField{"conversation", "is another than that of the path"}
	}
	if conversation == "" {
		conversation = inBody
	}
	if e.conversation = k.get("conversation", conversation); e.conversation == nil && conversation != "" {
		return &badField{"conversation", "must be the id of a conversation"}
	}
	return k.placeCustomer(e, customer)
}

func (k *Kustomer) placeCustomer(e *entry, given string) *badField {
	for _, id := range []string{e.customer, given} {
		switch {
		case id == "":
		case k.get("customer", id) == nil:
			return &badField{"customer", "must be the id of a customer"}
		case e.conversation != nil && e.conversation.Related("customer") != id:
			return &badField{"customer", "the conversation is another customer's"}
		case e.customer != "" && e.customer != id:
			return &badField{"customer", "is another than that of the path"}
		}
	}
	if e.customer == "" {
		e.customer = given
	}
	if e.conversation != nil {
		e.customer = e.conversation.Related("customer")
	}
	return nil
}

// refuseEntry is what is wrong that only the other records tell.
func (k *Kustomer) refuseEntry(c *call, e entry) (answer, bool) {
	if a, taken := k.taken(e.kind, "", e.attributes); taken {
		return a, true
	}
	if k.full(e.kind) || e.conversation == nil && k.full("conversation") {
		return isFull(), true
	}
	if k.overLimit(c, e.kind, e.customer, e.attributes["importedAt"] != nil) {
		return tooMany(e.kind), true
	}
	return answer{}, false
}

// record keeps a message and brings its conversation up to date.
func (k *Kustomer) record(c *call, e entry) *Record {
	if e.attributes["direction"] == nil {
		e.attributes["direction"] = "in"
	}
	defaults := map[string]any{"auto": false, "status": "received", "sentAt": stamp(c.now)}
	if e.attributes["direction"] == "out" {
		defaults["status"] = "sent"
	}
	for name, v := range defaults {
		if e.attributes[name] == nil {
			e.attributes[name] = v
		}
	}
	if e.conversation == nil {
		e.conversation = k.openFor(c, e)
	}
	r := k.addEntry(e)
	k.update(c, e.conversation, counted(e.conversation.Attributes, r))
	k.emit("create", nil, r)
	return r
}

// openFor is the new conversation of a message that came without one.
func (k *Kustomer) openFor(c *call, e entry) *Record {
	attributes := emptyConversation()
	attributes["direction"] = e.attributes["direction"]
	for _, name := range []string{"preview", "subject"} {
		if text, _ := e.attributes[name].(string); text != "" {
			attributes["name"] = text[:min(len(text), 255)]
		}
	}
	return k.open(c, e.customer, attributes)
}

func (k *Kustomer) addEntry(e entry) *Record {
	relations := map[string]Relation{"customer": relation("customer", e.customer), "conversation": relation("conversation", e.conversation.ID)}
	if len(e.files) > 0 {
		relations["attachments"] = Relation{Data: e.files}
	}
	r := k.add(e.kind, e.attributes, relations, e.author)
	k.own(nil, r)
	return r
}

// counted is a conversation with one message more. What a customer says opens it again
// (https://developer.kustomer.com/docs/concepts/conversations-and-messages, "Conversation lifecycle").
func counted(conversation map[string]any, message *Record) map[string]any {
	now := overlay(conversation, nil)
	n, _ := now["messageCount"].(float64)
	now["messageCount"] = n + 1
	channels, _ := now["channels"].([]any)
	if !slices.Contains(channels, message.Attributes["channel"]) {
		now["channels"] = append(slices.Clone(channels), message.Attributes["channel"])
	}
	if message.Text("direction") == "out" {
		out, _ := now["outboundMessageCount"].(float64)
		now["outboundMessageCount"] = out + 1
		return now
	}
	now["status"] = "open"
	now["lastMessageIn"] = map[string]any{"sentAt": message.Attributes["sentAt"], "channel": message.Attributes["channel"]}
	return now
}

// updateMessage changes what is given and leaves the rest; attachments that are given are all attachments.
func (k *Kustomer) updateMessage(c *call) answer {
	old := k.get("message", c.r.PathValue("id"))
	if old == nil {
		return notFound("message")
	}
	e, bad := k.read(c, entry{kind: "message", attributes: old.Attributes}, messageSchema, old.Related("conversation"))
	if bad != nil {
		return bad.answer()
	}
	if a, taken := k.taken("message", old.ID, e.attributes); taken {
		return a
	}
	r := k.replace(old, e.attributes, c.user)
	if e.files != nil {
		r.Relationships["attachments"] = Relation{Data: e.files}
	}
	k.own(old, r)
	k.emit("update", old, r)
	return reply(http.StatusOK, map[string]any{"data": r})
}

func (k *Kustomer) getMessage(c *call) answer {
	if r := k.find("message", c.r.PathValue("id")); r != nil {
		return reply(http.StatusOK, map[string]any{"data": r})
	}
	return notFound("message")
}

// takeFiles reads what an entry refers to: ids, or objects that say again what the attachment is.
func (k *Kustomer) takeFiles(given map[string]any) ([]Reference, *badField) {
	v, there := given["attachments"]
	delete(given, "attachments")
	items, ok := v.([]any)
	if there && !ok || len(items) > 100 {
		return nil, &badField{"attachments", "must be a list of at most 100"}
	}
	var files []Reference
	for i, item := range items {
		id, wrong := k.attachmentOf(item)
		if wrong != "" {
			return nil, &badField{"attachments", fmt.Sprintf("its item %d %s", i, wrong)}
		}
		files = append(files, Reference{"attachment", id})
	}
	return files, nil
}

func (k *Kustomer) attachmentOf(item any) (id, wrong string) {
	id, _ = item.(string)
	said, isObject := item.(map[string]any)
	if isObject {
		id, _ = said["_id"].(string)
	}
	a := k.get("attachment", id)
	switch {
	case a == nil:
		return "", "must have the _id of an attachment"
	case a.Attributes["uploaded"] != true:
		return "", "is an attachment whose file was not uploaded"
	}
	for _, name := range []string{"name", "contentType", "contentLength"} {
		if isObject && said[name] != a.Attributes[name] {
			return "", "must have the " + name + " the attachment was made with"
		}
	}
	return id, ""
}
