locals {
  # What is asked from outside, every minute or five: paths that answer by themselves, without a sign-in or a look at the database.
  # None leads on to the issuer. A check follows redirects and judges the last answer
  # (docs.cloud.google.com/monitoring/uptime-checks), and an issuer that does not know the client yet, as after a first apply, or
  # likes no programs, would be taken for ours. While it cannot be reached, signing in is answered 503, of which errors are told.
  checks = {
    webhook = { path = "/webhook/health", url = local.webhook_url, period = "60s" }
    console = { path = "/console/signin/style.css", url = local.console_url, period = "300s" }
    desk    = { path = "/desk/signin/style.css", url = local.desk_url, period = "300s" }
  }
}

resource "google_monitoring_uptime_check_config" "check" {
  for_each = local.checks

  project      = var.project_id
  display_name = "Sessionbridge: ${each.key}"
  timeout      = "10s"
  period       = each.value.period
  user_labels  = local.labels

  http_check {
    path         = each.value.path
    port         = 443
    use_ssl      = true
    validate_ssl = true

    accepted_response_status_codes {
      status_class = "STATUS_CLASS_2XX"
    }
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project_id
      host       = trimprefix(each.value.url, "https://")
    }
  }

  # What is not there yet, or lets nobody in yet, is no news.
  depends_on = [
    google_project_service.api,
    google_cloudfunctions2_function.function,
    google_cloud_run_v2_service_iam_member.public,
    google_compute_global_forwarding_rule.https,
  ]
}
