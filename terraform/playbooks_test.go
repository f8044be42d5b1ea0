package terraform_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// googles are the metrics of Google's own that alerts and charts may name, in PromQL's form, with the page that tells of each.
var googles = map[string]string{
	"run_googleapis_com:request_count":                              "docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run",
	"run_googleapis_com:request_latencies_bucket":                   "docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run",
	"pubsub_googleapis_com:subscription_num_undelivered_messages":   "docs.cloud.google.com/pubsub/docs/monitoring",
	"pubsub_googleapis_com:subscription_oldest_unacked_message_age": "docs.cloud.google.com/pubsub/docs/monitoring",
	"cloudtasks_googleapis_com:queue_depth":                         "docs.cloud.google.com/tasks/docs/monitor",
	"cloudtasks_googleapis_com:queue_task_attempt_delays_bucket":    "docs.cloud.google.com/tasks/docs/monitor",
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	promised = regexp.MustCompile(`(?m)^    ([a-z-]+) = \{\n      title`)
	named    = regexp.MustCompile(`playbooks/([a-z-]+)\.md`)
	foreign  = regexp.MustCompile(`[a-z]+_googleapis_com:[a-z_]+`)
	spoken   = regexp.MustCompile(`message=\\?"([^"\\]+)`)
	said     = regexp.MustCompile("`(a session's work[^`]*)`")
	page     = regexp.MustCompile(`/console/\{tenant\}/([a-z]*)`)
)

// firsts are what a pattern's group holds in a text, sorted and each once.
func firsts(pattern *regexp.Regexp, text string) (all []string) {
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		all = append(all, m[len(m)-1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func playbooks(t *testing.T) (names []string) {
	t.Helper()
	paths, err := filepath.Glob("playbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(p), ".md"))
	}
	return names
}

func TestEveryAlertHasItsPlaybookAndEveryPlaybookItsAlert(t *testing.T) {
	t.Parallel()
	alerts := read(t, "alerts.tf")
	want := append(firsts(promised, alerts), firsts(named, alerts)...)
	slices.Sort(want)
	if got := playbooks(t); len(want) < 15 || !slices.Equal(got, want) {
		t.Errorf("the playbooks are %q, and alerts name %q", got, want)
	}
}

// parts are what somebody who is woken needs, in this order.
var parts = []string{"# ", "\n**What it means.** ", "\n**How to see it.**", "\n**How to mend it.**", "\n**When to wake somebody.** "}

func TestAPlaybookSaysWhatHowAndWhen(t *testing.T) {
	t.Parallel()
	for _, name := range playbooks(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rest := read(t, "playbooks/"+name+".md")
			if len(rest) > 4<<10 {
				t.Errorf("it has %d bytes: who is woken reads no more than 4 KiB", len(rest))
			}
			for _, part := range parts {
				_, after, ok := strings.Cut(rest, part)
				if !ok {
					t.Fatalf("it lacks %q, or has it elsewhere", part)
				}
				rest = after
			}
		})
	}
}

// What alerts and charts ask for must be measured: by Google, or by metrics.tf, whose names Terraform itself holds them to.
func TestGooglesMetricsAreKnown(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"alerts.tf", "dashboard.tf"} {
		for _, metric := range foreign.FindAllString(read(t, file), -1) {
			if metric != "logging_googleapis_com:user_sessionbridge_" && googles[metric] == "" {
				t.Errorf("%s asks for %s, of which no page is known", file, metric)
			}
		}
	}
}

// A metric or a playbook that looks for a line which nobody writes is silent for ever.
func TestTheLinesThatAreLookedForAreWritten(t *testing.T) {
	t.Parallel()
	source := code(t, "../shared", "../functions")
	looked := read(t, "metrics.tf")
	for _, name := range playbooks(t) {
		looked += read(t, "playbooks/"+name+".md")
	}
	lines := append(firsts(spoken, looked), firsts(said, looked)...)
	if len(lines) < 5 {
		t.Fatalf("only %q are looked for", lines)
	}
	for _, line := range lines {
		if !strings.Contains(source, `"`+line+`"`) {
			t.Errorf("nobody writes the line %q", line)
		}
	}
}

func TestPlaybooksLeadToPagesThatAreThere(t *testing.T) {
	t.Parallel()
	routes := code(t, "../functions/console")
	for _, name := range playbooks(t) {
		for _, p := range firsts(page, read(t, "playbooks/"+name+".md")) {
			if p != "" && !strings.Contains(routes, `tenant + "`+p) && !strings.Contains(routes, "/console/{tenant}/"+p) {
				t.Errorf("%s leads to the console's page %q, which is not there", name, p)
			}
		}
	}
}

// code is the text of all Go files of folders but the tests.
func code(t *testing.T, roots ...string) string {
	t.Helper()
	var all strings.Builder
	for _, root := range roots {
		err := fs.WalkDir(os.DirFS(root), ".", func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				all.WriteString(read(t, filepath.Join(root, path)))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
