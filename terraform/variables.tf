# What every file here uses. The other variables stand at the head of the file they are about.

variable "project_id" {
  description = "Project in which everything is made. Best one of its own: the functions have plain names in it, such as session."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project's id has 6 to 30 lower case letters, digits and hyphens, begins with a letter and does not end with a hyphen."
  }
}

variable "region" {
  description = "Region of functions, topics, queues, database and buckets. What was made in one cannot be moved to another."
  type        = string
  default     = "europe-west1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is written as europe-west1; a zone (europe-west1-b) or a multi-region (eu) is none."
  }
}

variable "labels" {
  description = "Labels for everything that can have them, beside application = sessionbridge."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for k, v in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", k)) && can(regex("^[a-z0-9_-]{0,63}$", v))])
    error_message = "A label's key and value have at most 63 lower case letters, digits, underscores and hyphens, and a key begins with a letter."
  }
}

data "google_project" "this" {
  project_id = var.project_id
}

locals {
  labels = merge(var.labels, { application = "sessionbridge" })
  number = data.google_project.this.number
}
