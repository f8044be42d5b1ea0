mock_provider "google" {
  source = "./tests/mocks"
}

run "as_it_comes" {
  assert {
    condition     = length(google_compute_address.egress) == 0 && length(google_vpc_access_connector.egress) == 0 && output.egress_address == null
    error_message = "what costs by the hour is made unasked"
  }
  assert {
    condition     = alltrue([for f in google_cloudfunctions2_function.function : f.service_config[0].vpc_connector == null])
    error_message = "a function has a connector that is not there"
  }
}

run "static" {
  variables {
    static_egress = true
  }
  assert {
    condition = (
      google_compute_router_nat.egress["egress"].nat_ip_allocate_option == "MANUAL_ONLY" &&
      google_compute_router_nat.egress["egress"].nat_ips == toset([google_compute_address.egress["egress"].self_link])
    )
    error_message = "the gateway has another address than the reserved one"
  }
  assert {
    condition = (
      google_compute_router_nat.egress["egress"].enable_dynamic_port_allocation &&
      !google_compute_router_nat.egress["egress"].enable_endpoint_independent_mapping
    )
    error_message = "ports are soon taken, or the gateway cannot be made"
  }
  assert {
    condition     = google_compute_subnetwork.egress["egress"].private_ip_google_access && google_compute_subnetwork.egress["egress"].ip_cidr_range == "10.8.0.0/28"
    error_message = "Google's services have to be reached from within"
  }
  assert {
    condition     = output.egress_address == google_compute_address.egress["egress"].address
    error_message = "the address for firewalls is another"
  }
  assert {
    condition = alltrue([for name in ["crm", "export", "metadata", "quality", "presence", "console", "desk"] :
      google_cloudfunctions2_function.function[name].service_config[0].vpc_connector == "projects/${var.project_id}/locations/${var.region}/connectors/sessionbridge" &&
      google_cloudfunctions2_function.function[name].service_config[0].vpc_connector_egress_settings == "ALL_TRAFFIC"
    ])
    error_message = "a function that calls a company's systems does not come from the address"
  }
  assert {
    condition = alltrue([for name in ["webhook", "session"] :
      google_cloudfunctions2_function.function[name].service_config[0].vpc_connector == null
    ])
    error_message = "a function that calls nobody goes the long way"
  }
}

run "too_wide_a_range_is_refused" {
  command = plan
  variables {
    egress_range = "10.8.0.0/24"
  }
  expect_failures = [var.egress_range]
}
