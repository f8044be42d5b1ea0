package terraform_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/terraform/applied"
)

// apis are what resources need beside a project, by how their type begins.
var apis = map[string][]string{
	"google_artifact_registry_": {"artifactregistry"},
	"google_cloud_run_":         {"run"},
	"google_cloud_scheduler_":   {"cloudscheduler"},
	"google_cloud_tasks_":       {"cloudtasks"},
	"google_compute_":           {"compute"},
	"google_firestore_":         {"firestore"},
	"google_logging_":           {"logging"},
	"google_monitoring_":        {"monitoring"},
	"google_pubsub_":            {"pubsub"},
	"google_secret_manager_":    {"secretmanager"},
	"google_storage_":           {"storage"},
	"google_vpc_access_":        {"vpcaccess"},

	// A function is built, stored and run (docs.cloud.google.com/functions/docs/create-deploy-http-go#before-you-begin), and
	// signs links (docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signBlob).
	"google_cloudfunctions2_": {"cloudfunctions", "cloudbuild", "artifactregistry", "run", "iamcredentials"},

	"google_project":                 {"cloudresourcemanager"},
	"google_project_iam_member":      {"cloudresourcemanager"},
	"google_project_iam_custom_role": {"iam"},
	"google_service_account":         {"iam"},

	"google_project_service": nil, // Service Usage is on in every project
	"google_kms_":            nil, // whoever has a key has it on, where the key is
}

func TestWhatIsUsedIsSwitchedOn(t *testing.T) {
	state := made(t)
	needed, enabled := map[string]bool{}, map[string]bool{}
	for _, b := range state.Blocks {
		if !strings.HasPrefix(b.Type, "google_") {
			continue
		}
		begins := longest(b.Type)
		if begins == "" {
			t.Errorf("%s needs APIs that nobody thought about", b.Address)
		}
		for _, api := range apis[begins] {
			needed[api+".googleapis.com"] = true
		}
	}
	for _, r := range state.All("google_project_service") {
		enabled[r.Text("service")] = true
	}
	if len(needed) < 10 || !maps.Equal(needed, enabled) {
		t.Errorf("needed, and not switched on: %v\nswitched on, and not needed: %v", without(needed, enabled), without(enabled, needed))
	}
}

// longest is the longest of apis' keys that a type begins with.
func longest(kind string) (best string) {
	for begins := range apis {
		if strings.HasPrefix(kind, begins) && len(begins) > len(best) {
			best = begins
		}
	}
	return best
}

// A function that is made too early fails: its account cannot read what is mounted yet, or its build not store the image.
func TestFunctionsWaitForTheirRights(t *testing.T) {
	at := slices.IndexFunc(made(t).Blocks, func(b applied.Block) bool { return b.Address == "google_cloudfunctions2_function.function" })
	if at < 0 {
		t.Fatal("no function is made")
	}
	waits := made(t).Blocks[at].DependsOn
	for _, right := range []string{
		"google_secret_manager_secret_iam_member.accessor", "google_project_iam_member.function", "google_project_iam_member.build",
		"google_storage_bucket_iam_member.build", "google_artifact_registry_repository_iam_member.build",
	} {
		if !slices.Contains(waits, right) {
			t.Errorf("functions do not wait for %s", right)
		}
	}
}
