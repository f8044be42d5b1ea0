mock_provider "google" {
  source = "./tests/mocks"
}

run "applied" {
  assert {
    condition     = alltrue([for s in google_pubsub_subscription.push : s.expiration_policy[0].ttl == ""]) && google_pubsub_subscription.dead.expiration_policy[0].ttl == ""
    error_message = "a subscription must not expire"
  }
  assert {
    condition     = google_pubsub_subscription.dead.message_retention_duration == "2678400s" && google_pubsub_subscription.dead.topic == "session-events-dead"
    error_message = "dead letters are kept for 31 days"
  }
  assert {
    condition     = alltrue([for s in google_pubsub_subscription.push : s.dead_letter_policy[0].dead_letter_topic == "projects/sessionbridge-test/topics/session-events-dead" && s.dead_letter_policy[0].max_delivery_attempts == 100])
    error_message = "what nobody can take ends at the dead letters"
  }
  assert {
    condition     = google_pubsub_subscription.push["session"].enable_message_ordering && !google_pubsub_subscription.push["uploads"].enable_message_ordering
    error_message = "a session's events come in order"
  }
  assert {
    condition     = alltrue([for s in google_pubsub_subscription.push : s.push_config[0].oidc_token[0].audience == s.push_config[0].push_endpoint])
    error_message = "a push is signed for where it goes"
  }
  assert {
    condition     = alltrue([for t in google_pubsub_topic.topic : t.message_storage_policy[0].allowed_persistence_regions == toset(["europe-west1"])])
    error_message = "events stay in the region"
  }
  assert {
    condition = (
      google_pubsub_topic_iam_member.dead.member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com" &&
      google_pubsub_topic_iam_member.dead.role == "roles/pubsub.publisher" && google_pubsub_topic_iam_member.dead.topic == "session-events-dead" &&
      alltrue([for m in google_pubsub_subscription_iam_member.dead : m.role == "roles/pubsub.subscriber"]) &&
      toset([for m in google_pubsub_subscription_iam_member.dead : m.subscription]) == toset(keys(google_pubsub_subscription.push))
    )
    error_message = "without these rights Pub/Sub moves nothing to the dead letters"
  }
  assert {
    condition     = google_pubsub_topic_iam_member.uploads.topic == "uploads" && google_pubsub_topic_iam_member.uploads.member == "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
    error_message = "Cloud Storage tells of uploads"
  }
  assert {
    condition     = toset(keys(google_pubsub_topic_iam_member.publisher)) == toset(["webhook", "desk"]) && alltrue([for m in google_pubsub_topic_iam_member.publisher : m.topic == "session-events"])
    error_message = "only the doors for events publish them"
  }
}

run "encrypted" {
  command = plan
  variables {
    kms_key = "projects/keys/locations/europe-west1/keyRings/ring/cryptoKeys/sessionbridge"
  }
  assert {
    condition     = length(google_pubsub_topic.topic) == 3 && alltrue([for t in google_pubsub_topic.topic : t.kms_key_name == var.kms_key])
    error_message = "the key does not encrypt what is published"
  }
  assert {
    condition     = alltrue([for s in google_secret_manager_secret.secret : s.replication[0].user_managed[0].replicas[0].customer_managed_encryption[0].kms_key_name == var.kms_key])
    error_message = "the key does not encrypt the secrets"
  }
}
