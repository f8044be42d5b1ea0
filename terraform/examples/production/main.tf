# A deployment for several tenants: one host behind a load balancer, a fixed address for CRMs' firewalls, a key of the
# company's own, and people who are told when a promise is broken. Give it a backend, such as "gcs", for its state: whoever can read
# that knows the whole deployment, and no secret.

terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8.0"
    }
  }
}

variable "project_id" {
  description = "A project of the deployment's own, with billing."
  type        = string
  nullable    = false
}

variable "domain" {
  description = "Name under which people and contact centres reach it, such as bridge.example.com."
  type        = string
  nullable    = false
}

variable "client_id" {
  description = "Id of the client at the company's OpenID Connect issuer."
  type        = string
  nullable    = false
}

variable "admins" {
  description = "Mail addresses of administrators of all tenants."
  type        = list(string)
  nullable    = false
}

variable "alert_email" {
  description = "Who is told when a promise is broken."
  type        = string
  nullable    = false
}

locals {
  region = "europe-west1"
}

provider "google" {
  project = var.project_id
  region  = local.region

  # Some APIs want to know which project's quota a person's call counts on, and answer 403 where they are not told.
  user_project_override = true
  billing_project       = var.project_id
}

# There is no key without its API, and this one only the example needs.
resource "google_project_service" "kms" {
  project            = var.project_id
  service            = "cloudkms.googleapis.com"
  disable_on_destroy = false
}

# A key of the company's own. What is encrypted with it is lost with it: so it cannot be destroyed from here.
resource "google_kms_key_ring" "this" {
  project  = var.project_id
  name     = "sessionbridge"
  location = local.region

  depends_on = [google_project_service.kms]
}

resource "google_kms_crypto_key" "this" {
  name            = "sessionbridge"
  key_ring        = google_kms_key_ring.this.id
  rotation_period = "7776000s"

  lifecycle {
    prevent_destroy = true
  }
}

module "sessionbridge" {
  source = "../.."

  project_id = var.project_id
  region     = local.region
  labels     = { environment = "production" }

  sign_in = {
    client_id = var.client_id
    admins    = var.admins
  }

  domain        = var.domain
  static_egress = true
  # Written out, since it is looked at before there is a key.
  kms_key = "projects/${var.project_id}/locations/${local.region}/keyRings/${google_kms_key_ring.this.name}/cryptoKeys/${google_kms_crypto_key.this.name}"

  # Two tenants, each with a CRM of its own rate.
  crm_queues = {
    "acme--crm"   = { rate = 5, concurrency = 5 }
    "globex--crm" = { rate = 50, concurrency = 20 }
  }
  secrets = {
    "acme--webhook"   = ["source"]
    "acme--crm"       = ["crm"]
    "acme--sftp"      = ["storage"]
    "globex--webhook" = ["source"]
    "globex--crm"     = ["crm", "presence"]
    "globex--quality" = ["quality"]
    "globex--mail"    = ["mail"]
  }

  # Nobody waits for a first instance where a contact centre or a person does. More than 20 instances need a quota above a new
  # project's: README.md says what to ask for.
  functions = {
    webhook = { min_instances = 1, max_instances = 100 }
    session = { min_instances = 1, max_instances = 100 }
    crm     = { max_instances = 50 }
    export  = { max_instances = 50 }
    desk    = { min_instances = 1, max_instances = 50 }
  }

  alert_email = var.alert_email
}

output "sessionbridge" {
  description = "Addresses and accounts."
  value       = module.sessionbridge
}
