variable "static_egress" {
  description = "Whether functions that call a company's systems come from one fixed address, for firewalls to let in. It costs a connector and a gateway by the hour."
  type        = bool
  default     = false
  nullable    = false
}

variable "egress_range" {
  description = "Range of addresses (a /28) within the network that is made for static_egress. It matters only where that network is joined with others."
  type        = string
  default     = "10.8.0.0/28"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.egress_range, 0)) && endswith(var.egress_range, "/28")
    error_message = "A connector takes a range of 16 addresses, written as 10.8.0.0/28."
  }
}

locals {
  egress = var.static_egress ? toset(["egress"]) : toset([])

  # By which functions reach the network; null: they go out as the platform has it.
  vpc_connector = one([for c in google_vpc_access_connector.egress : "projects/${c.project}/locations/${c.region}/connectors/${c.name}"])
}

resource "google_compute_network" "egress" {
  for_each = local.egress

  project                 = var.project_id
  name                    = "sessionbridge"
  description             = "Only a way out for functions"
  auto_create_subnetworks = false

  depends_on = [google_project_service.api]
}

# All that such a function sends goes this way, to Google's services as well. These are reached from within, without the
# address.
resource "google_compute_subnetwork" "egress" {
  for_each = local.egress

  project                  = var.project_id
  region                   = var.region
  name                     = "sessionbridge-egress"
  network                  = google_compute_network.egress[each.key].id
  ip_cidr_range            = var.egress_range
  private_ip_google_access = true
}

# Direct VPC egress would do without these machines; version 6 of the provider has no argument for it.
resource "google_vpc_access_connector" "egress" {
  for_each = local.egress

  project       = var.project_id
  region        = var.region
  name          = "sessionbridge"
  machine_type  = "e2-micro"
  min_instances = 2
  max_instances = 10

  subnet {
    name = google_compute_subnetwork.egress[each.key].name
  }
}

resource "google_compute_address" "egress" {
  for_each = local.egress

  project      = var.project_id
  region       = var.region
  name         = "sessionbridge-egress"
  description  = "From which functions call companies' systems: their firewalls know it"
  address_type = "EXTERNAL"
  labels       = local.labels

  depends_on = [google_project_service.api]
}

resource "google_compute_router" "egress" {
  for_each = local.egress

  project = var.project_id
  region  = var.region
  name    = "sessionbridge-egress"
  network = google_compute_network.egress[each.key].id
}

# A connector's machine carries the connections of many functions, so 64 ports each, as is usual, would soon be taken.
resource "google_compute_router_nat" "egress" {
  for_each = local.egress

  project                             = var.project_id
  region                              = var.region
  name                                = "sessionbridge-egress"
  router                              = google_compute_router.egress[each.key].name
  nat_ip_allocate_option              = "MANUAL_ONLY"
  nat_ips                             = [google_compute_address.egress[each.key].self_link]
  source_subnetwork_ip_ranges_to_nat  = "LIST_OF_SUBNETWORKS"
  enable_dynamic_port_allocation      = true
  enable_endpoint_independent_mapping = false # which dynamic allocation demands
  min_ports_per_vm                    = 1024
  max_ports_per_vm                    = 32768

  subnetwork {
    name                    = google_compute_subnetwork.egress[each.key].self_link
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

output "egress_address" {
  description = "The address from which functions call companies' systems, for their firewalls; null without static_egress."
  value       = one([for a in google_compute_address.egress : a.address])
}
