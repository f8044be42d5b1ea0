package local_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// BenchmarkOneCall is a whole call through the local cloud: six notifications, every step in the CRM, the metadata file and
// the mail.
func BenchmarkOneCall(b *testing.B) {
	c, err := local.Start(b.Context(), local.Options{Official: official})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	client := demo.Client{URL: c.URL}
	for i := 0; b.Loop(); i++ {
		for _, p := range demo.Call(i, c.Now()).Posts {
			if err := client.Send(b.Context(), p); err != nil {
				b.Fatal(err)
			}
		}
		if err := c.Advance(b.Context(), 15*time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStart is a local cloud from nothing to ready, and its end.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		c, err := local.Start(b.Context(), local.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareClient makes the same calls to the same CRM as BenchmarkOneCall does in the end, with nothing around: what is
// above it is the price of losing and doubling nothing.
func BenchmarkBareClient(b *testing.B) {
	c, err := local.Start(b.Context(), local.Options{Official: official})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	client := demo.Client{URL: c.URL}
	for _, p := range demo.Call(1, c.Now()).Posts {
		if err := client.Send(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
	if err := c.Advance(b.Context(), 15*time.Minute); err != nil {
		b.Fatal(err)
	}
	address, made := c.CRMRequests()
	for b.Loop() {
		for _, r := range made {
			req, err := http.NewRequestWithContext(b.Context(), r.Method, address+r.Path+"?"+r.Query, strings.NewReader(r.Body))
			if err != nil {
				b.Fatal(err)
			}
			req.SetBasicAuth("demo", "demo")
			req.Header.Set("Content-Type", "application/json")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}
	b.ReportMetric(float64(len(made)), "calls/op")
}
