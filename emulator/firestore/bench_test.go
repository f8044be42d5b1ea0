package firestore_test

import (
	"fmt"
	"testing"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

var session = object{"status": "connected", "agent": object{"id": "7", "name": "A"}, "events": []string{"started", "ringing"}}

func BenchmarkSet(b *testing.B) {
	w := newWorld(b)
	d := w.client.Doc("sessions/call-1")
	for b.Loop() {
		if _, err := d.Set(b.Context(), session); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSet16Ways(b *testing.B) {
	w := newWorld(b)
	b.SetParallelism(8) // on two cores: 16 goroutines
	b.RunParallel(func(p *testing.PB) {
		d := w.client.Collection("sessions").NewDoc()
		for p.Next() {
			if _, err := d.Set(b.Context(), session); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkTransaction(b *testing.B) {
	w := newWorld(b)
	d := w.client.Doc("counters/a")
	if _, err := d.Set(b.Context(), object{"n": 0}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := addOne(b.Context(), w.client, d); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkQuery finds 20 of 1,000 documents, beside 10,000 in other collections that must cost nothing.
func BenchmarkQuery(b *testing.B) {
	w := newWorld(b)
	for i := range 11 {
		var writes []*pb.Write
		for j := range 1000 {
			writes = append(writes, update(fmt.Sprintf("c%d/%d", i, j), fields{"n": num(int64(j))}))
		}
		w.mustCommit(b, writes...)
	}
	q := w.client.Collection("c0").Where("n", ">=", 500).Limit(20)
	for b.Loop() {
		if docs, err := q.Documents(b.Context()).GetAll(); err != nil || len(docs) != 20 {
			b.Fatal(len(docs), err)
		}
	}
}
