package metadata

import (
	"slices"
	"time"

	"sessionbridge.internal/shared/session"
)

// transcriptVersion is the version of the format that is written
// (docs.cloud.google.com/contact-center/ccai-platform/docs/chat-transcript-metadata, transcript_version).
const transcriptVersion = "1.0"

// TranscriptJSON is what was written in the session as one JSON object, indented, ending in a newline, in the shape of
// docs.cloud.google.com/contact-center/ccai-platform/docs/chat-transcript-metadata and of transcript.schema.json: the
// messages, photos and videos of Transcript with the comings and goings of all but the customer, what was handed over,
// and the end. No message gives no bytes, as there.
//
// Times of entries are Unix seconds, assigned_at is UTC and so timezone is always UTC. The fields of a notice (`noti`) are
// ours, since the platform's are not public. It fails as Document does.
func TranscriptJSON(s session.Session, messages []session.Event) ([]byte, error) {
	id, err := vendorID(s)
	if err != nil {
		return nil, err
	}
	sent := pieces(s, messages)
	if len(sent) == 0 {
		return nil, nil
	}
	return encode(s, transcript{
		CommType: string(s.Channel), CommID: number(id), TranscriptVersion: transcriptVersion,
		AssignedAt: stamp(firstAt(s, assigned)), Timezone: "UTC", Entries: entries(s, sent),
	})
}

type transcript struct {
	CommType          string  `json:"comm_type"`
	CommID            any     `json:"comm_id"`
	TranscriptVersion string  `json:"transcript_version"`
	AssignedAt        *string `json:"assigned_at"`
	Timezone          string  `json:"timezone"`
	Entries           []entry `json:"entries"`
}

type entry struct {
	at time.Time

	Timestamp int64       `json:"timestamp"`
	Type      string      `json:"type"` // the body's
	Role      string      `json:"role"`
	UserData  displayData `json:"user_data"`
	Body      any         `json:"body"`
}

// displayData is the sender's, and empty for the customer and the system.
type displayData struct {
	Name string `json:"name,omitempty"`
}

type textBody struct {
	Type    string  `json:"type"`
	Content string  `json:"content"`
	Lang    unknown `json:"lang"` // what the customer chose is the session's language, not each message's
}

type mediaBody struct {
	Type    string `json:"type"`
	MediaID any    `json:"media_id"` // the id in photos[] and videos[] of the metadata document
}

// notice tells what happened: participant_joined and participant_left, with who it was, transferred, and ended.
type notice struct {
	Type        string `json:"type"`
	Event       string `json:"event"`
	Participant *guest `json:"participant,omitempty"`
}

type guest struct {
	Type string  `json:"type"`
	Name *string `json:"name"`
}

// entries are what was sent among what happened, by time. Of one time, who came is told before what was sent, and who
// went, after it.
func entries(s session.Session, sent []piece) []entry {
	var before, after []entry
	for _, p := range participants(s) {
		if isCustomer(p) {
			continue // a session begins and ends with the customer
		}
		for _, i := range p.Intervals {
			before = append(before, newNotice(i.From, session.ParticipantJoined, &p))
			if !i.To.Equal(s.EndedAt) { // else they went because it was over
				after = append(after, newNotice(i.To, session.ParticipantLeft, &p))
			}
		}
	}
	for _, t := range s.Transfers {
		if transferStatus(t.Kind) != nil {
			before = append(before, newNotice(t.At, session.Transferred, nil))
		}
	}
	after = append(after, newNotice(s.EndedAt, session.Ended, nil))
	list := before
	for _, p := range sent {
		list = append(list, newEntry(p))
	}
	list = append(list, after...)
	list = slices.DeleteFunc(list, func(e entry) bool { return e.at.IsZero() })
	slices.SortStableFunc(list, func(a, b entry) int { return a.at.Compare(b.at) })
	return list
}

func newNotice(at time.Time, kind session.Kind, p *session.Participant) entry {
	n := notice{Type: "noti", Event: string(kind)}
	if p != nil {
		n.Participant = &guest{string(p.Type), text(p.Name)}
	}
	return entry{at: at, Timestamp: at.Unix(), Type: n.Type, Role: string(session.System), Body: n}
}

func newEntry(p piece) entry {
	e := entry{at: p.at, Timestamp: p.at.Unix(), Role: string(p.role)}
	if p.role != session.EndUser && p.role != session.System {
		e.UserData.Name = p.name
	}
	if p.file.Kind != "" {
		e.Type = string(p.file.Kind)
		e.Body = mediaBody{e.Type, fileID(p.file)}
	} else {
		e.Type = "text"
		e.Body = textBody{Type: e.Type, Content: p.text}
	}
	return e
}
