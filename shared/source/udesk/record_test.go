package udesk_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/udesk"
)

// TestAddressesOfRecordings mends only the pattern of the documented example, and takes every query out of Raw.
func TestAddressesOfRecordings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ sent, url, raw string }{
		"documented example": {"http://h.cn/a/b.mp3OSSAccessKeyId=k&Signature=s%3D", "http://h.cn/a/b.mp3?OSSAccessKeyId=k&Signature=s%3D", "http://h.cn/a/b.mp3"},
		"as it should be":    {"https://h.cn/a/b.mp3?OSSAccessKeyId=k", "https://h.cn/a/b.mp3?OSSAccessKeyId=k", "https://h.cn/a/b.mp3"},
		"another signature":  {"https://h.cn/a/b.wav?sig=k", "https://h.cn/a/b.wav?sig=k", "https://h.cn/a/b.wav"},
		"no query":           {"https://h.cn/a/b.mp3", "https://h.cn/a/b.mp3", "https://h.cn/a/b.mp3"},
		"no extension":       {"https://h.cn/a/bOSSAccessKeyId=k", "https://h.cn/a/bOSSAccessKeyId=k", "https://h.cn/a/b"},
		"a folder between":   {"https://h.cn/a/b.mp3/OSSAccessKeyId=k", "https://h.cn/a/b.mp3/OSSAccessKeyId=k", "https://h.cn/a/b.mp3/"},
		"within a query":     {"https://h.cn/a/b?f=c.mp3OSSAccessKeyId=k", "https://h.cn/a/b?f=c.mp3OSSAccessKeyId=k", "https://h.cn/a/b"},
		"a host's end":       {"https://h.cnOSSAccessKeyId=k", "https://h.cnOSSAccessKeyId=k", "https://h.cn"},
		"no scheme":          {"h.cn/a/b.mp3?sig=k", "", "h.cn/a/b.mp3"},
		"another scheme":     {"ftp://h.cn/b.mp3?sig=k", "", "ftp://h.cn/b.mp3"},
		"no address at all":  {"none", "", "none"},
		"too long":           {"https://h.cn/a/b.mp3?" + strings.Repeat("k", 4_096), "", "https://h.cn/a/b.mp3"},
		"empty":              {"", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := calls(t, post{"call_id": "a", "record_url": tt.sent})
			url := ""
			if files := all(got, session.FileReady); len(files) > 0 {
				url = files[0].File.URL
			}
			if url != tt.url {
				t.Errorf("address %q, want %q", url, tt.url)
			}
			var raw struct {
				URL string `json:"record_url"`
			}
			if err := json.Unmarshal(only(t, got, session.Snapshot).Raw, &raw); err != nil || raw.URL != tt.raw {
				t.Errorf("raw %q, %v; want %q", raw.URL, err, tt.raw)
			}
		})
	}
}

// TestAFileKeepsItsNameWhenItIsSignedAnew, and two files do not share one.
func TestAFileKeepsItsNameWhenItIsSignedAnew(t *testing.T) {
	t.Parallel()
	id := func(address string) string {
		return only(t, calls(t, post{"call_id": "a", "record_url": address}), session.FileReady).File.ID
	}
	one := id("https://h.cn/a/b.mp3?sig=1")
	if again := id("http://h.cn/a/b.mp3OSSAccessKeyId=2"); again != one {
		t.Errorf("signed anew it is %s, not %s", again, one)
	}
	if other := id("https://h.cn/c/b.mp3?sig=1"); other == one {
		t.Errorf("a file in another folder is %s too", other)
	}
}

// TestRawStaysAsItCame but for the credential, in whatever notation, also of a post that could not be read.
func TestRawStaysAsItCame(t *testing.T) {
	t.Parallel()
	const good = "{ \"call_id\" : \"a\" ,\n \"z\": \"}\\\",{\", \"x\": [1.0, {\"record_url\":\"http://h/a?kept\"}], \"record_url\" : \"http://h.cn/b.mp3%s\" , \"y\":1e2 }"
	const bad = `{"record_url":"http://h.cn/b.mp3%s","record\u005furl":"http://h.cn/b.mp3%s","agent_id":1}`
	secret := func(s, with string) string { return strings.ReplaceAll(s, "%s", with) }
	got := events(t, udesk.DecodeCall, "["+secret(good, "?secret")+","+secret(bad, "OSSAccessKeyId=secret")+"]")
	if raw := only(t, got, session.Snapshot).Raw; string(raw) != secret(good, "") {
		t.Errorf("got %s", raw)
	}
	if raw := only(t, got, session.Unknown).Raw; string(raw) != secret(bad, "") {
		t.Errorf("got %s", raw)
	}
}

func TestAnAddressOfAnotherTypeIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, v := range []string{`1`, `null`, `["http://h/a?b"]`, `{}`} {
		body := `{"call_id":"a","record_url":` + v + `}`
		if e := events(t, udesk.DecodeCall, body)[0]; !bytes.Equal(e.Raw, []byte(body)) {
			t.Errorf("got %s, want %s", e.Raw, body)
		}
	}
}
