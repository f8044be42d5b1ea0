mock_provider "google" {
  source = "./tests/mocks"
}

run "as_it_comes" {
  assert {
    condition     = google_firestore_database.this.name == "(default)" && google_firestore_database.this.type == "FIRESTORE_NATIVE"
    error_message = "the functions use the project's default database"
  }
  assert {
    condition     = google_firestore_database.this.location_id == var.region
    error_message = "the database is in the deployment's region"
  }
  assert {
    condition = (
      google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED" &&
      google_firestore_database.this.deletion_policy == "ABANDON" &&
      google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
    )
    error_message = "nothing may delete the database, and a mistake of the last days can be undone"
  }
  assert {
    condition     = length(google_firestore_database.this.cmek_config) == 0 && length(google_kms_crypto_key_iam_member.agent) == 0
    error_message = "without a key there is nothing to encrypt with"
  }
}

run "indexes" {
  assert {
    condition = toset([for i in google_firestore_index.index :
      "${i.collection} ${i.query_scope}: ${join(", ", [for f in i.fields : "${f.field_path} ${coalesce(f.order, f.array_config)}"])}"
      ]) == toset([for i in jsondecode(file("indexes.json")).indexes :
      "${i.collectionGroup} ${i.queryScope}: ${join(", ", [for f in i.fields : "${f.fieldPath} ${try(f.order, f.arrayConfig)}"])}"
    ])
    error_message = "an index of indexes.json is not made, or is another"
  }
  assert {
    condition     = length(google_firestore_index.index) == length(jsondecode(file("indexes.json")).indexes)
    error_message = "two indexes have one name"
  }
  assert {
    condition     = [for f in google_firestore_index.index["sessions-status-changed_at-down"].fields : f.order] == ["ASCENDING", "DESCENDING"]
    error_message = "the console's page of sessions of one status lacks its index"
  }
}

run "fields" {
  assert {
    condition     = length(google_firestore_field.field) == length(jsondecode(file("indexes.json")).fieldOverrides)
    error_message = "a field of indexes.json is not made"
  }
  assert {
    condition     = alltrue([for f in google_firestore_field.field : length(f.index_config) == 1])
    error_message = "without index_config a field has the automatic indexes"
  }
  assert {
    condition     = length(google_firestore_field.field["sessions.json"].index_config[0].indexes) == 0
    error_message = "a session's document must not be indexed"
  }
  assert {
    condition = [for i in google_firestore_field.field["sessions.due_at"].index_config[0].indexes : "${i.query_scope} ${i.order}"] == [
      "COLLECTION_GROUP ASCENDING"
    ]
    error_message = "what is late is found over all tenants"
  }
}

# Every collection group whose documents say when they are over. What has a time that means something else must not stand here:
# a grant's expires_at is its access token's, not the grant's.
run "expiry" {
  assert {
    condition = toset([for name, f in google_firestore_field.field : name if length(f.ttl_config) > 0]) == toset([
      "agents.expires_at", "deliveries.expires_at", "desks.expires_at", "erased.expires_at", "history.expires_at", "leases.until", "messages.expires_at",
      "overflow.expires_at", "poison.expires_at", "positions.expires_at", "sessions.expires_at", "signin.until", "unknown.expires_at"
    ])
    error_message = "the fields by which documents expire are others"
  }
  assert {
    condition     = alltrue([for f in google_firestore_field.field : length(f.index_config[0].indexes) == 0 if length(f.ttl_config) > 0])
    error_message = "a field that grows with time must not be indexed"
  }
}

run "a_key" {
  variables {
    kms_key                = "projects/keys/locations/europe-west1/keyRings/ring/cryptoKeys/sessionbridge"
    delete_protection      = false
    point_in_time_recovery = false
  }
  assert {
    condition     = google_firestore_database.this.cmek_config[0].kms_key_name == var.kms_key
    error_message = "the key does not encrypt the database"
  }
  assert {
    condition = toset([for m in google_kms_crypto_key_iam_member.agent : m.member]) == toset([
      "serviceAccount:service-123456789012@gcp-sa-firestore.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@gcp-sa-secretmanager.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com",
    ])
    error_message = "a service that is to use the key may not"
  }
  assert {
    condition     = alltrue([for m in google_kms_crypto_key_iam_member.agent : m.role == "roles/cloudkms.cryptoKeyEncrypterDecrypter"])
    error_message = "services use keys, and do nothing else with them"
  }
  assert {
    condition     = google_firestore_database.this.deletion_policy == "DELETE" && google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_DISABLED"
    error_message = "a trial's database can be deleted"
  }
}

run "a_key_of_another_region_is_refused" {
  command = plan
  variables {
    kms_key = "projects/keys/locations/us-east1/keyRings/ring/cryptoKeys/sessionbridge"
  }
  expect_failures = [var.kms_key]
}

run "a_key_with_a_version_is_refused" {
  command = plan
  variables {
    kms_key = "projects/keys/locations/europe-west1/keyRings/ring/cryptoKeys/sessionbridge/cryptoKeyVersions/1"
  }
  expect_failures = [var.kms_key]
}

run "a_multi_region_with_a_key_is_refused" {
  command = plan
  variables {
    kms_key           = "projects/keys/locations/europe-west1/keyRings/ring/cryptoKeys/sessionbridge"
    database_location = "eur3"
  }
  expect_failures = [var.database_location]
}
