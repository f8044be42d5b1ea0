variable "kms_key" {
  description = "Key of Cloud KMS (projects/P/locations/L/keyRings/R/cryptoKeys/K, in the deployment's region) that encrypts the database, buckets, topics and secrets. Empty: Google's own keys. A database keeps the key it was made with."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.kms_key == "" || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "A key is written as projects/P/locations/L/keyRings/R/cryptoKeys/K, without a version."
  }
  validation {
    condition     = var.kms_key == "" || try(split("/", var.kms_key)[3], "") == var.region
    error_message = "The key has to be in the region ${var.region}: buckets and databases take no key of another place."
  }
}

locals {
  # Google's own accounts, through which its services use the key. Those of Firestore, Pub/Sub and Secret Manager may come to be
  # at the first use only, so before the first apply with a key they have to be made, once: README.md has the commands
  # (docs.cloud.google.com/firestore/native/docs/use-cmek, docs.cloud.google.com/pubsub/docs/encryption,
  # docs.cloud.google.com/secret-manager/docs/cmek). That of Cloud Storage is made when Terraform asks for its name. The
  # provider makes such accounts in its beta edition only, which this module does without.
  agents = {
    firestore     = "service-${local.number}@gcp-sa-firestore.iam.gserviceaccount.com"
    pubsub        = "service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    secretmanager = "service-${local.number}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    storage       = data.google_storage_project_service_account.this.email_address
  }
}

# What is encrypted with the key has to wait for these: without them it cannot be made.
resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = var.kms_key == "" ? {} : local.agents

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value}"

  depends_on = [google_project_service.api]
}
