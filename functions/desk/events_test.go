package desk_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/functions/desk"
	commands "sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/settings"
)

// event is one of a stream, as a browser reads it.
type event struct{ id, kind, data string }

// feed is a stream that is read.
type feed struct {
	*testing.T
	resp  *http.Response
	lines *bufio.Scanner
}

func (w *world) stream(tenant, who, query string, headers ...string) *feed {
	w.Helper()
	resp := w.do(who, http.MethodGet, "/desk/"+tenant+"/events"+query, "", headers...)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		w.Fatalf("a stream is answered %d %v", resp.StatusCode, resp.Header)
	}
	return &feed{w.T, resp, bufio.NewScanner(resp.Body)}
}

// next is the next event; ok is false at the stream's end.
func (f *feed) next() (e event, ok bool) {
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.kind = value
		case "data":
			e.data = value
		case "":
			if e.kind != "" {
				return e, true
			}
		}
	}
	return e, false
}

// command is the next event that is a command.
func (f *feed) command() (c commands.Command) {
	f.Helper()
	for {
		e, ok := f.next()
		if !ok {
			f.Fatal("the stream is over")
		}
		if e.kind != "command" {
			continue
		}
		if err := json.Unmarshal([]byte(e.data), &c); err != nil || e.id != fmt.Sprint(c.ID) {
			f.Fatalf("%+v: %v", e, err)
		}
		return c
	}
}

func TestAStreamTellsTheAgentsCommandsAsTheyCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	before := w.call("demo", ada, rome)
	f := w.stream("demo", ada, "")
	if got := f.command(); got.ID != before.ID || got.Number != rome {
		t.Errorf("the stream begins with %+v, want what waits on the desk", got)
	}
	w.call("demo", bob, rome)
	w.call("other", ada, rome)
	want := w.call("demo", ada, milan)
	if got := f.command(); got.ID != want.ID || got.Number != milan {
		t.Errorf("the next is %+v, want %+v", got, want)
	}
}

// Each stream is told one call that came while none was open and one that comes while it is, and is then cut off: together
// they tell each call once, in order.
func TestNothingIsLostOrRepeatedOverManyStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	var want, got []int64
	put := func() { want = append(want, w.call("demo", ada, fmt.Sprintf("+39021234%04d", len(want))).ID) }
	last := ""
	for range 6 {
		put()
		f := w.stream("demo", ada, "", "Last-Event-ID: "+last)
		got = append(got, f.command().ID)
		put()
		c := f.command()
		got, last = append(got, c.ID), fmt.Sprint(c.ID)
		f.resp.Body.Close()
	}
	if !slices.Equal(got, want) {
		t.Errorf("the page was told\n%v, want\n%v", got, want)
	}
}

func TestAStreamGoesOnFromWhereThePageIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	first, second := w.call("demo", ada, rome), w.call("demo", ada, milan)
	after := fmt.Sprintf("?after=%d", first.ID)
	tests := map[string]struct {
		query  string
		header []string
		want   int64
	}{
		"a page that begins":                       {"", nil, first.ID},
		"a page that knows the first":              {after, nil, second.ID},
		"a browser that reconnects":                {"", []string{fmt.Sprintf("Last-Event-ID: %d", first.ID)}, second.ID},
		"the later of both, where there are both":  {"?after=1", []string{fmt.Sprintf("Last-Event-ID: %d", first.ID)}, second.ID},
		"the later of both, the other way about":   {after, []string{"Last-Event-ID: 1"}, second.ID},
		"a browser that never was told any before": {after, []string{"Last-Event-ID: "}, second.ID},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{T: t, url: w.url, issuer: w.issuer}
			if got := w.stream("demo", ada, tt.query, tt.header...).command(); got.ID != tt.want {
				t.Errorf("the stream begins with %d, want %d", got.ID, tt.want)
			}
		})
	}
}

func TestAStreamDoesNotTellWhatIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	w.call("demo", ada, rome)
	w.ahead(commands.Lasts)
	want := w.call("demo", ada, milan)
	if got := w.stream("demo", ada, "").command(); got.ID != want.ID {
		t.Errorf("the stream begins with %+v, want %+v", got, want)
	}
}

func TestAStreamShowsThatItLives(t *testing.T) {
	t.Parallel()
	f := newWorld(t, [2]time.Duration{5 * time.Millisecond, time.Hour}).stream("demo", ada, "")
	for range 3 {
		if e, ok := f.next(); !ok || e != (event{kind: "beat"}) {
			t.Fatalf("it tells %+v, %v", e, ok)
		}
	}
}

// On a busy machine the time of such a stream is over before its first sign of life.
func TestAStreamEnds(t *testing.T) {
	t.Parallel()
	f := newWorld(t, short).stream("demo", ada, "")
	for e, ok := f.next(); ok; e, ok = f.next() {
		if e != (event{kind: "beat"}) {
			t.Errorf("it tells %+v", e)
		}
	}
	if f.lines.Err() != nil {
		t.Errorf("it breaks off: %v", f.lines.Err())
	}
}

// A role that is taken away, and a sign-in that is over, end the stream at a beat: its time would be a minute more.
func TestAStreamEndsWithTheRightToIt(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(w *world){
		"the role is taken away": func(w *world) {
			w.put("demo", `{"desk":{"adapters":{"call":"https://cc.example.com/agent/"}},"people":{}}`)
			w.ahead(settings.Fresh)
		},
		"the sign-in is over": func(w *world) { w.ahead(2 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, [2]time.Duration{5 * time.Millisecond, time.Minute})
			f := w.stream("demo", bob, "")
			for range 3 {
				if e, ok := f.next(); !ok || e.kind != "beat" {
					t.Fatalf("it begins with %+v, %v", e, ok)
				}
			}
			lose(w)
			for range 1000 {
				if _, ok := f.next(); !ok {
					return
				}
			}
			t.Error("the stream goes on")
		})
	}
}

func TestTheHeadOfAStreamEndsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	if resp, body := w.ask(ada, http.MethodHead, "/desk/demo/events", ""); resp.StatusCode != http.StatusOK || body != "" {
		t.Errorf("answered %d %q", resp.StatusCode, body)
	}
}

// The database, as Google's, allows 100 streams of a connection; calls beyond them would wait without a word.
func TestManyPagesLeaveRoomForCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	for range desk.Streams - 1 {
		w.stream("demo", ada, "").next() // the listener is there
	}
	for range 2 { // the first makes room for the second
		if resp, body := w.ask(ada, http.MethodHead, "/desk/demo/events", ""); resp.StatusCode != http.StatusOK {
			t.Errorf("a stream that ends at once is answered %d %s", resp.StatusCode, body)
		}
	}
	w.stream("demo", ada, "").next()
	resp, body := w.ask(ada, http.MethodGet, "/desk/demo/events", "")
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "30" {
		t.Errorf("one stream more is answered %d %v %s", resp.StatusCode, resp.Header, body)
	}
	c := w.call("demo", ada, rome)
	if got := w.listed("demo", ada, 0); len(got) != 1 || got[0].ID != c.ID {
		t.Errorf("the desk has %+v", got)
	}
}

// A listener may hear nothing, for ever and without an error.
func TestAStreamTellsWhatItsListenerDoesNotHear(t *testing.T) {
	t.Parallel()
	w := newWorld(t, [2]time.Duration{20 * time.Millisecond, time.Minute})
	emulatortest.Plan(t, w.database, `{"firestore":[{"mode":"hang","times":1000,"match":"Listen"}]}`)
	f := w.stream("demo", ada, "")
	for _, number := range []string{rome, milan} {
		want := w.call("demo", ada, number)
		if got := f.command(); got.ID != want.ID {
			t.Errorf("it tells %+v, want %+v", got, want)
		}
	}
	for range 3 {
		if e, ok := f.next(); !ok || e.kind != "beat" {
			t.Errorf("then it tells %+v, %v, want signs of life alone", e, ok)
		}
	}
}

// A sign of life says that commands come by the stream: else the page asks for them.
func TestAStreamGivesNoSignOfLifeWithoutItsDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, short)
	w.listed("other", ada, 0) // the settings are read
	emulatortest.Plan(t, w.database, `{"firestore":[{"mode":"hang","times":1000,"match":"Listen"},{"code":"PERMISSION_DENIED","times":1000,"match":"BatchGet"}]}`)
	if e, ok := w.stream("other", ada, "").next(); ok {
		t.Errorf("it tells %+v", e)
	}
}
