mock_provider "google" {
  source = "./tests/mocks"
}

run "a_tenant_begins_with_its_file" {
  assert {
    condition = (
      google_firestore_document.tenant["acme"].collection == "tenants" &&
      google_firestore_document.tenant["acme"].document_id == "acme" &&
      google_firestore_document.tenant["acme"].database == "(default)"
    )
    error_message = "functions read a tenant's settings at tenants/NAME"
  }
  assert {
    condition     = jsondecode(google_firestore_document.tenant["acme"].fields) == { settings = { stringValue = file("tests/settings/acme.json") } }
    error_message = "functions read the file, byte by byte, from the field settings"
  }
}

# The console has the settings from then on.
run "a_file_that_changed_is_not_applied" {
  variables {
    tenants = { acme = "tests/settings/changed.json" }
  }
  assert {
    condition     = jsondecode(google_firestore_document.tenant["acme"].fields).settings.stringValue == file("tests/settings/acme.json")
    error_message = "Terraform has replaced what administrators may have saved meanwhile"
  }
}

run "none_is_none" {
  command = plan
  variables {
    tenants = {}
  }
  assert {
    condition     = length(google_firestore_document.tenant) == 0
    error_message = "a tenant was made that nobody asked for"
  }
}

run "a_secrets_value_is_refused" {
  command = plan
  variables {
    tenants = { acme = "tests/settings/secret.json" }
  }
  expect_failures = [var.tenants]
}

run "a_secret_that_nobody_can_read_is_refused" {
  command = plan
  variables {
    tenants = { acme = "tests/settings/unknown.json" }
  }
  expect_failures = [var.tenants]
}

run "a_queue_that_is_not_there_is_refused" {
  command = plan
  variables {
    tenants = { acme = "tests/settings/queue.json" }
  }
  expect_failures = [var.tenants]
}

run "what_is_no_object_is_refused" {
  command = plan
  variables {
    tenants = { acme = "tests/settings/list.json" }
  }
  expect_failures = [var.tenants]
}

run "a_file_that_is_not_there_is_refused" {
  command = plan
  variables {
    tenants = { acme = "tests/settings/none.json" }
  }
  expect_failures = [var.tenants]
}

run "a_tenant_cannot_be_called_so" {
  command = plan
  variables {
    tenants = { signin = "tests/settings/acme.json" }
  }
  expect_failures = [var.tenants]
}

run "another_tenants_prefix_is_no_name" {
  command = plan
  variables {
    tenants = { "acme--b" = "tests/settings/acme.json" }
  }
  expect_failures = [var.tenants]
}
