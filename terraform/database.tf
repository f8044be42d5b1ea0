variable "database_location" {
  description = "Where the database is, such as the multi-region eur3, which outlives the loss of a region. Empty: in the deployment's region. A database cannot be moved."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]*$", var.database_location))
    error_message = "A location is written as europe-west1 or eur3."
  }
  validation {
    condition     = contains(["", var.region], var.database_location) || var.kms_key == ""
    error_message = "With kms_key the database has to be in the key's region, ${var.region}."
  }
}

variable "point_in_time_recovery" {
  description = "Whether the database keeps every version of the last seven days, to go back to; else of the last hour."
  type        = bool
  default     = true
  nullable    = false
}

variable "delete_protection" {
  description = "Whether the database refuses to be deleted, and `terraform destroy` leaves it where it is. Without it, destroying the deployment deletes every session."
  type        = bool
  default     = true
  nullable    = false
}

locals {
  # In the shape of the Firebase CLI's firestore.indexes.json, since the local cloud and a test read it, too: they hold each
  # query to it that the functions make.
  schema = jsondecode(file("${path.module}/indexes.json"))

  indexes = { for i in local.schema.indexes :
    join("-", concat(
      [i.collectionGroup],
      i.queryScope == "COLLECTION" ? [] : ["group"],
      [for f in i.fields : "${f.fieldPath}${try(f.order, "") == "DESCENDING" ? "-down" : ""}"],
    )) => i
  }

  fields = { for f in local.schema.fieldOverrides : "${f.collectionGroup}.${f.fieldPath}" => f }
}

# The functions use a project's default database, which is the one with a free quota. All of a deployment is in it.
resource "google_firestore_database" "this" {
  project                           = var.project_id
  name                              = "(default)"
  location_id                       = coalesce(var.database_location, var.region)
  type                              = "FIRESTORE_NATIVE"
  delete_protection_state           = var.delete_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.delete_protection ? "ABANDON" : "DELETE"
  point_in_time_recovery_enablement = var.point_in_time_recovery ? "POINT_IN_TIME_RECOVERY_ENABLED" : "POINT_IN_TIME_RECOVERY_DISABLED"

  dynamic "cmek_config" {
    for_each = var.kms_key == "" ? [] : [var.kms_key]
    content {
      kms_key_name = cmek_config.value
    }
  }

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.agent]
}

# A query whose index is missing fails. The name, by which each index ends, is added by the service.
resource "google_firestore_index" "index" {
  for_each = local.indexes

  project     = var.project_id
  database    = google_firestore_database.this.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

# Fields that have other indexes than the automatic ones. Most have none: of the long texts, which would cost storage and time
# at each write; of credentials; and of times by which documents expire, which grow, so that writes would crowd at the index's
# end. Those that expire are sessions as their tenant's retention has it, and what is below them; what was set aside or not
# understood, agents' places and states, and versions of settings (shared/store/retention.go says when); desks once their last call
# is over, leases whose holder is gone, and people who did not come back from a CRM's sign-in. For the functions each is the same
# as none. A policy on a collection that has many documents already takes its time, and deletes none that has no time.
resource "google_firestore_field" "field" {
  for_each = local.fields

  project    = var.project_id
  database   = google_firestore_database.this.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        query_scope  = indexes.value.queryScope
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.arrayConfig, null)
      }
    }
  }

  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [true] : []
    content {}
  }
}
