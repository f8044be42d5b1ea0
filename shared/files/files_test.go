package files_test

import (
	"path"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

func call(id string) session.Session {
	return session.Session{Channel: session.Call, Key: session.Key(session.Call, id)}
}

func chat(id string) session.Session {
	return session.Session{Channel: session.Chat, Key: session.Key(session.Chat, id)}
}

const (
	external = "docs.cloud.google.com, CCAI Platform, External storage, folders and files"
	ours     = "ours: no documented rule"
)

func free(string) bool { return false }

// The table of names, each with the page its rule comes from.
func TestBase(t *testing.T) {
	t.Parallel()
	const photo, video = "photo-12", "video-3"
	for _, row := range []struct {
		name, from string
		st         settings.Storage
		s          session.Session
		kind, id   string
		taken      string
		want       string
	}{
		{name: "a call's recording", from: external, s: call("103646"), kind: "recordings", id: "1", want: "ujet-voice-recordings/call-103646"},
		{name: "its second recording", from: ours, s: call("103646"), kind: "recordings", id: "2", taken: "ujet-voice-recordings/call-103646", want: "ujet-voice-recordings/call-103646-2"},
		{name: "a call's photo", from: external, s: call("103646"), kind: "photos", id: photo, want: "ujet-media/call-103646-photo-12"},
		{name: "a call's video", from: external, s: call("103646"), kind: "videos", id: video, want: "ujet-media/call-103646-video-3"},
		{name: "a chat's photo", from: external, s: chat("73522"), kind: "photos", id: "12", want: "ujet-media/chat-73522-photo-12"},
		{name: "a chat's video", from: external, s: chat("73522"), kind: "videos", id: video, want: "ujet-media/chat-73522-video-3"},
		{name: "a chat's transcript", from: external, s: chat("73522"), kind: "transcripts", id: "transcript", want: "ujet-chat-transcripts/chat-73522"},
		{name: "a call's metadata", from: external, s: call("103646"), kind: "metadata", id: "metadata", want: "ujet-metadata/call-103646"},
		{name: "a chat's metadata", from: external, s: chat("73522"), kind: "metadata", id: "metadata", want: "ujet-metadata/chat-73522"},
		{name: "a voicemail", from: external + "; the name is ours", s: call("1"), kind: "voicemails", id: "7", want: "ujet-voicemails/call-1-voicemail"},
		{name: "its second voicemail", from: ours, s: call("1"), kind: "voicemails", id: "8", taken: "ujet-voicemails/call-1-voicemail", want: "ujet-voicemails/call-1-voicemail-8"},
		{name: "a voicemail as the company names it", from: ours, st: settings.Storage{VoicemailName: "vm-{FILE_ID}-of-{session_key}"}, s: call("1"), kind: "voicemails", id: "7", want: "ujet-voicemails/vm-7-of-call-1"},

		{name: "another contact centre's", from: ours, s: of(chat("73522"), "udesk"), kind: "metadata", want: "ujet-metadata/udesk/chat-73522"},
		{name: "the platform's own", from: external, s: of(chat("73522"), "ccai"), kind: "metadata", want: "ujet-metadata/chat-73522"},
		{name: "a photo whose name is taken", from: ours, s: call("1"), kind: "photos", id: "photo-5", taken: "ujet-media/call-1-photo-5", want: "ujet-media/call-1-photo-photo-5"},
		{name: "under the company's folder", from: external, st: settings.Storage{Folder: "exports/2026"}, s: call("1"), kind: "metadata", want: "exports/2026/ujet-metadata/call-1"},
		{name: "slashes at the ends go", from: ours, st: settings.Storage{Folder: "//exports/"}, s: call("1"), kind: "metadata", want: "exports/ujet-metadata/call-1"},
		{name: "a folder of the day", from: ours, st: settings.Storage{Folder: "{TENANT}/{CHANNEL}/{YEAR}/{MONTH}/{DAY}/q{QUEUE_ID}"}, s: started(call("1")), kind: "metadata", want: "demo/call/2026/01/05/q7/ujet-metadata/call-1"},
		{name: "a value stays in its part", from: ours, st: settings.Storage{Folder: "{QUEUE_ID}"}, s: queued(call("1"), "../../x"), kind: "metadata", want: "..%2F..%2Fx/ujet-metadata/call-1"},
		{name: "a value of dots is escaped", from: ours, st: settings.Storage{Folder: "{QUEUE_ID}"}, s: queued(call("1"), ".."), kind: "metadata", want: "_%2E%2E/ujet-metadata/call-1"},
		{name: "a name that comes to nothing", from: ours, st: settings.Storage{VoicemailName: "{FILE_ID}"}, s: call("1"), kind: "voicemails", want: "ujet-voicemails/_"},
		{name: "slash in an id is escaped", from: ours, s: call("../../secret"), kind: "metadata", want: "ujet-metadata/call-..%2F..%2Fsecret"},
		{name: "slash in a file's id is escaped", from: ours, s: call("1"), kind: "photos", id: "photo-../../x", want: "ujet-media/call-1-photo-..%2F..%2Fx"},
		{name: "per cent in an id is escaped", from: ours, s: call("%2F"), kind: "metadata", want: "ujet-metadata/call-%252F"},
		{name: "NUL and newline in an id are escaped", from: ours, s: call("a\x00b\n"), kind: "metadata", want: "ujet-metadata/call-a%00b%0A"},
		{name: "pattern in an id is escaped", from: ours, s: call("*?[1]#"), kind: "metadata", want: "ujet-metadata/call-%2A%3F%5B1%5D%23"},
		{name: "broken UTF-8 in an id is escaped", from: ours, s: call("\xff"), kind: "metadata", want: "ujet-metadata/call-%FF"},
		{name: "decomposed id is composed", from: ours, s: call("e\u0301"), kind: "metadata", want: "ujet-metadata/call-é"},
		{name: "decomposed folder is composed", from: ours, st: settings.Storage{Folder: "Cafe\u0301"}, s: call("1"), kind: "metadata", want: "Café/ujet-metadata/call-1"},
		{name: "a long id is cut and told apart", from: ours, s: call(strings.Repeat("/", 400)), kind: "metadata", want: "ujet-metadata/call-" + strings.Repeat("%2F", 40) + "-060d876ca13b2449"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := files.Base(&row.st, "demo", row.s, row.kind, row.id, func(base string) bool { return base == row.taken })
			if err != nil || got != row.want {
				t.Errorf("base is %q, %v; want %q (%s)", got, err, row.want, row.from)
			}
		})
	}
}

func started(s session.Session) session.Session {
	s.StartedAt = time.Date(2026, 1, 5, 23, 30, 0, 0, time.UTC)
	s.Queue.ID = "7"
	return s
}

func of(s session.Session, source string) session.Session {
	s.Source = source
	return s
}

func queued(s session.Session, queue string) session.Session {
	s.Queue.ID = queue
	return s
}

func TestBaseRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, folder string
		s            session.Session
		kind, say    string
	}{
		{"folder that climbs", "a/../../b", call("1"), "metadata", `".."`},
		{"folder that stands still", "./a", call("1"), "metadata", `"."`},
		{"folder with an empty part", "a//b", call("1"), "metadata", `""`},
		{"folder with a backslash", `a\..\b`, call("1"), "metadata", "backslash"},
		{"folder with NUL", "a\x00", call("1"), "metadata", "control character"},
		{"folder that is no UTF-8", "a\xff", call("1"), "metadata", "UTF-8"},
		{"folder kept by Cloud Storage", ".well-known/acme-challenge", call("1"), "metadata", "choose another"},
		{"folder too long", strings.Repeat("x", files.MaxPath), call("1"), "metadata", "shorten the folder"},
		{"key of another channel", "", session.Session{Channel: session.Call, Key: "chat-1"}, "metadata", "chat-1"},
		{"key without id", "", call(""), "metadata", "vendor's id"},
		{"no channel", "", session.Session{Key: "-1"}, "metadata", "channel"},
		{"no kind", "", call("1"), "calls", `"calls" is no kind`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := files.Base(&settings.Storage{Folder: row.folder}, "demo", row.s, row.kind, "", free)
			if err == nil || !strings.Contains(err.Error(), row.say) {
				t.Errorf("base is %q, error %v; want an error with %q", got, err, row.say)
			}
		})
	}
}

func TestNamesThatAreAllTaken(t *testing.T) {
	t.Parallel()
	everything := func(string) bool { return true }
	if got, err := files.Base(&settings.Storage{}, "demo", call("1"), "photos", "photo-5", everything); err == nil {
		t.Errorf("base is %q, although every name is another file's", got)
	}
	if got, err := files.Base(&settings.Storage{}, "demo", chat("1"), "transcripts", "transcript", everything); err != nil || got != "ujet-chat-transcripts/chat-1" {
		t.Errorf("the transcripts share %q, %v", got, err)
	}
}

// FuzzBase holds that no id, file's id, name and folder lead out of the documented folder.
func FuzzBase(f *testing.F) {
	f.Add("exports", "../../x", "photo-1", "voicemail")
	f.Add("/a/./b/{QUEUE_ID}", "\x00\xff\u2215..", "../..", "{FILE_ID}/x")
	f.Fuzz(func(t *testing.T, folder, id, file, name string) {
		st := &settings.Storage{Folder: folder, VoicemailName: name}
		for kind, documented := range map[string]string{"photos": "ujet-media", "voicemails": "ujet-voicemails", "metadata": "ujet-metadata"} {
			p, err := files.Base(st, "t", queued(call(id), id), kind, file, free)
			if err != nil {
				continue
			}
			if dir, name := path.Split(p); path.Base(dir) != documented || name == "" {
				t.Errorf("%q leads out of its folder", p)
			}
			if path.Clean(p) != p || path.IsAbs(p) || len(p) > files.MaxPath || !utf8.ValidString(p) || !norm.NFC.IsNormalString(p) ||
				strings.ContainsFunc(p, unicode.IsControl) || strings.Contains("/"+p+"/", "/../") {
				t.Errorf("%q is no proper path", p)
			}
		}
	})
}
