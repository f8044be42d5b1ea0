package kustomer

import "net/http"

// noteSchema follows https://developer.kustomer.com/kustomer-api-docs/reference/createanotewithinconversation.
var noteSchema = schema{
	"body": text(20_000), "externalId": text(255), "userMentions": listOf(100, object), "lang": text(50),
	"importedAt": moment, "createdAt": moment, "modifiedAt": moment, "createdBy": objectID, "modifiedBy": objectID,
}

// createNote keeps what only agents see. No webhook tells of it: notes are in none of the domains they can be for.
func (k *Kustomer) createNote(c *call) answer {
	conversation := k.get("conversation", c.r.PathValue("id"))
	if conversation == nil {
		return notFound("conversation")
	}
	e, bad := k.read(c, entry{kind: "note"}, noteSchema, conversation.ID)
	if bad != nil {
		return bad.answer()
	}
	if wrong := missing(e.attributes, "body"); wrong != "" {
		return fail(http.StatusBadRequest, "body", wrong)
	}
	if a, refused := k.refuseEntry(c, e); refused {
		return a
	}
	r := k.addEntry(e)
	attributes := overlay(conversation.Attributes, nil)
	n, _ := attributes["noteCount"].(float64)
	attributes["noteCount"] = n + 1
	k.update(c, conversation, attributes)
	return reply(http.StatusCreated, map[string]any{"data": r})
}

func (k *Kustomer) listNotes(c *call) answer { return k.listEntries(c, "note") }

func (k *Kustomer) listMessages(c *call) answer { return k.listEntries(c, "message") }

func (k *Kustomer) listEntries(c *call, kind string) answer {
	conversation := k.get("conversation", c.r.PathValue("id"))
	if conversation == nil {
		return notFound("conversation")
	}
	return list(c, mostPerPage, newestFirst(k.all(kind, relatedTo("conversation", conversation.ID))))
}
