variable "sign_in" {
  description = "How people sign in: the OpenID Connect issuer as it calls itself, the client there (its secret goes into oidc-client), mail addresses of administrators of all tenants, and audiences of programs' tokens beside the client's id."
  type = object({
    issuer    = optional(string, "https://accounts.google.com")
    client_id = string
    admins    = optional(list(string), [])
    audiences = optional(list(string), [])
  })
  nullable = false

  validation {
    condition     = can(regex("^https://[^/?#\\s]+", var.sign_in.issuer))
    error_message = "The issuer is a whole https address, exactly as in its tokens."
  }
  validation {
    condition     = var.sign_in.client_id != ""
    error_message = "Register a client at the issuer, with the output redirect_uris, and give its id."
  }
  validation {
    condition     = alltrue([for a in var.sign_in.admins : can(regex("^[^@,\\s]+@[^@,\\s]+$", a)) && a == lower(a)])
    error_message = "Administrators are mail addresses in lower case."
  }
  validation {
    condition     = alltrue([for a in var.sign_in.audiences : a != "" && !can(regex("[,\\s]", a))])
    error_message = "An audience has no comma and no blank."
  }
}

variable "secrets" {
  description = "Secrets that tenants' settings name (secret://name), each with what it is for: source, crm, storage, mail, quality or presence. Only the functions that do that can read it. A tenant's administrators may name those that begin with the tenant and two hyphens: acme--crm."
  type        = map(set(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, _ in var.secrets : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "A secret's name has 1 to 255 letters, digits, underscores and hyphens."
  }
  validation {
    condition     = alltrue([for name, _ in var.secrets : !contains(["oidc-client", "cookie-key"], name)])
    error_message = "oidc-client and cookie-key are the deployment's own."
  }
  validation {
    condition     = alltrue([for uses in var.secrets : length(uses) > 0 && length(setsubtract(uses, keys(local.readers))) == 0])
    error_message = "A secret is for one or more of source, crm, storage, mail, quality and presence."
  }
}

locals {
  secrets_dir = "/secrets"

  # Who reads a secret, by what it is for. The console tries everything that settings name, and agents search the CRM at the desk.
  readers = {
    source   = ["webhook", "console"]
    crm      = ["crm", "desk", "console"]
    storage  = ["crm", "export", "metadata", "console"]
    mail     = ["metadata", "console"]
    quality  = ["quality", "console"]
    presence = ["presence", "console"]
  }

  secret_readers = merge(
    { for name, uses in var.secrets : name => distinct(flatten([for use in uses : lookup(local.readers, use, [])])) },
    { "oidc-client" = ["console", "desk"], "cookie-key" = ["console", "desk"] },
  )

  secrets_of = { for f in local.names : f => sort([for name, readers in local.secret_readers : name if contains(readers, f)]) }
}

# Containers alone: a value never stands in Terraform's state. Each needs a version before the functions can be deployed.
resource "google_secret_manager_secret" "secret" {
  for_each = local.secret_readers

  project   = var.project_id
  secret_id = each.key
  labels    = local.labels

  # In the one region, like everything else.
  replication {
    user_managed {
      replicas {
        location = var.region
        dynamic "customer_managed_encryption" {
          for_each = var.kms_key == "" ? [] : [var.kms_key]
          content {
            kms_key_name = customer_managed_encryption.value
          }
        }
      }
    }
  }

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.agent]
}

resource "google_secret_manager_secret_iam_member" "accessor" {
  for_each = merge([for name, readers in local.secret_readers : { for f in readers : "${name}/${f}" => { secret = name, function = f } }]...)

  project   = var.project_id
  secret_id = google_secret_manager_secret.secret[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.function[each.value.function].email}"
}
