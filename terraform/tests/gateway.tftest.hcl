mock_provider "google" {
  source = "./tests/mocks"
}

run "as_it_comes" {
  assert {
    condition     = length(google_compute_global_address.gateway) == 0 && length(google_compute_backend_service.gateway) == 0 && output.gateway_address == null
    error_message = "what costs by the hour is made unasked"
  }
  assert {
    condition     = local.public_ingress == "ALLOW_ALL" && local.public_host == ""
    error_message = "without a load balancer, functions answer for themselves"
  }
}

run "domain" {
  variables {
    domain = "bridge.example.com"
  }
  assert {
    condition     = local.public_ingress == "ALLOW_INTERNAL_AND_GCLB" && local.public_host == "bridge.example.com"
    error_message = "nobody may go around the load balancer"
  }
  assert {
    condition = { for name, n in google_compute_region_network_endpoint_group.gateway : name => n.cloud_run[0].service } == {
      webhook = "webhook", console = "console", desk = "desk"
    }
    error_message = "a public function is not behind the load balancer, or another is"
  }
  assert {
    condition = toset(flatten([for r in google_compute_url_map.gateway["gateway"].path_matcher[0].path_rule : r.paths])) == toset([
      "/", "/webhook", "/webhook/*", "/console", "/console/*", "/desk", "/desk/*"
    ])
    error_message = "a path goes elsewhere"
  }
  assert {
    condition = alltrue([for b in google_compute_backend_service.gateway :
      b.security_policy == google_compute_security_policy.gateway["gateway"].self_link && b.log_config[0].enable &&
      b.load_balancing_scheme == "EXTERNAL_MANAGED" && contains(b.custom_response_headers, "Strict-Transport-Security: max-age=31536000")
    ])
    error_message = "a function is not guarded"
  }
  assert {
    condition = (
      google_compute_ssl_policy.gateway["gateway"].min_tls_version == "TLS_1_2" &&
      google_compute_target_https_proxy.gateway["gateway"].ssl_policy == google_compute_ssl_policy.gateway["gateway"].self_link
    )
    error_message = "old versions of TLS are taken"
  }
  assert {
    condition     = google_compute_managed_ssl_certificate.gateway["gateway"].managed[0].domains == tolist(["bridge.example.com"])
    error_message = "the certificate is another name's"
  }
  assert {
    condition = (
      coalesce(google_compute_url_map.gateway["gateway"].default_url_redirect[0].https_redirect, false) == false &&
      google_compute_url_map.gateway["gateway"].default_url_redirect[0].host_redirect == "bridge.example.com"
    )
    error_message = "behind an HTTPS proxy a redirect to https is refused"
  }
  assert {
    condition = (
      google_compute_url_map.http["gateway"].default_url_redirect[0].https_redirect &&
      google_compute_global_forwarding_rule.http["gateway"].port_range == "80" &&
      google_compute_global_forwarding_rule.https["gateway"].port_range == "443" &&
      google_compute_global_forwarding_rule.http["gateway"].ip_address == google_compute_global_forwarding_rule.https["gateway"].ip_address
    )
    error_message = "http does not lead to https"
  }
}

run "armor" {
  variables {
    domain              = "bridge.example.com"
    requests_per_minute = { webhook = 600 }
  }
  assert {
    condition = { for r in google_compute_security_policy.gateway["gateway"].rule : tostring(r.priority) => r.rate_limit_options[0].rate_limit_threshold[0].count if r.action == "throttle" } == {
      "1000" = 600, "1100" = 30000
    }
    error_message = "the limits are others"
  }
  assert {
    condition     = alltrue([for r in google_compute_security_policy.gateway["gateway"].rule : r.preview == true if r.action == "deny(403)"])
    error_message = "no event may be lost to a guess"
  }
  # The first rule that matches is the last one looked at, and a limit matches everything.
  assert {
    condition = max([for r in google_compute_security_policy.gateway["gateway"].rule : r.priority if r.preview == true]...) < min([
      for r in google_compute_security_policy.gateway["gateway"].rule : r.priority if r.action == "throttle"
    ]...)
    error_message = "no rule against attacks is ever tried, since a limit comes first"
  }
  assert {
    condition     = strcontains(google_logging_project_exclusion.quiet["gateway"].filter, "NOT jsonPayload.previewSecurityPolicy:*")
    error_message = "what a tried rule would have refused is lost"
  }
  assert {
    condition     = length([for r in google_compute_security_policy.gateway["gateway"].rule : r if r.priority == 2147483647 && r.action == "allow"]) == 1
    error_message = "all others have to be let in"
  }
}

run "an_address_as_domain_is_refused" {
  command = plan
  variables {
    domain = "https://bridge.example.com"
  }
  expect_failures = [var.domain]
}

run "a_limit_of_nothing_is_refused" {
  command = plan
  variables {
    requests_per_minute = { webhook = 0 }
  }
  expect_failures = [var.requests_per_minute]
}
