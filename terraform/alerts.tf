variable "alerts" {
  description = "From when on somebody is told. Ratios are shares of 1; hours and days are in UTC, days from Sunday (0) to Saturday (6), the last hour not included. Hours may go over midnight: [20, 6], which count as the day's on which they begin."
  type = object({
    quiet_minutes    = optional(number, 60)            # so long no event of anybody's, or of a tenant's that is busy
    open_hours       = optional(list(number), [0, 24]) # when events are to come at all
    open_days        = optional(list(number), [0, 6])
    busy             = optional(number, 100)   # deliveries in 12 hours that make a tenant's silence news
    event_seconds    = optional(number, 300)   # age of the oldest event that is not folded
    task_seconds     = optional(number, 300)   # how late tasks are begun
    queue_depth      = optional(number, 10000) # tasks on one queue, those of later included
    errors           = optional(number, 0.02)  # of a function's answers, 5xx
    webhook_errors   = optional(number, 0.005)
    latency_seconds  = optional(map(number), {}) # p99 by function, where its own is not wanted
    crm_failures     = optional(number, 0.25)    # of a tenant's attempts
    file_failures    = optional(number, 0.5)
    quality_failures = optional(number, 0.25)
    mail_failures    = optional(number, 5)  # mails of a tenant that were not taken, in an hour
    least            = optional(number, 20) # attempts or answers without which a share says nothing
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for r in [var.alerts.errors, var.alerts.webhook_errors, var.alerts.crm_failures, var.alerts.file_failures, var.alerts.quality_failures] : r > 0 && r < 1])
    error_message = "errors, webhook_errors, crm_failures, file_failures and quality_failures are shares: above 0 and below 1."
  }
  validation {
    condition     = var.alerts.quiet_minutes >= 10 && var.alerts.quiet_minutes <= 720
    error_message = "quiet_minutes is from 10 to 720: metrics of logs are some minutes late, and more than half a day is no alert any more."
  }
  validation {
    condition     = length(var.alerts.open_hours) == 2 && alltrue([for h in var.alerts.open_hours : h >= 0 && h <= 24 && floor(h) == h]) && length(distinct(var.alerts.open_hours)) == 2
    error_message = "open_hours has two whole numbers from 0 to 24, when events begin and when they cease: [6, 20], or over midnight [20, 6]."
  }
  validation {
    condition     = length(var.alerts.open_days) == 2 && alltrue([for d in var.alerts.open_days : d >= 0 && d <= 6 && floor(d) == d]) && try(var.alerts.open_days[0] <= var.alerts.open_days[1], false)
    error_message = "open_days has two whole numbers from 0 to 6, the first day and the last: [1, 5]."
  }
  validation {
    condition     = try(var.alerts.quiet_minutes < 60 * (var.alerts.open_hours[1] - var.alerts.open_hours[0] + (var.alerts.open_hours[1] < var.alerts.open_hours[0] ? 24 : 0)), true)
    error_message = "quiet_minutes are longer than open_hours: nobody would ever be told."
  }
  validation {
    condition     = length(setsubtract(keys(var.alerts.latency_seconds), local.names)) == 0
    error_message = "latency_seconds names a function that is not there."
  }
}

variable "notification_channels" {
  description = "Who is told, by the channels' full names: projects/P/notificationChannels/N. Without any, alerts only show in the console."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for c in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[^/]+$", c))])
    error_message = "A channel is named projects/P/notificationChannels/N."
  }
}

variable "alert_email" {
  description = "Address that is told, too; a channel is made for it. Empty: none."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.alert_email == "" || can(regex("^[^@\\s]+@[^@\\s]+$", var.alert_email))
    error_message = "alert_email is one mail address."
  }
}

locals {
  # Names of metrics as PromQL has them: the first slash is a colon, what else is no letter or digit an underscore
  # (docs.cloud.google.com/monitoring/promql/promql-mapping). A metric of logs may be of any resource, so that must be named.
  run      = "monitored_resource=\"cloud_run_revision\""
  own      = { for name in keys(local.metrics) : name => "logging_googleapis_com:user_sessionbridge_${name}" }
  requests = "run_googleapis_com:request_count"
  latency  = "run_googleapis_com:request_latencies_bucket"
  age      = "pubsub_googleapis_com:subscription_oldest_unacked_message_age"
  backlog  = "pubsub_googleapis_com:subscription_num_undelivered_messages"
  delays   = "cloudtasks_googleapis_com:queue_task_attempt_delays_bucket"
  depth    = "cloudtasks_googleapis_com:queue_depth"
  pubsub   = "monitored_resource=\"pubsub_subscription\""
  tasks    = "monitored_resource=\"cloud_tasks_queue\""

  quiet = "${var.alerts.quiet_minutes}m"

  # How many hours events are to come, and whether they are now and were when the quiet time began: what was silent while nobody
  # worked is no news. Time is reckoned from the opening, so that hours may go over midnight.
  open_for = try(var.alerts.open_hours[1] - var.alerts.open_hours[0] + (var.alerts.open_hours[1] < var.alerts.open_hours[0] ? 24 : 0), 24)
  open_at  = try(3600 * var.alerts.open_hours[0], 0)
  opened   = "vector(time() - ${local.open_at}) % 86400" # seconds since then
  open = join(" and on() ", concat(
    local.open_for == 24 ? [] : ["(${local.opened} >= ${60 * var.alerts.quiet_minutes})", "(${local.opened} < ${3600 * local.open_for})"],
    flatten([for ago in local.open_for == 24 ? [0, 60 * var.alerts.quiet_minutes] : [0] : [
      for compared in [">= ${try(var.alerts.open_days[0], 0)}", "<= ${try(var.alerts.open_days[1], 6)}"] : "(day_of_week(vector(time() - ${local.open_at + ago})) ${compared})"
    ]]),
  ))

  # The share of a tenant's attempts that were not done.
  failing = { for name, a in {
    crm-failing     = { which = "work=\"crm\"", share = var.alerts.crm_failures }
    files-failing   = { which = "work=~\"file|metadata\",action!=\"mail\"", share = var.alerts.file_failures }
    quality-failing = { which = "work=\"quality\"", share = var.alerts.quality_failures }
    } : name => join(" ", [
      "sum by (tenant) (increase(${local.own.attempts}{${local.run},${a.which},verdict!=\"done\"}[30m]))",
      "/ sum by (tenant) (increase(${local.own.attempts}{${local.run},${a.which}}[30m])) > ${a.share}",
      "and sum by (tenant) (increase(${local.own.attempts}{${local.run},${a.which}}[30m])) >= ${var.alerts.least}",
  ]) }

  # Looks of the watch that found something, of the last two or three. What is late at one look may be mended by it: only what is late at
  # two stays so. A count over a time is not quite whole, as PromQL reckons it.
  looks = { for class in ["late", "missing", "waiting", "dead", "aside"] : class => "sum(increase(${local.own.findings}{${local.run},class=\"${class}\"}[130m]))" }

  # Somebody's events have come within a month. Without it a deployment whose first tenant is still being set up would be told of as
  # silent. A query may look back two years (docs.cloud.google.com/monitoring/alerts/using-promql); after a month of silence
  # everybody knows.
  begun = "(sum(increase(${local.own.events}{${local.run}}[30d])) > 0)"

  # What the deployment promises, and the query that has an answer when the promise is broken. Each has its playbook, by its
  # name, in playbooks/. "or vector(0)" is for the series that is not there: where nothing happens, no nought is written.
  promises = {
    events-silent = {
      title = "No events come", severity = "CRITICAL", for = "0s"
      query = "((sum(increase(${local.own.events}{${local.run}}[${local.quiet}])) or vector(0)) < 1) and on() ${local.begun} and on() ${local.open}"
    }
    tenant-silent = {
      title = "A busy tenant's events have ceased", severity = "ERROR", for = "0s"
      query = "((sum by (tenant) (increase(${local.own.events}{${local.run}}[12h] offset ${local.quiet})) > ${var.alerts.busy}) unless (sum by (tenant) (increase(${local.own.events}{${local.run}}[${local.quiet}])) > 0)) and on() ${local.open}"
    }
    events-late = {
      title = "Events are not folded into their sessions", severity = "CRITICAL", for = "0s"
      query = "max by (subscription_id) (max_over_time(${local.age}{${local.pubsub},subscription_id=~\"session|uploads\"}[5m])) > ${var.alerts.event_seconds}"
    }
    events-dead = {
      title = "Events were given up", severity = "ERROR", for = "0s"
      query = "max by (subscription_id) (max_over_time(${local.backlog}{${local.pubsub},subscription_id=\"session-events-dead\"}[10m])) > 0"
    }
    events-aside = {
      title = "Messages were set aside", severity = "WARNING", for = "0s"
      query = "${local.looks.aside} > 0"
    }
    queue-late = {
      title = "Tasks are begun late", severity = "ERROR", for = "300s"
      query = "histogram_quantile(0.95, sum by (le, queue_id) (increase(${local.delays}{${local.tasks}}[15m]))) > ${1000 * var.alerts.task_seconds}"
    }
    queue-long = {
      title = "A queue grows long", severity = "WARNING", for = "600s"
      query = "max by (queue_id) (max_over_time(${local.depth}{${local.tasks}}[10m])) > ${var.alerts.queue_depth}"
    }
    crm-failing = {
      title = "A CRM refuses what sessions owe it", severity = "ERROR", for = "300s"
      query = local.failing.crm-failing
    }
    files-failing = {
      title = "Files do not get into a company's storage", severity = "ERROR", for = "300s"
      query = local.failing.files-failing
    }
    quality-failing = {
      title = "Quality management does not take events", severity = "WARNING", for = "300s"
      query = local.failing.quality-failing
    }
    mail-failing = {
      title = "Metadata mails are not taken", severity = "WARNING", for = "0s"
      query = "sum by (tenant) (increase(${local.own.attempts}{${local.run},work=\"metadata\",action=\"mail\",verdict!=\"done\"}[1h])) >= ${var.alerts.mail_failures}"
    }
    session-waiting = {
      title = "Sessions have waited for more than a day", severity = "ERROR", for = "0s"
      query = "${local.looks.waiting} > 0"
    }
    session-dead = {
      title = "Something sessions owe was given up", severity = "ERROR", for = "0s"
      query = "${local.looks.dead} > 0"
    }
    session-missing = {
      title = "Tasks of sessions were lost", severity = "WARNING", for = "0s"
      query = "${local.looks.missing} > 0"
    }
    session-late = {
      title = "Nobody takes up what sessions owe", severity = "ERROR", for = "0s"
      query = "${local.looks.late} > 1.5"
    }
    # It looks once an hour: after a first apply it has not yet.
    watch-silent = {
      title = "The watch is not kept", severity = "ERROR", for = "4200s"
      query = "(sum(increase(${local.own.watched}{${local.run}}[190m])) or vector(0)) < 1"
    }
  }

  # A tenth below its timeout a function is cut off now and then. Whoever calls these waits less.
  latencies = merge(
    { for name, f in local.functions : name => 0.9 * f.timeout },
    { webhook = 2, session = 10, console = 5 },
    var.alerts.latency_seconds,
  )

  channels = concat(var.notification_channels, google_monitoring_notification_channel.email[*].id)
}

resource "google_monitoring_notification_channel" "email" {
  count = var.alert_email == "" ? 0 : 1

  project      = var.project_id
  display_name = "Sessionbridge"
  type         = "email"
  labels       = { email_address = var.alert_email }
  user_labels  = local.labels

  depends_on = [google_project_service.api]
}

# Metrics of logs come to be with their first line, and a query of one that is not there yet would be refused: hence no
# validation of them.
resource "google_monitoring_alert_policy" "promise" {
  for_each = local.promises

  project               = var.project_id
  display_name          = "Sessionbridge: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = each.value.title
    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = each.value.for
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject   = "Sessionbridge (${var.project_id}): ${each.value.title}"
    content   = file("${path.module}/playbooks/${each.key}.md")
    mime_type = "text/markdown"
  }

  depends_on = [google_logging_metric.metric]
}

# What a function answers is its own doing where it is 5xx: what callers do wrong is 4xx.
resource "google_monitoring_alert_policy" "errors" {
  for_each = local.functions

  project               = var.project_id
  display_name          = "Sessionbridge: ${each.key} answers with errors"
  combiner              = "OR"
  severity              = each.key == "webhook" ? "CRITICAL" : "ERROR"
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = "5xx of ${each.key}"
    condition_prometheus_query_language {
      query = join(" ", [
        "sum(increase(${local.requests}{${local.run},service_name=\"${each.key}\",response_code_class=\"5xx\"}[10m]))",
        "/ sum(increase(${local.requests}{${local.run},service_name=\"${each.key}\"}[10m])) > ${each.key == "webhook" ? var.alerts.webhook_errors : var.alerts.errors}",
        "and sum(increase(${local.requests}{${local.run},service_name=\"${each.key}\"}[10m])) >= ${var.alerts.least}",
      ])
      duration                  = "120s"
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject   = "Sessionbridge (${var.project_id}): ${each.key} answers with errors"
    content   = file("${path.module}/playbooks/function-errors.md")
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "latency" {
  for_each = local.functions

  project               = var.project_id
  display_name          = "Sessionbridge: ${each.key} is slow"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = "p99 of ${each.key}"
    condition_prometheus_query_language {
      query                     = "histogram_quantile(0.99, sum by (le) (increase(${local.latency}{${local.run},service_name=\"${each.key}\"}[15m]))) > ${1000 * local.latencies[each.key]}"
      duration                  = "600s"
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject   = "Sessionbridge (${var.project_id}): ${each.key} is slow"
    content   = file("${path.module}/playbooks/function-latency.md")
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.api]
}

# What two places at once cannot reach is down; with one, it may be the way there. The condition is as the platform's own pages make
# it for a check.
resource "google_monitoring_alert_policy" "uptime" {
  for_each = local.checks

  project               = var.project_id
  display_name          = "Sessionbridge: ${each.key} cannot be reached"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = "Uptime of ${each.key}"
    condition_threshold {
      filter = join(" AND ", [
        "resource.type = \"uptime_url\"", "metric.type = \"monitoring.googleapis.com/uptime_check/check_passed\"",
        "metric.labels.check_id = \"${google_monitoring_uptime_check_config.check[each.key].uptime_check_id}\"",
      ])
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"

      aggregations {
        alignment_period     = each.value.period == "60s" ? "300s" : "1200s" # a check that comes late leaves no gap
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject   = "Sessionbridge (${var.project_id}): ${each.key} cannot be reached"
    content   = file("${path.module}/playbooks/uptime-failed.md")
    mime_type = "text/markdown"
  }
}
