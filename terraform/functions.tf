variable "bundles_dir" {
  description = "Folder with the archives of the functions and bundles.json, which `make bundle` writes. Empty: .bundles beside these files."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = fileexists("${coalesce(var.bundles_dir, "${path.module}/.bundles")}/bundles.json")
    error_message = "There is no bundles.json in ${coalesce(var.bundles_dir, "${path.module}/.bundles")}: run make bundle, which writes it."
  }
}

variable "functions" {
  description = "What is to differ from how a function is made, by the function's name. Memory is written as 512Mi; a concurrency above 1 needs a whole CPU. Of max_instances Cloud Run takes no more than the region's quota of CPU and memory has room for."
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
    condition     = alltrue([for f in var.functions : f.memory == null || can(regex("^(12[89]|1[3-9][0-9]|[2-9][0-9]{2}|[1-9][0-9]{3,})Mi$|^[1-9][0-9]*Gi$", f.memory))])
    error_message = "Memory is written as 512Mi or 1Gi, and at least 128Mi."
  }
  validation {
    condition     = alltrue([for f in var.functions : f.concurrency == null || try(f.concurrency >= 1 && f.concurrency <= 1000 && floor(f.concurrency) == f.concurrency, false)])
    error_message = "A concurrency is a whole number from 1 to 1000."
  }
  validation {
    condition     = alltrue([for f in var.functions : f.cpu == null || contains(["1", "2", "4", "6", "8"], coalesce(f.cpu, "1")) || try(tonumber(f.cpu) >= 0.08 && tonumber(f.cpu) < 1, false)])
    error_message = "CPUs are 1, 2, 4, 6 or 8, or a part of one from 0.08."
  }
  validation {
    condition     = alltrue([for f in var.functions : f.max_instances == null || try(f.max_instances >= 1 && f.max_instances <= 1000 && floor(f.max_instances) == f.max_instances, false)])
    error_message = "There are from 1 to 1000 instances at most."
  }
  validation {
    condition     = alltrue([for f in var.functions : try(f.min_instances >= 0 && f.min_instances <= 1000 && floor(f.min_instances) == f.min_instances, false)])
    error_message = "There are a whole number of instances at least, from 0."
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
  # moves a file 30, a desk's stream 4 minutes. An instance has memory for as many of the longest bodies as it takes requests at
  # once. Cloud Run refuses a service whose instances together could have more than the region's quota, which in a new project
  # is 20 CPUs and 40 GiB (docs.cloud.google.com/run/docs/configuring/max-instances-limits): none here has more.
  functions = {
    webhook = {
      description = "The contact centre's doorway: events in, durable before they are answered"
      public      = true, calls_out = false
      memory      = "256Mi", cpu = "1", concurrency = 20, max_instances = 20, timeout = 60
      env         = merge(local.env_events, local.env_secrets)
    }
    session = {
      description = "Folds events into their session and schedules what it owes"
      public      = false, calls_out = false
      memory      = "512Mi", cpu = "1", concurrency = 16, max_instances = 20, timeout = 60
      env         = merge(local.env_tasks, local.env_targets, local.env_turns)
    }
    crm = {
      description = "Does what a session owes its CRM"
      public      = false, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 40, max_instances = 20, timeout = 300
      env         = merge(local.env_tasks, local.env_targets, local.env_secrets, local.env_out, local.env_uploads)
    }
    export = {
      description = "Brings a file from its source into the company's storage"
      public      = false, calls_out = true
      memory      = "1Gi", cpu = "1", concurrency = 8, max_instances = 10, timeout = 1800
      env         = merge(local.env_tasks, local.env_targets, local.env_secrets, local.env_out, local.env_uploads)
    }
    metadata = {
      description = "Metadata file, transcripts and mail after a session's end"
      public      = false, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 16, max_instances = 10, timeout = 300
      env         = merge(local.env_tasks, local.env_targets, local.env_secrets, local.env_out, local.env_uploads)
    }
    quality = {
      description = "Tells quality management of calls, chats and logins"
      public      = false, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 40, max_instances = 10, timeout = 300
      env = merge(local.env_tasks, local.env_secrets, local.env_out, {
        QUALITY_QUEUE = "quality", QUALITY_URL = local.url["quality"]
      })
    }
    presence = {
      description = "Keeps agents' states in step between the CRM and the contact centre"
      public      = false, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 20, max_instances = 10, timeout = 300
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
      memory      = "512Mi", cpu = "1", concurrency = 40, max_instances = 10, timeout = 300
      env = merge(
        local.env_tasks, local.env_targets, local.env_secrets, local.env_out, local.env_uploads, local.env_door,
        { DESK_URL = local.desk_url } # the doctor looks whether the desk may frame what it is to frame
      )
    }
    # A page holds one request open, so one instance takes many: 250 streams, and what comes beside them.
    desk = {
      description = "Agents' pages: adapters, calls, events and records"
      public      = true, calls_out = true
      memory      = "512Mi", cpu = "1", concurrency = 300, max_instances = 20, timeout = 300
      env         = merge(local.env_events, local.env_secrets, local.env_out, local.env_door, { DESK_URL = local.desk_url })
    }
  }

  # The same, with what the variable functions has otherwise.
  sizes = { for name, f in local.functions : name => {
    memory        = try(coalesce(var.functions[name].memory), f.memory)
    cpu           = try(coalesce(var.functions[name].cpu), f.cpu)
    concurrency   = try(coalesce(var.functions[name].concurrency), f.concurrency)
    min_instances = try(var.functions[name].min_instances, 0)
    max_instances = try(coalesce(var.functions[name].max_instances), f.max_instances)
  } }

  # How much memory an instance has, and may have with its CPUs, in MiB
  # (docs.cloud.google.com/run/docs/configuring/services/cpu#cpu-memory).
  mebibytes = { for name, s in local.sizes : name => tonumber(trimsuffix(trimsuffix(s.memory, "Mi"), "Gi")) * (endswith(s.memory, "Gi") ? 1024 : 1) }
  bears = { for name, s in local.sizes : name => lookup(local.bears_by_cpu, s.cpu, {
    least = 128, most = tonumber(s.cpu) < 0.5 ? 512 : 1024
  }) }
  bears_by_cpu = {
    "1" = { least = 128, most = 4096 }
    "2" = { least = 128, most = 8192 }
    "4" = { least = 2048, most = 16384 }
    "6" = { least = 4096, most = 24576 }
    "8" = { least = 4096, most = 32768 }
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

# Archives, for the builder: about a megabyte each. They hold our code and no data.
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
    service_account   = google_service_account.build.name
    docker_repository = "projects/${var.project_id}/locations/${var.region}/repositories/${google_artifact_registry_repository.functions.repository_id}"

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
    available_memory                 = local.sizes[each.key].memory
    available_cpu                    = local.sizes[each.key].cpu
    max_instance_request_concurrency = local.sizes[each.key].concurrency
    min_instance_count               = local.sizes[each.key].min_instances
    max_instance_count               = local.sizes[each.key].max_instances
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

  # The API would say so only after the build.
  lifecycle {
    precondition {
      condition     = local.mebibytes[each.key] >= local.bears[each.key].least && local.mebibytes[each.key] <= local.bears[each.key].most
      error_message = "${each.key}: with ${local.sizes[each.key].cpu} CPU an instance has from ${local.bears[each.key].least}Mi to ${local.bears[each.key].most}Mi of memory, and not ${local.sizes[each.key].memory}."
    }
    precondition {
      condition     = tonumber(local.sizes[each.key].cpu) >= 1 || local.sizes[each.key].concurrency == 1
      error_message = "${each.key}: with less than one CPU an instance can take one request at a time only: give a concurrency of 1, too."
    }
    precondition {
      condition     = local.sizes[each.key].min_instances <= local.sizes[each.key].max_instances
      error_message = "${each.key}: there cannot be at least ${local.sizes[each.key].min_instances} and at most ${local.sizes[each.key].max_instances} instances."
    }
  }

  # A deployment fails unless its account may already read what is mounted, and its build write what it makes. A release's queries
  # fail until their indexes are made.
  depends_on = [
    google_firestore_index.index,
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
