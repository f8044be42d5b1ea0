variable "upload_origins" {
  description = "Origins (https://www.example.com) of the pages from which end users' browsers upload photos and videos. None: no browser may."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for o in var.upload_origins : can(regex("^https://[a-z0-9.-]+(:[0-9]+)?$", o))])
    error_message = "An origin is written as https://www.example.com, without a path or a slash at its end."
  }
}

variable "uploads_days" {
  description = "After how many days what end users uploaded is deleted. By then it is in the company's storage and CRM, or was given up after a week."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.uploads_days >= 8 && floor(var.uploads_days) == var.uploads_days
    error_message = "Files are tried for a week: uploads have to be kept for 8 days at least."
  }
}

variable "storage_buckets" {
  description = "Buckets for tenants' files, by their whole names, which begin with the tenant's and two hyphens (acme--recordings-4711), so that its administrators may name them in its settings. Days of 0: never; retention_days: how long nobody can delete or replace a file, so that metadata that would be written anew, as after a late rating, is refused and given up."
  type = map(object({
    location          = optional(string, "")
    storage_class     = optional(string, "STANDARD")
    versioning        = optional(bool, false)
    retention_days    = optional(number, 0)
    soft_delete_days  = optional(number, 7)
    nearline_days     = optional(number, 0)
    delete_after_days = optional(number, 0)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name, b in var.storage_buckets : can(regex("^[a-z0-9][a-z0-9_-]*--[a-z0-9_-]*[a-z0-9]$", name)) && length(name) <= 63])
    error_message = "A bucket's name is the tenant's, two hyphens and more, at most 63 lower case letters, digits, hyphens and underscores: acme--recordings-4711."
  }
  validation {
    condition     = alltrue([for b in var.storage_buckets : contains(["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"], b.storage_class)])
    error_message = "A storage class is STANDARD, NEARLINE, COLDLINE or ARCHIVE."
  }
  validation {
    condition     = alltrue([for b in var.storage_buckets : b.soft_delete_days == 0 || b.soft_delete_days >= 7 && b.soft_delete_days <= 90])
    error_message = "What was deleted can be had back for 7 to 90 days, or 0: not at all."
  }
  validation {
    condition     = alltrue([for b in var.storage_buckets : b.delete_after_days == 0 || b.delete_after_days >= b.retention_days])
    error_message = "A file cannot be deleted before the end of its retention."
  }
  # By Google's pages of Bucket Lock and of Object Versioning at one time, and by who has tried it since
  # (rules.sonarsource.com/terraform/RSPEC-6412, github.com/terraform-google-modules/terraform-example-foundation/pull/898). The
  # provider does not say so, and an apply would end half-way.
  validation {
    condition     = alltrue([for b in var.storage_buckets : !b.versioning || b.retention_days == 0])
    error_message = "A bucket has versioning or retention_days, not both: Cloud Storage keeps no versions where nothing can be replaced."
  }
  validation {
    condition     = alltrue([for b in var.storage_buckets : contains(["", var.region], b.location) || var.kms_key == ""])
    error_message = "With kms_key all buckets have to be in the key's region."
  }
}

locals {
  day = 24 * 60 * 60

  # Who does what with what end users upload. Browsers are given an address that the console signs: it has to be allowed itself
  # what is done there.
  uploads_roles = {
    "console/use" = { function = "console", role = "roles/storage.objectUser", why = "signs addresses to upload to, once each; shows a photo that is not stored yet; deletes what was uploaded for a session that is erased" }
    "crm/read"    = { function = "crm", role = "roles/storage.objectViewer", why = "attaches what no storage has to the record" }
    "export/read" = { function = "export", role = "roles/storage.objectViewer", why = "brings uploads into the company's storage" }
  }

  # And with tenants' files. A file that is stored anew replaces the one before, which takes the right to delete.
  storage_roles = {
    console  = { role = "roles/storage.objectUser", why = "gives out files; deletes those of a session that is erased, if that is wanted; tries a tenant's storage with a file that it deletes" }
    crm      = { role = "roles/storage.objectViewer", why = "attaches files to records" }
    export   = { role = "roles/storage.objectUser", why = "stores recordings, voicemails, photos and videos" }
    metadata = { role = "roles/storage.objectUser", why = "stores metadata and transcripts" }
  }
  storage_members = merge([for bucket in keys(var.storage_buckets) : {
    for f, r in local.storage_roles : "${bucket}/${f}" => { bucket = bucket, function = f, role = r.role }
  }]...)

  bucket_permissions = concat(
    [for r in local.uploads_roles : { function = r.function, role = r.role, on = "bucket uploads", why = r.why }],
    [for f, r in local.storage_roles : { function = f, role = r.role, on = "buckets of storage_buckets", why = r.why }],
  )
}

# Where end users' browsers put photos and videos, on their way to the company's storage. Nothing is kept here for good.
resource "google_storage_bucket" "uploads" {
  project                     = var.project_id
  name                        = "${var.project_id}-uploads"
  location                    = var.region
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # The headers are those of the signed address, which the browser has to send as they are.
  dynamic "cors" {
    for_each = length(var.upload_origins) == 0 ? [] : [var.upload_origins]
    content {
      origin          = cors.value
      method          = ["PUT"]
      response_header = ["Content-Type", "x-goog-if-generation-match", "x-goog-content-length-range"]
      max_age_seconds = 3600
    }
  }

  lifecycle_rule {
    condition {
      age = var.uploads_days
    }
    action {
      type = "Delete"
    }
  }
  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  versioning {
    enabled = false
  }
  soft_delete_policy {
    retention_duration_seconds = 7 * local.day
  }

  dynamic "encryption" {
    for_each = var.kms_key == "" ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.agent]
}

# The news of each upload, which is all that tells a session of it.
resource "google_storage_notification" "uploads" {
  bucket         = google_storage_bucket.uploads.name
  topic          = "projects/${var.project_id}/topics/${google_pubsub_topic.topic["uploads"].name}"
  payload_format = "JSON_API_V1"
  event_types    = ["OBJECT_FINALIZE"]

  depends_on = [google_pubsub_topic_iam_member.uploads]
}

resource "google_storage_bucket_iam_member" "uploads" {
  for_each = local.uploads_roles

  bucket = google_storage_bucket.uploads.name
  role   = each.value.role
  member = "serviceAccount:${google_service_account.function[each.value.function].email}"
}

# Tenants' recordings and what else is kept of their sessions, where they have no storage of their own.
resource "google_storage_bucket" "storage" {
  for_each = var.storage_buckets

  project                     = var.project_id
  name                        = each.key
  location                    = coalesce(each.value.location, var.region)
  storage_class               = each.value.storage_class
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = each.value.versioning
  }
  soft_delete_policy {
    retention_duration_seconds = each.value.soft_delete_days * local.day
  }

  dynamic "retention_policy" {
    for_each = each.value.retention_days == 0 ? [] : [each.value.retention_days]
    content {
      retention_period = retention_policy.value * local.day
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.nearline_days == 0 ? [] : [each.value.nearline_days]
    content {
      condition {
        age                   = lifecycle_rule.value
        matches_storage_class = ["STANDARD"]
      }
      action {
        type          = "SetStorageClass"
        storage_class = "NEARLINE"
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.delete_after_days == 0 ? [] : [each.value.delete_after_days]
    content {
      condition {
        age = lifecycle_rule.value
      }
      action {
        type = "Delete"
      }
    }
  }

  # Of versions that were replaced or deleted, the last month's are enough to mend a mistake.
  dynamic "lifecycle_rule" {
    for_each = each.value.versioning ? [30] : []
    content {
      condition {
        days_since_noncurrent_time = lifecycle_rule.value
      }
      action {
        type = "Delete"
      }
    }
  }

  dynamic "encryption" {
    for_each = var.kms_key == "" ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.agent]
}

resource "google_storage_bucket_iam_member" "storage" {
  for_each = local.storage_members

  bucket = google_storage_bucket.storage[each.value.bucket].name
  role   = each.value.role
  member = "serviceAccount:${google_service_account.function[each.value.function].email}"
}
