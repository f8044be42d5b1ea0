package local_test

import (
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
