# How large functions are, and what Cloud Run would refuse of it after a build of minutes.

mock_provider "google" {
  source = "./tests/mocks"
}

run "a_new_project_has_the_quota_for_it" {
  command = plan
  assert {
    condition     = alltrue([for name, f in google_cloudfunctions2_function.function : f.service_config[0].max_instance_count * tonumber(f.service_config[0].available_cpu) <= 20])
    error_message = "Cloud Run refuses a service that could have more than 20 CPUs"
  }
  assert {
    condition     = alltrue([for name, f in google_cloudfunctions2_function.function : f.service_config[0].max_instance_count * local.mebibytes[name] <= 40 * 1024])
    error_message = "Cloud Run refuses a service that could have more than 40 GiB"
  }
  assert {
    condition     = local.mebibytes["webhook"] == 256 && local.mebibytes["export"] == 1024
    error_message = "Mi and Gi are both read"
  }
}

run "large_ones" {
  command = plan
  variables {
    functions = {
      webhook  = { cpu = "8", memory = "32Gi", max_instances = 1000, min_instances = 1000 }
      session  = { cpu = "4", memory = "2Gi" }
      watch    = { cpu = "0.5", memory = "1Gi" }
      presence = { cpu = "0.08", memory = "128Mi", concurrency = 1 }
    }
  }
  assert {
    condition     = google_cloudfunctions2_function.function["session"].service_config[0].available_cpu == "4"
    error_message = "what was given does not count"
  }
}

run "what_is_no_number_of_cpus" {
  command = plan
  variables {
    functions = { crm = { cpu = "3" } }
  }
  expect_failures = [var.functions]
}

run "too_small_a_part_of_a_cpu" {
  command = plan
  variables {
    functions = { crm = { cpu = "0.05", concurrency = 1 } }
  }
  expect_failures = [var.functions]
}

run "too_little_memory" {
  command = plan
  variables {
    functions = { crm = { memory = "127Mi" } }
  }
  expect_failures = [var.functions]
}

run "no_instance" {
  command = plan
  variables {
    functions = { crm = { max_instances = 0 } }
  }
  expect_failures = [var.functions]
}

run "half_an_instance" {
  command = plan
  variables {
    functions = { crm = { min_instances = 0.5 } }
  }
  expect_failures = [var.functions]
}

run "half_a_request" {
  command = plan
  variables {
    functions = { crm = { concurrency = 1.5 } }
  }
  expect_failures = [var.functions]
}

run "more_at_least_than_at_most" {
  command = plan
  variables {
    functions = { webhook = { min_instances = 21 } }
  }
  expect_failures = [google_cloudfunctions2_function.function["webhook"]]
}

run "much_memory_for_one_cpu" {
  command = plan
  variables {
    functions = { crm = { memory = "4097Mi" } }
  }
  expect_failures = [google_cloudfunctions2_function.function["crm"]]
}

run "little_memory_for_four" {
  command = plan
  variables {
    functions = { crm = { cpu = "4" } }
  }
  expect_failures = [google_cloudfunctions2_function.function["crm"]]
}

run "a_gibibyte_for_less_than_half_a_cpu" {
  command = plan
  variables {
    functions = { crm = { cpu = "0.4", memory = "1Gi", concurrency = 1 } }
  }
  expect_failures = [google_cloudfunctions2_function.function["crm"]]
}

run "archives_that_were_not_made_are_told" {
  command = plan
  variables {
    bundles_dir = "tests/none"
  }
  expect_failures = [var.bundles_dir]
}
