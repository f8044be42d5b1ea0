package terraform_test

import (
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/terraform/applied"
)

// What is made too early fails the first apply, or wakes somebody for nothing.
func TestWhatNeedsOthersWaitsForThem(t *testing.T) {
	state := made(t)
	for address, others := range map[string][]string{
		// The API of whatever is encrypted makes the account that is given the right.
		"google_kms_crypto_key_iam_member.agent": {"google_project_service.api"},
		"google_monitoring_uptime_check_config.check": {
			"google_cloudfunctions2_function.function", "google_cloud_run_v2_service_iam_member.public", "google_compute_global_forwarding_rule.https",
		},
	} {
		at := slices.IndexFunc(state.Blocks, func(b applied.Block) bool { return b.Address == address })
		if at < 0 {
			t.Errorf("%s is not there", address)
			continue
		}
		for _, other := range others {
			if !slices.Contains(state.Blocks[at].DependsOn, other) {
				t.Errorf("%s does not wait for %s", address, other)
			}
		}
	}
}

// A key ring cannot be made before its API is on, and the example alone knows that there is one.
func TestTheExamplesKeyWaitsForItsAPI(t *testing.T) {
	t.Parallel()
	_, ring, _ := strings.Cut(read(t, "examples/production/main.tf"), `resource "google_kms_key_ring" "this" {`)
	ring, _, _ = strings.Cut(ring, "\n}\n")
	if !strings.Contains(ring, "depends_on = [google_project_service.kms]") {
		t.Errorf("the key ring is%s", ring)
	}
}

// What has to be done by hand before a plan stands where somebody reads it first.
func TestTheReadmeBeginsWithWhatAPlanReads(t *testing.T) {
	t.Parallel()
	_, start, _ := strings.Cut(read(t, "README.md"), "## From nothing to a first event")
	start, _, _ = strings.Cut(start, "terraform apply")
	enable, identities, _ := strings.Cut(start, "Then these accounts")
	for _, api := range []string{"cloudresourcemanager", "cloudkms", "serviceusage", "storage", "firestore", "pubsub", "secretmanager"} {
		if !strings.Contains(enable, api+".googleapis.com") {
			t.Errorf("before the first apply nobody is told to switch %s on", api)
		}
	}
	for _, service := range []string{"firestore", "pubsub", "secretmanager"} {
		if !strings.Contains(identities, "gcloud beta services identity create --service="+service+".googleapis.com --project=PROJECT") {
			t.Errorf("before the first apply nobody is told to make the account of %s", service)
		}
	}
	for _, command := range []string{"gcloud auth login", "gcloud auth application-default login", "gcloud config set project PROJECT"} {
		if !strings.Contains(enable, command) {
			t.Errorf("whoever begins is not told %s", command)
		}
	}
}
