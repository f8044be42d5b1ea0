mock_provider "google" {
  source = "./tests/mocks"
}

run "applied" {
  assert {
    condition     = alltrue([for q in merge(google_cloud_tasks_queue.queue, google_cloud_tasks_queue.crm) : q.retry_config[0].max_attempts == -1 && q.retry_config[0].max_retry_duration == "0s"])
    error_message = "a queue never gives up: it would delete the task without a word"
  }
  assert {
    condition     = google_cloud_tasks_queue.crm["acme--crm"].rate_limits[0].max_dispatches_per_second == 5 && google_cloud_tasks_queue.crm["acme--crm"].rate_limits[0].max_concurrent_dispatches == 4
    error_message = "a CRM's queue has its own rate"
  }
  assert {
    condition     = google_cloud_tasks_queue.crm["plain"].rate_limits[0].max_dispatches_per_second == 50
    error_message = "a CRM of which nothing is said has a queue like the others"
  }
  assert {
    condition     = alltrue([for q in google_cloud_tasks_queue.queue : q.location == "europe-west1" && q.stackdriver_logging_config[0].sampling_ratio > 0])
    error_message = "what never reached a function must show somewhere"
  }
  assert {
    condition     = output.queues["acme--crm"] == "projects/sessionbridge-test/locations/europe-west1/queues/acme--crm"
    error_message = "the queue's full name"
  }
  assert {
    condition     = toset(keys(google_cloud_scheduler_job.job)) == toset(["presence", "watch"]) && google_cloud_scheduler_job.job["presence"].schedule == "* * * * *"
    error_message = "agents' states have a turn every minute"
  }
  assert {
    condition     = alltrue([for name, j in google_cloud_scheduler_job.job : j.http_target[0].http_method == "POST" && base64decode(j.http_target[0].body) == "{}" && j.http_target[0].oidc_token[0].audience == j.http_target[0].uri && j.http_target[0].uri == local.url[name]])
    error_message = "a job is signed for the function it wakes"
  }
  assert {
    condition     = alltrue([for j in google_cloud_scheduler_job.job : j.http_target[0].oidc_token[0].service_account_email == google_service_account.scheduler.email])
    error_message = "a job signs in as another than who may call the function"
  }
}

# The console has the rates from then on.
run "a_rate_that_changed_is_not_applied" {
  variables {
    crm_queues = { "acme--crm" = { rate = 7, concurrency = 9 }, "plain" = {} }
  }
  assert {
    condition     = google_cloud_tasks_queue.crm["acme--crm"].rate_limits[0].max_dispatches_per_second == 5 && google_cloud_tasks_queue.crm["acme--crm"].rate_limits[0].max_concurrent_dispatches == 4
    error_message = "Terraform has replaced the rates that the console may have set meanwhile"
  }
}

run "a_queue_of_our_own_is_no_crms" {
  command = plan
  variables {
    crm_queues = { metadata = {} }
  }
  expect_failures = [var.crm_queues]
}

run "a_rate_is_what_cloud_tasks_takes" {
  command = plan
  variables {
    crm_queues = { acme = { rate = 501 } }
  }
  expect_failures = [var.crm_queues]
}
