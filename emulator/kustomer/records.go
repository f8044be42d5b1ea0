package kustomer

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Record is one thing Kustomer keeps, in the form of its API (https://jsonapi.org/format/1.1/#document-resource-objects).
// Its attributes are as JSON decodes them; nobody may change them.
type Record struct {
	ID            string              `json:"id"`   // 24 hexadecimal digits
	Type          string              `json:"type"` // customer, conversation, message, note, attachment, user, status, work_session
	Attributes    map[string]any      `json:"attributes"`
	Relationships map[string]Relation `json:"relationships"`
	Links         map[string]string   `json:"links"`
}

// Relation is another record, or several, that a record is about.
type Relation struct {
	Data  any               `json:"data,omitempty"` // a Reference or some
	Links map[string]string `json:"links,omitempty"`
}

// Reference names a record.
type Reference struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Text is an attribute that is a text; empty where there is none.
func (r *Record) Text(name string) string {
	text, _ := r.Attributes[name].(string)
	return text
}

// Related is the id of the record that r has under a name; empty where there is none, or several.
func (r *Record) Related(name string) string {
	ref, _ := r.Relationships[name].Data.(Reference)
	return ref.ID
}

var paths = map[string]string{
	"org": "/v1/orgs/", "customer": "/v1/customers/", "conversation": "/v1/conversations/", "message": "/v1/messages/",
	"note": "/v1/notes/", "attachment": "/v1/attachments/", "user": "/v1/users/", "status": "/v1/routing/statuses/",
	"work_session": "/v1/routing/work-sessions/", "outbound_webhook": "/v1/outbound-webhooks/",
}

func relation(kind, id string) Relation {
	return Relation{Reference{kind, id}, map[string]string{"self": paths[kind] + id}}
}

// newID makes ids as MongoDB does, which Kustomer's are: seconds, a machine, a count
// (https://www.mongodb.com/docs/manual/reference/bson-types/#objectid).
func (k *Kustomer) newID() string {
	k.minted++
	return fmt.Sprintf("%08x%s%06x", uint32(k.now().Unix()), "e5b1f00012", k.minted&0xffffff)
}

// add keeps a new record. by is who made it: a user's id, or nobody for what Kustomer itself does.
func (k *Kustomer) add(kind string, attributes map[string]any, relations map[string]Relation, by string) *Record {
	id, now := k.newID(), stamp(k.now())
	r := &Record{ID: id, Type: kind, Attributes: maps.Clone(attributes), Relationships: map[string]Relation{"org": relation("org", orgID)},
		Links: map[string]string{"self": paths[kind] + id}}
	maps.Copy(r.Relationships, relations)
	for _, name := range []string{"createdAt", "updatedAt", "modifiedAt"} {
		if r.Attributes[name] == nil {
			r.Attributes[name] = now
		}
	}
	r.Attributes["rev"] = 1.0
	if by != "" {
		r.Relationships["createdBy"], r.Relationships["modifiedBy"] = relation("user", by), relation("user", by)
	}
	k.records[id] = r
	k.ids[kind] = append(k.ids[kind], id)
	return r
}

// replace keeps a new version of a record.
func (k *Kustomer) replace(old *Record, attributes map[string]any, by string) *Record {
	r := *old
	r.Attributes, r.Relationships = maps.Clone(attributes), maps.Clone(old.Relationships)
	now := stamp(k.now())
	r.Attributes["updatedAt"], r.Attributes["modifiedAt"] = now, now
	rev, _ := old.Attributes["rev"].(float64)
	r.Attributes["rev"] = rev + 1
	delete(r.Relationships, "modifiedBy")
	if by != "" {
		r.Relationships["modifiedBy"] = relation("user", by)
	}
	k.records[r.ID] = &r
	return &r
}

// stamp writes a time as Kustomer does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// get is the record of a type with an id; nil where there is none.
func (k *Kustomer) get(kind, id string) *Record {
	if r := k.records[id]; r != nil && r.Type == kind {
		return r
	}
	return nil
}

// all are the records of a type that fit, oldest first.
func (k *Kustomer) all(kind string, fits func(*Record) bool) []*Record {
	found := []*Record{}
	for _, id := range k.ids[kind] {
		if r := k.records[id]; fits(r) {
			found = append(found, r)
		}
	}
	return found
}

func every(*Record) bool { return true }

func relatedTo(name, id string) func(*Record) bool {
	return func(r *Record) bool { return r.Related(name) == id }
}

func newestFirst(records []*Record) []*Record {
	slices.Reverse(records)
	return records
}

func (k *Kustomer) full(kind string) bool { return len(k.ids[kind]) >= maxRecords }

func isFull() answer { return refuse(http.StatusInsufficientStorage, "the stand-in is full") }

func (k *Kustomer) answerOne(kind, id string) answer {
	if r := k.get(kind, id); r != nil {
		return reply(http.StatusOK, map[string]any{"data": r})
	}
	return notFound(kind)
}

// pageSizes of lists: most have at most 100 (https://developer.kustomer.com/docs/concepts/pagination).
const (
	mostPerPage  = 100
	usersPerPage = 500
)

// list answers with one page. links.next is a path, and null on the last page.
func list(c *call, most int, found []*Record) answer {
	q := c.r.URL.Query()
	page, bad := number(q.Get("page"), 1, 1<<31)
	size, badSize := number(q.Get("pageSize"), min(most, mostPerPage), most)
	if bad {
		return fail(http.StatusBadRequest, "page", "must be a whole number from 1 on")
	}
	if badSize {
		return fail(http.StatusBadRequest, "pageSize", fmt.Sprintf("must be a whole number from 1 to %d", most))
	}
	pages := max(1, (len(found)+size-1)/size)
	link := func(n int) any {
		if n < 1 || n > pages {
			return nil
		}
		q.Set("page", strconv.Itoa(n))
		q.Set("pageSize", strconv.Itoa(size))
		return c.r.URL.Path + "?" + q.Encode()
	}
	from := min((page-1)*size, len(found))
	return reply(http.StatusOK, map[string]any{
		"meta":  map[string]any{"page": page, "pageSize": size, "total": len(found), "totalPages": pages},
		"links": map[string]any{"self": c.r.URL.RequestURI(), "first": link(1), "prev": link(page - 1), "next": link(page + 1)},
		"data":  found[from:min(from+size, len(found))],
	})
}

// number reads a parameter from 1 to most; absent, it is the one given.
func number(text string, absent, most int) (n int, bad bool) {
	if text == "" {
		return absent, false
	}
	n, err := strconv.Atoi(text)
	return n, err != nil || n < 1 || n > most
}
