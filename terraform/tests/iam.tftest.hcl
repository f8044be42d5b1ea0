mock_provider "google" {
  source = "./tests/mocks"
}

run "applied" {
  assert {
    condition     = toset([for m in google_cloud_run_v2_service_iam_member.public : m.name]) == toset(["webhook", "console", "desk"])
    error_message = "only these are public"
  }
  assert {
    condition     = alltrue([for m in google_cloud_run_v2_service_iam_member.invoker : !startswith(m.member, "allU") && !startswith(m.member, "allA")])
    error_message = "what is not public is called by accounts only"
  }
  assert {
    condition = { for m in google_cloud_run_v2_service_iam_member.invoker : m.name => m.member... } == {
      session  = ["serviceAccount:${google_service_account.pubsub.email}"]
      crm      = ["serviceAccount:${google_service_account.tasks.email}"]
      export   = ["serviceAccount:${google_service_account.tasks.email}"]
      metadata = ["serviceAccount:${google_service_account.tasks.email}"]
      quality  = ["serviceAccount:${google_service_account.tasks.email}"]
      presence = ["serviceAccount:${google_service_account.scheduler.email}", "serviceAccount:${google_service_account.tasks.email}"]
      watch    = ["serviceAccount:${google_service_account.scheduler.email}"]
    }
    error_message = "each function is called by what wakes it and nobody else"
  }
  assert {
    condition     = alltrue([for name, f in google_cloudfunctions2_function.function : f.service_config[0].service_account_email == google_service_account.function[name].email])
    error_message = "each function has an account of its own"
  }
  assert {
    condition     = length(distinct([for a in google_service_account.function : a.account_id])) == length(local.names)
    error_message = "two functions share an account"
  }
  assert {
    condition     = toset([for m in google_project_iam_member.function : m.role]) == toset(["roles/datastore.user", "roles/datastore.viewer", "roles/cloudtasks.enqueuer", "roles/cloudtasks.viewer", "projects/sessionbridge-test/roles/sessionbridgeQueues"])
    error_message = "a right for the whole project has to be thought about: ${join(", ", distinct([for m in google_project_iam_member.function : m.role]))}"
  }
  assert {
    condition     = toset(google_project_iam_custom_role.signer.permissions) == toset(["iam.serviceAccounts.signBlob"])
    error_message = "a signer signs and does nothing else"
  }
  assert {
    condition     = alltrue([for key, m in google_service_account_iam_member.signer : m.service_account_id == google_service_account.function[key].name && m.member == "serviceAccount:${google_service_account.function[key].email}"])
    error_message = "a function signs as itself only"
  }
}

run "a_secret_is_read_by_who_needs_it" {
  assert {
    condition = { for key, m in google_secret_manager_secret_iam_member.accessor : split("/", key)[0] => split("/", key)[1]... } == {
      "acme--crm"     = ["console", "crm", "desk", "quality"]
      "acme--sftp"    = ["console", "crm", "export", "metadata"]
      "acme--webhook" = ["console", "webhook"]
      "cookie-key"    = ["console", "desk"]
      "oidc-client"   = ["console", "desk"]
    }
    error_message = "a secret is read by others than those who use it"
  }
  assert {
    condition = alltrue([for name, f in google_cloudfunctions2_function.function :
      join(" ", sort(f.service_config[0].secret_volumes[*].secret)) == join(" ", sort([for key, m in google_secret_manager_secret_iam_member.accessor : split("/", key)[0] if split("/", key)[1] == name]))
    ])
    error_message = "a function has the secrets mounted that it may read, and no other"
  }
  assert {
    condition     = length(google_cloudfunctions2_function.function["session"].service_config[0].secret_volumes) == 0
    error_message = "session needs no secret"
  }
}

run "what_a_secret_is_for_is_told" {
  command = plan
  variables {
    secrets = { "acme--crm" = ["webhooks"] }
  }
  expect_failures = [var.secrets]
}

run "the_deployments_own_secrets_are_no_tenants" {
  command = plan
  variables {
    secrets = { "cookie-key" = ["crm"] }
  }
  expect_failures = [var.secrets]
}
