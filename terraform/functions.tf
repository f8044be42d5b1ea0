variable "bundles_dir" {
  description = "Folder with the archives of the functions and bundles.json, which `make bundle` writes. Empty: .bundles beside these files."
  type        = string
  default     = ""
  nullable    = false
}

variable "functions" {
  description = "What is to differ from how a function is made, by the function's name. Memory is written as 512Mi; a concurrency above 1 needs a whole CPU."
  type = map(object({
    memory        = optional(string)
    cpu           = optional(string)
    concurrency   = optional(number)
    min_instances = optional(number, 0)
    max_instances = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(setsubtract(keys(var.functions), local.names)) == 0
    error_message = "There is no function of that name. There are: ${join(", ", local.names)}."
  }
  validation {
    condition     = alltrue([for f in var.functions : f.memory == null || can(regex("^[1-9][0-9]*(Mi|Gi)$", f.memory))])
    error_message = "Memory is written as 512Mi or 1Gi."
  }
  validation {
    condition     = alltrue([for f in var.functions : try(f.concurrency >= 1 && f.concurrency <= 1000, f.concurrency == null)])
    error_message = "A concurrency is from 1 to 1000."
  }
  validation {
    condition     = alltrue([for f in var.functions : f.cpu == null || try(tonumber(f.cpu) >= 1, false) || f.concurrency == 1])
    error_message = "With less than one CPU an instance can take one request at a time only: give a concurrency of 1, too."
  }
}

variable "outbound_allow" {
  description = "Addresses (host:port) that functions may call although they are not public, such as of a CRM within the company's own network."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for a in var.outbound_allow : can(regex("^[^,\\s/]+:[0-9]+$", a))])
    error_message = "An address is written as host:port."
  }
}

locals {
  bundles_dir = coalesce(var.bundles_dir, "${path.module}/.bundles")
  bundles     = jsondecode(file("${local.bundles_dir}/bundles.json"))

  # All functions. What they are, below, cannot be asked for their names: it has the addresses, which are made of them.
  names = ["webhook", "session", "crm", "export", "metadata", "quality", "presence", "watch", "console", "desk"]

  # What functions are told, in groups; functions/README.md says what each variable is.
  env_tasks = {
    TASKS_LOCATION        = "projects/${var.project_id}/locations/${var.region}"
    TASKS_SERVICE_ACCOUNT = google_service_account.tasks.email
  }
  env_targets = {
    CRM_URL        = local.url["crm"]
    METADATA_URL   = local.url["metadata"]
    METADATA_QUEUE = "metadata"
    EXPORT_URL     = local.url["export"]
    FILES_QUEUE    = "files"
    QUALITY_URL    = local.url["quality"]
    QUALITY_QUEUE  = "quality"
  }
  env_turns   = { PRESENCE_QUEUE = "presence", PRESENCE_URL = local.url["presence"] }
  env_events  = { EVENTS_TOPIC = "session-events" }
  env_secrets = { SECRETS_DIR = local.secrets_dir }
  env_uploads = { UPLOADS_BUCKET = google_storage_bucket.uploads.name }
  env_out     = length(var.outbound_allow) == 0 ? {} : { OUTBOUND_ALLOW = join(",", var.outbound_allow) }
  env_door = merge(
    {
      CONSOLE_URL        = local.console_url
      OIDC_ISSUER        = var.sign_in.issuer
      OIDC_CLIENT_ID     = var.sign_in.client_id
      OIDC_CLIENT_SECRET = "secret://oidc-client"
      COOKIE_KEY         = "secret://cookie-key"
    },
    length(var.sign_in.admins) == 0 ? {} : { CONSOLE_ADMINS = join(",", var.sign_in.admins) },
    length(var.sign_in.audiences) == 0 ? {} : { OIDC_AUDIENCES = join(",", var.sign_in.audiences) },
  )

  # What each function is. Timeouts are as long as whoever calls waits: Pub/Sub 60 seconds, a task 5 minutes and one that
  # moves a file 30, a desk's stream 4 minutes.
  functions = {
    webhook = {
      description = "The contact centre's doorway: events in, durable before they are answered"
      public      = true, calls_out = false
      memory      = "256Mi", cpu = "1", concurrency = 80, max_instances = 100, timeout = 60
      env         = merge(local.env_events, local.env_secrets)
    }
    session = {
      description = "Folds events into their session and schedules what it owes"
      public      = false, calls_out = false
      memory      = "512Mi", cpu = "1", concurrency = 40, max_instances = 100, timeout = 60
      env         = merge(local.env_tasks, local.env_targets, local.env_turns)
    }
    crm = {
      description = "Does what a session owes its CRM"
      public      = false, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 40, max_instances = 50, timeout = 300
      env         = merge(local.env_tasks, local.env_targets, local.env_secrets, local.env_out, local.env_uploads)
    }
    export = {
      description = "Brings a file from its source into the company's storage"
      public      = false, calls_out = true
      memory      = "1Gi", cpu = "1", concurrency = 8, max_instances = 50, timeout = 1800
      env         = merge(local.env_tasks, local.env_targets, local.env_secrets, local.env_out, local.env_uploads)
    }
    metadata = {
      description = "Metadata file, transcripts and mail after a session's end"
      public      = false, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 20, max_instances = 50, timeout = 300
      env         = merge(local.env_tasks, local.env_targets, local.env_secrets, local.env_out, local.env_uploads)
    }
    quality = {
      description = "Tells quality management of calls, chats and logins"
      public      = false, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 40, max_instances = 50, timeout = 300
      env = merge(local.env_tasks, local.env_secrets, local.env_out, {
        QUALITY_QUEUE = "quality", QUALITY_URL = local.url["quality"]
      })
    }
    presence = {
      description = "Keeps agents' states in step between the CRM and the contact centre"
      public      = false, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 20, max_instances = 20, timeout = 300
      env         = merge(local.env_tasks, local.env_turns, local.env_secrets, local.env_out)
    }
    watch = {
      description = "Looks every hour for work that waits too long, and has forgotten work taken up"
      public      = false, calls_out = false
      memory      = "512Mi", cpu = "1", concurrency = 1, max_instances = 1, timeout = 300
      env         = merge(local.env_tasks, local.env_targets)
    }
    console = {
      description = "Supervisors' and administrators' pages and API"
      public      = true, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 80, max_instances = 20, timeout = 300
      env = merge(
        local.env_tasks, local.env_targets, local.env_secrets, local.env_out, local.env_uploads, local.env_door
      )
    }
    # A page holds one request open, so one instance takes many: 250 streams, and what comes beside them.
    desk = {
      description = "Agents' pages: adapters, calls, events and records"
      public      = true, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 300, max_instances = 100, timeout = 300
      env         = merge(local.env_events, local.env_secrets, local.env_out, local.env_door, { DESK_URL = local.desk_url })
    }
  }

  # Cloud Run's deterministic addresses are known before there is a service
  # (docs.cloud.google.com/run/docs/triggering/https-request#deterministic), so a function can be told of another that is told
  # of it. Tasks, pushes and jobs must use them: only what comes to run.app is from within.
  url = { for name in local.names : name => "https://${name}-${local.number}.${var.region}.run.app" }

  # Where there is a load balancer, people and the contact centre come by its name.
  webhook_url = local.public_host == "" ? local.url["webhook"] : "https://${local.public_host}"
  console_url = local.public_host == "" ? local.url["console"] : "https://${local.public_host}"
  desk_url    = local.public_host == "" ? local.url["desk"] : "https://${local.public_host}"
}

# Archives, for the builder: some tens of kilobytes each. They hold our code and no data.
resource "google_storage_bucket" "source" {
  project                     = var.project_id
  name                        = "${var.project_id}-source"
  location                    = var.region
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  depends_on = [google_project_service.api]
}

# The name has the content's hash in it: a change of the code is another object, and the function is built anew.
resource "google_storage_bucket_object" "source" {
  for_each = local.functions

  bucket = google_storage_bucket.source.name
  name   = local.bundles[each.key].file
  source = "${local.bundles_dir}/${local.bundles[each.key].file}"
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  project     = var.project_id
  location    = var.region
  name        = each.key
  description = each.value.description
  labels      = local.labels

  build_config {
    runtime           = "go126"
    entry_point       = each.key
    service_account   = google_service_account.build.id
    docker_repository = google_artifact_registry_repository.functions.id

    # Without it the storage client links gRPC's xDS modules: a third of a function's size and start.
    environment_variables = { GOFLAGS = "-tags=disable_grpc_modules" }

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.source[each.key].name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.function[each.key].email
    available_memory                 = try(coalesce(var.functions[each.key].memory), each.value.memory)
    available_cpu                    = try(coalesce(var.functions[each.key].cpu), each.value.cpu)
    max_instance_request_concurrency = try(coalesce(var.functions[each.key].concurrency), each.value.concurrency)
    min_instance_count               = try(var.functions[each.key].min_instances, 0)
    max_instance_count               = try(coalesce(var.functions[each.key].max_instances), each.value.max_instances)
    timeout_seconds                  = each.value.timeout
    all_traffic_on_latest_revision   = true

    # Cloud Tasks, Pub/Sub and Cloud Scheduler of the same project are within, at run.app addresses
    # (docs.cloud.google.com/run/docs/securing/ingress): so the internet does not even reach the doors that IAM keeps.
    ingress_settings = each.value.public ? local.public_ingress : "ALLOW_INTERNAL_ONLY"

    vpc_connector                 = each.value.calls_out ? local.vpc_connector : null
    vpc_connector_egress_settings = each.value.calls_out && local.vpc_connector != null ? "ALL_TRAFFIC" : null

    environment_variables = merge({ GOOGLE_CLOUD_PROJECT = var.project_id }, each.value.env)

    # A folder each, in which the file has the secret's name: the platform's default, and two cannot share a folder.
    dynamic "secret_volumes" {
      for_each = local.secrets_of[each.key]
      content {
        mount_path = "${local.secrets_dir}/${secret_volumes.value}"
        project_id = var.project_id
        secret     = google_secret_manager_secret.secret[secret_volumes.value].secret_id
      }
    }
  }

  # A deployment fails unless its account may already read what is mounted, and its build write what it makes.
  depends_on = [
    google_project_iam_member.build,
    google_artifact_registry_repository_iam_member.build,
    google_storage_bucket_iam_member.build,
    google_secret_manager_secret_iam_member.accessor,
    google_project_iam_member.function,
  ]
}

# Images of the functions. The last three of each are kept, to go back to.
resource "google_artifact_registry_repository" "functions" {
  project       = var.project_id
  location      = var.region
  repository_id = "sessionbridge"
  description   = "Images of Sessionbridge's functions"
  format        = "DOCKER"
  labels        = local.labels

  cleanup_policies {
    id     = "keep"
    action = "KEEP"
    most_recent_versions {
      keep_count = 3
    }
  }
  cleanup_policies {
    id     = "delete"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.api]
}
