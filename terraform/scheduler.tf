locals {
  # What is woken by the clock.
  jobs = {
    presence = { function = "presence", schedule = "* * * * *", description = "Has a turn come for every tenant whose agents are kept in step" }
    watch    = { function = "watch", schedule = "17 * * * *", description = "Looks for work that waits too long or was forgotten" }
  }
}

resource "google_cloud_scheduler_job" "job" {
  for_each = local.jobs

  project          = var.project_id
  region           = var.region
  name             = each.key
  description      = each.value.description
  schedule         = each.value.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "180s"

  # What was missed once is made up for at the next time.
  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = local.url[each.value.function]
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode("{}")
    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = local.url[each.value.function]
    }
  }

  depends_on = [google_project_service.api]
}
