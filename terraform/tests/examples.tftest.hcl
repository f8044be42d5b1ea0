# The examples, as somebody would plan them.

mock_provider "google" {
  source = "./tests/mocks"
}

run "minimal" {
  command = plan

  module {
    source = "./examples/minimal"
  }
  variables {
    project_id = "sessionbridge-minimal"
    client_id  = "client.apps.example.com"
    admins     = ["admin@example.com"]
  }

  assert {
    condition     = output.sessionbridge.console_url == "https://console-123456789012.europe-west1.run.app/console/"
    error_message = "without a name, each function for people has its own address"
  }
}

run "production" {
  command = plan

  module {
    source = "./examples/production"
  }
  variables {
    project_id  = "sessionbridge-production"
    domain      = "bridge.example.com"
    client_id   = "client.apps.example.com"
    admins      = ["admin@example.com"]
    alert_email = "oncall@example.com"
  }

  assert {
    condition     = output.sessionbridge.redirect_uris == ["https://bridge.example.com/console/signin/callback", "https://bridge.example.com/desk/signin/callback"]
    error_message = "behind a load balancer people come by one name"
  }
  assert {
    condition     = google_project_service.kms.service == "cloudkms.googleapis.com" && !google_project_service.kms.disable_on_destroy
    error_message = "there is no key without its API, which has to stay on for what is encrypted with it"
  }
  assert {
    condition     = output.sessionbridge.webhook_urls["ccai"] == "https://bridge.example.com/webhook/{tenant}/ccai"
    error_message = "and so does the contact centre"
  }
}
