variable "crm_queues" {
  description = "Queues for CRMs, which tenants' settings name as crm.queue, each with how many tasks it begins a second and has at once at first. Where the settings have a crm.rate, that takes its place. A tenant's administrators may name those that begin with the tenant and two hyphens: acme--crm."
  type = map(object({
    rate        = optional(number, 50)
    concurrency = optional(number, 20)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name, _ in var.crm_queues : can(regex("^[A-Za-z0-9-]{1,100}$", name)) && !contains(keys(local.queues), name)])
    error_message = "A queue's name has 1 to 100 letters, digits and hyphens, and is none of metadata, files, quality and presence."
  }
  validation {
    condition     = alltrue([for q in var.crm_queues : q.rate > 0 && q.rate <= 500 && q.concurrency >= 1 && q.concurrency <= 5000])
    error_message = "A queue begins more than 0 and at most 500 tasks a second, and has 1 to 5000 at once."
  }
}

locals {
  # One for each kind of work: none holds up another.
  queues = {
    metadata = { rate = 50, concurrency = 20 }
    files    = { rate = 50, concurrency = 20 }
    quality  = { rate = 50, concurrency = 20 }
    presence = { rate = 50, concurrency = 20 }
  }
}

# The name of a queue that was deleted cannot be used again for up to 3 days, in which making it may seem to succeed
# (docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues/delete), so a renaming is one for good.
#
# Without end: what a session's work came to is counted in the session, and a queue only repeats what a crash cut short. Queues
# that the console makes have the same: shared/schedule, NewQueue.
resource "google_cloud_tasks_queue" "queue" {
  for_each = local.queues

  project  = var.project_id
  location = var.region
  name     = each.key

  rate_limits {
    max_dispatches_per_second = each.value.rate
    max_concurrent_dispatches = each.value.concurrency
  }

  retry_config {
    max_attempts       = -1
    max_retry_duration = "0s"
    min_backoff        = "1s"
    max_backoff        = "60s"
    max_doublings      = 6
  }

  # The functions log every attempt; what never reached one shows here.
  stackdriver_logging_config {
    sampling_ratio = 0.1
  }

  depends_on = [google_project_service.api]
}

# A CRM's own, so that one that is slow or down holds up nobody else's.
resource "google_cloud_tasks_queue" "crm" {
  for_each = var.crm_queues

  project  = var.project_id
  location = var.region
  name     = each.key

  rate_limits {
    max_dispatches_per_second = each.value.rate
    max_concurrent_dispatches = each.value.concurrency
  }

  retry_config {
    max_attempts       = -1
    max_retry_duration = "0s"
    min_backoff        = "1s"
    max_backoff        = "60s"
    max_doublings      = 6
  }

  stackdriver_logging_config {
    sampling_ratio = 0.1
  }

  # The console sets them when settings with a crm.rate are saved.
  lifecycle {
    ignore_changes = [rate_limits]
  }

  depends_on = [google_project_service.api]
}
