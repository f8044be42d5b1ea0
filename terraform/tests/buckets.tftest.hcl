mock_provider "google" {
  source = "./tests/mocks"
}

run "uploads" {
  variables {
    upload_origins = ["https://www.example.com", "https://shop.example.com:8443"]
  }
  assert {
    condition     = google_storage_bucket.uploads.name == "${var.project_id}-uploads"
    error_message = "the bucket has another name"
  }
  assert {
    condition     = google_storage_bucket.uploads.uniform_bucket_level_access && google_storage_bucket.uploads.public_access_prevention == "enforced"
    error_message = "nobody may see what end users uploaded but by a right to the bucket"
  }
  assert {
    condition = (
      google_storage_bucket.uploads.cors[0].origin == tolist(var.upload_origins) &&
      google_storage_bucket.uploads.cors[0].method == tolist(["PUT"]) &&
      toset(google_storage_bucket.uploads.cors[0].response_header) == toset(["Content-Type", "x-goog-if-generation-match", "x-goog-content-length-range"])
    )
    error_message = "a browser cannot send what the signed address demands, or more than that"
  }
  assert {
    condition     = anytrue([for r in google_storage_bucket.uploads.lifecycle_rule : one(r.action).type == "Delete" && one(r.condition).age == 30])
    error_message = "uploads are not deleted after 30 days"
  }
  assert {
    condition     = !google_storage_bucket.uploads.versioning[0].enabled && google_storage_bucket.uploads.soft_delete_policy[0].retention_duration_seconds == 604800
    error_message = "what is deleted has to be gone a week later"
  }
  assert {
    condition     = google_storage_notification.uploads.event_types == toset(["OBJECT_FINALIZE"]) && google_storage_notification.uploads.payload_format == "JSON_API_V1"
    error_message = "the session is told of uploads, and of nothing else"
  }
  assert {
    condition     = google_storage_notification.uploads.topic == "projects/${var.project_id}/topics/uploads"
    error_message = "the news goes to another topic"
  }
  assert {
    condition = toset([for m in google_storage_bucket_iam_member.uploads : "${m.member} ${m.role}"]) == toset([
      "serviceAccount:${google_service_account.function["console"].email} roles/storage.objectUser",
      "serviceAccount:${google_service_account.function["crm"].email} roles/storage.objectViewer",
      "serviceAccount:${google_service_account.function["export"].email} roles/storage.objectViewer",
    ])
    error_message = "others have rights to uploads, or other rights"
  }
}

run "nothing_asked_for" {
  variables {
    storage_buckets = {}
  }
  assert {
    condition     = length(google_storage_bucket.storage) == 0 && length(google_storage_bucket_iam_member.storage) == 0
    error_message = "tenants keep their files elsewhere"
  }
  assert {
    condition     = length(google_storage_bucket.uploads.cors) == 0
    error_message = "no page was named, so no browser may upload"
  }
}

run "storage" {
  variables {
    kms_key = "projects/keys/locations/europe-west1/keyRings/ring/cryptoKeys/sessionbridge"
    storage_buckets = {
      "acme--recordings-4711" = { versioning = true, nearline_days = 30, delete_after_days = 3650 }
      "acme--vault"           = { retention_days = 365, storage_class = "NEARLINE", soft_delete_days = 0 }
    }
  }
  assert {
    condition = alltrue([for b in google_storage_bucket.storage :
      b.uniform_bucket_level_access && b.public_access_prevention == "enforced" && b.location == var.region &&
      b.encryption[0].default_kms_key_name == var.kms_key
    ])
    error_message = "a tenant's bucket is open, elsewhere or not encrypted with the key"
  }
  assert {
    condition     = google_storage_bucket.uploads.encryption[0].default_kms_key_name == var.kms_key
    error_message = "uploads are not encrypted with the key"
  }
  assert {
    condition = [for r in google_storage_bucket.storage["acme--recordings-4711"].lifecycle_rule : one(r.action).type] == [
      "SetStorageClass", "Delete", "Delete"
    ]
    error_message = "files do not grow cold, or are not deleted in the end, or their old versions are not"
  }
  assert {
    condition     = google_storage_bucket.storage["acme--vault"].retention_policy[0].retention_period == 31536000
    error_message = "nobody may delete a file of the vault for a year"
  }
  assert {
    condition     = length(google_storage_bucket.storage["acme--recordings-4711"].retention_policy) == 0 && length(google_storage_bucket.storage["acme--vault"].lifecycle_rule) == 0
    error_message = "what was not asked for was made"
  }
  assert {
    condition = toset([for m in google_storage_bucket_iam_member.storage : "${m.role} ${m.member}" if m.bucket == "acme--vault"]) == toset([
      "roles/storage.objectUser serviceAccount:${google_service_account.function["console"].email}",
      "roles/storage.objectViewer serviceAccount:${google_service_account.function["crm"].email}",
      "roles/storage.objectUser serviceAccount:${google_service_account.function["export"].email}",
      "roles/storage.objectUser serviceAccount:${google_service_account.function["metadata"].email}",
    ])
    error_message = "others have rights to tenants' files, or other rights"
  }
}

run "a_path_as_origin_is_refused" {
  command = plan
  variables {
    upload_origins = ["https://www.example.com/upload"]
  }
  expect_failures = [var.upload_origins]
}

run "uploads_gone_before_they_are_given_up_are_refused" {
  command = plan
  variables {
    uploads_days = 7
  }
  expect_failures = [var.uploads_days]
}

run "a_bucket_that_is_no_tenants_is_refused" {
  command = plan
  variables {
    storage_buckets = { "recordings" = {} }
  }
  expect_failures = [var.storage_buckets]
}

run "an_unknown_storage_class_is_refused" {
  command = plan
  variables {
    storage_buckets = { "acme--x" = { storage_class = "COLD" } }
  }
  expect_failures = [var.storage_buckets]
}

run "versions_of_what_nobody_can_replace_are_refused" {
  command = plan
  variables {
    storage_buckets = { "acme--x" = { retention_days = 30, versioning = true } }
  }
  expect_failures = [var.storage_buckets]
}

run "deletion_within_the_retention_is_refused" {
  command = plan
  variables {
    storage_buckets = { "acme--x" = { retention_days = 30, delete_after_days = 10 } }
  }
  expect_failures = [var.storage_buckets]
}
