mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  notification_channels = ["projects/sessionbridge-test/notificationChannels/1"]
  alert_email           = "operations@example.com"
}

run "alerts" {
  # Applied, as far as a mock can be: checks and channels have names then.

  assert {
    condition     = toset(keys(google_monitoring_alert_policy.errors)) == toset(local.names) && toset(keys(google_monitoring_alert_policy.latency)) == toset(local.names)
    error_message = "Each function has an alert for its errors and one for its latency."
  }
  assert {
    condition = toset(concat(keys(local.promises), ["function-errors", "function-latency", "uptime-failed"])) == toset([
      for f in fileset(path.module, "playbooks/*.md") : trimsuffix(basename(f), ".md")
    ])
    error_message = "Alerts and playbooks differ."
  }
  assert {
    condition = alltrue([for p in concat(
      values(google_monitoring_alert_policy.promise), values(google_monitoring_alert_policy.errors),
      values(google_monitoring_alert_policy.latency), values(google_monitoring_alert_policy.uptime),
      ) : length(p.notification_channels) == 2 && length(p.documentation[0].subject) <= 255 && length(p.documentation[0].content) < 8192 &&
      p.documentation[0].mime_type == "text/markdown" && contains(["CRITICAL", "ERROR", "WARNING"], p.severity) && length(p.conditions) == 1
    ])
    error_message = "An alert tells nobody, or not how to mend it (subjects have at most 255 characters, playbooks 8 KiB)."
  }
  assert {
    condition = alltrue([for p in concat(
      values(google_monitoring_alert_policy.promise), values(google_monitoring_alert_policy.errors), values(google_monitoring_alert_policy.latency),
      ) : alltrue([for c in p.conditions[0].condition_prometheus_query_language :
        c.disable_metric_validation && tonumber(trimsuffix(c.evaluation_interval, "s")) % 30 == 0 && length(regexall("\\(", c.query)) == length(regexall("\\)", c.query)) &&
        length(regexall("\\{", c.query)) == length(regexall("\\}", c.query)) && length(regexall("\"", c.query)) % 2 == 0
    ])])
    error_message = "A query's brackets or quotes do not match, or it is evaluated at odd times."
  }
  assert {
    condition     = alltrue([for name in ["events-silent", "watch-silent"] : strcontains(google_monitoring_alert_policy.promise[name].conditions[0].condition_prometheus_query_language[0].query, "or vector(0)")])
    error_message = "Silence is a series that is missing, too."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.promise["events-silent"].conditions[0].condition_prometheus_query_language[0].query, "< 1) and on() (sum(increase(logging_googleapis_com:user_sessionbridge_events{monitored_resource=\"cloud_run_revision\"}[30d])) > 0) and on() ")
    error_message = "A deployment to which no event has come yet is told of as silent."
  }
  assert {
    condition = { for name, c in google_monitoring_uptime_check_config.check : name => c.http_check[0].path } == {
      webhook = "/webhook/health", console = "/console/signin/style.css", desk = "/desk/signin/style.css"
    } && alltrue([for name, c in google_monitoring_uptime_check_config.check : c.http_check[0].accepted_response_status_codes[0].status_class == "STATUS_CLASS_2XX"])
    error_message = "A check follows redirects: it has to ask for what answers here, without a sign-in."
  }
  assert {
    condition = alltrue([for name, p in google_monitoring_alert_policy.uptime :
      tonumber(trimsuffix(p.conditions[0].condition_threshold[0].aggregations[0].alignment_period, "s")) >= 2 * tonumber(trimsuffix(google_monitoring_uptime_check_config.check[name].period, "s"))
    ])
    error_message = "A check that comes late leaves a gap in its series."
  }
  assert {
    condition = alltrue([for name, e in google_logging_project_exclusion.quiet :
      strcontains(e.filter, "httpRequest.status<400") && strcontains(e.filter, "resource.")
    ]) && strcontains(google_logging_project_exclusion.quiet["functions"].filter, "\"webhook\" OR ")
    error_message = "Lines of what failed, or of others' services, are left out."
  }
  assert {
    condition     = alltrue([for name, c in google_monitoring_uptime_check_config.check : c.http_check[0].validate_ssl && !strcontains(c.monitored_resource[0].labels.host, "/")])
    error_message = "A check asks by https, at a host's name."
  }
  assert {
    condition     = tonumber(trimsuffix(google_monitoring_alert_policy.promise["watch-silent"].conditions[0].condition_prometheus_query_language[0].duration, "s")) >= 3600 + 600
    error_message = "After a first apply the watch has an hour, and metrics some minutes."
  }
  assert {
    condition     = google_monitoring_notification_channel.email[0].labels.email_address == "operations@example.com"
    error_message = "The address is not told."
  }
}

run "silence_at_night_is_no_news" {
  command = plan
  variables {
    alerts = { open_hours = [6, 20], open_days = [1, 5], quiet_minutes = 90 }
  }
  assert {
    condition     = local.open == "(vector(time() - 21600) % 86400 >= 5400) and on() (vector(time() - 21600) % 86400 < 50400) and on() (day_of_week(vector(time() - 21600)) >= 1) and on() (day_of_week(vector(time() - 21600)) <= 5)"
    error_message = "Somebody is told of a silence that began before the opening, or after the end."
  }
  assert {
    condition     = alltrue([for name in ["events-silent", "tenant-silent"] : endswith(google_monitoring_alert_policy.promise[name].conditions[0].condition_prometheus_query_language[0].query, " and on() ${local.open}")])
    error_message = "An alert of silence does not heed the hours."
  }
}

run "hours_go_over_midnight" {
  command = plan
  variables {
    alerts = { open_hours = [20, 6] }
  }
  assert {
    condition     = startswith(local.open, "(vector(time() - 72000) % 86400 >= 3600) and on() (vector(time() - 72000) % 86400 < 36000) and on() (day_of_week(vector(time() - 72000)) >= 0)")
    error_message = "Ten hours from 20:00 are others."
  }
}

run "silence_on_free_days_is_no_news" {
  command = plan
  variables {
    alerts = { open_days = [1, 5] }
  }
  assert {
    condition     = local.open == "(day_of_week(vector(time() - 0)) >= 1) and on() (day_of_week(vector(time() - 0)) <= 5) and on() (day_of_week(vector(time() - 3600)) >= 1) and on() (day_of_week(vector(time() - 3600)) <= 5)"
    error_message = "Somebody is told of a silence that began on a free day, or of none at midnight."
  }
}

run "a_quiet_time_longer_than_the_day_is_refused" {
  command = plan
  variables {
    alerts = { open_hours = [8, 9], quiet_minutes = 60 }
  }
  expect_failures = [var.alerts]
}

run "nobody_is_told" {
  command = plan
  variables {
    notification_channels = []
    alert_email           = ""
  }
  assert {
    condition     = alltrue([for p in google_monitoring_alert_policy.promise : length(coalesce(p.notification_channels, [])) == 0])
    error_message = "There is a channel that nobody asked for."
  }
}

run "thresholds_are_checked" {
  command = plan
  variables {
    alerts = { crm_failures = 25, open_hours = [6, 25], open_days = [5, 1], latency_seconds = { nothing = 1 }, quiet_minutes = 1 }
  }
  expect_failures = [var.alerts]
}

run "channels_are_checked" {
  command = plan
  variables {
    notification_channels = ["operations@example.com"]
    alert_email           = "nobody"
  }
  expect_failures = [var.notification_channels, var.alert_email]
}
