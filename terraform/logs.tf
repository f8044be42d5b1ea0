locals {
  # Lines that the platform writes of each request, and that nobody needs: our own line of the request says more, and Google's
  # metrics count and time them all. What was refused or failed stays, and so does what a rule of Cloud Armor that is only tried
  # would have refused.
  exclusions = {
    functions = {
      description = "Requests to the functions that went well"
      filter = join(" AND ", [
        "resource.type=\"cloud_run_revision\"", "log_id(\"run.googleapis.com/requests\")", "httpRequest.status<400",
        "resource.labels.service_name=(${join(" OR ", [for name in local.names : "\"${name}\""])})",
      ])
    }
    gateway = {
      description = "Requests through the load balancer that went well"
      filter = join(" AND ", [
        "resource.type=\"http_load_balancer\"", "httpRequest.status<400", "resource.labels.url_map_name=\"sessionbridge\"",
        "NOT jsonPayload.previewSecurityPolicy:*",
      ])
    }
  }
}

# Left out of the project's _Default sink only, of which Terraform owns nothing else; another sink still gets them
# (docs.cloud.google.com/logging/docs/routing/overview#exclusions). What is left out is not billed.
resource "google_logging_project_exclusion" "quiet" {
  for_each = local.exclusions

  project     = var.project_id
  name        = "sessionbridge-${each.key}"
  description = each.value.description
  filter      = each.value.filter

  depends_on = [google_project_service.api]
}
