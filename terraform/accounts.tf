locals {
  # What functions may do in the project, beside what stands at a topic, queue, bucket or secret. A right for the whole project
  # is given only where there is no narrower place for it: queues of CRMs come to be while the deployment runs.
  project_roles = {
    firestore = {
      role = "roles/datastore.user", functions = [for name in local.names : name if name != "webhook"]
      why  = "reads settings; reads and writes sessions, agents and desks"
    }
    settings = {
      role = "roles/datastore.viewer", functions = ["webhook"]
      why  = "reads the settings of the tenant that an event is for, and writes nothing there"
    }
    enqueue = {
      role = "roles/cloudtasks.enqueuer", functions = ["session", "crm", "export", "metadata", "watch", "console"]
      why  = "makes tasks for what a session owes, on any CRM's queue"
    }
    tasks = {
      role = "roles/cloudtasks.viewer", functions = ["watch"]
      why  = "sees whether a task that is late is still on its queue"
    }
    queues = {
      role = local.queues_role, functions = ["console"]
      why  = "shows whether a queue runs; makes a CRM's queue, and sets its rate, when settings are saved"
    }
  }

  queues_role = "projects/${var.project_id}/roles/${google_project_iam_custom_role.queues.role_id}"
  signer_role = "projects/${var.project_id}/roles/${google_project_iam_custom_role.signer.role_id}"

  # On one queue only.
  queue_roles = {
    quality  = { queue = "quality", function = "quality", why = "makes its own next task" }
    presence = { queue = "presence", function = "presence", why = "makes the tasks of tenants' turns" }
  }

  topic_roles = {
    webhook = { topic = "session-events", why = "publishes events of the contact centre" }
    desk    = { topic = "session-events", why = "publishes events of the adapters" }
  }

  # A task signs in as the account tasks, which only who may act as it can say.
  makers = ["session", "crm", "export", "metadata", "quality", "presence", "watch", "console"]

  # Links to files are signed by the function's own account.
  signers = {
    export   = "signs links to files, good for 12 hours at most, for records"
    metadata = "signs such links to metadata and transcripts"
    console  = "signs links to download from and upload to"
  }

  # Who may call which function that is not public.
  invokers = {
    "pubsub/session"     = { account = google_service_account.pubsub, function = "session" }
    "tasks/crm"          = { account = google_service_account.tasks, function = "crm" }
    "tasks/export"       = { account = google_service_account.tasks, function = "export" }
    "tasks/metadata"     = { account = google_service_account.tasks, function = "metadata" }
    "tasks/quality"      = { account = google_service_account.tasks, function = "quality" }
    "tasks/presence"     = { account = google_service_account.tasks, function = "presence" }
    "scheduler/presence" = { account = google_service_account.scheduler, function = "presence" }
    "scheduler/watch"    = { account = google_service_account.scheduler, function = "watch" }
  }

  project_members = merge([for name, r in local.project_roles : {
    for f in r.functions : "${name}/${f}" => { role = r.role, function = f }
  }]...)
}

# One for each function, so that a fault in one opens no other's doors.
resource "google_service_account" "function" {
  for_each = local.functions

  project      = var.project_id
  account_id   = "sessionbridge-${each.key}"
  display_name = "Sessionbridge: ${each.key}"
  description  = each.value.description

  depends_on = [google_project_service.api]
}

# As whom Cloud Tasks calls.
resource "google_service_account" "tasks" {
  project      = var.project_id
  account_id   = "sessionbridge-tasks"
  display_name = "Sessionbridge: Cloud Tasks"

  depends_on = [google_project_service.api]
}

# As whom Pub/Sub pushes.
resource "google_service_account" "pubsub" {
  project      = var.project_id
  account_id   = "sessionbridge-pubsub"
  display_name = "Sessionbridge: Pub/Sub"

  depends_on = [google_project_service.api]
}

# As whom Cloud Scheduler calls.
resource "google_service_account" "scheduler" {
  project      = var.project_id
  account_id   = "sessionbridge-scheduler"
  display_name = "Sessionbridge: Cloud Scheduler"

  depends_on = [google_project_service.api]
}

# As whom the functions are built: the project's default account may do far more, and new projects do not have it.
resource "google_service_account" "build" {
  project      = var.project_id
  account_id   = "sessionbridge-build"
  display_name = "Sessionbridge: builds"

  depends_on = [google_project_service.api]
}

# Cloud Tasks has no role between reading queues and deleting them.
resource "google_project_iam_custom_role" "queues" {
  project     = var.project_id
  role_id     = "sessionbridgeQueues"
  title       = "Sessionbridge: queues of CRMs"
  description = "Make queues and set their rates, and neither delete nor empty them"
  permissions = ["cloudtasks.queues.create", "cloudtasks.queues.get", "cloudtasks.queues.update"]

  depends_on = [google_project_service.api]
}

# Token creators may also become the account elsewhere; these may sign, and nothing else.
resource "google_project_iam_custom_role" "signer" {
  project     = var.project_id
  role_id     = "sessionbridgeSigner"
  title       = "Sessionbridge: signer of links"
  description = "Sign as an account"
  permissions = ["iam.serviceAccounts.signBlob"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "function" {
  for_each = local.project_members

  project = var.project_id
  role    = each.value.role
  member  = "serviceAccount:${google_service_account.function[each.value.function].email}"
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.queue_roles

  project  = var.project_id
  location = var.region
  name     = google_cloud_tasks_queue.queue[each.value.queue].name
  role     = "roles/cloudtasks.enqueuer"
  member   = "serviceAccount:${google_service_account.function[each.value.function].email}"
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.topic_roles

  project = var.project_id
  topic   = google_pubsub_topic.topic[each.value.topic].name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.function[each.key].email}"
}

resource "google_service_account_iam_member" "tasks" {
  for_each = toset(local.makers)

  service_account_id = google_service_account.tasks.name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${google_service_account.function[each.key].email}"
}

resource "google_service_account_iam_member" "signer" {
  for_each = local.signers

  service_account_id = google_service_account.function[each.key].name
  role               = local.signer_role
  member             = "serviceAccount:${google_service_account.function[each.key].email}"
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = local.invokers

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.function[each.value.function].name
  role     = "roles/run.invoker"
  member   = "serviceAccount:${each.value.account.email}"
}

# The contact centre and browsers have no account of the project's: these functions have doors of their own.
resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = toset([for name, f in local.functions : name if f.public])

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

# A build reads the archive, writes its log and stores the image
# (docs.cloud.google.com/functions/docs/securing/build-custom-sa#granting_permissions). The platform copies the archive into a
# bucket of its own first.
resource "google_project_iam_member" "build" {
  for_each = {
    logs = { role = "roles/logging.logWriter", bucket = "" }
    copy = { role = "roles/storage.objectViewer", bucket = "gcf-v2-sources-${local.number}-${var.region}" }
  }

  project = var.project_id
  role    = each.value.role
  member  = "serviceAccount:${google_service_account.build.email}"

  dynamic "condition" {
    for_each = each.value.bucket == "" ? [] : [each.value.bucket]
    content {
      title      = "archives"
      expression = "resource.name.startsWith(\"projects/_/buckets/${condition.value}\")"
    }
  }
}

resource "google_storage_bucket_iam_member" "build" {
  bucket = google_storage_bucket.source.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.build.email}"
}

resource "google_artifact_registry_repository_iam_member" "build" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.functions.name
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${google_service_account.build.email}"
}
