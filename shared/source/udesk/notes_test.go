package udesk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/udesk"
)

// noted are the notes of the one post among the events; no other event may have any.
func noted(t *testing.T, got []session.Event) []string {
	t.Helper()
	for _, e := range got {
		if e.Kind != session.Snapshot && len(e.Notes) > 0 {
			t.Errorf("a %s has notes %q", e.Kind, e.Notes)
		}
	}
	return only(t, got, session.Snapshot).Notes
}

func checkNotes(t *testing.T, got []session.Event, want ...string) {
	t.Helper()
	if notes := noted(t, got); !slices.Equal(notes, want) {
		t.Errorf("notes %q, want %q", notes, want)
	}
}

// TestTimesWithoutAnOffset are the tenant's, and each is noted.
func TestTimesWithoutAnOffset(t *testing.T) {
	t.Parallel()
	tokyo := time.FixedZone("", 9*60*60)
	tests := map[string]struct {
		zone *time.Location
		sent string
		want string // in UTC
		note string
	}{
		"read in the tenant's zone":         {tokyo, "2018-03-22 11:48:05", "02:48:05", "timestamp: without an offset, read as +09:00"},
		"with a T, likewise":                {tokyo, "2018-03-22T11:48:05", "02:48:05", "timestamp: without an offset, read as +09:00"},
		"without hyphens, likewise":         {tokyo, "20180322 11:48:05", "02:48:05", "timestamp: without an offset, read as +09:00"},
		"west of Greenwich":                 {time.FixedZone("", -5*60*60-30*60), "2018-03-22 11:48:05", "17:18:05", "timestamp: without an offset, read as -05:30"},
		"UTC where the tenant has no zone":  {nil, "2018-03-22 11:48:05", "11:48:05", "timestamp: without an offset, read as +00:00"},
		"its own offset counts":             {tokyo, "2018-03-22 11:48:05 +0800", "03:48:05", ""},
		"its own offset in ISO 8601 counts": {tokyo, "2018-03-22T11:48:05Z", "11:48:05", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := eventsIn(t, tt.zone, udesk.DecodeCall, post{"call_id": "a", "timestamp": tt.sent}.json(t))
			if at := only(t, got, session.Snapshot).At.Format(time.RFC3339); at != "2018-03-22T"+tt.want+"Z" {
				t.Errorf("at %s, want %s", at, tt.want)
			}
			if tt.note == "" {
				checkNotes(t, got)
			} else {
				checkNotes(t, got, tt.note)
			}
		})
	}
}

func eventsIn(t *testing.T, zone *time.Location, decode source.Decoder, body string) []session.Event {
	t.Helper()
	r := receipt
	r.Zone = zone
	batch, err := decode(r, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return batch.Events
}

// TestTimesOfAChatWithoutAnOffset notes each field once, the lines' all as one.
func TestTimesOfAChatWithoutAnOffset(t *testing.T) {
	t.Parallel()
	body := post{"action": "ImSubSession_close", "message": post{
		"closed_at": "2018-03-22 11:05:00", "im_sub_session_log": post{"id": 1, "created_at": "2018-03-22 11:00:00"},
		"im_log_infos": []post{{"content": "a", "created_at": "20180322 11:01:00"}, {"content": "b", "created_at": "20180322 11:02:00"}},
	}}.json(t)
	got := eventsIn(t, time.FixedZone("", 8*60*60), udesk.DecodeChat, body)
	checkNotes(t, got,
		"message.im_sub_session_log.created_at: without an offset, read as +08:00",
		"message.closed_at: without an offset, read as +08:00",
		"message.im_log_infos[].created_at: without an offset, read as +08:00",
	)
	if s := folded(t, got...); !s.StartedAt.Equal(at(t, "11:00:00")) || !s.EndedAt.Equal(at(t, "11:05:00")) {
		t.Errorf("from %s to %s", s.StartedAt, s.EndedAt)
	}
	if line := all(got, session.MessageSent)[1]; !line.At.Equal(at(t, "11:02:00")) {
		t.Errorf("a line at %s", line.At)
	}
}

// TestOddValuesAreNoted, each by its field; what has a value in every type is not odd in any.
func TestOddValuesAreNoted(t *testing.T) {
	t.Parallel()
	const neither, unannounced = "neither a text nor a number, taken as unknown", "no web address, not announced"
	const unlisted, left = "not one of the documented values, kept as sent", "longer than 16 KiB, left in raw"
	tests := map[string][2]string{ // field and value: the note without the field
		"text for a number":           {`"total_time":"soon"`, `"soon" is no number of seconds, taken as unknown`},
		"a fraction":                  {`"queue_time":6.5`, `"6.5" is no number of seconds, taken as unknown`},
		"a negative number":           {`"queue_time":"-6"`, `"-6" is negative, taken as unknown`},
		"an object for a number":      {`"total_time":{"a":1}`, neither},
		"as much as is quoted":        {`"total_time":"` + long("x", 40) + `"`, `"` + long("x", 40) + `" is no number of seconds, taken as unknown`},
		"more than is quoted":         {`"total_time":"` + long("x", 41) + `"`, "no number of seconds, taken as unknown"},
		"signs are quoted":            {`"total_time":"\n\u202e"`, `"\u202e" is no number of seconds, taken as unknown`},
		"empty number":                {`"total_time":""`, ""},
		"no number at all":            {`"total_time":null`, ""},
		"number in a text":            {`"total_time":"6.0"`, ""},
		"no time":                     {`"agent_ring_at":"soon"`, `"soon" is no time, taken as unknown`},
		"a time too early":            {`"timestamp":"1970-01-01 00:00:00 +0000"`, `"1970-01-01 00:00:00 +0000" is no time, taken as unknown`},
		"a number for a time":         {`"timestamp":1521690485`, `"1521690485" is no time, taken as unknown`},
		"an array for a time":         {`"timestamp":[]`, neither},
		"neither true nor false":      {`"is_leave_message":"yes"`, `"yes" is neither true nor false, taken as unknown`},
		"an array for true":           {`"is_leave_message":[true]`, neither},
		"true in a text":              {`"is_leave_message":"TRUE"`, ""},
		"false in a text":             {`"is_leave_message":"false"`, ""},
		"false in a number":           {`"is_leave_message":0`, ""},
		"false":                       {`"is_leave_message":false`, ""},
		"a word for a phone number":   {`"customer_phone":"anonymous"`, "no number, taken as unknown"},
		"an object for a name":        {`"nick_name":{}`, neither},
		"true for an id":              {`"conversation_id":true`, neither},
		"unknown workflow":            {`"workflow":"sideways"`, unlisted},
		"documented workflow":         {`"workflow":" Other "`, ""},
		"unknown category":            {`"category":"something new"`, unlisted},
		"category made of two":        {`"category":"normal_outline"`, unlisted},
		"documented category":         {`"category":"OTHER"`, ""},
		"unknown result":              {`"call_result":"接続済み"`, unlisted},
		"documented answer":           {`"call_result":"顧客応答"`, ""},
		"documented failure":          {`"call_result":"话机占线"`, ""},
		"half-read label":             {`"call_result":"Customer Hung Up"`, ""},
		"no address of a recording":   {`"record_url":"none"`, unannounced},
		"an array of recordings":      {`"record_url":["http://h/a"]`, neither},
		"an address with a key in it": {`"record_url":"http://h.cn/bOSSAccessKeyId=k"`, "a credential outside the query, not announced"},
		"a mended address":            {`"record_url":"http://h.cn/b.mp3OSSAccessKeyId=k"`, "its query came without a question mark, mended"},
		"predefined, too long":        {`"extend":"` + long("x", 20_000) + `"`, left},
		"predefined array, too long":  {`"extend":["` + long("x", 20_000) + `"]`, left},
		"predefined as JSON":          {`"extend":{"a":1}`, ""},
		"menu recordings, none":       {`"ivr_record_urls":"none"`, unannounced},
		"menu recordings, an object":  {`"ivr_record_urls":{}`, neither},
		"menu recordings, of objects": {`"ivr_record_urls":[{},{}]`, unannounced},
		"menu recordings, empty":      {`"ivr_record_urls":[null,""]`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []string
			if tt[1] != "" {
				field, _, _ := strings.Cut(tt[0][1:], `"`)
				want = []string{field + ": " + tt[1]}
			}
			checkNotes(t, events(t, udesk.DecodeCall, `{"call_id":"a",`+tt[0]+`}`), want...)
			checkNotes(t, events(t, udesk.DecodeCall, `[{"call_id":"a",`+tt[0]+`}]`), want...) // wherever it stands
		})
	}
}

// TestOddValuesOfAChatAreNoted likewise, where they stand.
func TestOddValuesOfAChatAreNoted(t *testing.T) {
	t.Parallel()
	early, late := stamp("11:00:00"), stamp("11:05:00")
	tests := map[string]struct {
		action  string
		message post
		want    []string
	}{
		"as documented":            {"ImSubSession_close", post{"created_at": early, "closed_at": late}, nil},
		"no time":                  {"ImSubSession_create", post{"created_at": "soon"}, []string{`message.created_at: "soon" is no time, taken as unknown`}},
		"end before its beginning": {"ImSubSession_close", post{"created_at": late, "closed_at": early}, []string{"message.closed_at: before what it should follow, kept as sent"}},
		"a negative wait":          {"ShutQueue_create", post{"queue_start_time": early, "queue_seconds": -5}, []string{`message.queue_seconds: "-5" is negative, taken as unknown`}},
		"a word for a number":      {"ImSubSession_create", post{"customer_cell_phone": "hidden"}, []string{"message.customer_cell_phone: no number, taken as unknown"}},
		"a vote without a text":    {"ImSurveyVote_create", post{"option_name": []int{1}}, []string{"message.option_name: neither a text nor a number, taken as unknown"}},
		"a line of no time": {
			"ImSubSession_close", post{"im_log_infos": []post{{"created_at": "soon", "content": post{"type": []int{}, "data": 1}}}},
			[]string{`message.im_log_infos[].created_at: "soon" is no time, taken as unknown`},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkNotes(t, chats(t, tt.action, tt.message.with(post{"im_sub_session_id": 1})), tt.want...)
		})
	}
}

// TestContradictionsAreNoted and kept: the leg has what was sent.
func TestContradictionsAreNoted(t *testing.T) {
	t.Parallel()
	const early = "before what it should follow, kept as sent"
	p := post{
		"call_id": "a", "timestamp": stamp("11:00:30"), "total_time": 20,
		"agent_ring_at": stamp("11:00:00"), "agent_answer_at": stamp("11:00:05"), "agent_hangup_at": stamp("11:00:30"),
		"customer_ring_at": stamp("11:00:05"), "customer_answer_at": stamp("11:00:10"), "customer_hangup_at": stamp("11:00:30"),
	}
	tests := map[string]struct {
		changes post
		want    []string
	}{
		"none":                            {post{}, nil},
		"all at one time":                 {post{"agent_answer_at": stamp("11:00:00"), "agent_hangup_at": stamp("11:00:00")}, nil},
		"talk as long as the call":        {post{"total_time": 30}, nil},
		"talk longer than the call":       {post{"total_time": 31}, []string{"total_time: longer than the call, kept as sent"}},
		"talk longer than any call":       {post{"total_time": "9223372036854775807"}, []string{"total_time: longer than the call, kept as sent"}},
		"message longer than the call":    {post{"total_time": 31, "is_leave_message": true}, []string{"total_time: longer than the call, kept as sent"}},
		"answer before the ring":          {post{"agent_answer_at": stamp("10:59:00")}, []string{"agent_answer_at: " + early}},
		"hang-up before the answer":       {post{"customer_hangup_at": stamp("11:00:07")}, []string{"customer_hangup_at: " + early}},
		"hang-up before the ring":         {post{"customer_answer_at": "", "customer_hangup_at": stamp("11:00:04")}, []string{"customer_hangup_at: " + early}},
		"notified before it began":        {post{"timestamp": stamp("10:00:00")}, []string{"timestamp: " + early}},
		"hang-up before the other's ring": {post{"customer_ring_at": "", "customer_answer_at": "", "customer_hangup_at": stamp("10:00:00")}, []string{"customer_hangup_at: " + early}},
		"nothing but its end":             {post{"agent_ring_at": "", "agent_answer_at": "", "customer_ring_at": "", "customer_answer_at": "", "total_time": 999}, nil},
		"ended with the notification":     {post{"agent_hangup_at": "", "customer_hangup_at": "", "total_time": 31}, []string{"total_time: longer than the call, kept as sent"}},
		"both ended before, talk is nobody's": {
			post{"timestamp": "", "agent_hangup_at": stamp("10:00:00"), "customer_hangup_at": stamp("10:00:00")},
			[]string{"agent_hangup_at: " + early, "customer_hangup_at: " + early},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := p.with(tt.changes)
			got := calls(t, sent)
			checkNotes(t, got, tt.want...)
			leg := only(t, got, session.Snapshot).Leg
			if s, _ := sent["agent_hangup_at"].(string); s != "" && leg.AgentSide.HangupAt.IsZero() {
				t.Errorf("the leg lost its hang-up: %+v", leg)
			}
		})
	}
}

// TestNotesNameNobody: no name, telephone number or address is repeated, whatever is odd about it.
func TestNotesNameNobody(t *testing.T) {
	t.Parallel()
	const secret = "Hanako"
	body := post{"call_id": "a"}
	for _, field := range []string{"nick_name", "customer_phone", "agent_email", "agent_nick_name", "outline_phone_number", "display_number", "survey"} {
		body[field] = post{"x": secret}
	}
	for _, changes := range []post{
		{}, {"customer_phone": secret}, {"record_url": secret, "ivr_record_urls": []string{secret}}, {"call_result": secret, "category": secret, "workflow": secret},
	} {
		if notes := noted(t, calls(t, body.with(changes))); len(notes) == 0 || strings.Contains(fmt.Sprint(notes), secret) {
			t.Errorf("%v: notes %q", changes, notes)
		}
	}
}

// TestNotesAreBounded: twenty, of which the last says that there are more, each short.
func TestNotesAreBounded(t *testing.T) {
	t.Parallel()
	lines := make([]post, 1_000)
	for i := range lines {
		lines[i] = post{"created_at": fmt.Sprint("time ", i, "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01")}
	}
	for name, got := range map[string][]session.Event{
		"call": events(t, udesk.DecodeCall, oddPost),
		"chat": chats(t, "ImSubSession_close", post{"id": 1, "im_log_infos": lines}),
	} {
		notes := noted(t, got)
		if len(notes) != 20 || notes[19] != "and more" || slices.Contains(notes[:19], "and more") {
			t.Errorf("%s: %d notes, %q", name, len(notes), notes)
		}
		for _, n := range notes {
			if len(n) > 256 {
				t.Errorf("%s: note of %d bytes, %q", name, len(n), n)
			}
		}
	}
}

// TestNotesAreNoPartOfAPostsName: read in another zone, one post stays one; two that differ in what could not be read
// are two, of one leg.
func TestNotesAreNoPartOfAPostsName(t *testing.T) {
	t.Parallel()
	p := post{"call_id": "a", "timestamp": stamp("11:00:00"), "agent_ring_at": "2018-03-22 10:59:00"}
	here := eventsIn(t, nil, udesk.DecodeCall, p.json(t))
	there := eventsIn(t, time.FixedZone("", 9*60*60), udesk.DecodeCall, p.json(t))
	if slices.Equal(noted(t, here), noted(t, there)) {
		t.Fatalf("notes %q are the same; this test says nothing", noted(t, here))
	}
	for i := range here {
		if here[i].ID != there[i].ID {
			t.Errorf("%s is %s in another zone", here[i].ID, there[i].ID)
		}
	}
	if s := folded(t, append(here, there...)...); len(s.Events) != len(here) {
		t.Errorf("%d events, want %d", len(s.Events), len(here))
	}

	soon, later := calls(t, p.with(post{"total_time": "soon"})), calls(t, p.with(post{"total_time": "later"}))
	if only(t, soon, session.Snapshot).ID == only(t, later, session.Snapshot).ID {
		t.Error("two posts have one id")
	}
	s := folded(t, append(soon, later...)...)
	if len(s.Legs) != 1 || len(s.Events) != len(soon)+1 {
		t.Errorf("%d legs, %d events", len(s.Legs), len(s.Events))
	}
}

// TestNotesChangeNothingFolded: the session of an odd post is that of the same post without its notes.
func TestNotesChangeNothingFolded(t *testing.T) {
	t.Parallel()
	got := events(t, udesk.DecodeCall, oddPost)
	plain := slices.Clone(got)
	plain[0].Notes = nil
	a, b := folded(t, got...), folded(t, plain...)
	a.Events, b.Events = nil, nil
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	if errX != nil || errY != nil || string(x) != string(y) {
		t.Errorf("with notes\n%s, without\n%s", x, y)
	}
}
