// Package metadata writes what a session leaves behind once it is over: the metadata document in the shape the CCAI
// Platform documents, and the transcript of its messages, as text and as JSON. Everything here is pure: values in, bytes
// out. The schemas of the two JSON files are beside this code, schema.json and transcript.schema.json.
//
// The session comes from shared/session; shared/files names the objects the bytes are kept in and shared/mail sends them.
package metadata

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// CRM is what the CRM, and the company's own storage, made of the session. A field is empty where there is nothing yet.
type CRM struct {
	RecordID  string // the record of the interaction: out_ticket_id
	RecordURL string // where people open it: out_ticket_url
	AccountID string // the customer's account: end_user.out_contact_id

	// Links are the addresses under which the company keeps files, by session.File.ID. They are written as they are, so
	// none may carry a credential. A file without one has the source's address, without its query.
	Links map[string]string
	// At is when the latest of all this became known, for updated_at. Whoever replaces a document by one that differs
	// gives the time at which they do: then no document is older than the one it replaces.
	At time.Time
}

// Document is the session's metadata as one JSON object, indented, ending in a newline. The same session and CRM facts
// always give the same bytes, so a document written twice is the same document; updated_at is the time of the latest fact
// in it. Whether two documents say the same, Digest tells.
//
// Fields and their order are those of docs.cloud.google.com/contact-center/ccai-platform/docs/call-session-metadata and
// chat-session-metadata. What the session does not say is null, or an empty array where the field is a list; agent_info
// alone is left out, as documented, unless exactly one agent took part, human or virtual. Addresses of files are those of
// CRM.Links, else the source's without what may be a credential in them. Times are UTC with milliseconds, durations are
// whole seconds, and an identifier is a number where the vendor's is one. schema.json says the same for programs.
//
// It fails when the session's channel is neither call nor chat, or its key does not carry that channel.
func Document(s session.Session, crm CRM) ([]byte, error) {
	id, err := vendorID(s)
	if err != nil {
		return nil, err
	}
	var record any
	switch s.Channel {
	case session.Call:
		record = newCall(s, id, crm)
	case session.Chat:
		record = newChat(s, id, crm)
	}
	return encode(s, record)
}

func encode(s session.Session, v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the document is a file and a mail, never part of a page: addresses stay readable
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("metadata of session %q: %w", s.Key, err)
	}
	return b.Bytes(), nil
}

// Digest names what a document says, in hexadecimal. It is the same for two documents that differ in nothing but
// updated_at: the second then brings no news and need not be written. What is no JSON object counts whole.
func Digest(doc []byte) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(doc, &fields) == nil && fields != nil {
		delete(fields, "updated_at")
		if said, err := json.Marshal(fields); err == nil { // sorted by name
			doc = said
		}
	}
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:])
}

func vendorID(s session.Session) (string, error) {
	if s.Channel != session.Call && s.Channel != session.Chat {
		return "", fmt.Errorf("metadata of session %q: channel is %q, want call or chat", s.Key, s.Channel)
	}
	id, ok := strings.CutPrefix(s.Key, string(s.Channel)+"-")
	if !ok || id == "" {
		return "", fmt.Errorf("metadata of session %q: the key of a %s must be %q and the vendor's id",
			s.Key, s.Channel, s.Channel+"-")
	}
	return id, nil
}

// Completed reports whether the session finished successfully: it has ended, an agent and the customer talked, and no
// source reported a failure. Only such a session is mailed; one that failed, was abandoned or missed, or ended in
// voicemail never is.
func Completed(s session.Session) bool {
	return ended(s) && s.Outcome == session.Completed && !failed(s)
}

// failed reports a reason other than "nothing", which the platform's lists of fail reasons use for success
// (docs.cloud.google.com/contact-center/ccai-platform/docs/reason-codes-statuses).
func failed(s session.Session) bool { return s.FailReason != "" && s.FailReason != noFailure }

func ended(s session.Session) bool {
	switch s.Status {
	case session.StatusEnded, session.StatusWrapUp, session.StatusFinished:
		return true
	}
	return false
}
