package ccai_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/ccai"
)

var update = flag.Bool("update", false, "write the golden files anew")

var receipt = source.Receipt{Tenant: "demo", Source: "ccai", At: time.Date(2026, 1, 5, 9, 10, 0, 0, time.UTC)}

// decoderOf picks the decoder by the sample's name.
func decoderOf(name string) source.Decoder {
	if strings.HasPrefix(name, "adapter-") {
		return ccai.DecodeAdapter
	}
	return ccai.DecodeWebhook
}

// samples are the payloads in testdata by name, without golden files.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	out := map[string][]byte{}
	for _, p := range paths {
		if name := filepath.Base(p); !strings.HasSuffix(name, ".golden.json") {
			out[strings.TrimSuffix(name, ".json")] = read(t, name)
		}
	}
	return out
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSamples compares what each sample decodes to with its golden file, which is part of the review: run with -update
// after a change and read the difference.
func TestSamples(t *testing.T) {
	t.Parallel()
	for name, body := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := decoderOf(name)(receipt, body)
			if err != nil {
				t.Fatal(err)
			}
			for i := range batch.Events {
				batch.Events[i].Raw = nil // checked by TestNothingIsLost
			}
			got, err := json.MarshalIndent(batch, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := name + ".golden.json"
			if *update {
				if err := os.WriteFile(filepath.Join("testdata", golden), append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(read(t, golden)), string(got)+"\n"); diff != "" {
				t.Errorf("decoded events (-want +got):\n%s", diff)
			}
		})
	}
}
