locals {
  topics = toset(["session-events", "session-events-dead", "uploads"])

  # Pushes to functions/session. A session's events come in their order, by the ordering key; the news of uploads needs none.
  pushes = {
    session = { topic = "session-events", ordered = true }
    uploads = { topic = "uploads", ordered = false }
  }

  pubsub_agent = "serviceAccount:service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "topic" {
  for_each = local.topics

  project      = var.project_id
  name         = each.key
  labels       = local.labels
  kms_key_name = var.kms_key == "" ? null : var.kms_key

  # Events hold customers' names and numbers, which stay in the region.
  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.agent]
}

# Our own rather than Eventarc's, which can have neither order nor dead letters.
resource "google_pubsub_subscription" "push" {
  for_each = local.pushes

  project                    = var.project_id
  name                       = each.key
  topic                      = google_pubsub_topic.topic[each.value.topic].name
  labels                     = local.labels
  ack_deadline_seconds       = 60
  enable_message_ordering    = each.value.ordered
  message_retention_duration = "604800s"

  push_config {
    push_endpoint = local.url["session"]
    oidc_token {
      service_account_email = google_service_account.pubsub.email
      audience              = local.url["session"]
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  # Some 15 hours of trying.
  dead_letter_policy {
    dead_letter_topic     = "projects/${var.project_id}/topics/${google_pubsub_topic.topic["session-events-dead"].name}"
    max_delivery_attempts = 100
  }

  # Unless told otherwise, a subscription that has nothing to do for 31 days is deleted, and all that comes then is lost.
  expiration_policy {
    ttl = ""
  }
}

# Dead letters wait for a person as long as Pub/Sub keeps anything.
resource "google_pubsub_subscription" "dead" {
  project                    = var.project_id
  name                       = "session-events-dead"
  topic                      = google_pubsub_topic.topic["session-events-dead"].name
  labels                     = local.labels
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

# Pub/Sub itself moves a message to the dead letters, and takes it from where it was
# (docs.cloud.google.com/pubsub/docs/dead-letter-topics#grant_forwarding_permissions).
resource "google_pubsub_topic_iam_member" "dead" {
  project = var.project_id
  topic   = google_pubsub_topic.topic["session-events-dead"].name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead" {
  for_each = local.pushes

  project      = var.project_id
  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

data "google_storage_project_service_account" "this" {
  project = var.project_id
}

# Cloud Storage tells of uploads as its own account of the project.
resource "google_pubsub_topic_iam_member" "uploads" {
  project = var.project_id
  topic   = google_pubsub_topic.topic["uploads"].name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${data.google_storage_project_service_account.this.email_address}"
}
