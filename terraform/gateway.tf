variable "domain" {
  description = "Name (bridge.example.com) under which a load balancer with a certificate, a limit for each address and Cloud Armor answers for all public functions. Empty: each answers at its own run.app address. Its DNS record has to point to the output gateway_address."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.domain == "" || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain)) && length(var.domain) <= 64
    error_message = "A domain is written as bridge.example.com, without https:// or a path, and has at most 64 characters: a managed certificate takes no longer ones."
  }
}

variable "requests_per_minute" {
  description = "How many requests one address may send in a minute before the load balancer answers 429: to the webhook, where a contact centre's few addresses send for all its calls, and to people's pages, where a whole office may be one address."
  type = object({
    webhook = optional(number, 60000)
    people  = optional(number, 30000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for n in values(var.requests_per_minute) : n >= 60])
    error_message = "One request a second is the least that anybody needs: 60."
  }
}

locals {
  gateway = var.domain == "" ? toset([]) : toset(["gateway"])

  # The functions that answer the world, by the paths that they have as their own.
  public_paths = { webhook = "/webhook", console = "/console", desk = "/desk" }

  public_host    = var.domain
  public_ingress = var.domain == "" ? "ALLOW_ALL" : "ALLOW_INTERNAL_AND_GCLB"

  limits = {
    webhook = { priority = 1000, count = var.requests_per_minute.webhook, match = "request.path.startsWith('/webhook/')" }
    people  = { priority = 1100, count = var.requests_per_minute.people, match = "!request.path.startsWith('/webhook/')" }
  }

  # Sets of rules that come with Cloud Armor (docs.cloud.google.com/armor/docs/waf-rules), by their priority. They come before the
  # limits: the first rule that matches is the last one looked at, and a limit lets pass whatever keeps to it.
  waf_rules = {
    500 = "sqli-v33-stable"
    510 = "xss-v33-stable"
    520 = "lfi-v33-stable"
    530 = "rce-v33-stable"
    540 = "protocolattack-v33-stable"
    550 = "scannerdetection-v33-stable"
  }
}

resource "google_compute_global_address" "gateway" {
  for_each = local.gateway

  project     = var.project_id
  name        = "sessionbridge"
  description = "Of the load balancer: the domain's DNS record points to it"
  labels      = local.labels

  depends_on = [google_project_service.api]
}

resource "google_compute_region_network_endpoint_group" "gateway" {
  for_each = var.domain == "" ? {} : local.public_paths

  project               = var.project_id
  region                = var.region
  name                  = "sessionbridge-${each.key}"
  network_endpoint_type = "SERVERLESS"

  # A function's service in Cloud Run has its name.
  cloud_run {
    service = google_cloudfunctions2_function.function[each.key].name
  }
}

# No timeout is set: with a serverless backend the load balancer waits for 60 minutes and cannot be told otherwise
# (docs.cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts), so a desk's streams of four minutes are safe, and the
# function's own timeout is what counts.
resource "google_compute_backend_service" "gateway" {
  for_each = var.domain == "" ? {} : local.public_paths

  project                 = var.project_id
  name                    = "sessionbridge-${each.key}"
  load_balancing_scheme   = "EXTERNAL_MANAGED"
  protocol                = "HTTPS"
  security_policy         = google_compute_security_policy.gateway["gateway"].self_link
  custom_response_headers = ["Strict-Transport-Security: max-age=31536000"]

  backend {
    group = google_compute_region_network_endpoint_group.gateway[each.key].self_link
  }
  # Each request, of which logs.tf leaves out those that went well: a lower rate would lose the others, too.
  log_config {
    enable      = true
    sample_rate = 1
  }
}

resource "google_compute_security_policy" "gateway" {
  for_each = local.gateway

  project     = var.project_id
  name        = "sessionbridge"
  description = "Limits for each address; what looks like an attack is told in the log"
  type        = "CLOUD_ARMOR"

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable = true
    }
  }

  dynamic "rule" {
    for_each = local.limits
    content {
      description = "No more than ${rule.value.count} requests a minute from one address: ${rule.key}"
      priority    = rule.value.priority
      action      = "throttle"

      match {
        expr {
          expression = rule.value.match
        }
      }
      rate_limit_options {
        conform_action = "allow"
        exceed_action  = "deny(429)"
        enforce_on_key = "IP"

        rate_limit_threshold {
          count        = rule.value.count
          interval_sec = 60
        }
      }
    }
  }

  # Only tried: events hold whatever customers write, and a chat about SQL must not be lost. Who finds no false alarms in the
  # log may take one at a time out of its preview.
  dynamic "rule" {
    for_each = local.waf_rules
    content {
      description = "Looks like an attack: ${rule.value}"
      priority    = tonumber(rule.key)
      action      = "deny(403)"
      preview     = true

      match {
        expr {
          expression = "evaluatePreconfiguredWaf('${rule.value}', {'sensitivity': 1})"
        }
      }
    }
  }

  rule {
    description = "All others are let in: the functions have doors of their own"
    priority    = 2147483647
    action      = "allow"

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.api]
}

# Who comes by another name, or by none, is sent to the right one. A redirect keeps its scheme, which here is https: to say so
# again is refused in the map of an HTTPS proxy (docs.cloud.google.com/compute/docs/reference/rest/v1/urlMaps, httpsRedirect).
resource "google_compute_url_map" "gateway" {
  for_each = local.gateway

  project = var.project_id
  name    = "sessionbridge"

  default_url_redirect {
    host_redirect = var.domain
    strip_query   = true
  }

  host_rule {
    hosts        = [var.domain]
    path_matcher = "functions"
  }
  path_matcher {
    name            = "functions"
    default_service = google_compute_backend_service.gateway["console"].self_link

    dynamic "path_rule" {
      for_each = local.public_paths
      content {
        paths   = [path_rule.value, "${path_rule.value}/*"]
        service = google_compute_backend_service.gateway[path_rule.key].self_link
      }
    }
    path_rule {
      paths = ["/"]
      url_redirect {
        path_redirect = "/console/"
        strip_query   = true
      }
    }
  }
}

# A new name is a new certificate, which has to be there before the old one goes.
resource "google_compute_managed_ssl_certificate" "gateway" {
  for_each = local.gateway

  project = var.project_id
  name    = "sessionbridge-${substr(sha256(var.domain), 0, 8)}"

  managed {
    domains = [var.domain]
  }
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.api]
}

resource "google_compute_ssl_policy" "gateway" {
  for_each = local.gateway

  project         = var.project_id
  name            = "sessionbridge"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [google_project_service.api]
}

resource "google_compute_target_https_proxy" "gateway" {
  for_each = local.gateway

  project          = var.project_id
  name             = "sessionbridge"
  url_map          = google_compute_url_map.gateway[each.key].self_link
  ssl_certificates = [google_compute_managed_ssl_certificate.gateway[each.key].self_link]
  ssl_policy       = google_compute_ssl_policy.gateway[each.key].self_link
}

resource "google_compute_global_forwarding_rule" "https" {
  for_each = local.gateway

  project               = var.project_id
  name                  = "sessionbridge-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.gateway[each.key].address
  port_range            = "443"
  target                = google_compute_target_https_proxy.gateway[each.key].self_link
  labels                = local.labels
}

# People who leave the s out are helped. The webhook's sender is not: by then its password was on the way in the open, and
# whoever set it up so has to see that it does not work.
resource "google_compute_url_map" "http" {
  for_each = local.gateway

  project = var.project_id
  name    = "sessionbridge-http"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = true
  }

  depends_on = [google_project_service.api]
}

resource "google_compute_target_http_proxy" "http" {
  for_each = local.gateway

  project = var.project_id
  name    = "sessionbridge-http"
  url_map = google_compute_url_map.http[each.key].self_link
}

resource "google_compute_global_forwarding_rule" "http" {
  for_each = local.gateway

  project               = var.project_id
  name                  = "sessionbridge-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.gateway[each.key].address
  port_range            = "80"
  target                = google_compute_target_http_proxy.http[each.key].self_link
  labels                = local.labels
}

output "gateway_address" {
  description = "The load balancer's address, to which the domain's DNS record has to point before its certificate can come; null without a domain."
  value       = one([for a in google_compute_global_address.gateway : a.address])
}
