package sftp_test

import (
	"context"
	"io"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/sftp"
)

// benchEnv is the size of the benchmark's file in MiB.
const benchEnv = "SESSIONBRIDGE_BENCH_MIB"

const benchMiB = 1024

// BenchmarkPut stores a file of 1 GiB in the local cloud's server; BenchmarkCopy sends the same with io.Copy through the
// plain library to the same server. Both report the most memory used beyond what was before, server and all.
func BenchmarkPut(b *testing.B) {
	measure(b, func(s *sftp.Store, size int64) error {
		_, err := s.Put(context.Background(), "large", generated(size))
		return err
	})
}

func BenchmarkCopy(b *testing.B) {
	measure(b, func(s *sftp.Store, size int64) error {
		f, err := s.Client().Create("large")
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		// With a reader of a known size the library has many writes under way, if it is allowed to.
		_, err = f.ReadFromWithConcurrency(io.LimitReader(zeros{}, size), 64)
		return err
	})
}

func measure(b *testing.B, send func(*sftp.Store, int64) error) {
	size := int64(benchMiB)
	if text := os.Getenv(benchEnv); text != "" {
		var err error
		if size, err = strconv.ParseInt(text, 10, 64); err != nil {
			b.Fatal(err)
		}
	}
	size <<= 20
	c := newCompany(b)
	at := c.at
	s := open(b, sftp.Long(at))
	b.SetBytes(size)
	peak := watchMemory(b)
	for b.Loop() {
		if err := send(s, size); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Remove(context.Background(), "large"); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(peak(), "extra-MiB")
}

// watchMemory begins to look at the heap and the stacks; the function it returns ends that and tells the most they grew.
func watchMemory(b *testing.B) (peak func() float64) {
	b.Helper()
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	runtime.GC()
	before := inUse()
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		highest := before
		for {
			select {
			case <-tick.C:
				highest = max(highest, inUse())
			case <-done:
				most <- highest
				return
			}
		}
	}()
	return func() float64 {
		close(done)
		return float64(<-most-before) / (1 << 20)
	}
}

func generated(size int64) files.Source {
	return files.Source{Size: size, Version: "v1", Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(zeros{}, size-offset)), nil
	}}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
