package files_test

import (
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
)

func call(id string) session.Session {
	return session.Session{Channel: session.Call, Key: session.Key(session.Call, id)}
}

func chat(id string) session.Session {
	return session.Session{Channel: session.Chat, Key: session.Key(session.Chat, id)}
}

func TestMetadataPath(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, folder, want string
		s                  session.Session
	}{
		{"call", "", "ujet-metadata/call-103646.json", call("103646")},
		{"chat", "", "ujet-metadata/chat-73522.json", chat("73522")},
		{"under the company's folder", "exports/2026", "exports/2026/ujet-metadata/call-1.json", call("1")},
		{"slashes at the ends go", "//exports/", "exports/ujet-metadata/call-1.json", call("1")},
		{"slash in an id is escaped", "", "ujet-metadata/call-..%2F..%2Fsecret.json", call("../../secret")},
		{"per cent in an id is escaped", "", "ujet-metadata/call-%252F.json", call("%2F")},
		{"NUL and newline in an id are escaped", "", "ujet-metadata/call-a%00b%0A.json", call("a\x00b\n")},
		{"pattern in an id is escaped", "", "ujet-metadata/call-%2A%3F%5B1%5D%23.json", call("*?[1]#")},
		{"broken UTF-8 in an id is escaped", "", "ujet-metadata/call-%FF.json", call("\xff")},
		{"decomposed id is composed", "", "ujet-metadata/call-é.json", call("e\u0301")},
		{"decomposed folder is composed", "Cafe\u0301", "Café/ujet-metadata/call-1.json", call("1")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := files.MetadataPath(row.folder, row.s)
			if err != nil || got != row.want {
				t.Errorf("path is %q, %v; want %q", got, err, row.want)
			}
		})
	}
}

func TestTranscriptPath(t *testing.T) {
	t.Parallel()
	got, err := files.TranscriptPath("crm", chat("73522"))
	if want := "crm/ujet-chat-transcripts/chat-73522.txt"; err != nil || got != want {
		t.Errorf("path is %q, %v; want %q", got, err, want)
	}
	if got, err := files.TranscriptPath("", call("1")); err == nil {
		t.Errorf("a call's transcript is kept at %q, want an error", got)
	}
}

func TestPathRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, folder string
		s            session.Session
		say          string
	}{
		{"folder that climbs", "a/../../b", call("1"), `".."`},
		{"folder that stands still", "./a", call("1"), `"."`},
		{"folder with an empty part", "a//b", call("1"), `""`},
		{"folder with a backslash", `a\..\b`, call("1"), "backslash"},
		{"folder with NUL", "a\x00", call("1"), "control character"},
		{"folder that is no UTF-8", "a\xff", call("1"), "UTF-8"},
		{"folder kept by Cloud Storage", ".well-known/acme-challenge", call("1"), "choose another"},
		{"folder too long", strings.Repeat("x", files.MaxPath), call("1"), "shorten the folder"},
		{"id too long once escaped", "", call(strings.Repeat("/", 400)), "1024"},
		{"key of another channel", "", session.Session{Channel: session.Call, Key: "chat-1"}, "chat-1"},
		{"key without id", "", call(""), "vendor's id"},
		{"no channel", "", session.Session{Key: "-1"}, "channel"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := files.MetadataPath(row.folder, row.s)
			if err == nil || !strings.Contains(err.Error(), row.say) {
				t.Errorf("path is %q, error %v; want an error with %q", got, err, row.say)
			}
		})
	}
}

// FuzzMetadataPath holds that no id and no folder leads out of the session's folder.
func FuzzMetadataPath(f *testing.F) {
	f.Add("exports", "../../x")
	f.Add("/a/./b", "\x00\xff\u2215..")
	f.Fuzz(func(t *testing.T, folder, id string) {
		p, err := files.MetadataPath(folder, call(id))
		if err != nil {
			return
		}
		clean, _ := files.CleanFolder(folder)
		if dir, name := path.Split(p); dir != path.Join(clean, files.MetadataFolder)+"/" || !strings.HasPrefix(name, "call-") {
			t.Errorf("%q leads out of its folder", p)
		}
		if path.Clean(p) != p || len(p) > files.MaxPath || !utf8.ValidString(p) || !norm.NFC.IsNormalString(p) ||
			strings.ContainsFunc(p, unicode.IsControl) {
			t.Errorf("%q is no proper path", p)
		}
	})
}
