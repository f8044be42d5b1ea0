package pubsub_test

import (
	"net/http"
	"testing"

	"sessionbridge.internal/emulator/pubsub"
)

// BenchmarkPush is publishing in batches over 100 keys, pushing and acknowledging, everything over loopback.
func BenchmarkPush(b *testing.B) {
	const keys = 100
	e, l := newEndpoint(b, always(http.StatusNoContent)), newLocal(b, pubsub.Options{})
	l.subscribe(b, pushTo(e.URL))
	each := b.N/keys + 1
	b.ResetTimer()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range keys * each {
			<-e.got
		}
	}()
	publishMany(b, l.client, keys, each)
	<-done
	b.ReportMetric(float64(keys*each)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkLatency is one message from Publish to the endpoint.
func BenchmarkLatency(b *testing.B) {
	e, l := newEndpoint(b, always(http.StatusNoContent)), newLocal(b, pubsub.Options{})
	l.subscribe(b, pushTo(e.URL))
	for b.Loop() {
		publish(b, l.client, text("k", "x"))
		<-e.got
	}
}
