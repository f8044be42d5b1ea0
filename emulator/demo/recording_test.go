package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// TestRecordingsPlay plays each recording, and then again those in which an agent's calls must not be mixed up.
func TestRecordingsPlay(t *testing.T) {
	t.Parallel()
	c := start(t, `{}`)
	for _, source := range []string{demo.All, "agentdesktop"} {
		var out bytes.Buffer
		rs := recordings(t, source)
		if err := demo.PlayRecordings(patience(t), c, rs, &out); err != nil {
			t.Fatalf("%v\n%s", err, &out)
		}
		for _, r := range rs {
			if !strings.Contains(out.String(), "\n"+r.Title+": ") {
				t.Errorf("%q is not told", r.Title)
			}
		}
		if got := strings.Count(out.String(), "    all of it   "+c.URL+"/console/api/tenants/demo/sessions/"); got != len(rs) {
			t.Errorf("%d sessions are shown with their address, want %d", got, len(rs))
		}
		if !strings.HasSuffix(out.String(), "\nEverything arrived, once.\n") {
			t.Errorf("it ends with %q", out.String()[max(0, out.Len()-100):])
		}
	}
}

func recordings(t *testing.T, source string) []demo.Recording {
	t.Helper()
	rs, err := demo.Recordings(source)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// What differs from what a recording expects is named with its path.
func TestARecordingNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	c := start(t, `{}`)
	r := recordings(t, "udesk")[0]
	tests := map[string]struct {
		change func(*demo.Recording)
		want   string
	}{
		"the session's":              {func(r *demo.Recording) { r.Expect = json.RawMessage(`{"legs":[{"kind":"consult"}]}`) }, `: legs[0].kind is "main", not "consult"`},
		"an agent's":                 {func(r *demo.Recording) { r.Agents = json.RawMessage(`{"qm/9":{"state":"paused"}}`) }, `: agents.qm/9 is absent, not {"state":"paused"}`},
		"a session that must not be": {func(r *demo.Recording) { r.Absent = []string{r.Key} }, " must be no session, but the console answers <nil>"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			changed := r
			tt.change(&changed)
			var out bytes.Buffer
			err := demo.PlayRecordings(patience(t), c, []demo.Recording{changed}, &out)
			if err == nil || !strings.HasPrefix(err.Error(), "not everything arrived:\n  call-") || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("PlayRecordings = %v, want %q", err, tt.want)
			}
			if strings.Contains(out.String(), "Everything arrived") {
				t.Errorf("it says that all is well:\n%s", &out)
			}
		})
	}
}

func TestSourcesOfRecordings(t *testing.T) {
	t.Parallel()
	total := 0
	for _, source := range []string{"agentdesktop", "ccai", "ccai-adapter", "qm", "udesk", "udesk-chat"} {
		rs := recordings(t, source)
		total += len(rs)
		for _, r := range rs {
			if !strings.HasPrefix(r.Name, source) {
				t.Errorf("the file %s.json is of the source %s", r.Name, source)
			}
		}
	}
	if all := recordings(t, demo.All); len(all) != total {
		t.Errorf("all are %d recordings, want %d", len(all), total)
	}
	err := demo.Run(patience(t), demo.Options{Options: local.Options{Listen: "256.0.0.1"}, Source: "fax"}, &bytes.Buffer{})
	const want = `no recording of the source "fax"; there are agentdesktop, ccai, ccai-adapter, qm, udesk, udesk-chat, and all`
	if err == nil || err.Error() != want {
		t.Errorf("Run = %v, want %q, before anything is started", err, want)
	}
}

// A play of one source must fit between two plays, or its agents would have two calls at once.
func TestRecordingsFitBetweenTwoPlays(t *testing.T) {
	t.Parallel()
	lasts := map[string]time.Duration{}
	for _, r := range recordings(t, demo.All) {
		lasts[r.Source] += r.Length() + 10*time.Second
	}
	for source, d := range lasts {
		if d >= 15*time.Minute {
			t.Errorf("the recordings of %s last %v, 15 minutes or more", source, d)
		}
	}
}

func TestAScenarioIsMadeOfARecording(t *testing.T) {
	t.Parallel()
	for _, r := range recordings(t, demo.All) {
		first, err := r.Scenario(nine, nine, "http://media.example.com")
		again, err2 := r.Scenario(nine, nine, "http://media.example.com")
		later, err3 := r.Scenario(nine.Add(time.Millisecond), nine, "http://media.example.com")
		if err := errors.Join(err, err2, err3); err != nil {
			t.Fatal(err)
		}
		if first.Key != again.Key || first.Key == later.Key {
			t.Errorf("%s: its keys are %s, %s, and at another time %s", r.Name, first.Key, again.Key, later.Key)
		}
		for i, p := range first.Posts {
			if p.Source != r.Source || !json.Valid(p.Body) || bytes.Contains(p.Body, []byte("{{")) || !bytes.Equal(p.Body, again.Posts[i].Body) {
				t.Errorf("%s: post %d to %s is %s", r.Name, i, p.Source, p.Body)
			}
		}
	}
}

const small = `{"title":"T","source":"qm","key":"call-{{hex}}","posts":[
	{"what":"one","body":{"at":"{{time}}"}},
	{"what":"two","after":"1m5s","body":{ "at": "{{time-1s}}", "n": "{{#millis}}" }}
],"expect":{"ended_at":"{{time}}"},"absent":["call-{{hex2}}"]}`

func TestTimesOfARecording(t *testing.T) {
	t.Parallel()
	text := strings.Replace(small, `"key"`, `"layout":"2006-01-02 15:04:05 -0700","utc_offset":"8h","key"`, 1)
	r, err := demo.ParseRecording("recordings/small.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Scenario(nine.Add(time.Hour), nine, "http://media.example.com")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, p := range s.Posts {
		told = append(told, p.What+" "+string(p.Body))
	}
	want := []string{`0:00  one {"at":"2026-01-05 16:58:55 +0800"}`, `1:05  two {"at":"2026-01-05 16:59:59 +0800","n":1767603600000}`}
	if !slices.Equal(told, want) {
		t.Errorf("the posts are %q, want %q", told, want)
	}
	if s.Expect["ended_at"] != "2026-01-05T09:00:00Z" {
		t.Errorf("expected is %v, want the time as the console writes it", s.Expect)
	}
	if r.Name != "small" || s.Title != "T" || len(s.Absent) != 1 || !strings.HasPrefix(s.Absent[0], "call-") || s.Absent[0] == s.Key {
		t.Errorf("%s became %+v", r.Name, s)
	}
}

func TestARecordingIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ old, new, want string }{
		"no JSON":                      {`]`, ``, "recordings/small.json: invalid character"},
		"a field nobody knows":         {`"what":"one"`, `"waht":"one"`, `unknown field "waht"`},
		"no title":                     {`"title":"T",`, ``, "title, source, key, posts or expect is absent"},
		"no expectation":               {`"expect":{"ended_at":"{{time}}"},`, ``, "title, source, key, posts or expect is absent"},
		"a post that is not told":      {`"what":"two"`, `"what":""`, "posts[1]: what is absent"},
		"time that goes back":          {`"1m5s"`, `"-1s"`, "posts[1]: what is absent, or after is negative"},
		"time without a unit":          {`"1m5s"`, `"65"`, `missing unit`},
		"a wrong placeholder":          {`{{time-1s}}`, `{{now}}`, "posts[1].body: {{now}} is no placeholder"},
		"one in the key":               {`{{hex}}`, `{{hxe}}`, "key: {{hxe}} is no placeholder"},
		"one in what is absent":        {`{{hex2}}`, `{{hex0}}`, "absent[0]: {{hex0}} is no placeholder"},
		"one in the expectation":       {`{"ended_at":"{{time}}"}`, `{"ended_at":"{{end}}"}`, "expect: {{end}} is no placeholder"},
		"an expectation of no object":  {`{"ended_at":"{{time}}"}`, `[]`, "expect: json: cannot unmarshal array"},
		"a body without its end":       {`{"at":"{{time}}"}}`, `}`, "recordings/small.json: invalid character"},
		"a post without a body at all": {`,"body":{"at":"{{time}}"}`, ``, "posts[0].body: unexpected end of JSON input"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(small, tt.old, tt.new, 1)
			if text == small {
				t.Fatalf("%s is not in the recording", tt.old)
			}
			if r, err := demo.ParseRecording("recordings/small.json", []byte(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("read as %+v (%v), want %q", r, err, tt.want)
			}
		})
	}
}

// A step that fails ends a recording's story as it does the other.
func TestARecordingEndsWithAStepThatFails(t *testing.T) {
	t.Parallel()
	c := start(t, `{"pubsub":[{"code":"PERMISSION_DENIED"}]}`)
	ctx, cancel := context.WithTimeout(patience(t), time.Minute)
	defer cancel()
	var out bytes.Buffer
	err := demo.PlayRecordings(ctx, c, recordings(t, "udesk-chat"), &out)
	if err == nil || !strings.HasPrefix(err.Error(), "0:00  Kim is given a chat: /webhook/demo/udesk-chat answered 503") {
		t.Errorf("PlayRecordings = %v, want the first step and its answer", err)
	}
}
