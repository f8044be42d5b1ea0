# Metrics made of the functions' log lines: what only they know. How often functions are called and how fast they answer,
# how long queues and subscriptions are, Google measures itself.
#
# A metric may have some 30,000 time series (docs.cloud.google.com/logging/docs/logs-based-metrics/labels). Labels are of few
# values each: the number of tenants is what bounds them, at some 30 combinations of the rest for each. What is the name of a
# session, a file or a person is in the lines and no label.

locals {
  # The lines are those of Cloud Run's revisions, as functions are.
  lines = "resource.type=\"cloud_run_revision\" AND jsonPayload.message"

  # The line of an attempt is shared/work's Log, that of a request shared/inbound's, and that of a finding shared/watch's.
  attempt = "${local.lines}=\"attempt\""
  request = "${local.lines}=\"request\""
  finding = "${local.lines}=\"found\""

  attempt_labels = {
    tenant       = "Whose session it is"
    work         = "crm, file, metadata or quality"
    action       = "The step's first word: find, create, update, comment, upload, store, mail, deliver, …"
    verdict      = "done, waiting (it is tried again) or dead (it was given up)"
    status_class = "2xx to 5xx, or none where nothing was answered"
  }

  metrics = {
    attempts = {
      description = "Attempts to do something that a session owes"
      filter      = local.attempt
      labels      = local.attempt_labels
      value       = null, unit = "1", bounds = []
    }
    attempt_millis = {
      description = "How long an attempt took"
      filter      = local.attempt
      labels      = { for name in ["work", "action"] : name => local.attempt_labels[name] } # a distribution's series costs ten times a count's
      value       = "EXTRACT(jsonPayload.millis)", unit = "ms", bounds = [50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 240000]
    }
    owed_seconds = {
      description = "How long something has failed in a row when it fails again: the last time is a week"
      filter      = "${local.attempt} AND jsonPayload.owed_seconds>=0"
      labels      = { for name in ["tenant", "work"] : name => local.attempt_labels[name] }
      value       = "EXTRACT(jsonPayload.owed_seconds)", unit = "s", bounds = [60, 600, 3600, 21600, 43200, 86400, 172800, 345600, 604800]
    }
    events = {
      description = "Deliveries of the contact centre, and of agents' desks, whose events are durable"
      filter      = "${local.request} AND jsonPayload.events>0"
      labels      = { tenant = "Whose contact centre it is", source = "The door it came by, as in the webhook's or the desk's address" }
      value       = null, unit = "1", bounds = []
    }
    unknown_events = {
      description = "Deliveries with events that nobody understands yet; they are kept"
      filter      = "${local.request} AND jsonPayload.unknown>0"
      labels      = { tenant = "Whose contact centre it is", source = "The door it came by, as in the webhook's or the desk's address" }
      value       = null, unit = "1", bounds = []
    }
    watched = {
      description = "Looks of the watch that came to their end, whatever they found"
      filter      = "${local.finding} AND jsonPayload.class=\"missing\""
      labels      = {}
      value       = null, unit = "1", bounds = []
    }
    findings = {
      description = "Looks of the watch that found something"
      filter      = "${local.finding} AND jsonPayload.count>0"
      labels      = { class = "late, missing, waiting, dead or aside: see functions/watch" }
      value       = null, unit = "1", bounds = []
    }
    found = {
      description = "How much the watch found at a look"
      filter      = local.finding
      labels      = { class = "late, missing, waiting, dead or aside: see functions/watch" }
      value       = "EXTRACT(jsonPayload.count)", unit = "1", bounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10000]
    }
  }
}

# A metric counts from when it is there: lines that were written before are in none.
resource "google_logging_metric" "metric" {
  for_each = local.metrics

  project          = var.project_id
  name             = "sessionbridge/${each.key}"
  description      = each.value.description
  filter           = each.value.filter
  value_extractor  = each.value.value
  label_extractors = { for name in keys(each.value.labels) : name => "EXTRACT(jsonPayload.${name})" }

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit         = each.value.unit
    display_name = "Sessionbridge: ${each.key}"

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key         = labels.key
        value_type  = "STRING"
        description = labels.value
      }
    }
  }

  dynamic "bucket_options" {
    for_each = each.value.value == null ? [] : [each.value.bounds]
    content {
      explicit_buckets {
        bounds = bucket_options.value
      }
    }
  }

  depends_on = [google_project_service.api]
}
