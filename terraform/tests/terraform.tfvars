# What all tests begin with.

project_id  = "sessionbridge-test"
bundles_dir = "tests/bundles"

sign_in = {
  issuer    = "https://login.example.com"
  client_id = "client.apps.example.com"
  admins    = ["admin@example.com", "ada@example.com"]
  audiences = ["https://console.example.com", "https://reports.example.com"]
}

outbound_allow = ["crm.internal.example.com:443", "mail.internal.example.com:587"]

secrets = {
  "acme--webhook" = ["source"]
  "acme--crm"     = ["crm", "quality"]
  "acme--sftp"    = ["storage"]
}

crm_queues = {
  "acme--crm" = { rate = 5, concurrency = 4 }
  "plain"     = {}
}

tenants = {
  "acme" = "tests/settings/acme.json"
}
