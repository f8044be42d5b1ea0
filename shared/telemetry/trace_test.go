package telemetry_test

import (
	"context"
	"net/http"
	"testing"

	"sessionbridge.internal/shared/telemetry"
)

const (
	id   = "4bf92f3577b34da6a3ce929d0e0e4736"
	span = "00f067aa0ba902b7"
)

func TestWithTraceReadsHeaders(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		header, value string
		want          telemetry.Trace
	}{
		"W3C sampled":             {"traceparent", "00-" + id + "-" + span + "-01", telemetry.Trace{ID: id, SpanID: span, Sampled: true}},
		"W3C not sampled":         {"traceparent", "00-" + id + "-" + span + "-00", telemetry.Trace{ID: id, SpanID: span}},
		"W3C of a later version":  {"traceparent", "01-" + id + "-" + span + "-03-more", telemetry.Trace{ID: id, SpanID: span, Sampled: true}},
		"Google sampled":          {"X-Cloud-Trace-Context", id + "/67667974448284343;o=1", telemetry.Trace{ID: id, SpanID: span, Sampled: true}},
		"Google without options":  {"X-Cloud-Trace-Context", id + "/67667974448284343", telemetry.Trace{ID: id, SpanID: span}},
		"Google's capitals lower": {"X-Cloud-Trace-Context", "4BF92F3577B34DA6A3CE929D0E0E4736/1", telemetry.Trace{ID: id, SpanID: "0000000000000001"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			h.Set(row.header, row.value)
			if got := telemetry.TraceOf(telemetry.WithTrace(t.Context(), h)); got != row.want {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}

func TestWithTraceBeginsOneWhereNoneIsGood(t *testing.T) {
	t.Parallel()
	for name, row := range map[string][2]string{
		"no header":              {},
		"W3C forbidden version":  {"traceparent", "ff-" + id + "-" + span + "-01"},
		"W3C too many parts":     {"traceparent", "00-" + id + "-" + span + "-01-more"},
		"W3C id of zeroes":       {"traceparent", "00-00000000000000000000000000000000-" + span + "-01"},
		"W3C span of zeroes":     {"traceparent", "00-" + id + "-0000000000000000-01"},
		"W3C capitals":           {"traceparent", "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01"},
		"W3C without flags":      {"traceparent", "00-" + id + "-" + span},
		"Google span of letters": {"X-Cloud-Trace-Context", id + "/abc;o=1"},
		"Google span zero":       {"X-Cloud-Trace-Context", id + "/0;o=1"},
		"Google short id":        {"X-Cloud-Trace-Context", "abc/1;o=1"},
		"a line break":           {"X-Cloud-Trace-Context", id + "\n/1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			h.Set(row[0], row[1])
			one := telemetry.TraceOf(telemetry.WithTrace(t.Context(), h))
			two := telemetry.TraceOf(telemetry.WithTrace(t.Context(), h))
			if len(one.ID) != 32 || len(one.SpanID) != 16 || one.ID == id || one.ID == two.ID {
				t.Errorf("traces %+v and %+v, want two new ones", one, two)
			}
		})
	}
}

func TestW3CWinsOverGoogle(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	h.Set("traceparent", "00-"+id+"-"+span+"-01")
	h.Set("X-Cloud-Trace-Context", "00000000000000000000000000000001/1;o=0")
	if got := telemetry.TraceOf(telemetry.WithTrace(t.Context(), h)); got.ID != id {
		t.Errorf("trace %s, want %s", got.ID, id)
	}
}

func TestTraceIsHandedOn(t *testing.T) {
	t.Parallel()
	want := telemetry.Trace{ID: id, SpanID: span, Sampled: true}
	h := http.Header{}
	want.Hand(h)
	if got := telemetry.TraceOf(telemetry.WithTrace(t.Context(), h)); got != want {
		t.Errorf("after a hop %+v, want %+v", got, want)
	}
}

func TestNoTraceIsNotHandedOn(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	telemetry.TraceOf(context.Background()).Hand(h)
	if len(h) != 0 {
		t.Errorf("header %v, want none", h)
	}
}

func FuzzWithTrace(f *testing.F) {
	f.Add("00-"+id+"-"+span+"-01", id+"/1;o=1")
	f.Add("--", "/;")
	f.Fuzz(func(t *testing.T, w3c, google string) {
		h := http.Header{"Traceparent": {w3c}, "X-Cloud-Trace-Context": {google}}
		got := telemetry.TraceOf(telemetry.WithTrace(t.Context(), h))
		if len(got.ID) != 32 || len(got.SpanID) != 16 {
			t.Errorf("trace %+v", got)
		}
		again := http.Header{}
		got.Hand(again)
		if telemetry.TraceOf(telemetry.WithTrace(t.Context(), again)) != got {
			t.Errorf("%+v does not survive a hop", got)
		}
	})
}
