package terraform_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/terraform/applied"
)

// rule is what the provider, or the API behind it, demands of an argument. Without the provider nobody else would say so before
// the first apply.
type rule struct {
	kind string // of resource
	path []any
	ok   func(any) bool
	must string // be what
}

// The values are those of registry.terraform.io/providers/hashicorp/google/latest/docs, on the page of the resource, unless a
// rule names another.
var rules = []rule{
	{"google_cloudfunctions2_function", at("service_config", 0, "ingress_settings"), oneOf("ALLOW_ALL", "ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"), "an ingress"},
	{"google_cloudfunctions2_function", at("service_config", 0, "vpc_connector_egress_settings"), maybe(oneOf("ALL_TRAFFIC", "PRIVATE_RANGES_ONLY")), "an egress"},
	{"google_cloudfunctions2_function", at("service_config", 0, "available_memory"), like(`^\d+(k|M|G|Mi|Gi)$`), "a size"},
	{"google_cloudfunctions2_function", at("service_config", 0, "timeout_seconds"), within(1, 3600), "from 1 to 3600 (docs.cloud.google.com/functions/quotas)"},
	{"google_cloudfunctions2_function", at("service_config", 0, "max_instance_request_concurrency"), within(1, 1000), "from 1 to 1000"},
	{"google_cloudfunctions2_function", at("service_config", 0, "max_instance_count"), within(1, 1000), "from 1 to 1000"},
	{"google_cloudfunctions2_function", at("build_config", 0, "runtime"), oneOf("go126"), "a runtime that is not deprecated, and that go.mod is for"},
	{"google_cloudfunctions2_function", at("name"), like(`^[a-z](?:[-_a-z0-9]{0,61}[a-z0-9])?$`), "a name"},
	{"google_pubsub_subscription", at("ack_deadline_seconds"), within(10, 600), "from 10 to 600"},
	{"google_pubsub_subscription", at("message_retention_duration"), lasting(10*time.Minute, 31*24*time.Hour), "10 minutes to 31 days"},
	{"google_pubsub_subscription", at("expiration_policy", 0, "ttl"), oneOf(""), "empty: never"},
	{"google_pubsub_subscription", at("retry_policy", 0, "minimum_backoff"), maybe(lasting(0, 10*time.Minute)), "at most 10 minutes"},
	{"google_pubsub_subscription", at("retry_policy", 0, "maximum_backoff"), maybe(lasting(0, 10*time.Minute)), "at most 10 minutes"},
	{"google_pubsub_subscription", at("dead_letter_policy", 0, "max_delivery_attempts"), maybe(within(5, 100)), "from 5 to 100"},
	{"google_pubsub_subscription", at("dead_letter_policy", 0, "dead_letter_topic"), maybe(like(`^projects/[^/]+/topics/[^/]+$`)), "a topic's full name"},
	{"google_cloud_tasks_queue", at("name"), like(`^[A-Za-z0-9-]{1,100}$`), "a name (docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues)"},
	{"google_cloud_tasks_queue", at("rate_limits", 0, "max_dispatches_per_second"), within(0.001, 500), "at most 500 (docs.cloud.google.com/tasks/docs/quotas)"},
	{"google_cloud_tasks_queue", at("rate_limits", 0, "max_concurrent_dispatches"), within(1, 5000), "at most 5000"},
	{"google_cloud_tasks_queue", at("retry_config", 0, "max_attempts"), within(-1, -1), "-1: without end"},
	{"google_cloud_tasks_queue", at("retry_config", 0, "max_backoff"), lasting(time.Second, time.Hour), "a duration in seconds"},
	{"google_cloud_tasks_queue", at("retry_config", 0, "max_doublings"), within(0, 16), "from 0 to 16"},
	{"google_cloud_tasks_queue", at("stackdriver_logging_config", 0, "sampling_ratio"), within(0, 1), "a share"},
	{"google_cloud_scheduler_job", at("schedule"), like(`^(\S+ ){4}\S+$`), "five fields, as in crontab"},
	{"google_cloud_scheduler_job", at("attempt_deadline"), lasting(15*time.Second, 30*time.Minute), "15 seconds to 30 minutes"},
	{"google_cloud_scheduler_job", at("http_target", 0, "http_method"), oneOf("POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"), "a method"},
	{"google_cloud_scheduler_job", at("retry_config", 0, "retry_count"), within(0, 5), "from 0 to 5"},
	{"google_service_account", at("account_id"), like(`^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$`), "6 to 30 characters"},
	{"google_project_iam_custom_role", at("role_id"), like(`^[a-zA-Z0-9_.]{3,64}$`), "a role's id, which has no hyphen"},
	{"google_secret_manager_secret", at("secret_id"), like(`^[a-zA-Z0-9_-]{1,255}$`), "a name"},
	{"google_artifact_registry_repository", at("format"), oneOf("DOCKER"), "DOCKER, which holds images"},
	{"google_artifact_registry_repository", at("cleanup_policies", 0, "action"), oneOf("KEEP", "DELETE"), "an action"},
	{"google_project_service", at("service"), like(`^[a-z]+\.googleapis\.com$`), "an API"},
	{"google_storage_bucket", at("public_access_prevention"), oneOf("enforced"), "enforced"},
	{"google_storage_bucket", at("uniform_bucket_level_access"), oneOf(true), "true"},
	{"google_storage_bucket", at("storage_class"), maybe(oneOf("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE")), "a class"},
	{"google_storage_bucket", at("name"), like(`^[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]$`), "a bucket's name"},
	{"google_storage_bucket", at("lifecycle_rule", 0, "action", 0, "type"), maybe(oneOf("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload")), "an action"},
	{"google_storage_notification", at("payload_format"), oneOf("JSON_API_V1", "NONE"), "a format"},
	{"google_firestore_database", at("type"), oneOf("FIRESTORE_NATIVE"), "native mode"},
	{"google_firestore_database", at("name"), oneOf("(default)"), "the one that clients open unless told otherwise"},
	{"google_firestore_database", at("delete_protection_state"), oneOf("DELETE_PROTECTION_ENABLED", "DELETE_PROTECTION_DISABLED"), "a state"},
	{"google_firestore_database", at("point_in_time_recovery_enablement"), oneOf("POINT_IN_TIME_RECOVERY_ENABLED", "POINT_IN_TIME_RECOVERY_DISABLED"), "a state"},
	{"google_firestore_index", at("query_scope"), oneOf("COLLECTION", "COLLECTION_GROUP"), "a scope"},
	{"google_firestore_index", at("fields", 1, "field_path"), like(`.`), "two fields or more: others are made by themselves"},
	{"google_logging_metric", at("metric_descriptor", 0, "metric_kind"), oneOf("DELTA"), "DELTA"},
	{"google_logging_metric", at("metric_descriptor", 0, "value_type"), oneOf("INT64", "DISTRIBUTION"), "INT64 or, with value_extractor, DISTRIBUTION"},
	{"google_monitoring_alert_policy", at("combiner"), oneOf("OR", "AND", "AND_WITH_MATCHING_RESOURCE"), "a combiner"},
	{"google_monitoring_alert_policy", at("severity"), oneOf("CRITICAL", "ERROR", "WARNING"), "a severity"},
	{"google_monitoring_uptime_check_config", at("period"), oneOf("60s", "300s", "600s", "900s"), "1, 5, 10 or 15 minutes"},
	{"google_monitoring_uptime_check_config", at("timeout"), lasting(time.Second, time.Minute), "1 to 60 seconds"},
}

func TestArgumentsHaveValuesThatTheAPITakes(t *testing.T) {
	state := made(t)
	for _, r := range rules {
		all := state.All(r.kind)
		if len(all) == 0 {
			t.Errorf("there is no %s: the rule for its %v holds nothing", r.kind, r.path)
		}
		for _, one := range all {
			if value := one.At(r.path...); !r.ok(value) {
				t.Errorf("%s: %v is %v and must be %s", one.Address, r.path, value, r.must)
			}
		}
	}
}

func at(path ...any) []any { return path }

func oneOf(values ...any) func(any) bool {
	return func(v any) bool { return slices.Contains(values, v) }
}

// maybe allows that an argument is left out.
func maybe(ok func(any) bool) func(any) bool {
	return func(v any) bool { return v == nil || ok(v) }
}

func like(pattern string) func(any) bool {
	compiled := regexp.MustCompile(pattern)
	return func(v any) bool {
		text, ok := v.(string)
		return ok && compiled.MatchString(text)
	}
}

func within(least, most float64) func(any) bool {
	return func(v any) bool {
		n, ok := v.(float64)
		return ok && n >= least && n <= most
	}
}

// lasting is for durations in seconds: "600s".
func lasting(least, most time.Duration) func(any) bool {
	return func(v any) bool {
		text, ok := v.(string)
		d, err := time.ParseDuration(text)
		return ok && err == nil && strings.HasSuffix(text, "s") && !strings.ContainsAny(text, "mh") && d >= least && d <= most
	}
}

// A subscription's back-off must grow, and functions get neither more memory than their CPU bears
// (docs.cloud.google.com/run/docs/configuring/services/cpu#cpu-memory) nor variables that the platform sets itself
// (docs.cloud.google.com/functions/docs/configuring/env-var#runtime_environment_variables_set_automatically).
func TestArgumentsGoTogether(t *testing.T) {
	state := made(t)
	for _, s := range state.All("google_pubsub_subscription") {
		if push, retry := s.At("push_config", 0), s.At("retry_policy", 0); (push == nil) != (retry == nil) {
			t.Errorf("%s: what is pushed has a back-off, and nothing else", s.Address)
		}
	}
	for _, f := range state.All("google_cloudfunctions2_function") {
		if problem := fits(f); problem != "" {
			t.Errorf("%s: %s", f.Address, problem)
		}
	}
}

var reserved = []string{"FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE", "K_SERVICE", "K_REVISION", "K_CONFIGURATION", "PORT", "GOOGLE_RUNTIME"}

func fits(f applied.Resource) string {
	cpu, err := strconv.ParseFloat(f.Text("service_config", 0, "available_cpu"), 64)
	if err != nil || cpu < 1 && f.At("service_config", 0, "max_instance_request_concurrency") != 1.0 {
		return "with less than one CPU it takes one request at a time"
	}
	if memory, ok := mebibytes(f); !ok || memory < 128 || memory > 4<<10 && cpu < 2 || memory > 1<<10 && cpu < 1 || memory > 512 && cpu < 0.5 {
		return "its memory is not what its CPUs bear"
	}
	told, _ := f.At("service_config", 0, "environment_variables").(map[string]any)
	for key, value := range told {
		if slices.Contains(reserved, key) || strings.HasPrefix(key, "X_GOOGLE_") {
			return key + " is the platform's own"
		}
		if text := fmt.Sprint(value); value == nil || text == "" {
			return key + " is empty: leave it out"
		}
	}
	return ""
}
