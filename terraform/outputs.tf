locals {
  # Every source that has a door at functions/webhook.
  sources = ["agentdesktop", "ccai", "ccai-adapter", "kustomer", "qm", "udesk", "udesk-chat"]

  # Every right a function has, for who asks; secrets say what they are for themselves.
  permissions = concat(
    flatten([for name, r in local.project_roles : [
      for f in r.functions : { function = f, role = r.role, on = "project", why = r.why }
    ]]),
    [for r in local.queue_roles : { function = r.function, role = "roles/cloudtasks.enqueuer", on = "queue ${r.queue}", why = r.why }],
    [for f, r in local.topic_roles : { function = f, role = "roles/pubsub.publisher", on = "topic ${r.topic}", why = r.why }],
    [for f in local.makers : { function = f, role = "roles/iam.serviceAccountUser", on = "account sessionbridge-tasks", why = "has its tasks sign in as that account" }],
    [for f, why in local.signers : { function = f, role = local.signer_role, on = "its own account", why = why }],
    local.bucket_permissions,
  )
}

output "webhook_urls" {
  description = "Where each source posts its events: put the tenant's name in the place of {tenant}."
  value       = { for s in local.sources : s => "${local.webhook_url}/webhook/{tenant}/${s}" }
}

output "console_url" {
  description = "Where supervisors and administrators go."
  value       = "${local.console_url}/console/"
}

output "desk_url" {
  description = "Where agents go: put the tenant's name in the place of {tenant}."
  value       = "${local.desk_url}/desk/{tenant}/"
}

output "redirect_uris" {
  description = "To be registered for the client at the sign-in's issuer."
  value       = ["${local.console_url}/console/signin/callback", "${local.desk_url}/desk/signin/callback"]
}

output "crm_redirect_uri" {
  description = "To be registered at a CRM that is connected by OAuth."
  value       = "${local.console_url}/console/oauth/callback"
}

output "uploads_bucket" {
  description = "Bucket into which end users upload."
  value       = google_storage_bucket.uploads.name
}

output "queues" {
  description = "Full names of the CRMs' queues, by the name that settings give as crm.queue."
  value       = { for name, q in google_cloud_tasks_queue.crm : name => "projects/${var.project_id}/locations/${var.region}/queues/${q.name}" }
}

output "service_accounts" {
  description = "Mail address of each function's account, and of those as whom Cloud Tasks, Pub/Sub and Cloud Scheduler call. Where a file store or a CRM has to let one in, this is whom."
  value = merge(
    { for name, a in google_service_account.function : name => a.email },
    { tasks = google_service_account.tasks.email, pubsub = google_service_account.pubsub.email, scheduler = google_service_account.scheduler.email },
  )
}

output "permissions" {
  description = "What each function may do, where and why, secrets aside: those are read by whom the variable secrets says."
  value       = local.permissions
}
