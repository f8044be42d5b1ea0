package local_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// crashes is how many times the demo is played with a function killed in it.
const crashes = 20

// The functions that can die in the demo.
var mortal = []string{"webhook", "session", "crm", "metadata", "export"}

// TestKilledFunctionsLoseAndDoubleNothing kills a function's process (SIGKILL) at a random moment of the demo, twenty
// times, and expects each time the end state of an undisturbed demo. A moment is just before or just after a call that
// some service (Firestore, Pub/Sub, Cloud Tasks, the CRM, Cloud Storage) is asked to do, so that every gap between two
// steps is one.
func TestKilledFunctionsLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("CRASH_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("CRASH_SEED=%d repeats the choice of victims and moments", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	c := start(t, local.Options{Isolate: true})
	var calls atomic.Int64
	c.OnCall(func() { calls.Add(1) })
	want := c.endState(900001)
	moments := calls.Load()
	if moments < 50 {
		t.Fatalf("only %d moments seen in an undisturbed demo", moments)
	}
	var killed atomic.Int64
	for play := 1; killed.Load() < crashes; play++ {
		if play > 2*crashes {
			t.Fatalf("only %d of %d moments came in %d plays", killed.Load(), crashes, play)
		}
		victim, moment := mortal[random.IntN(len(mortal))], 1+random.Int64N(moments)
		var seen atomic.Int64
		c.OnCall(func() {
			if seen.Add(1) != moment {
				return
			}
			killed.Add(1)
			if err := c.Kill(victim); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Error(err)
			}
		})
		if d := cmp.Diff(want, c.endState(900001+10*play)); d != "" {
			t.Errorf("killed %s at moment %d of %d (CRASH_SEED=%d, play %d), want(-) got(+):\n%s", victim, moment, moments, seed, play, d)
		}
		c.OnCall(nil) // a play may have fewer calls than the first had, and then its moment never came
	}
}

// endState plays one call and one chat and returns all that arrived, in words that do not tell one play from another.
func (c *cloud) endState(number int) string {
	c.Helper()
	end := c.Now().Truncate(time.Second)
	call, chat := demo.Call(number, end).Recorded(number, end, c.media()), demo.Chat(number+1, end).Photographed(number+1, end, c.media())
	for _, s := range []demo.Scenario{call, chat} {
		for _, p := range s.Posts {
			c.insist(p)
		}
	}
	c.advance(30 * time.Minute)
	return c.arrived(call, end) + c.arrived(chat, end)
}

// arrived describes one session everywhere it shows.
func (c *cloud) arrived(s demo.Scenario, end time.Time) string {
	c.Helper()
	v := c.session(s.Key)
	var b strings.Builder
	var raw map[string]any
	c.must(c.Get(patience(c.T), "/console/api/tenants/demo/sessions/"+s.Key, &raw))
	for _, k := range []string{"status", "outcome", "channel", "type", "started_at", "connected_at", "ended_at", "finished_at",
		"wait_seconds", "talk_seconds", "customer", "agents", "queue", "disposition", "plan", "messages"} {
		text, err := json.Marshal(raw[k])
		c.must(err)
		fmt.Fprintf(&b, "%s %s\n", k, text)
	}
	fmt.Fprintf(&b, "crm %s %s\n", v.CRM.State, v.CRM.Problem)
	c.describeCRM(&b, s, v, raw)
	for _, p := range c.paths() {
		if strings.Contains(p, s.Key+".") || strings.Contains(p, s.Key+"-") {
			var content []byte
			c.must(c.Get(patience(c.T), "/emulator/storage/"+p, &content))
			fmt.Fprintf(&b, "file %s\n%s\n", p, content)
		}
	}
	c.describeCopies(&b, s)
	for _, m := range c.mail() {
		if strings.HasSuffix(m.Subject, s.Key) {
			fmt.Fprintf(&b, "mail %s %v\n%s\n", m.Subject, m.Attachments, m.Text)
		}
	}
	return anonymous(b.String(), s.Key, v, end)
}

func (c *cloud) describeCRM(b *strings.Builder, s demo.Scenario, v view, raw map[string]any) {
	c.Helper()
	books := c.crm()
	customer, _ := raw["customer"].(map[string]any)
	accounts := 0
	for _, a := range books.Accounts {
		if a.ExternalID != "" && a.ExternalID == customer["id"] || a.Phone != "" && a.Phone == customer["phone"] {
			accounts++
		}
	}
	fmt.Fprintf(b, "accounts %d\n", accounts)
	for _, r := range books.Records {
		if r.ExternalID != s.Key {
			continue
		}
		fmt.Fprintf(b, "record of account %d, %s, %s\n%s\n", r.AccountID, r.Subject, r.AgentEmail, r.Description)
		var comments []string
		for _, k := range books.Comments {
			if k.RecordID == r.ID {
				comments = append(comments, k.Text)
			}
		}
		slices.Sort(comments)
		fmt.Fprintf(b, "comments %q\n", comments)
		for _, a := range books.Attachments {
			if a.RecordID == r.ID {
				fmt.Fprintf(b, "attachment %s\n", a.Name)
			}
		}
	}
}

// describeCopies tells of the SFTP server what differs from the bucket.
func (c *cloud) describeCopies(b *strings.Builder, s demo.Scenario) {
	c.Helper()
	bucket, sftp := c.files()
	for _, f := range sftp {
		if strings.Contains(f.Path, s.Key+".") || strings.Contains(f.Path, s.Key+"-") {
			fmt.Fprintf(b, "SFTP %s, as in the bucket: %v\n", f.Path, slices.Contains(bucket, f))
		}
	}
}

var (
	unixTime  = regexp.MustCompile(`"timestamp": \d+`)
	anyTime   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	clockTime = regexp.MustCompile(`\[\d\d:\d\d:\d\d\]`)
	received  = regexp.MustCompile(`"received_at":"[^"]*"`)
)

// anonymous puts names in the place of ids and distances from the session's end in the place of times.
func anonymous(text, key string, v view, end time.Time) string {
	text = received.ReplaceAllString(text, `"received_at":"…"`)
	text = unixTime.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseInt(strings.TrimPrefix(s, `"timestamp": `), 10, 64)
		return fmt.Sprint(n - end.Unix())
	})
	text = clockTime.ReplaceAllString(text, "[…]")
	text = anyTime.ReplaceAllStringFunc(text, func(s string) string {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return s
		}
		return t.Sub(end).Round(time.Second).String()
	})
	_, number, _ := strings.Cut(key, "-")
	record, account := v.CRM.RecordID, v.CRM.AccountID
	text = strings.NewReplacer(`"`+record+`"`, `"RECORD"`, "/records/"+record, "/records/RECORD",
		`"out_contact_id": "`+account+`"`, `"out_contact_id": "ACCOUNT"`, "account "+account+",", "account ACCOUNT,").Replace(text)
	return regexp.MustCompile(`\b`+number+`\b`).ReplaceAllString(strings.ReplaceAll(text, "end_user_"+number, "CUSTOMER"), "NUMBER")
}
