package local_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

const (
	workOpens = "<!-- own work -->\n"
	workEnds  = "<!-- end of own work -->"
	plays     = 10 // sessions of each sort, one after another: the system tells a process's time in hundredths of a second
)

// COST.md says how much processor time of each function's own a session takes. With -update it is measured, of functions in processes of
// their own; without, none of them may be missing, and none may work for longer than its calls are taken to last.
func TestFunctionsOwnWorkIsWritten(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(costFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, opens := strings.Cut(string(doc), workOpens)
	table, after, ends := strings.Cut(rest, workEnds)
	if !opens || !ends {
		t.Fatalf("%s has no marks %q and %q", costFile, workOpens, workEnds)
	}
	if *updateCost {
		table = workTable(ownWork(t, (*cloud).aCall), ownWork(t, (*cloud).aChat))
		if err := os.WriteFile(costFile, []byte(before+workOpens+table+workEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seconds)) {
		_, row, _ := strings.Cut(table, "| `"+name+"` | ")
		call, rest, _ := strings.Cut(row, " | ")
		chat, _, _ := strings.Cut(rest, " |")
		for _, cell := range []string{call, chat} {
			if millis, err := strconv.ParseFloat(cell, 64); err != nil || millis <= 0 || millis > 1000*20*seconds[name] {
				t.Errorf("%s works for %q milliseconds in a session, and each of its calls is taken to last %v seconds", name, cell, seconds[name])
			}
		}
	}
}

// ownWork is the time that a session takes of each function's process, in milliseconds, once the process is warm.
func ownWork(t *testing.T, session func(*cloud, int) demo.Scenario) map[string]float64 {
	t.Helper()
	c := start(t, local.Options{Isolate: true})
	var before map[string]float64
	for n := range plays + 2 {
		if n == 2 { // two have warmed it
			before = c.processTimes()
		}
		for _, p := range session(c, n+1).Posts {
			c.advance(6 * time.Second)
			c.insist(p)
			c.must(c.Client.Drain(patience(t)))
		}
		c.advance(20 * time.Minute)
	}
	work := c.processTimes()
	for name := range work {
		work[name] = (work[name] - before[name]) / plays
	}
	return work
}

// processTimes are the milliseconds of user and system time that each function's process has had (proc_pid_stat(5)).
func (c *cloud) processTimes() map[string]float64 {
	c.Helper()
	var all struct {
		Functions []struct {
			Name string
			PID  int
		}
	}
	c.must(c.Get(patience(c.T), "/emulator/functions", &all))
	times := map[string]float64{}
	for _, f := range all.Functions {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", f.PID))
		c.must(err)
		_, rest, _ := strings.Cut(string(stat), ") ") // the program's name may have spaces
		fields := strings.Fields(rest)
		for _, ticks := range fields[11:13] { // utime and stime, the 14th and 15th
			n, err := strconv.ParseFloat(ticks, 64)
			c.must(err)
			times[f.Name] += n * 10 // a hundredth of a second each on Linux
		}
	}
	return times
}

func workTable(call, chat map[string]float64) string {
	var b strings.Builder
	b.WriteString("| Processor time, milliseconds | A call | A chat |\n|---|---:|---:|\n")
	var calls, chats float64
	for _, name := range slices.Sorted(maps.Keys(seconds)) {
		fmt.Fprintf(&b, "| `%s` | %.0f | %.0f |\n", name, call[name], chat[name])
		calls, chats = calls+call[name], chats+chat[name]
	}
	fmt.Fprintf(&b, "| **together** | **%.0f** | **%.0f** |\n", calls, chats)
	return b.String()
}
