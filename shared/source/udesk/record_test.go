package udesk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
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
		"no extension":       {"https://h.cn/a/bOSSAccessKeyId=k", "", "https://h.cn/a/b"},
		"a folder between":   {"https://h.cn/a/b.mp3/OSSAccessKeyId=k", "", "https://h.cn/a/b.mp3/"},
		"within a query":     {"https://h.cn/a/b?f=c.mp3OSSAccessKeyId=k", "https://h.cn/a/b?f=c.mp3OSSAccessKeyId=k", "https://h.cn/a/b"},
		"a host's end":       {"https://h.cnOSSAccessKeyId=k", "", "https://h.cn"},
		"another extension":  {"https://h.cn/a/b.recordOSSAccessKeyId=k", "", "https://h.cn/a/b.record"},
		"in other letters":   {"https://h.cn/a/b.mp3ossaccesskeyid=k", "", "https://h.cn/a/b.mp3"},
		"a fragment":         {"https://h.cn/a/b.mp3#OSSAccessKeyId=k", "", "https://h.cn/a/b.mp3#"},
		"before a query":     {"https://h.cn/a/bOSSAccessKeyId=k?x=1", "", "https://h.cn/a/b"},
		"a user":             {"https://kim:pin@h.cn/a/b.mp3", "https://h.cn/a/b.mp3", "https://h.cn/a/b.mp3"},
		"a user and a query": {"https://kim@h.cn/a@b.mp3?sig=k", "https://h.cn/a@b.mp3?sig=k", "https://h.cn/a@b.mp3"},
		"no scheme":          {"h.cn/a/b.mp3?sig=k", "", "h.cn/a/b.mp3"},
		"another scheme":     {"ftp://h.cn/b.mp3?sig=k", "", "ftp://h.cn/b.mp3"},
		"no address at all":  {"none", "", "none"},
		"too long":           {"https://h.cn/a/b.mp3?" + strings.Repeat("k", 8_000), "", "https://h.cn/a/b.mp3"},
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

// TestNoKeyGetsAnywhere: not into an id, a note, a file or Raw, whatever the entry is that holds it.
func TestNoKeyGetsAnywhere(t *testing.T) {
	t.Parallel()
	const object = `{"call_id":"a","record_url":"http://h.cn/b.%sOSSAccessKeyId=secret","ivr_record_urls":["http://kim:secret@h.cn/b"]}`
	nobodys := strings.Replace(object, "call_id", "call", 1)
	tests := map[string]string{
		"a post":                  object,
		"a post of nobody":        nobodys,
		"a list":                  `[` + object + `,[` + object + `]]`,
		"a string":                fmt.Sprintf("%q", nobodys),
		"a string in a list":      `[` + fmt.Sprintf("%q", object) + `]`,
		"an address":              `"http://h.cn/bOSSAccessKeyId=secret"`,
		"an address and a query":  `"http://h.cn/b?secret"`,
		"a piece with a key":      `"b.mp3OSSAccessKeyId=secret"`,
		"an address in a string":  fmt.Sprintf("%q", `"http://h.cn/b?secret"`),
		"addresses, one with key": `["http://h.cn/b?secret","http://h.cn/bOSSAccessKeyId=secret"]`,
	}
	for name, entry := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := udesk.DecodeCall(receipt, []byte(`[{"call_id":"b"},`+strings.ReplaceAll(entry, "%s", "record")+`]`))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range batch.Events {
				if all, err := json.Marshal(e); err != nil || bytes.Contains(all, []byte("secret")) {
					t.Errorf("%s, %v", all, err)
				}
			}
		})
	}
	const harmless = `"who? kim@example.com"`
	if e := only(t, events(t, udesk.DecodeCall, `[{"call_id":"b"},`+harmless+`]`), session.Unknown); string(e.Raw) != harmless {
		t.Errorf("kept %s", e.Raw)
	}
}

func TestAnAddressOfAnotherTypeIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, v := range []string{`1`, `null`, `["http://h/a", 1 ]`, `{}`, `"\u0061\/\n"`} {
		body := `{"call_id":"a","record_url":` + v + `}`
		if e := events(t, udesk.DecodeCall, body)[0]; !bytes.Equal(e.Raw, []byte(body)) {
			t.Errorf("got %s, want %s", e.Raw, body)
		}
	}
}

// TestRecordingsOfTheMenu are announced beside the call's own, each named by its path, in whatever form they come.
func TestRecordingsOfTheMenu(t *testing.T) {
	t.Parallel()
	const a, b = "https://h.cn/a.mp3?sig=1", "http://h.cn/b.mp3?sig=2,3"
	tests := map[string]struct {
		sent any
		want []string
	}{
		"an array":                       {[]string{a, b}, []string{a, b}},
		"a text":                         {a, []string{a}},
		"a text of several":              {a + ", " + b, []string{a, b}},
		"mended":                         {[]string{"http://h.cn/b.mp3OSSAccessKeyId=k"}, []string{"http://h.cn/b.mp3?OSSAccessKeyId=k"}},
		"only those of the web":          {[]any{"none", nil, 1, "ftp://h.cn/a", []string{b}, post{}, "", a}, []string{a}},
		"none":                           {[]string{}, nil},
		"absent":                         {nil, nil},
		"an object":                      {post{"a": a}, nil},
		"of many, no more than are read": {slices.Repeat([]string{a}, 30), slices.Repeat([]string{a}, 20)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			ids := map[string]string{}
			for _, e := range all(calls(t, post{"call_id": "a", "is_leave_message": true, "ivr_record_urls": tt.sent}), session.FileReady) {
				if e.File.Kind != session.Recording {
					t.Errorf("a %s", e.File.Kind)
				}
				if other, there := ids[e.ID]; there && other != e.File.URL {
					t.Errorf("%s and %s have one id", other, e.File.URL)
				}
				ids[e.ID] = e.File.URL
				got = append(got, e.File.URL)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("announced %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMoreRecordingsThanAreAnnouncedAreNoted(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]string{20: nil, 21: {"ivr_record_urls: more than 20, the others not announced"}} {
		sent := slices.Repeat([]string{"https://h.cn/a.mp3"}, n)
		checkNotes(t, calls(t, post{"call_id": "a", "ivr_record_urls": sent}), want...)
		checkNotes(t, calls(t, post{"call_id": "a", "ivr_record_urls": strings.Join(sent, ",")}), want...)
	}
}

// TestNoQueryStaysInRaw in whatever form and notation the two fields come; all else stays as it was written.
func TestNoQueryStaysInRaw(t *testing.T) {
	t.Parallel()
	tests := map[string][2]string{ // value as sent: as kept
		"an array":                   {`[ "http://h/a?secret" ,"http://h/b.mp3OSSAccessKeyId=secret", 1.0 ]`, `[ "http://h/a" ,"http://h/b.mp3", 1.0 ]`},
		"beyond what is announced":   {"[" + long(`"http://h/a?secret",`, 40) + `1]`, "[" + long(`"http://h/a",`, 40) + `1]`},
		"a text of several":          {`"http://h/a?secret,secret, http://h/b?secret"`, `"http://h/a,http://h/b"`},
		"escaped":                    {`"http:\/\/h\/\u0061\u003Fsecret"`, `"http://h/a"`},
		"a credential escaped":       {`"http://h/a.mp3\u004fSSAccessKeyId=secret"`, `"http://h/a.mp3"`},
		"escapes that stay":          {`"http://h/\"\\u003f\n\u00e9\u0022\u005c?secret"`, `"http://h/\"\\u003f\n\u00e9\u0022\u005c"`},
		"nothing to cut":             {`"http:\/\/h\/\u0061"`, `"http:\/\/h\/\u0061"`},
		"an object":                  {`{"a":["http://h/a?secret"], "http://h/b?secret":{}}`, `{"a":["http://h/a"], "http://h/b":{}}`},
		"an array within a text":     {`"[\"http://h/a?secret\",\"http://h/b?secret\"]"`, `"[\"http://h/a"`},
		"of a host, and upper case":  {`["HTTPS://h?secret,HTTP://i?secret"]`, `["HTTPS://h,HTTP://i"]`},
		"empty, null and true":       {`["",null,true]`, `["",null,true]`},
		"an escaped text, no number": {`"\ud83d\ude00?secret"`, `"\ud83d\ude00"`},
	}
	for name, tt := range tests {
		for _, field := range []string{"record_url", "ivr_record_urls", `ivr\u005frecord_urls`} {
			t.Run(name+"/"+field, func(t *testing.T) {
				t.Parallel()
				body := `{"call_id":"a", "` + field + `" : %s , "z":"http://h/?kept"}`
				raw := string(only(t, events(t, udesk.DecodeCall, strings.Replace(body, "%s", tt[0], 1)), session.Snapshot).Raw)
				if want := strings.Replace(body, "%s", tt[1], 1); raw != want {
					t.Errorf("kept %s, want %s", raw, want)
				}
			})
		}
	}
}
