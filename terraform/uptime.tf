locals {
  # What is asked from outside, every minute or five. The webhook's own path answers without a look at the database. A sign-in
  # leads on to the issuer: that people can get in is what they are promised.
  checks = {
    webhook = { path = "/webhook/health", url = local.webhook_url, period = "60s" }
    console = { path = "/console/signin", url = local.console_url, period = "300s" }
    desk    = { path = "/desk/signin", url = local.desk_url, period = "300s" }
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

    dynamic "accepted_response_status_codes" {
      for_each = each.key == "webhook" ? ["STATUS_CLASS_2XX"] : ["STATUS_CLASS_2XX", "STATUS_CLASS_3XX"]
      content {
        status_class = accepted_response_status_codes.value
      }
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
