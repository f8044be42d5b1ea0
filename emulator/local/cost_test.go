package local_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/cost"
	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

var updateCost = flag.Bool("update", false, "write what was counted into terraform/COST.md")

const (
	costFile  = "../../terraform/COST.md"
	costOpens = "<!-- operations -->\n"
	costEnds  = "<!-- end of operations -->"
)

// seconds are what a function's call is taken to last: most of it is the waiting for others' servers, which a laptop's are not.
var seconds = map[string]float64{"webhook": 0.1, "session": 0.2, "crm": 1, "export": 2, "metadata": 1, "quality": 0.5}

const gib = 1 << 30

// tariff are the units that are billed by use, and their list prices in US dollars; COST.md tells where they stand.
var tariff = []struct {
	unit, what, says string
	price            float64 // of one
}{
	{"invocations", "functions' requests", "0.40 a million", 0.40 / 1e6},
	{"cpu.seconds", "functions' CPU, seconds", "0.000024", 0.000024},
	{"memory.seconds", "functions' memory, GiB-seconds", "0.0000025", 0.0000025},
	{cost.Reads, "Firestore, documents read", "0.03 per 100,000", 0.03 / 1e5},
	{cost.Writes, "Firestore, documents written", "0.09 per 100,000", 0.09 / 1e5},
	{cost.Deletes, "Firestore, documents deleted", "0.01 per 100,000", 0.01 / 1e5},
	{cost.PubSub, "Pub/Sub, bytes", "40 per TiB", 40.0 / (1 << 40)},
	{cost.Tasks, "Cloud Tasks, operations", "0.40 a million", 0.40 / 1e6},
	{cost.ClassA, "Cloud Storage, class A", "5 a million", 5 / 1e6},
	{cost.ClassB, "Cloud Storage, class B", "0.40 a million", 0.40 / 1e6},
	{"log.bytes", "Cloud Logging, bytes", "0.50 per GiB", 0.50 / gib},
	{"egress.bytes", "to the company's servers, bytes", "0.12 per GiB", 0.12 / gib},
}

// counts are so many of each unit.
type counts = map[string]float64

// A session uses what COST.md says. The table's numbers may be off by a tenth, since a log line's length varies with its
// durations; its sums must be those of its numbers.
func TestASessionUsesWhatIsWritten(t *testing.T) {
	t.Parallel()
	if official != nil {
		t.Skip("what Google's emulators are asked is not counted")
	}
	doc, err := os.ReadFile(costFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, opens := strings.Cut(string(doc), costOpens)
	table, after, ends := strings.Cut(rest, costEnds)
	if !opens || !ends {
		t.Fatalf("%s has no marks %q and %q", costFile, costOpens, costEnds)
	}
	if *updateCost {
		call, chat := used(t, (*cloud).aCall), used(t, (*cloud).aChat)
		if err := os.WriteFile(costFile, []byte(before+costOpens+bill(call, chat)+costEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	writtenCall, writtenChat, err := read(table)
	if err != nil {
		t.Fatalf("%s: %v", costFile, err)
	}
	const mend = "go test -run TestASessionUses ./emulator/local -args -update writes it anew"
	if far := drift(t, (*cloud).aCall, writtenCall); len(far) > 0 {
		t.Errorf("a call uses %s: %s", strings.Join(far, ", "), mend)
	}
	if far := drift(t, (*cloud).aChat, writtenChat); len(far) > 0 {
		t.Errorf("a chat uses %s: %s", strings.Join(far, ", "), mend)
	}
	if want := bill(writtenCall, writtenChat); table != want {
		t.Errorf("COST.md's sums are not those of its numbers: %s. It should have\n%s", mend, want)
	}
}

// drift is what a session uses more or less of than is written, by more than a tenth. Where the machine is busy, two functions may
// meet in one session and one of them come again: so the best of three plays counts.
func drift(t *testing.T, session func(*cloud, int) demo.Scenario, written counts) (far []string) {
	t.Helper()
	for range 3 {
		far = nil
		is := used(t, session)
		for _, u := range tariff {
			if n, says := is[u.unit], written[u.unit]; math.Abs(n-says) > max(1, says/10) {
				far = append(far, fmt.Sprintf("%.4g of %s, not %.4g", n, u.what, says))
			}
		}
		if len(far) == 0 {
			return nil
		}
	}
	return far
}

// used plays a session alone on a cloud, at the pace of life, and counts what it used until all of it had arrived. Between any two
// of its events the settings that functions know become too old, as they are to an instance that did something else meanwhile.
func used(t *testing.T, session func(*cloud, int) demo.Scenario) counts {
	t.Helper()
	c := start(t, local.Options{})
	s := session(c, 1)
	before := c.metered()
	for _, p := range s.Posts {
		c.advance(6 * time.Second)
		c.insist(p)
		c.must(c.Client.Drain(patience(t)))
	}
	c.advance(20 * time.Minute)
	u := c.metered()
	for unit, n := range before {
		u[unit] -= n
	}
	u["egress.bytes"] = c.sent()
	c.arrivedOnce(s)
	return u
}

// metered is what was used so far.
func (c *cloud) metered() counts {
	c.Helper()
	var services struct{ Counts counts }
	c.must(c.Get(patience(c.T), "/emulator/cost", &services))
	var logs struct{ Lines []string }
	c.must(c.Get(patience(c.T), "/emulator/logs", &logs))
	if len(logs.Lines) == 500 {
		c.Fatal("the log may be longer than what is kept of it")
	}
	u := services.Counts
	for _, text := range logs.Lines {
		var line struct {
			Message string
			Labels  struct{ Service string } `json:"logging.googleapis.com/labels"`
		}
		c.must(json.Unmarshal([]byte(text), &line))
		u["log.bytes"] += float64(len(text))
		if line.Message != "request" {
			continue
		}
		lasts, known := seconds[line.Labels.Service]
		if !known {
			c.Errorf("the function %s was called, and how long that takes is not known", line.Labels.Service)
		}
		u["invocations"]++
		u["cpu.seconds"] += lasts
		u["memory.seconds"] += lasts * memory(line.Labels.Service)
		if line.Labels.Service != "webhook" && line.Labels.Service != "session" {
			u[cost.Tasks]++ // an attempt is an operation, too
		}
	}
	return u
}

// memory is a function's, in GiB, as terraform/functions.tf gives it.
func memory(function string) float64 {
	return map[string]float64{"webhook": 0.25, "export": 1}[function] + map[bool]float64{true: 0.5}[function != "webhook" && function != "export"]
}

// sent is what the company's servers were sent: requests of its CRM, and files.
func (c *cloud) sent() (bytes float64) {
	c.Helper()
	_, made := c.CRMRequests()
	for _, r := range made {
		n, _ := strconv.ParseFloat(r.Headers["Content-Length"], 64) // a GET has none
		bytes += n
	}
	var s struct{ SFTP []struct{ Size float64 } }
	c.must(c.Get(patience(c.T), "/emulator/storage", &s))
	for _, f := range s.SFTP {
		bytes += f.Size
	}
	return bytes
}

// bill is the table of what a call and a chat use, and what a million of each cost.
func bill(call, chat counts) string {
	var b strings.Builder
	b.WriteString("| | A call | A chat | List price, $ | A million calls, $ | A million chats, $ |\n|---|---:|---:|---|---:|---:|\n")
	var calls, chats float64
	for _, u := range tariff {
		of := counts{"call": math.Round(call[u.unit]*100) / 100, "chat": math.Round(chat[u.unit]*100) / 100}
		calls, chats = calls+of["call"]*u.price*1e6, chats+of["chat"]*u.price*1e6
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %.2f | %.2f |\n", u.what, plain(of["call"]), plain(of["chat"]), u.says, of["call"]*u.price*1e6, of["chat"]*u.price*1e6)
	}
	fmt.Fprintf(&b, "| **together** | | | | **%.2f** | **%.2f** |\n", calls, chats)
	return b.String()
}

func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// read is what the table says that a call and a chat use.
func read(table string) (call, chat counts, err error) {
	call, chat = counts{}, counts{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		for _, u := range tariff {
			if len(cells) > 4 && strings.TrimSpace(cells[1]) == u.what {
				var errs [2]error
				call[u.unit], errs[0] = strconv.ParseFloat(strings.TrimSpace(cells[2]), 64)
				chat[u.unit], errs[1] = strconv.ParseFloat(strings.TrimSpace(cells[3]), 64)
				err = errors.Join(err, errs[0], errs[1])
			}
		}
	}
	if len(call) != len(tariff) {
		err = errors.Join(err, fmt.Errorf("the table has %d of %d units", len(call), len(tariff)))
	}
	return call, chat, err
}
