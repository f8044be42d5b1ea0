// Package sourcetest is what the tests of all decoders share: samples in testdata, their golden files, fuzzing, and the
// bound of the memory that decoding takes.
package sourcetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Receipt is when and where all samples came, ten past nine on a Monday.
func Receipt(name string) source.Receipt {
	return source.Receipt{Tenant: "demo", Source: name, At: time.Date(2026, 1, 5, 9, 10, 0, 0, time.UTC)}
}

// DecoderOf picks the decoder of a sample by its name.
type DecoderOf func(sample string) source.Decoder

// Samples are the payloads in testdata by name, without golden files.
func Samples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	out := map[string][]byte{}
	for _, p := range paths {
		if name := filepath.Base(p); !strings.HasSuffix(name, ".golden.json") {
			out[strings.TrimSuffix(name, ".json")] = Read(t, name)
		}
	}
	return out
}

// Read is one file of testdata.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// golden is what a sample is compared by: its events without their Raw, and the sessions they make.
type golden struct {
	Events   []session.Event            `json:"events"`
	Rejected []*source.Malformed        `json:"rejected,omitempty"`
	Sessions map[string]session.Session `json:"sessions,omitempty"`
}

// Golden compares what each sample decodes to, and the sessions this makes, with its golden file, which is part of the
// review: run with -update after a change and read the difference.
func Golden(t *testing.T, r source.Receipt, of DecoderOf) {
	for name, body := range Samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := of(name)(r, body)
			if err != nil {
				t.Fatal(err)
			}
			g := golden{Events: batch.Events, Rejected: batch.Rejected, Sessions: Fold(batch.Events...)}
			for i := range g.Events {
				g.Events[i].Raw = nil // NothingIsLost checks it
			}
			for key, s := range g.Sessions {
				s.Events = nil
				g.Sessions[key] = s
			}
			compare(t, name+".golden.json", g)
		})
	}
}

func compare(t *testing.T, file string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", file), append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(Read(t, file)), string(got)+"\n"); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

// Fold applies events to their sessions, by key; events of no session are left out.
func Fold(events ...session.Event) map[string]session.Session {
	out := map[string]session.Session{}
	for _, e := range events {
		if e.Session != "" {
			out[e.Session] = session.Apply(out[e.Session], e)
		}
	}
	return out
}

// NothingIsLost finds every text and number of every sample in the Raw of an event, or in a file's address. Raw may hold an
// address without its query, which is a credential.
func NothingIsLost(t *testing.T, r source.Receipt, of DecoderOf) {
	for name, body := range Samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := of(name)(r, body)
			if err != nil {
				t.Fatal(err)
			}
			kept := map[string]bool{}
			for _, e := range batch.Events {
				if len(e.Raw) > 0 {
					leaves(t, e.Raw, kept)
				}
				if e.File != nil {
					kept[e.File.URL] = true
				}
			}
			sent := map[string]bool{}
			leaves(t, body, sent)
			for leaf := range sent {
				if bare, _, _ := strings.Cut(leaf, "?"); !kept[leaf] && !kept[bare] {
					t.Errorf("%s is in no event's Raw", leaf)
				}
			}
		})
	}
}

// leaves gathers the scalars of JSON, also of JSON within its strings.
func leaves(t *testing.T, raw []byte, into map[string]bool) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		case json.Number:
			into[v.String()] = true
		case string:
			if inner := strings.TrimSpace(v); strings.HasPrefix(inner, "{") && json.Valid([]byte(inner)) {
				leaves(t, []byte(inner), into)
				return
			}
			into[v] = true
		}
	}
	walk(v)
}

// Malformed is one payload that cannot be read, and where.
type Malformed struct {
	Decode source.Decoder
	Body   string
	Path   string
}

// Refuses expects a problem at the path of each, and no events beside it.
func Refuses(t *testing.T, r source.Receipt, tests map[string]Malformed) {
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := tt.Decode(r, []byte(tt.Body))
			var m *source.Malformed
			if !errors.As(err, &m) || m.Path != tt.Path || m.Problem == "" {
				t.Errorf("got %v, want a *source.Malformed at %s", err, tt.Path)
			}
			if len(batch.Events) != 0 {
				t.Errorf("%d events beside the error", len(batch.Events))
			}
		})
	}
}

// Fuzz holds for any payload: an error names a path; every event has what the store needs, survives JSON, and folds.
// corpus is all samples.
func Fuzz(f *testing.F, r source.Receipt, decode source.Decoder) {
	for _, body := range Samples(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		batch, err := decode(r, body)
		if err != nil {
			var m *source.Malformed
			if !errors.As(err, &m) || m.Path == "" || m.Problem == "" {
				t.Fatalf("error %v", err)
			}
			return
		}
		for _, e := range batch.Events {
			if e.ID == "" || e.Kind == "" || e.Tenant == "" || e.At.IsZero() {
				t.Errorf("incomplete event %+v", e)
			}
			if b, err := json.Marshal(e); err != nil || !json.Valid(b) {
				t.Errorf("event without a JSON form: %v", err)
			}
		}
		Fold(batch.Events...)
	})
}

// Memory measures how many bytes decoding allocates for each byte of a payload that repeats part 256 KiB long between
// start and end: at most 85, which is what its 5,000 events take. The test must not be parallel, since what the whole process allocates is counted.
func Memory(t *testing.T, r source.Receipt, decode source.Decoder, start, part, end string) {
	t.Helper()
	const size, most = 256 << 10, 85
	body := []byte(start + strings.Repeat(part, size/len(part)) + end)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = decode(r, body)
	runtime.ReadMemStats(&after)
	times := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(body))
	t.Logf("%.1f bytes allocated for each of the input", times)
	if times > most {
		t.Errorf("%.1f bytes allocated for each byte of input", times)
	}
}
