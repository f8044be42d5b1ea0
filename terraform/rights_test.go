package terraform_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/terraform/applied"
)

// rights are all that anybody has in the deployment of tests/terraform.tfvars: what may be done and where, and who may. They are
// written out and not worked out, so that no mistake in a map of the configuration is made here, too.
var rights = map[string]string{
	"roles/datastore.user on the project":                                "console crm desk export metadata presence quality session watch",
	"roles/datastore.viewer on the project":                              "webhook",
	"roles/cloudtasks.enqueuer on the project":                           "console crm export metadata session watch",
	"roles/cloudtasks.viewer on the project":                             "watch",
	"sessionbridgeQueues on the project":                                 "console",
	"roles/logging.logWriter on the project":                             "build",
	"roles/storage.objectViewer on the project if " + platformsArchives:  "build",
	"roles/storage.objectViewer on the bucket sessionbridge-test-source": "build",
	"roles/artifactregistry.writer on the repository sessionbridge":      "build",

	"roles/cloudtasks.enqueuer on the queue presence": "presence",
	"roles/cloudtasks.enqueuer on the queue quality":  "quality",

	"roles/pubsub.publisher on the topic session-events":        "desk webhook",
	"roles/pubsub.publisher on the topic session-events-dead":   agent + "@gcp-sa-pubsub",
	"roles/pubsub.publisher on the topic uploads":               agent + "@gs-project-accounts",
	"roles/pubsub.subscriber on the subscription session":       agent + "@gcp-sa-pubsub",
	"roles/pubsub.subscriber on the subscription uploads":       agent + "@gcp-sa-pubsub",
	"roles/iam.serviceAccountUser on the account tasks":         "console crm export metadata presence quality session watch",
	"sessionbridgeSigner on the account console":                "console",
	"sessionbridgeSigner on the account export":                 "export",
	"sessionbridgeSigner on the account metadata":               "metadata",
	"roles/storage.objectUser on the bucket " + uploads:         "console",
	"roles/storage.objectViewer on the bucket " + uploads:       "crm export",
	"roles/storage.objectUser on the bucket acme--recordings":   "console export metadata",
	"roles/storage.objectViewer on the bucket acme--recordings": "crm",

	"roles/secretmanager.secretAccessor on the secret acme--crm":     "console crm desk quality",
	"roles/secretmanager.secretAccessor on the secret acme--sftp":    "console crm export metadata",
	"roles/secretmanager.secretAccessor on the secret acme--webhook": "console webhook",
	"roles/secretmanager.secretAccessor on the secret cookie-key":    "console desk",
	"roles/secretmanager.secretAccessor on the secret oidc-client":   "console desk",

	"roles/run.invoker on the service webhook":  "allUsers",
	"roles/run.invoker on the service console":  "allUsers",
	"roles/run.invoker on the service desk":     "allUsers",
	"roles/run.invoker on the service session":  "pubsub",
	"roles/run.invoker on the service crm":      "tasks",
	"roles/run.invoker on the service export":   "tasks",
	"roles/run.invoker on the service metadata": "tasks",
	"roles/run.invoker on the service quality":  "tasks",
	"roles/run.invoker on the service presence": "scheduler tasks",
	"roles/run.invoker on the service watch":    "scheduler",
}

const (
	uploads = "sessionbridge-test-uploads"
	agent   = "service-123456789012" // of Google's own accounts for the project

	// Where the platform puts an archive before it is built
	// (docs.cloud.google.com/functions/docs/securing/build-custom-sa#granting_permissions).
	platformsArchives = `resource.name.startsWith("projects/_/buckets/gcf-v2-sources-123456789012-europe-west1")`
)

func TestEverybodyHasTheseRightsAndNoOthers(t *testing.T) {
	state := made(t)
	given := map[string][]string{}
	for _, r := range state.Resources {
		if r.Mode != "managed" || !strings.Contains(r.Type, "_iam_") || r.Type == "google_project_iam_custom_role" {
			continue
		}
		where, err := whereOf(state, r)
		if err != nil {
			t.Error(err)
		}
		may := strings.TrimPrefix(r.Text("role"), "projects/sessionbridge-test/roles/") + " on the " + where
		given[may] = append(given[may], whoIs(state, r.Text("member")))
	}
	for _, may := range slices.Sorted(maps.Keys(given)) {
		slices.Sort(given[may])
		if who := strings.Join(given[may], " "); who != rights[may] {
			t.Errorf("%s: has %q, want %q", may, who, rights[may])
		}
	}
	for may, who := range rights {
		if given[may] == nil {
			t.Errorf("%s: has nobody, want %q", may, who)
		}
	}
}

// scopes are kinds of rights, each with what it is a right to and the argument that says which.
var scopes = map[string]struct{ what, argument string }{
	"google_project_iam_member":                      {"project", ""},
	"google_storage_bucket_iam_member":               {"bucket", "bucket"},
	"google_cloud_tasks_queue_iam_member":            {"queue", "name"},
	"google_pubsub_topic_iam_member":                 {"topic", "topic"},
	"google_pubsub_subscription_iam_member":          {"subscription", "subscription"},
	"google_secret_manager_secret_iam_member":        {"secret", "secret_id"},
	"google_cloud_run_v2_service_iam_member":         {"service", "name"},
	"google_service_account_iam_member":              {"account", "service_account_id"},
	"google_artifact_registry_repository_iam_member": {"repository", "repository"},
}

// whereOf tells what a right is to, and on which condition. Names that Google Cloud makes up are replaced by those of the
// configuration.
func whereOf(s *applied.State, r applied.Resource) (string, error) {
	scope, known := scopes[r.Type]
	if !known {
		return "", fmt.Errorf("%s is a right of a kind that nobody thought about", r.Address)
	}
	where := scope.what
	if scope.argument != "" {
		name := r.Text(scope.argument)
		for _, of := range s.Resources {
			if of.Mode == "managed" && of.Text("name") == name && (of.Type == "google_service_account" || of.Type == "google_artifact_registry_repository") {
				name = strings.TrimPrefix(of.Text("account_id"), "sessionbridge-") + of.Text("repository_id")
			}
		}
		where += " " + name
	}
	if condition := r.Text("condition", 0, "expression"); condition != "" {
		where += " if " + condition
	}
	return where, nil
}

// whoIs is a member's short name: that of one of our accounts, or Google's own as far as it tells them apart.
func whoIs(s *applied.State, member string) string {
	for _, a := range s.All("google_service_account") {
		if member == "serviceAccount:"+a.Text("email") {
			return strings.TrimPrefix(a.Text("account_id"), "sessionbridge-")
		}
	}
	return strings.TrimSuffix(strings.TrimPrefix(member, "serviceAccount:"), ".iam.gserviceaccount.com")
}

func TestRolesOfOurOwnPermitNoMore(t *testing.T) {
	want := map[string][]string{
		"sessionbridgeQueues": {"cloudtasks.queues.create", "cloudtasks.queues.get", "cloudtasks.queues.update"},
		"sessionbridgeSigner": {"iam.serviceAccounts.signBlob"},
	}
	roles := made(t).All("google_project_iam_custom_role")
	if len(roles) != len(want) {
		t.Errorf("%d roles are made, want %d", len(roles), len(want))
	}
	for _, role := range roles {
		var permits []string
		list, _ := role.At("permissions").([]any)
		for _, permission := range list {
			permits = append(permits, fmt.Sprint(permission))
		}
		slices.Sort(permits)
		if name := role.Text("role_id"); !slices.Equal(permits, want[name]) {
			t.Errorf("%s permits %v, want %v", name, permits, want[name])
		}
	}
}

// A job, queue or right in another project or region is one that nobody looks for.
func TestAllIsInTheProjectAndRegion(t *testing.T) {
	want := map[string]string{"project": "sessionbridge-test", "location": "europe-west1", "region": "europe-west1", "location_id": "europe-west1"}
	for _, r := range made(t).Resources {
		for argument, place := range want {
			if value := r.Text(argument); r.Mode == "managed" && value != "" && value != place {
				t.Errorf("%s: its %s is %q, want %q", r.Address, argument, value, place)
			}
		}
	}
}
