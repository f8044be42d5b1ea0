package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// patience bounds a wait for the cloud; a test that needs it has failed.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// start is a local cloud of a test's own, which fails as the script says.
func start(t *testing.T, faults string) demo.Client {
	t.Helper()
	c, err := local.Start(t.Context(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	client := demo.Client{URL: c.URL}
	if err := client.Faults(patience(t), faults); err != nil {
		t.Fatal(err)
	}
	return client
}

// The story as a person reads it, with an N in the place of numbers and durations.
const story = `
call-N
  a customer calls N
  the menu sends them to Orders / Delivery N
  the call is offered to Kim N
  Kim answers N
  the customer hangs up N
  Kim notes how it went N
  its recording is ready N
  everything the CRM is owed is done N

chat-N
  a customer opens a chat N
  Kim takes it N
  the customer writes N
  Kim answers N
  the customer thanks N
  Kim ends the chat N
  the chat is over N
  the photo they sent is ready N
  everything the CRM is owed is done N

Fifteen minutes later
  the clock moves, the metadata is due N

What arrived

  call-N: finished, completed; CRM done
`

var (
	keys      = regexp.MustCompile(`\b(call|chat)-\d+`)
	durations = regexp.MustCompile(` +\d[0-9.]*(ms|s|µs)\n`)
)

// plain is what was told, without what differs from one play to the next.
func plain(told string) string {
	return durations.ReplaceAllString(keys.ReplaceAllString(told, "$1-N"), " N\n")
}

func TestTheStoryIsTold(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := demo.Play(patience(t), start(t, `{}`), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	told := plain(out.String())
	if !strings.HasPrefix(told, story) {
		t.Errorf("the story is\n%s\nwant it to begin\n%s", told, story)
	}
	for _, want := range []string{
		"find_account               done", "create_account             done", "create_record              done", "comment_start              done",
		"store_in_bucket photo-1    done", "store_in_sftp photo-1      done", "upload_photo-1             done", "upload_transcript          done",
		"store_metadata             done", "store_transcript           done", "mail                       done",
		"file        ujet-metadata/call-N.json (", "file        ujet-chat-transcripts/chat-N.txt (",
		"The bucket\n  ujet-chat-transcripts/\n    chat-N.json", "  ujet-media/\n    chat-N-photo-1.jpg", "The SFTP folder\n  ujet-chat-transcripts/",
		"  ujet-voice-recordings/\n    call-N.mp3",
		`mail        "Session chat-N" to crm-updates@demo.example, with chat-N.txt`, "\nEverything arrived, once.\n",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the story lacks %q:\n%s", want, told)
		}
	}
}

func TestTheStoryNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		faults string
		want   []string
	}{
		"a CRM that refuses": {`{"crm":[{"times":1000,"status":403}]}`,
			[]string{"not everything arrived:", "the CRM work is dead and still owes [find_account", `its account "" is not in the CRM`, `its record "" is not in the CRM`, "has 0 comments"}},
		"a bucket that is closed": {`{"storage":[{"times":1000,"status":403}]}`,
			[]string{".json is not in the bucket", ".txt is not in the bucket", "photo-1 is waiting: cloud storage"}},
		"an SFTP server that is away": {`{"sftp":[{"times":1000,"mode":"reset"}]}`, []string{".json is not on the SFTP server"}},
		"one mail that is refused":    {`{"smtp":[{"status":550}]}`, []string{"0 mails arrived, not one"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := demo.Play(patience(t), start(t, tt.faults), &out)
			if err == nil {
				t.Fatalf("all is well, it says:\n%s", &out)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not name %q:\n%v", want, err)
				}
			}
			if strings.Contains(out.String(), "Everything arrived") {
				t.Errorf("it says that all is well:\n%s", &out)
			}
		})
	}
}

// A step that fails ends the story: what came after it would only repeat the trouble.
func TestTheStoryEndsWithAStepThatFails(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := demo.Play(patience(t), start(t, `{"pubsub":[{"code":"PERMISSION_DENIED"}]}`), &out)
	var refusal *demo.Refusal
	if !errors.As(err, &refusal) || refusal.Status != http.StatusServiceUnavailable || !strings.HasPrefix(err.Error(), "a customer calls: /webhook/demo/ccai answered 503") {
		t.Errorf("Play = %v, want the first step and its answer", err)
	}
	if strings.Contains(out.String(), "Fifteen minutes later") {
		t.Errorf("the story goes on:\n%s", &out)
	}
}

func TestRunStartsACloudWhereNoneRuns(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := demo.Run(patience(t), demo.Options{Options: local.Options{Listen: "127.0.0.1"}}, &out); err != nil {
		t.Errorf("Run: %v\n%s", err, &out)
	}
	if !strings.HasPrefix(out.String(), "Started a local cloud of its own in ") || !strings.Contains(out.String(), "Everything arrived, once.") {
		t.Errorf("it tells\n%s", &out)
	}
}

func TestAClientSaysWhoDoesNotAnswerAndHow(t *testing.T) {
	t.Parallel()
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refuses" {
			http.Error(w, "come back later", http.StatusTeapot)
			return
		}
		_, _ = w.Write([]byte("<html>"))
	}))
	gone := httptest.NewServer(nil)
	gone.Close()
	t.Cleanup(odd.Close)
	tests := map[string]struct{ url, path, want string }{
		"nobody":       {gone.URL, "/emulator/crm", "the local cloud does not answer"},
		"a refusal":    {odd.URL, "/refuses", "/refuses answered 418: come back later"},
		"another page": {odd.URL, "/emulator/crm", "/emulator/crm: invalid character"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var v map[string]any
			if err := (demo.Client{URL: tt.url}).Get(patience(t), tt.path, &v); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Get = %v, want %q", err, tt.want)
			}
		})
	}
}

// What the scenarios send is what the contact centre's documents describe, in time and all ids its own.
func TestScenariosAreWhole(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		scenario demo.Scenario
		key      string
		posts    int
	}{
		"a call": {demo.Call(7, end), "call-7", 6},
		"a chat": {demo.Chat(8, end), "chat-8", 7},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.scenario.Key != tt.key || len(tt.scenario.Posts) != tt.posts {
				t.Errorf("%s has %d posts, want %s with %d", tt.scenario.Key, len(tt.scenario.Posts), tt.key, tt.posts)
			}
			seen := map[string]bool{}
			for _, p := range tt.scenario.Posts {
				if p.What == "" || p.Source == "" || !json.Valid(p.Body) || seen[string(p.Body)] {
					t.Errorf("the post %q to %q is incomplete or there twice: %s", p.What, p.Source, p.Body)
				}
				seen[string(p.Body)] = true
			}
		})
	}
}
