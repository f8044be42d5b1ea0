package crm

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Record is a case of an account. Its JSON form has the members of Other beside the named ones.
type Record struct {
	ID          int64     `json:"id"`
	AccountID   int64     `json:"account_id"`
	Subject     string    `json:"subject"`
	Description string    `json:"description"`
	Status      string    `json:"status"` // open or closed
	ExternalID  string    `json:"external_id"`
	Channel     string    `json:"channel"`
	AgentEmail  string    `json:"agent_email"`
	Assignee    string    `json:"assignee"` // who is to work on it, as the CRM's users are called
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`

	// Other holds the fields the CRM has no name for, as they were posted. It is replaced, never changed.
	Other map[string]json.RawMessage `json:"-"`

	comments    []Comment
	attachments []*Attachment
}

// MarshalJSON writes the named fields and those of Other as one object.
func (r Record) MarshalJSON() ([]byte, error) {
	type named Record // without this method
	b, err := json.Marshal(named(r))
	if err != nil {
		return nil, err
	}
	all := maps.Clone(r.Other)
	if all == nil {
		return b, nil
	}
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// Comment is a note on a record.
type Comment struct {
	ID        int64     `json:"id"`
	RecordID  int64     `json:"record_id"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
}

// recordFields are those that criteria may ask for.
var recordFields = map[string]field[Record]{
	"id":          text(func(r *Record) string { return strconv.FormatInt(r.ID, 10) }),
	"account_id":  text(func(r *Record) string { return strconv.FormatInt(r.AccountID, 10) }),
	"subject":     text(func(r *Record) string { return r.Subject }),
	"status":      text(func(r *Record) string { return r.Status }),
	"external_id": text(func(r *Record) string { return r.ExternalID }),
	"channel":     text(func(r *Record) string { return r.Channel }),
	"assignee":    text(func(r *Record) string { return r.Assignee }),
}

// findRecords answers with the records that fit every parameter that is not empty.
func (c *CRM) findRecords(r *http.Request, _ []byte) answer {
	q := r.URL.Query()
	fits, err := criteria(q.Get("q"), recordFields)
	if err != nil {
		return failField(err)
	}
	return list(r, "records", c.records, recordOrders, func(rec *Record) bool {
		return sameText(rec.ExternalID, q.Get("external_id")) && sameText(rec.Status, q.Get("status")) &&
			sameText(rec.Assignee, q.Get("assignee")) && sameText(strconv.FormatInt(rec.AccountID, 10), q.Get("account_id")) && fits(rec)
	})
}

func (c *CRM) createRecord(_ *http.Request, body []byte) answer {
	now := c.o.Now().UTC()
	rec := &Record{ID: int64(len(c.records)) + firstRecord, Status: "open", CreatedAt: now, UpdatedAt: now}
	if err := c.fill(rec, body); err != nil {
		return failField(err)
	}
	if len(c.records) == maxObjects {
		return full()
	}
	c.records = append(c.records, rec)
	return reply(http.StatusCreated, map[string]any{"record": rec})
}

// updateRecord changes the fields that are posted and leaves the others, for PUT as for PATCH: so do most CRMs.
func (c *CRM) updateRecord(r *http.Request, body []byte) answer {
	old := c.record(pathID(r))
	if old == nil {
		return noRecord()
	}
	rec := *old
	if err := c.fill(&rec, body); err != nil {
		return failField(err)
	}
	rec.UpdatedAt = c.o.Now().UTC()
	*old = rec
	return reply(http.StatusOK, map[string]any{"record": rec})
}

// fill sets what is posted and checks the result.
func (c *CRM) fill(rec *Record, body []byte) error {
	f, err := parseFields(body)
	if err != nil {
		return err
	}
	f.drop("id", "created_at", "updated_at")
	err = first(f.id("account_id", &rec.AccountID), f.text("subject", &rec.Subject), f.text("description", &rec.Description),
		f.text("status", &rec.Status), f.text("external_id", &rec.ExternalID), f.text("channel", &rec.Channel),
		f.text("agent_email", &rec.AgentEmail), f.text("assignee", &rec.Assignee))
	switch {
	case err != nil:
		return err
	case rec.AccountID == 0:
		return &badField{"account_id", "a record needs an account"}
	case c.account(rec.AccountID) == nil:
		return &badField{"account_id", "there is no such account"}
	case strings.TrimSpace(rec.Subject) == "":
		return &badField{"subject", "a record needs a subject"}
	case rec.Status != "open" && rec.Status != "closed":
		return &badField{"status", "must be open or closed"}
	}
	rec.Other = merge(rec.Other, f)
	return nil
}

// merge is a merge patch of one level (RFC 7396): null removes.
func merge(old map[string]json.RawMessage, f fields) map[string]json.RawMessage {
	merged := map[string]json.RawMessage{}
	maps.Copy(merged, old)
	maps.Copy(merged, f)
	maps.DeleteFunc(merged, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	return merged
}

func (c *CRM) getRecord(r *http.Request, _ []byte) answer {
	if rec := c.record(pathID(r)); rec != nil {
		return reply(http.StatusOK, map[string]any{"record": rec})
	}
	return noRecord()
}

func (c *CRM) record(id int64) *Record {
	i := id - firstRecord
	if i < 0 || i >= int64(len(c.records)) {
		return nil
	}
	return c.records[i]
}

func noRecord() answer { return fail(http.StatusNotFound, "id", "there is no such record") }

// maxComments bounds the comments of one record.
const maxComments = 10_000

func (c *CRM) createComment(r *http.Request, body []byte) answer {
	rec := c.record(pathID(r))
	if rec == nil {
		return noRecord()
	}
	f, err := parseFields(body)
	if err != nil {
		return failField(err)
	}
	comment := Comment{ID: c.comments + 1, RecordID: rec.ID, CreatedAt: c.o.Now().UTC()}
	if err := f.text("text", &comment.Text); err != nil {
		return failField(err)
	}
	switch {
	case strings.TrimSpace(comment.Text) == "":
		return fail(http.StatusBadRequest, "text", "a comment needs a text")
	case len(rec.comments) == maxComments:
		return fail(http.StatusInsufficientStorage, "", "the record has too many comments")
	}
	c.comments++
	rec.comments = append(rec.comments, comment)
	return reply(http.StatusCreated, map[string]any{"comment": comment})
}

func (c *CRM) listComments(r *http.Request, _ []byte) answer {
	rec := c.record(pathID(r))
	if rec == nil {
		return noRecord()
	}
	return reply(http.StatusOK, map[string]any{"comments": append([]Comment{}, rec.comments...), "total": len(rec.comments)})
}
