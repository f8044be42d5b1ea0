// Package metadata writes what a session leaves behind once it is over: the metadata document in the shape the CCAI
// Platform documents, and the plain text transcript of a chat. Everything here is pure: values in, bytes out.
//
// The session comes from shared/session; shared/files names the objects the bytes are kept in and shared/mail sends them.
package metadata

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"sessionbridge.internal/shared/session"
)

// CRM is what the CRM made of the session. A field is empty where the CRM has nothing yet.
type CRM struct {
	RecordID  string // the record of the interaction: out_ticket_id
	RecordURL string // where people open it: out_ticket_url
	AccountID string // the customer's account: end_user.out_contact_id
}

// Document is the session's metadata as one JSON object, indented, ending in a newline. The same session and CRM facts
// always give the same bytes, so a document written twice is the same document; updated_at is the session's UpdatedAt.
//
// Fields and their order are those of docs.cloud.google.com/contact-center/ccai-platform/docs/call-session-metadata and
// chat-session-metadata. What the session does not say is null, or an empty array where the field is a list; agent_info
// alone is left out, as documented, unless exactly one agent took part, human or virtual. Addresses of files have no
// query, since it may be a credential. Times are UTC with milliseconds, durations are
// whole seconds, and an identifier is a number where the vendor's is one.
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
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the document is a file and a mail, never part of a page: addresses stay readable
	enc.SetIndent("", "  ")
	if err := enc.Encode(record); err != nil {
		return nil, fmt.Errorf("metadata of session %q: %w", s.Key, err)
	}
	return b.Bytes(), nil
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
