# The run "applied" is also what the Go tests read: see check.sh.

mock_provider "google" {
  source = "./tests/mocks"
}

run "applied" {
  variables {
    storage_buckets = { "acme--recordings" = {} }
  }

  assert {
    condition     = toset(keys(google_cloudfunctions2_function.function)) == toset(local.names)
    error_message = "local.names and local.functions differ"
  }
  assert {
    condition     = toset(keys(local.bundles)) == toset(local.names)
    error_message = "the archives and local.functions differ"
  }
  assert {
    condition = alltrue([for name, f in google_cloudfunctions2_function.function :
      f.build_config[0].runtime == "go126" && f.build_config[0].entry_point == name &&
      f.build_config[0].environment_variables["GOFLAGS"] == "-tags=disable_grpc_modules" &&
      f.build_config[0].source[0].storage_source[0].object == local.bundles[name].file
    ])
    error_message = "a function is built otherwise than its archive wants"
  }
  assert {
    condition = alltrue([for f in google_cloudfunctions2_function.function :
      f.build_config[0].service_account == google_service_account.build.name && f.build_config[0].service_account != null &&
      f.build_config[0].docker_repository == "projects/${var.project_id}/locations/${var.region}/repositories/${google_artifact_registry_repository.functions.repository_id}" &&
      f.build_config[0].source[0].storage_source[0].bucket == google_storage_bucket.source.name
    ])
    error_message = "a build runs as another account, or its archive or image is elsewhere than it has rights for"
  }
  assert {
    condition = alltrue([for name, f in google_cloudfunctions2_function.function :
      f.service_config[0].ingress_settings == (contains(["webhook", "console", "desk"], name) ? local.public_ingress : "ALLOW_INTERNAL_ONLY")
    ])
    error_message = "what is not for people or the contact centre must not be reached from the internet"
  }
  assert {
    condition     = google_cloudfunctions2_function.function["export"].service_config[0].timeout_seconds == 1800
    error_message = "a task that moves a file has 30 minutes"
  }
  assert {
    condition     = google_cloudfunctions2_function.function["desk"].service_config[0].max_instance_request_concurrency == 300
    error_message = "an instance of the desk holds 250 streams"
  }
  assert {
    condition = alltrue([for f in google_cloudfunctions2_function.function :
      f.service_config[0].max_instance_request_concurrency == 1 || tonumber(f.service_config[0].available_cpu) >= 1
    ])
    error_message = "more than one request at a time needs a whole CPU"
  }
  assert {
    condition = alltrue(flatten([for f in google_cloudfunctions2_function.function : [
      for v in f.service_config[0].secret_volumes : v.mount_path == "/secrets/${v.secret}" && length(v.versions) == 0
    ]]))
    error_message = "shared/secrets reads SECRETS_DIR/name/name"
  }
  assert {
    condition     = output.redirect_uris == ["https://console-123456789012.europe-west1.run.app/console/signin/callback", "https://desk-123456789012.europe-west1.run.app/desk/signin/callback"]
    error_message = "each function for people has a sign-in of its own where each has a host of its own"
  }
  assert {
    condition     = output.webhook_urls["ccai"] == "https://webhook-123456789012.europe-west1.run.app/webhook/{tenant}/ccai"
    error_message = "where the contact centre posts its events"
  }
}

run "a_function_is_made_otherwise" {
  command = plan
  variables {
    functions = { webhook = { min_instances = 2, memory = "1Gi" } }
  }

  assert {
    condition     = google_cloudfunctions2_function.function["webhook"].service_config[0].min_instance_count == 2 && google_cloudfunctions2_function.function["webhook"].service_config[0].available_memory == "1Gi"
    error_message = "what was given does not count"
  }
  assert {
    condition     = google_cloudfunctions2_function.function["webhook"].service_config[0].max_instance_request_concurrency == 20 && google_cloudfunctions2_function.function["crm"].service_config[0].min_instance_count == 0
    error_message = "what was not given must stay"
  }
}

run "mistakes_are_told" {
  command = plan
  variables {
    project_id     = "Acme"
    region         = "eu"
    labels         = { Team = "crm" }
    functions      = { web = {} }
    outbound_allow = ["https://crm.example.com"]
    sign_in        = { client_id = "", issuer = "accounts.google.com" }
  }
  expect_failures = [var.project_id, var.region, var.labels, var.functions, var.outbound_allow, var.sign_in]
}

run "half_a_cpu_takes_one_request" {
  command = plan
  variables {
    functions = { presence = { cpu = "0.5" } }
  }
  expect_failures = [google_cloudfunctions2_function.function["presence"]]
}
