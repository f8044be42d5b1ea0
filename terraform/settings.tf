variable "tenants" {
  description = "Tenants to begin with, each with the path of a file with its settings, such as \"$${path.module}/acme.json\". What stands in the file later is not applied by Terraform: SETTINGS.md says how it is."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, _ in var.tenants : can(regex("^[a-z0-9][a-z0-9-]{0,62}$", name)) && !contains(["signin", "signout"], name) && !strcontains(name, "--")])
    error_message = "A tenant's name has 1 to 63 lower case letters, digits and single hyphens, begins with none of these, and is neither signin nor signout."
  }
  validation {
    condition     = alltrue([for path in values(var.tenants) : can(keys(jsondecode(file(path)))) && try(length(file(path)) <= 512 * 1024, true)])
    error_message = "Settings are a file with one JSON object of at most 512 KiB, and one of the files is none: make check-settings says where."
  }
  # The functions refuse such settings, but by then the password would stand in the state.
  validation {
    condition = alltrue([for path in values(var.tenants) : alltrue([
      for found in regexall("\"(?:password|passphrase|private_key|signature|secret|client_secret|signing_secret)\"\\s*:\\s*\"([^\"]*)\"", try(file(path), "")) :
      found[0] == "" || startswith(found[0], "secret://")
    ])])
    error_message = "Settings name secrets, as secret://NAME, and never hold them: one of the files has a secret's value."
  }
  validation {
    condition = alltrue([for path in values(var.tenants) : alltrue([
      for found in regexall("\"secret://([A-Za-z0-9_-]+)\"", try(file(path), "")) : contains(keys(var.secrets), found[0])
    ])])
    error_message = "One of the files names a secret that is not among var.secrets: no function could read it."
  }
  validation {
    condition = alltrue([for path in values(var.tenants) :
      contains(concat(keys(var.crm_queues), [""]), try(jsondecode(file(path)).crm.queue, ""))
    ])
    error_message = "One of the files names a CRM's queue (crm.queue) that is not among var.crm_queues: no task could be made for it."
  }
}

# A tenant's first settings, in the place where functions read them. From then on they are the console's, where administrators
# save them and their history is kept: Terraform would undo what was saved since its last run, and by replacing the document
# would have the history's numbers begin anew. Where there is such a tenant already, the apply fails and changes nothing.
resource "google_firestore_document" "tenant" {
  for_each = var.tenants

  project     = var.project_id
  database    = google_firestore_database.this.name
  collection  = "tenants"
  document_id = each.key
  fields      = jsonencode({ settings = { stringValue = file(each.value) } })

  lifecycle {
    ignore_changes = [fields]
  }
}
