package local

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	pubsubapi "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/iterator"
	"google.golang.org/protobuf/types/known/durationpb"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/terraform/applied"
)

// terraformed is what Terraform would make, beside the local cloud that it must agree with.
func terraformed(t *testing.T) (*applied.State, *Cloud) {
	t.Helper()
	dir := os.Getenv(applied.DirEnv)
	if dir == "" {
		t.Skip("make terraform runs this, where Terraform is installed")
	}
	state, err := applied.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return state, c
}

// laptopOnly are the variables that only a local cloud sets.
var laptopOnly = []string{
	clock.OffsetFileEnv, gcs.SignerEmailEnv, gcs.SignerKeyFileEnv,
	"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "CLOUD_TASKS_EMULATOR_HOST", "STORAGE_EMULATOR_HOST",
}

// asked are the variables that a function asks for when it is built.
func asked(t *testing.T, c *Cloud, name string) []string {
	t.Helper()
	names := map[string]bool{}
	f, err := builders[name](&function.Env{Name: name, Logs: t.Output(), Lookup: func(key string) string {
		names[key] = !slices.Contains(laptopOnly, key)
		return c.env[key]
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	maps.DeleteFunc(names, func(_ string, counts bool) bool { return !counts })
	return slices.Sorted(maps.Keys(names))
}

func TestTerraformTellsFunctionsWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	state, c := terraformed(t)
	made := state.All("google_cloudfunctions2_function")
	if len(made) != len(builders) {
		t.Errorf("Terraform makes %d functions, the local cloud %d", len(made), len(builders))
	}
	for name := range builders {
		f := state.One("google_cloudfunctions2_function", name)
		if f == nil {
			t.Errorf("Terraform makes no function %s", name)
			continue
		}
		told, _ := f.At("service_config", 0, "environment_variables").(map[string]any)
		if got, want := slices.Sorted(maps.Keys(told)), asked(t, c, name); !slices.Equal(got, want) {
			t.Errorf("%s is told\n\t%v, and asks for\n\t%v", name, got, want)
		}
	}
}

func TestTerraformMakesTheSameTopics(t *testing.T) {
	t.Parallel()
	state, c := terraformed(t)
	admin, err := pubsubapi.NewTopicAdminClient(t.Context(), cloud.Options(c.services.broker)...)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	list := admin.ListTopics(t.Context(), &pubsubpb.ListTopicsRequest{Project: "projects/" + c.project})
	same(t, all(t, list.Next, func(topic *pubsubpb.Topic) string { return last(topic.GetName()) }), names(state.All("google_pubsub_topic")))
}

func TestTerraformMakesTheSameSubscriptions(t *testing.T) {
	t.Parallel()
	state, c := terraformed(t)
	admin, err := pubsubapi.NewSubscriptionAdminClient(t.Context(), cloud.Options(c.services.broker)...)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	list := admin.ListSubscriptions(t.Context(), &pubsubpb.ListSubscriptionsRequest{Project: "projects/" + c.project})
	var theirs []string
	for _, r := range state.All("google_pubsub_subscription") {
		theirs = append(theirs, describeSubscription(state, r))
	}
	same(t, all(t, list.Next, c.describe), theirs)
}

// describe is all that matters of a subscription, in one line.
func (c *Cloud) describe(s *pubsubpb.Subscription) string {
	dead, retry, push := s.GetDeadLetterPolicy(), s.GetRetryPolicy(), s.GetPushConfig()
	return fmt.Sprintf("%s of %s, ordered %t, %ds; dead letters to %q after %d; back-off %s to %s; pushed to %q as %q for itself %t",
		last(s.GetName()), last(s.GetTopic()), s.GetEnableMessageOrdering(), s.GetAckDeadlineSeconds(),
		last(dead.GetDeadLetterTopic()), dead.GetMaxDeliveryAttempts(), seconds(retry.GetMinimumBackoff()), seconds(retry.GetMaximumBackoff()),
		strings.TrimPrefix(push.GetPushEndpoint(), c.internalURL("")), strings.Split(push.GetOidcToken().GetServiceAccountEmail(), "@")[0],
		push.GetOidcToken().GetAudience() == push.GetPushEndpoint())
}

func describeSubscription(state *applied.State, r applied.Resource) string {
	account := accountOf(state, r.Text("push_config", 0, "oidc_token", 0, "service_account_email"))
	endpoint := r.Text("push_config", 0, "push_endpoint")
	function, _, _ := strings.Cut(strings.TrimPrefix(endpoint, "https://"), "-")
	if endpoint != "" && endpoint != deterministic(function) {
		function = "something at " + endpoint
	}
	return fmt.Sprintf("%s of %s, ordered %t, %vs; dead letters to %q after %v; back-off %s to %s; pushed to %q as %q for itself %t",
		r.Text("name"), last(r.Text("topic")), r.At("enable_message_ordering") == true, r.At("ack_deadline_seconds"),
		last(r.Text("dead_letter_policy", 0, "dead_letter_topic")), cmp.Or(r.At("dead_letter_policy", 0, "max_delivery_attempts"), any(0)),
		r.Text("retry_policy", 0, "minimum_backoff"), r.Text("retry_policy", 0, "maximum_backoff"),
		function, account, r.Text("push_config", 0, "oidc_token", 0, "audience") == endpoint)
}

// accountOf is the short name of the account with that address, as the local cloud has it; empty for none.
func accountOf(state *applied.State, email string) string {
	for _, a := range state.All("google_service_account") {
		if a.Text("email") == email {
			return strings.TrimPrefix(a.Text("account_id"), "sessionbridge-")
		}
	}
	return ""
}

func TestTerraformMakesTheSameQueues(t *testing.T) {
	t.Parallel()
	state, c := terraformed(t)
	admin, err := cloudtasks.NewClient(t.Context(), cloud.Options(c.services.tasksAddr)...)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	list := admin.ListQueues(t.Context(), &cloudtaskspb.ListQueuesRequest{Parent: c.location()})
	// A company names its CRMs' queues as it likes; whichever they are, they are all alike.
	crm := func(name string) string {
		if name == "plain" || strings.HasPrefix(name, "crm-") {
			return "a CRM's"
		}
		return name
	}
	ours := all(t, list.Next, func(q *cloudtaskspb.Queue) string {
		rate, retry := q.GetRateLimits(), q.GetRetryConfig()
		return fmt.Sprintf("%s: %v a second, %d at once; attempts %d for %s, back-off %s to %s, doubled %d times",
			crm(last(q.GetName())), rate.GetMaxDispatchesPerSecond(), rate.GetMaxConcurrentDispatches(), retry.GetMaxAttempts(),
			cmp.Or(seconds(retry.GetMaxRetryDuration()), "0s"), seconds(retry.GetMinBackoff()), seconds(retry.GetMaxBackoff()), retry.GetMaxDoublings())
	})
	var theirs []string
	for _, r := range state.All("google_cloud_tasks_queue") {
		if name := r.Text("name"); name != "acme--crm" { // which has a rate of its own
			theirs = append(theirs, fmt.Sprintf("%s: %v a second, %v at once; attempts %v for %s, back-off %s to %s, doubled %v times",
				crm(name), r.At("rate_limits", 0, "max_dispatches_per_second"), r.At("rate_limits", 0, "max_concurrent_dispatches"),
				r.At("retry_config", 0, "max_attempts"), r.Text("retry_config", 0, "max_retry_duration"),
				r.Text("retry_config", 0, "min_backoff"), r.Text("retry_config", 0, "max_backoff"), r.At("retry_config", 0, "max_doublings")))
		}
	}
	same(t, ours, theirs)
}

// same holds two lists against each other as sets.
func same(t *testing.T, local, terraform []string) {
	t.Helper()
	for _, l := range [][]string{local, terraform} {
		slices.Sort(l)
	}
	local, terraform = slices.Compact(local), slices.Compact(terraform)
	if len(local) == 0 || !slices.Equal(local, terraform) {
		t.Errorf("the local cloud has\n\t%s\nTerraform makes\n\t%s", strings.Join(local, "\n\t"), strings.Join(terraform, "\n\t"))
	}
}

func all[T any](t *testing.T, next func() (T, error), text func(T) string) (out []string) {
	t.Helper()
	for {
		one, err := next()
		if err == iterator.Done {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, text(one))
	}
}

func names(all []applied.Resource) (out []string) {
	for _, r := range all {
		out = append(out, r.Text("name"))
	}
	return out
}

// last is the last part of a resource's name.
func last(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// seconds is a duration as Terraform has it; empty for none.
func seconds(d *durationpb.Duration) string {
	if d == nil {
		return ""
	}
	return fmt.Sprintf("%ds", int(d.AsDuration()/time.Second))
}
