mock_provider "google" {
  source = "./tests/mocks"
}

run "metrics" {
  command = plan

  assert {
    condition     = alltrue([for m in google_logging_metric.metric : length(m.label_extractors) <= 10])
    error_message = "A metric of logs may have 10 labels."
  }
  assert {
    condition     = alltrue([for m in google_logging_metric.metric : length(setintersection(keys(m.label_extractors), ["session", "step", "file", "route", "customer"])) == 0])
    error_message = "A label has a value for each session or file: there would be too many time series."
  }
  assert {
    condition     = alltrue([for m in google_logging_metric.metric : join(" ", sort([for l in m.metric_descriptor[0].labels : l.key])) == join(" ", sort(keys(m.label_extractors)))])
    error_message = "Labels and what fills them differ."
  }
  assert {
    condition = alltrue([for m in google_logging_metric.metric :
      (m.metric_descriptor[0].value_type == "DISTRIBUTION") == (length(m.bucket_options) == 1) && m.metric_descriptor[0].metric_kind == "DELTA"
    ])
    error_message = "A distribution, and only that, has buckets."
  }
  assert {
    condition = alltrue([for m in local.metrics :
      join(" ", [for n in m.bounds : format("%012d", n)]) == join(" ", sort([for n in m.bounds : format("%012d", n)]))
    ])
    error_message = "Bounds must grow."
  }
  assert {
    condition     = alltrue([for m in google_logging_metric.metric : startswith(m.filter, "resource.type=\"cloud_run_revision\" AND jsonPayload.message=")])
    error_message = "A metric is of one kind of the functions' lines."
  }
  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles) == sum([for r in local.rows : 1 + length(r.charts)])
    error_message = "The dashboard lacks charts."
  }
  assert {
    condition     = alltrue([for t in jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles : try(t.xPos, 0) + t.width <= 48])
    error_message = "A chart is beside the dashboard."
  }
  assert {
    condition = alltrue([for t in jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles :
      try(t.xPos, -1) != 0 && try(t.yPos, -1) != 0 && t.height > 0 && t.widget.title != ""
    ])
    error_message = "A place of nought is named, which the service leaves out: each plan would have a change."
  }
}
