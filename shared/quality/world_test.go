package quality_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/agentdesktop"
	"sessionbridge.internal/shared/source/ccai"
	"sessionbridge.internal/shared/source/qm"
	"sessionbridge.internal/shared/source/udesk"
)

var update = flag.Bool("update", false, "write the golden files anew")

var nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// at is the time so many seconds after nine.
func at(seconds int) time.Time { return nine.Add(time.Duration(seconds) * time.Second) }

var decoders = map[string]source.Decoder{
	"ccai": ccai.DecodeWebhook, "ccai-adapter": ccai.DecodeAdapter, "qm": qm.Decode,
	"udesk": udesk.DecodeCall, "agentdesktop": agentdesktop.Decode,
}

// decode reads a payload as it came at a time.
func decode(t testing.TB, door string, when time.Time, body []byte) []session.Event {
	t.Helper()
	family := strings.TrimSuffix(door, "-adapter")
	batch, err := decoders[door](source.Receipt{Tenant: "demo", Source: family, At: when}, body)
	if err != nil || len(batch.Rejected) > 0 {
		t.Fatalf("%v %v", err, batch.Rejected)
	}
	return batch.Events
}

// read is a file beside this package's.
func read(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fold is the one session of the events.
func fold(t testing.TB, events []session.Event) session.Session {
	t.Helper()
	var s session.Session
	for _, e := range events {
		if e.Session != "" {
			s = session.Apply(s, e)
		}
	}
	if s.Key == "" {
		t.Fatal("no session")
	}
	return s
}

// owed are all payloads of the events: of agents, and of the one session.
func owed(t testing.TB, events []session.Event) []quality.Payload {
	t.Helper()
	var out []quality.Payload
	var s session.Session
	for _, e := range events {
		if p, ok := quality.Agent(e); ok {
			out = append(out, p)
		}
		s = session.Apply(s, e)
	}
	return append(out, quality.Payloads(s)...)
}

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(quality.Schema()))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("schema.json")
})

// valid says what is wrong with a body by the schema.
func valid(t testing.TB, body []byte) error {
	t.Helper()
	s, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// compact is JSON without white space, which is all that is normalised.
func compact(t testing.TB, body []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden compares text with a file, which -update writes.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, path)), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
