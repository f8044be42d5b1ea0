terraform {
  required_version = ">= 1.9, < 2.0"

  # Nothing here needs what version 7 added, and nothing that 6.50 had was taken away in it.
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8.0"
    }
  }
}
