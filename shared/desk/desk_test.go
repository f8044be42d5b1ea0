package desk_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/desk"
)

var (
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	first = start.UnixMilli()
)

const (
	rome  = "+390612345678"
	milan = "+390212345678"
)

// put is a desk with calls to the numbers, each so long after the start.
func put(calls ...call) (d desk.Desk) {
	for _, c := range calls {
		d, _ = d.Put(desk.Command{Kind: desk.Call, Number: c.number}, start.Add(c.after))
	}
	return d
}

type call struct {
	number string
	after  time.Duration
}

func ids(commands []desk.Command) []int64 {
	out := []int64{}
	for _, c := range commands {
		out = append(out, c.ID)
	}
	return out
}

func TestPut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		calls []call
		want  []int64 // the ids, in milliseconds after the first
	}{
		"one call has its time for an id":                 {[]call{{rome, 0}}, []int64{0}},
		"two calls at one moment have two ids":            {[]call{{rome, 0}, {milan, 0}}, []int64{0, 1}},
		"a double click is one call":                      {[]call{{rome, 0}, {rome, 300 * time.Millisecond}}, []int64{0}},
		"a repeat with another between them is one call":  {[]call{{rome, 0}, {milan, time.Second}, {rome, 2 * time.Second}}, []int64{0, 1000}},
		"the same number is called again after 5 seconds": {[]call{{rome, 0}, {rome, 5 * time.Second}}, []int64{0, 5000}},
		"a clock that is behind makes no lower id":        {[]call{{rome, 0}, {milan, -time.Hour}}, []int64{0, 1}},
		"what is over is dropped":                         {[]call{{rome, 0}, {milan, desk.Lasts}}, []int64{120_000}},
		"what is nearly over stays":                       {[]call{{rome, 0}, {milan, desk.Lasts - 1}}, []int64{0, 119_999}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := put(tt.calls...)
			got := ids(d.Commands)
			for i := range got {
				got[i] -= first
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if last := ids(d.Commands)[len(d.Commands)-1]; d.Last != last {
				t.Errorf("the highest id is %d, want %d", d.Last, last)
			}
		})
	}
}

func TestPutAnswersWithTheCommandThatStands(t *testing.T) {
	t.Parallel()
	ask := desk.Command{Kind: desk.Call, Number: rome, Display: "+39 06 1234 5678", Name: "Ada", TakenAt: start}
	d, c := desk.Desk{}.Put(ask, start)
	want := desk.Command{ID: first, Kind: desk.Call, Number: rome, Display: "+39 06 1234 5678", Name: "Ada", At: start, Until: start.Add(desk.Lasts)}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("put (-want +got):\n%s", diff)
	}
	ask.Name = "somebody else"
	if _, again := d.Put(ask, start.Add(time.Second)); !cmp.Equal(again, want) {
		t.Errorf("a repeat is answered with %+v, want the first", again)
	}
}

func TestIDsGrowThoughTheDeskWasDeleted(t *testing.T) {
	t.Parallel()
	before := put(call{rome, 0}, call{milan, 0})
	_, c := desk.Desk{}.Put(desk.Command{Kind: desk.Call, Number: rome}, start.Add(time.Second))
	if c.ID <= before.Last {
		t.Errorf("the id %d is not above %d", c.ID, before.Last)
	}
}

func TestADeskHoldsSoManyCommands(t *testing.T) {
	t.Parallel()
	var d desk.Desk
	for i := range desk.Most + 3 {
		d, _ = d.Put(desk.Command{Kind: desk.Call, Number: rome[:11] + string(rune('a'+i))}, start)
	}
	if len(d.Commands) != desk.Most || d.Commands[0].ID != first+3 || !slices.IsSorted(ids(d.Commands)) {
		t.Errorf("%d commands from %d, want the last %d", len(d.Commands), d.Commands[0].ID-first, desk.Most)
	}
}

// A customer sends one photo after another, and the agent's call and record stay.
func TestFilesDriveNothingElseOffADesk(t *testing.T) {
	t.Parallel()
	d := put(call{rome, 0})
	for i := range desk.Most + 3 {
		file := desk.Command{Kind: desk.Media, Session: "ccai/chat-1", File: string(rune('a' + i)), Media: "photos"}
		d, _ = d.Put(file, start)
		d, _ = d.Put(file, start) // the same is not there twice
	}
	want := desk.Most + 1
	if len(d.Commands) != want || d.Commands[0].Number != rome || d.Commands[1].File != "d" || !slices.IsSorted(ids(d.Commands)) {
		t.Errorf("the desk has %+v, want the call and the last %d files", d.Commands, desk.Most)
	}
	for after, want := range map[time.Duration]int{desk.Lasts: desk.Most, desk.MediaLasts - 1: desk.Most, desk.MediaLasts: 0} {
		if got := d.After(0, start.Add(after)); len(got) != want {
			t.Errorf("after %v there are %d, want %d", after, len(got), want)
		}
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	d := put(call{rome, 0}, call{milan, 0})
	taken, err := d.Take(first, "page", start.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if !d.Commands[0].TakenAt.IsZero() {
		t.Error("taking changed the desk that was there before")
	}
	tests := map[string]struct {
		id    int64
		page  string
		after time.Duration
		want  error
	}{
		"the first page to ask has it":     {first + 1, "other", time.Second, nil},
		"a second page has it not":         {first, "other", time.Second, desk.ErrTaken},
		"the page that has it has it":      {first, "page", 2 * time.Second, nil},
		"nobody has what never was":        {first + 2, "page", time.Second, desk.ErrGone},
		"nobody has what is over":          {first + 1, "page", desk.Lasts, desk.ErrGone},
		"what was taken and is over, gone": {first, "page", desk.Lasts, desk.ErrGone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := start.Add(tt.after)
			got, err := taken.Take(tt.id, tt.page, at)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Take = %v, want %v", err, tt.want)
			}
			if tt.want != nil {
				return
			}
			if c := got.Commands[tt.id-first]; c.TakenBy != tt.page || c.TakenAt.IsZero() || tt.page == "other" && !c.TakenAt.Equal(at) {
				t.Errorf("it was taken at %v by %s", c.TakenAt, c.TakenBy)
			}
		})
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	d := put(call{rome, 0}, call{milan, time.Second})
	d, err := d.Take(first, "page", start.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		id    int64
		after time.Duration
		want  []int64
	}{
		"a page that saw nothing gets all, taken ones too": {0, time.Second, []int64{first, first + 1000}},
		"a page that saw the first gets the second":        {first, time.Second, []int64{first + 1000}},
		"a page that saw all gets nothing":                 {first + 1000, time.Second, []int64{}},
		"what is over is not given any more":               {0, desk.Lasts, []int64{first + 1000}},
		"an id from the future gets nothing":               {1 << 60, time.Second, []int64{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, ids(d.After(tt.id, start.Add(tt.after)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOver(t *testing.T) {
	t.Parallel()
	if got := put(call{rome, 0}, call{milan, time.Second}).Over(); !got.Equal(start.Add(time.Second + desk.Lasts)) {
		t.Errorf("it is over at %v", got)
	}
	if got := (desk.Desk{}).Over(); !got.IsZero() {
		t.Errorf("an empty one is over at %v", got)
	}
}

func TestARecordIsShownOnce(t *testing.T) {
	t.Parallel()
	pop := desk.Command{Kind: desk.Pop, Session: "ccai/call-1", URL: "https://crm.example.com/records/1"}
	with := func(change func(*desk.Command)) desk.Command {
		c := pop
		change(&c)
		return c
	}
	tests := map[string]struct {
		again desk.Command
		after time.Duration
		want  int
	}{
		"the same again is a repeat":         {pop, desk.ShowLasts - time.Second, 1},
		"whatever the frame shows":           {with(func(c *desk.Command) { c.Frame = "https://crm.example.com/app" }), time.Second, 1},
		"another record of the session":      {with(func(c *desk.Command) { c.URL += "2" }), time.Second, 2},
		"another session of the record":      {with(func(c *desk.Command) { c.Session += "2" }), time.Second, 2},
		"a link of the session":              {with(func(c *desk.Command) { c.Kind = desk.Lookup }), time.Second, 2},
		"the same when the first is over":    {pop, desk.ShowLasts, 1},
		"another when the first is over too": {with(func(c *desk.Command) { c.URL += "2" }), desk.ShowLasts, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, first := desk.Desk{}.Put(pop, start)
			if first.Until.Sub(first.At) != desk.ShowLasts {
				t.Errorf("it lasts %v", first.Until.Sub(first.At))
			}
			d, _ = d.Put(tt.again, start.Add(tt.after))
			if len(d.Commands) != tt.want {
				t.Errorf("the desk has %+v, want %d", d.Commands, tt.want)
			}
		})
	}
}
