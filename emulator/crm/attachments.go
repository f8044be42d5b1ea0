package crm

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// Attachment is a file of a record.
type Attachment struct {
	ID        int64     `json:"id"`
	RecordID  int64     `json:"record_id"`
	Name      string    `json:"name"`
	Type      string    `json:"type"`   // a media type
	Size      int64     `json:"size"`   // bytes
	SHA256    string    `json:"sha256"` // in hexadecimal digits
	URL       string    `json:"url"`    // where its bytes are, for whoever may use the API
	CreatedAt time.Time `json:"created_at"`

	content []byte // nil: too much to be kept
}

// Bounds of what is kept. Of a file that is longer, or comes when the memory is used up, size and hash are all that is
// kept, so that recordings of hours can be sent to a CRM that lives in memory.
const (
	maxContent = 8 << 20   // bytes of a file
	maxHeld    = 256 << 20 // bytes of all files
)

// maxAttachments bounds the files of one record.
const maxAttachments = 1000

// attach adds a file that has been read to a record.
func (c *CRM) attach(r *http.Request, f *file) answer {
	rec := c.record(pathID(r))
	switch {
	case rec == nil:
		return noRecord()
	case len(rec.attachments) == maxAttachments:
		return fail(http.StatusInsufficientStorage, "", "the record has too many attachments")
	case len(c.attachments) == maxObjects:
		return full()
	}
	a := &Attachment{ID: int64(len(c.attachments)) + 1, RecordID: rec.ID, Name: f.name, Type: f.kind, Size: f.size,
		SHA256: f.sum(), CreatedAt: c.o.Now().UTC()}
	a.URL = address(r, fmt.Sprintf("/api/records/%d/attachments/%d", rec.ID, a.ID))
	if f.kept != nil && c.held+f.size <= maxHeld {
		a.content = f.kept
		c.held += f.size
	}
	c.attachments = append(c.attachments, a)
	rec.attachments = append(rec.attachments, a)
	return reply(http.StatusCreated, map[string]any{"attachment": a})
}

func (c *CRM) listAttachments(r *http.Request, _ []byte) answer {
	rec := c.record(pathID(r))
	if rec == nil {
		return noRecord()
	}
	return reply(http.StatusOK, map[string]any{"attachments": append([]*Attachment{}, rec.attachments...), "total": len(rec.attachments)})
}

// download answers the bytes. 410 says of those that were not kept that asking again is in vain.
func (c *CRM) download(r *http.Request, _ []byte) answer {
	rec := c.record(pathID(r))
	if rec == nil {
		return noRecord()
	}
	a := c.attachment(r.PathValue("attachment"))
	switch {
	case a == nil || a.RecordID != rec.ID:
		return fail(http.StatusNotFound, "attachment", "the record has no such attachment")
	case a.content == nil:
		return fail(http.StatusGone, "", a.lost())
	}
	return answer{http.StatusOK, a.header(), a.content}
}

func (c *CRM) attachment(id string) *Attachment {
	n, err := strconv.Atoi(id)
	if err != nil || n < 1 || n > len(c.attachments) {
		return nil
	}
	return c.attachments[n-1]
}

// lost says why there are no bytes.
func (a *Attachment) lost() string {
	return fmt.Sprintf("the demo CRM keeps files up to %d MiB, %d MiB in all, and of this one its size (%d bytes) and SHA-256 alone",
		maxContent>>20, maxHeld>>20, a.Size)
}

// header is that of a download: whatever somebody uploaded must not run as a page of the CRM.
func (a *Attachment) header() http.Header {
	return http.Header{
		"Content-Type":            {a.Type},
		"Content-Disposition":     {mime.FormatMediaType("attachment", map[string]string{"filename": a.Name})},
		"Content-Security-Policy": {"sandbox; default-src 'none'"},
		"X-Content-Type-Options":  {"nosniff"},
	}
}
