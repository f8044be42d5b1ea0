package local

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestTerraformLetsTheSameAccountsIn(t *testing.T) {
	t.Parallel()
	state, c := terraformed(t)
	invokers := map[string]bool{} // "account function"
	for _, r := range state.All("google_cloud_run_v2_service_iam_member") {
		invokers[accountOf(state, strings.TrimPrefix(r.Text("member"), "serviceAccount:"))+" "+r.Text("name")] = true
	}
	for name := range builders {
		for _, account := range []string{"tasks", "pubsub", "scheduler"} {
			public, allowed := invokers[" "+name], invokers[account+" "+name]
			if got := c.invoke(t, name, account); !public && (got != http.StatusForbidden) != allowed {
				t.Errorf("%s calls %s: the local cloud answers %d, and Terraform lets it in: %t", account, name, got, allowed)
			}
		}
	}
}

// invoke calls a function that is not public, and has it answer.
func (c *Cloud) invoke(t *testing.T, name, account string) int {
	t.Helper()
	token, err := c.signer.Token(c.account(account), c.internalURL(name))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.internalURL(name), strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// What Terraform gives out to people and senders is an address that functions have.
func TestTerraformGivesOutAddressesThatAnswer(t *testing.T) {
	t.Parallel()
	state, c := terraformed(t)
	text := func(name string) string { s, _ := state.Outputs[name].(string); return s }
	for _, tt := range []struct {
		method, address string
		want            int
	}{
		{http.MethodGet, text("console_url"), http.StatusOK},
		{http.MethodGet, text("desk_url"), http.StatusOK},
		{http.MethodGet, text("crm_redirect_uri"), http.StatusUnprocessableEntity}, // nobody was sent there
	} {
		if got := c.status(t, tt.method, tt.address); got != tt.want {
			t.Errorf("%s %s = %d, want %d", tt.method, tt.address, got, tt.want)
		}
	}
	uris, _ := state.Outputs["redirect_uris"].([]any)
	if len(uris) != 2 {
		t.Errorf("redirect_uris are %v, want the console's and the desk's", uris)
	}
	for _, uri := range uris {
		if got := c.status(t, http.MethodGet, uri.(string)); got != http.StatusUnprocessableEntity {
			t.Errorf("GET %s = %d, want 422: nobody was sent there", uri, got)
		}
	}
}

func TestTerraformGivesOutEverySource(t *testing.T) {
	t.Parallel()
	state, c := terraformed(t)
	kustomer, err := c.kustomerSettings()
	if err != nil {
		t.Fatal(err)
	}
	sources := c.demoSettings().Sources // which two tenants have all of
	maps.Copy(sources, kustomer.Sources)
	urls, _ := state.Outputs["webhook_urls"].(map[string]any)
	if got, want := slices.Sorted(maps.Keys(urls)), slices.Sorted(maps.Keys(sources)); !slices.Equal(got, want) {
		t.Errorf("webhook_urls has %v, want %v", got, want)
	}
	for source, address := range urls {
		tenant := demoTenant
		if source == "kustomer" {
			tenant = kustomerTenant
		}
		if got := c.status(t, http.MethodPost, strings.Replace(address.(string), "{tenant}", tenant, 1)); got != http.StatusUnauthorized {
			t.Errorf("POST %s without a password = %d, want 401", address, got)
		}
	}
}

// status is what the local cloud answers at the path of a deployment's address.
func (c *Cloud) status(t *testing.T, method, address string) int {
	t.Helper()
	u, err := url.Parse(strings.Replace(address, "{tenant}", demoTenant, 1))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+u.Path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// Uploads are told of as the local cloud tells of them: each that is complete, to the topic that is pushed to functions/session.
func TestTerraformHasUploadsToldOf(t *testing.T) {
	t.Parallel()
	state, _ := terraformed(t)
	told := state.All("google_storage_notification")
	if len(told) != 1 {
		t.Fatalf("%d buckets are told of, want 1", len(told))
	}
	n := told[0]
	if last(n.Text("topic")) != uploadsTopic || n.Text("payload_format") != "JSON_API_V1" {
		t.Errorf("uploads are told of to %q as %q", n.Text("topic"), n.Text("payload_format"))
	}
	if events, _ := n.At("event_types").([]any); len(events) != 1 || events[0] != "OBJECT_FINALIZE" {
		t.Errorf("told of are %v, want what is complete alone", events)
	}
	for _, name := range []string{"console", "crm", "export", "metadata"} {
		f := state.One("google_cloudfunctions2_function", name)
		if f == nil || f.Text("service_config", 0, "environment_variables", "UPLOADS_BUCKET") != n.Text("bucket") {
			t.Errorf("%s has another bucket for uploads than %q", name, n.Text("bucket"))
		}
	}
}
