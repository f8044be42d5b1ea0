package gcs_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gstorage "cloud.google.com/go/storage"
	"google.golang.org/api/option"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
)

// BenchmarkPut streams a GiB into the emulator, through Put and beside it through a bare copy into the client's own
// Writer with its default options. The emulator is in the same process, so its part is in both numbers.
//
//	go test -run '^$' -bench Put -benchtime 1x ./shared/files/gcs
func BenchmarkPut(b *testing.B) {
	const size = 1 << 30
	addr := benchServer(b)
	client := gcs.Open(func(name string) string { return map[string]string{gcs.EmulatorEnv: addr}[name] })
	b.Cleanup(func() { _ = client.Close() })
	store := gcs.New(client, bucket, gcs.Options{})
	b.Run("Put", func(b *testing.B) {
		measure(b, size, func(src files.Source) error {
			_, err := store.Put(b.Context(), newName(), tags, src)
			return err
		})
	})
	b.Run("copy", func(b *testing.B) {
		bare, err := gstorage.NewClient(context.Background(), option.WithoutAuthentication(), option.WithEndpoint("http://"+addr+"/storage/v1/"))
		if err != nil {
			b.Fatal(err)
		}
		defer bare.Close()
		measure(b, size, func(src files.Source) error {
			r, err := src.Open(b.Context(), 0)
			if err != nil {
				return err
			}
			w := bare.Bucket(bucket).Object(newName()).NewWriter(b.Context())
			if _, err := io.Copy(w, r); err != nil {
				return err
			}
			return w.Close()
		})
	})
}

var named atomic.Int32

func newName() string { return fmt.Sprint("recording", named.Add(1)) }

func benchServer(b *testing.B) (addr string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv, err := storage.Start(l, storage.Options{
		Dir: b.TempDir(), Buckets: []string{bucket}, Now: clock.New().Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = srv.Close() })
	return l.Addr().String()
}

// measure puts generated content of that size into as many objects as the benchmark asks for, and reports the throughput
// and how much memory that took at its peak.
func measure(b *testing.B, size int64, put func(files.Source) error) {
	src := files.Source{Type: "audio/mpeg", Size: size, Open: func(context.Context, int64) (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(alphabet{}, size)), nil
	}}
	b.SetBytes(size)
	runtime.GC()
	peak := watchMemory()
	for b.Loop() {
		if err := put(src); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(peak(), "peak-MiB")
}

// watchMemory looks at the memory in use every few milliseconds; what it returns ends that and says by how many MiB it
// rose at most.
func watchMemory() (peak func() float64) {
	before, most := inUse(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	tick := time.NewTicker(5 * time.Millisecond)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-tick.C:
				most = max(most, inUse())
			case <-stop:
				return
			}
		}
	}()
	return func() float64 {
		tick.Stop()
		close(stop)
		<-stopped
		return float64(max(most, before)-before) / (1 << 20)
	}
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// alphabet is content without end that costs next to nothing to make.
type alphabet struct{}

var letters = strings.Repeat("abcdefghijklmnopqrstuvwxyz", 2048)

func (alphabet) Read(b []byte) (int, error) { return copy(b, letters), nil }
