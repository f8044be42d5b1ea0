locals {
  # Rows of charts, of which each shows what its query answers. Charts of one row share its width.
  rows = [
    { title = "Promises", charts = [
      { title = "What the watch found, by class", unit = "1", query = "sum by (class) (increase(${local.own.found}_sum{${local.run}}[1h]))" },
      { title = "Age of the oldest event not folded, s", unit = "s", query = "max by (subscription_id) (${local.age}{${local.pubsub}})" },
      { title = "Messages that were given up or wait", unit = "1", query = "max by (subscription_id) (${local.backlog}{${local.pubsub}})" },
      { title = "Longest row of failures, p99, s", unit = "s", query = "histogram_quantile(0.99, sum by (le, work) (increase(${local.own.owed_seconds}_bucket{${local.run}}[1h])))" },
    ] },
    { title = "Webhook", charts = [
      { title = "Deliveries by tenant and source", unit = "1", query = "sum by (tenant, source) (increase(${local.own.events}{${local.run}}[5m]))" },
      { title = "Of these, not understood", unit = "1", query = "sum by (tenant, source) (increase(${local.own.unknown_events}{${local.run}}[5m]))" },
      { title = "Answers by class", unit = "1", query = "sum by (response_code_class) (increase(${local.requests}{${local.run},service_name=\"webhook\"}[5m]))" },
      { title = "p99, ms", unit = "ms", query = "histogram_quantile(0.99, sum by (le) (increase(${local.latency}{${local.run},service_name=\"webhook\"}[5m])))" },
    ] },
    { title = "CRM, by tenant", charts = [
      { title = "Attempts by verdict", unit = "1", query = "sum by (tenant, verdict) (increase(${local.own.attempts}{${local.run},work=\"crm\"}[5m]))" },
      { title = "Answers by class", unit = "1", query = "sum by (tenant, status_class) (increase(${local.own.attempts}{${local.run},work=\"crm\"}[5m]))" },
      { title = "p95 of an attempt, ms", unit = "ms", query = "histogram_quantile(0.95, sum by (le) (increase(${local.own.attempt_millis}_bucket{${local.run},work=\"crm\"}[5m])))" },
    ] },
    { title = "Files, mail and quality management", charts = [
      { title = "Files by verdict", unit = "1", query = "sum by (tenant, verdict) (increase(${local.own.attempts}{${local.run},work=~\"file|metadata\",action!=\"mail\"}[5m]))" },
      { title = "Mails by verdict", unit = "1", query = "sum by (tenant, verdict) (increase(${local.own.attempts}{${local.run},action=\"mail\"}[5m]))" },
      { title = "Quality management by verdict", unit = "1", query = "sum by (tenant, verdict) (increase(${local.own.attempts}{${local.run},work=\"quality\"}[5m]))" },
    ] },
    { title = "Queues", charts = [
      { title = "Tasks, those of later included", unit = "1", query = "max by (queue_id) (${local.depth}{${local.tasks}})" },
      { title = "How late tasks are begun, p95, ms", unit = "ms", query = "histogram_quantile(0.95, sum by (le, queue_id) (increase(${local.delays}{${local.tasks}}[5m])))" },
    ] },
    { title = "Functions", charts = [
      { title = "Requests", unit = "1", query = "sum by (service_name) (increase(${local.requests}{${local.run}}[5m]))" },
      { title = "5xx", unit = "1", query = "sum by (service_name) (increase(${local.requests}{${local.run},response_code_class=\"5xx\"}[5m]))" },
      { title = "p99, ms", unit = "ms", query = "histogram_quantile(0.99, sum by (le, service_name) (increase(${local.latency}{${local.run}}[5m])))" },
    ] },
  ]

  # A dashboard is 48 columns wide (docs.cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards#mosaiclayout): a row's
  # title is 4 high, its charts 16.
  placed = flatten([for y, row in local.rows : concat(
    [{ yPos = 20 * y, xPos = 0, width = 48, height = 4, widget = { title = row.title, sectionHeader = { dividerBelow = true } } }],
    [for x, chart in row.charts : {
      yPos = 20 * y + 4, xPos = x * floor(48 / length(row.charts)), width = floor(48 / length(row.charts)), height = 16
      widget = { title = chart.title, xyChart = {
        dataSets = [{ plotType = "LINE", timeSeriesQuery = { prometheusQuery = chart.query, unitOverride = chart.unit } }]
      } }
    }],
  )])

  # The service leaves out what is nought, and to name it would be a change at each plan.
  tiles = [for tile in local.placed : { for name, value in tile : name => value if try(value != 0, true) }]
}

resource "google_monitoring_dashboard" "this" {
  project = var.project_id
  dashboard_json = jsonencode({
    displayName  = "Sessionbridge"
    labels       = { application = "" }
    mosaicLayout = { columns = 48, tiles = local.tiles }
  })

  depends_on = [google_logging_metric.metric]
}
