package local

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/terraform/applied"
)

// given are variables that have the same value in every function, as terraform/tests/terraform.tfvars has them.
var given = map[string]string{
	"GOOGLE_CLOUD_PROJECT": "sessionbridge-test",
	"TASKS_LOCATION":       "projects/sessionbridge-test/locations/europe-west1",
	"UPLOADS_BUCKET":       "sessionbridge-test-uploads",
	"SECRETS_DIR":          "/secrets",
	"OUTBOUND_ALLOW":       "crm.internal.example.com:443,mail.internal.example.com:587",
	"OIDC_ISSUER":          "https://login.example.com",
	"OIDC_CLIENT_ID":       "client.apps.example.com",
	"OIDC_CLIENT_SECRET":   "secret://" + oidcSecret,
	"COOKIE_KEY":           "secret://" + cookieKeys,
	"CONSOLE_ADMINS":       "admin@example.com,ada@example.com",
	"OIDC_AUDIENCES":       "https://console.example.com,https://reports.example.com",
}

// A variable of which nothing is said here fails: somebody has to think what it must be.
func TestTerraformTellsFunctionsTheRightThings(t *testing.T) {
	t.Parallel()
	state, c := terraformed(t)
	for _, f := range state.All("google_cloudfunctions2_function") {
		told, _ := f.At("service_config", 0, "environment_variables").(map[string]any)
		if len(told) < 2 {
			t.Errorf("%s is told %v", f.Text("name"), told)
		}
		for key, value := range told {
			value := fmt.Sprint(value)
			if want := c.wanted(state, key); value != want {
				t.Errorf("%s: %s is %q, want %q", f.Text("name"), key, value, want)
			}
			if name, isSecret := strings.CutPrefix(value, "secret://"); isSecret && !slices.Contains(mounted(f), path.Join(given["SECRETS_DIR"], name)) {
				t.Errorf("%s: %s is %q, and mounted are %v", f.Text("name"), key, value, mounted(f))
			}
		}
	}
}

// wanted is what a variable must be. Queues and topics have the same names in the local cloud, and an address is that of the
// function after which the variable is called.
func (c *Cloud) wanted(state *applied.State, key string) string {
	if value, ok := given[key]; ok {
		return value
	}
	if name, isURL := strings.CutSuffix(key, "_URL"); isURL && builders[strings.ToLower(name)] != nil {
		return deterministic(strings.ToLower(name))
	}
	switch {
	case strings.HasSuffix(key, "_QUEUE"), strings.HasSuffix(key, "_TOPIC"):
		return c.env[key]
	case key == "TASKS_SERVICE_ACCOUNT":
		for _, a := range state.All("google_service_account") {
			if a.Text("account_id") == "sessionbridge-tasks" {
				return a.Text("email")
			}
		}
	}
	return "what this test does not know"
}

// deterministic is a function's address (docs.cloud.google.com/run/docs/triggering/https-request#deterministic).
func deterministic(name string) string {
	return "https://" + name + "-123456789012.europe-west1.run.app"
}

// mounted are the folders of a function's secrets.
func mounted(f applied.Resource) (paths []string) {
	volumes, _ := f.At("service_config", 0, "secret_volumes").([]any)
	for i := range volumes {
		paths = append(paths, f.Text("service_config", 0, "secret_volumes", i, "mount_path"))
	}
	return paths
}

// A secret lies in a folder of its name below SECRETS_DIR; where no function is told of a folder, none is mounted.
func TestTerraformMountsSecretsWhereTheyAreLookedFor(t *testing.T) {
	t.Parallel()
	state, _ := terraformed(t)
	count := 0
	for _, f := range state.All("google_cloudfunctions2_function") {
		dir := f.Text("service_config", 0, "environment_variables", "SECRETS_DIR")
		for i, at := range mounted(f) {
			count++
			if secret := f.Text("service_config", 0, "secret_volumes", i, "secret"); dir == "" || at != path.Join(dir, secret) {
				t.Errorf("%s: the secret %q is mounted at %q, and is looked for in %q", f.Text("name"), secret, at, dir)
			}
		}
	}
	if count < 10 {
		t.Errorf("only %d secrets are mounted", count)
	}
}
