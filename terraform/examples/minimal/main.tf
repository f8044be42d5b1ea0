# The smallest deployment: no load balancer, each function for people at an address of its own.

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
  description = "An empty project with billing."
  type        = string
  nullable    = false
}

variable "client_id" {
  description = "Id of the OAuth client by which people sign in with Google."
  type        = string
  nullable    = false
}

variable "admins" {
  description = "Mail addresses of those who may make tenants."
  type        = list(string)
  nullable    = false
}

provider "google" {
  project = var.project_id
  region  = "europe-west1"

  # Some APIs want to know which project's quota a person's call counts on, and answer 403 where they are not told.
  user_project_override = true
  billing_project       = var.project_id
}

module "sessionbridge" {
  source = "../.."

  project_id = var.project_id
  sign_in    = { client_id = var.client_id, admins = var.admins }

  # One tenant, acme, with a CRM that takes 5 sessions a second.
  secrets = {
    "acme--webhook" = ["source"]
    "acme--crm"     = ["crm"]
  }
  crm_queues = { "acme--crm" = { rate = 5, concurrency = 5 } }
}

output "sessionbridge" {
  description = "Addresses and accounts."
  value       = module.sessionbridge
}
