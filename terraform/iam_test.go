package terraform_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/terraform/applied"
)

// TestFunctionsHaveTheRightsThatAreSaid holds every right that is given to a function's account against the output permissions,
// from which README's table is made, in both directions. Rights to secrets are the variable secrets' to say.
func TestFunctionsHaveTheRightsThatAreSaid(t *testing.T) {
	state := made(t)
	said := map[string]bool{}
	for _, p := range permitted(t, state) {
		place, _, _ := strings.Cut(p.On, " ")
		said[p.Function+" has "+p.Role+" on "+strings.Replace(place, "buckets", "bucket", 1)] = true
	}
	given := map[string]bool{}
	for _, r := range state.Resources {
		place, counts := places[r.Type]
		function := functionOf(state, r.Text("member"))
		if r.Mode == "managed" && strings.Contains(r.Type, "_iam_") && !counts && r.Type != "google_secret_manager_secret_iam_member" && function != "" {
			t.Errorf("%s gives %s a right of a kind that the table does not know", r.Address, function)
		}
		if counts && function != "" {
			if place == "account" && r.Text("service_account_id") == accountName(state, function) {
				place = "its"
			}
			given[function+" has "+r.Text("role")+" on "+place] = true
		}
	}
	if len(given) < 20 {
		t.Fatalf("only %d rights were found", len(given))
	}
	if !maps.Equal(said, given) {
		t.Errorf("said, and not given: %v\ngiven, and not said: %v", without(said, given), without(given, said))
	}
}

// places are kinds of rights, and where such a right is.
var places = map[string]string{
	"google_project_iam_member":           "project",
	"google_cloud_tasks_queue_iam_member": "queue",
	"google_pubsub_topic_iam_member":      "topic",
	"google_service_account_iam_member":   "account",
	"google_storage_bucket_iam_member":    "bucket",
}

// functionOf is the function whose account a member is, or empty.
func functionOf(s *applied.State, member string) string {
	for _, a := range s.All("google_service_account") {
		if name, ok := a.Index.(string); ok && a.Name == "function" && member == "serviceAccount:"+a.Text("email") {
			return name
		}
	}
	return ""
}

func accountName(s *applied.State, function string) string {
	for _, a := range s.All("google_service_account") {
		if a.Name == "function" && a.Index == function {
			return a.Text("name")
		}
	}
	return ""
}

func without(a, b map[string]bool) (rest []string) {
	for _, key := range slices.Sorted(maps.Keys(a)) {
		if !b[key] {
			rest = append(rest, key)
		}
	}
	return rest
}

func TestOnlyThePublicFunctionsArePublic(t *testing.T) {
	state := made(t)
	var public []string
	for _, r := range state.Resources {
		if r.Text("member") == "allUsers" || r.Text("member") == "allAuthenticatedUsers" {
			public = append(public, r.Type+" "+r.Text("name")+" "+r.Text("role"))
		}
	}
	slices.Sort(public)
	want := []string{
		"google_cloud_run_v2_service_iam_member console roles/run.invoker",
		"google_cloud_run_v2_service_iam_member desk roles/run.invoker",
		"google_cloud_run_v2_service_iam_member webhook roles/run.invoker",
	}
	if !slices.Equal(public, want) {
		t.Errorf("public are %v, want %v", public, want)
	}
}

// Basic roles hold thousands of permissions (docs.cloud.google.com/iam/docs/roles-overview#basic), and administrators' are nothing
// for a function.
func TestNobodyHasABroadRole(t *testing.T) {
	state := made(t)
	for _, r := range state.Resources {
		role := r.Text("role")
		if slices.Contains([]string{"roles/owner", "roles/editor", "roles/viewer"}, role) || strings.Contains(strings.ToLower(role), "admin") {
			t.Errorf("%s gives %s", r.Address, role)
		}
	}
}
