package ccai

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// maxListed and bytesEach bound how many participants, dispositions, transfers and files of one notification become facts;
// Raw keeps the others. No session of people has as many, and none that says something is as short: an event takes half a
// kilobyte of memory, which a payload of empty transfers would ask for a hundred thousand times.
const (
	maxListed = 50
	bytesEach = 64
)

// listed reads an array's elements as far as they become facts. size is that of the notification.
func listed(r payload.Reader, key string, size int) []payload.Reader {
	rs := r.Objects(key)
	return rs[:min(len(rs), maxListed, size/bytesEach)]
}

// transfer is one element of `transfers`, which the session metadata lists from its beginning on.
type transfer struct {
	id string
	at time.Time
	session.Transfer
}

func transfers(r payload.Reader, size int) []transfer {
	var out []transfer
	for i, t := range listed(r, "transfers", size) {
		out = append(out, transfer{
			id: cmp.Or(t.ID("id"), "no-"+strconv.Itoa(i+1)),
			at: payload.First(t.Time("created_at"), t.Time("connected_at")),
			Transfer: session.Transfer{
				From: transferEnd(t, "from_agent", "from_menu_path"),
				To:   transferEnd(t, "to_agent", "to_menu_path"),
			},
		})
	}
	return out
}

func transferEnd(t payload.Reader, agent, menu string) session.End {
	var end session.End
	if a, ok := object(t, agent); ok {
		end.AgentID, end.AgentEmail = a.ID("id"), a.Text("email")
	}
	if m, ok := object(t, menu); ok {
		end.QueuePath = queuePath(m, "name")
	}
	return end
}

// files reads what can be fetched: recordings, and the photos and videos the customer sent. `recording_url` is the
// address of a session with one recording, and repeats it where `recordings` have addresses of their own.
func files(r payload.Reader, voicemail bool, size int) []session.File {
	var recordings []session.File
	for _, f := range listed(r, "recordings", size) {
		kind := recordingKind(voicemail || strings.Contains(strings.ToLower(f.Text("recording_type")), "voicemail"))
		recordings = append(recordings, file(f, kind, "url", "recording_url")...)
	}
	if len(recordings) == 0 {
		recordings = file(r, recordingKind(voicemail), "recording_url")
	}
	out := recordings
	for _, f := range listed(r, "photos", size) {
		out = append(out, file(f, session.Photo, "url")...)
	}
	for _, f := range listed(r, "videos", size) {
		out = append(out, file(f, session.Video, "url")...)
	}
	return out[:min(len(out), maxListed, max(1, size/bytesEach))]
}

func recordingKind(voicemail bool) session.FileKind {
	if voicemail {
		return session.VoicemailFile
	}
	return session.Recording
}

// file is the file at the first of the keys that holds an address, none where none does. Its id begins with its kind,
// since recordings, photos and videos are each counted from one. A file without an id is known by its address without
// the query, in which storage services put credentials that differ each time.
func file(r payload.Reader, kind session.FileKind, keys ...string) []session.File {
	for _, key := range keys {
		address := payload.WebAddress(r.Prose(key))
		if address == "" {
			continue
		}
		id := payload.ShortHash(payload.WithoutCredentials(address))
		if key != "recording_url" {
			id = cmp.Or(r.ID("id"), id)
		}
		return []session.File{{ID: string(kind) + "-" + id, Kind: kind, URL: address}}
	}
	return nil
}

// withoutCredentials cuts the queries from the addresses of files, by which whoever sees them could fetch the files: they
// are in the events that announce the files, and in no other. The addresses stand in the event or in its item.
func withoutCredentials(notification json.RawMessage) json.RawMessage {
	bared := func(v json.RawMessage) json.RawMessage { return payload.WithoutQueries(v) }
	inside := func(item json.RawMessage) json.RawMessage {
		return payload.Replaced(item, bared, "recording_url", "recordings", "photos", "videos")
	}
	return payload.Cleaned(notification, func(v json.RawMessage) json.RawMessage {
		if v[0] != '{' {
			return payload.WithoutQueries(v)
		}
		return payload.Replaced(inside(v), inside, "item")
	})
}

// extraFacts are the transfers, the files, the rating and the proof of identity that a snapshot shows. A rating that was
// changed is another fact, since the first one would else be kept for ever; so is another address of a file, since the
// first one may have expired.
func (s *snapshot) extraFacts(events []session.Event, base session.Event) []session.Event {
	for i := range s.transfers {
		t := &s.transfers[i]
		e := fact(base, session.Transferred, t.id, payload.First(t.at, base.At))
		e.Transfer = &t.Transfer
		events = append(events, e)
	}
	for i := range s.files {
		f := &s.files[i]
		e := fact(base, session.FileReady, f.ID+"/"+payload.ShortHash(f.URL), base.At)
		e.File = f
		events = append(events, e)
	}
	if s.verified {
		events = append(events, fact(base, session.Verified, "", base.At))
	}
	if rated := s.known.Rating; rated != nil {
		score := ""
		if rated.Score != nil {
			score = strconv.Itoa(*rated.Score)
		}
		e := fact(base, session.Rated, payload.ShortHash(score, rated.Feedback), base.At)
		e.Rating = rated
		events = append(events, e)
	}
	return events
}
