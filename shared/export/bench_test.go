package export_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	bare "cloud.google.com/go/storage"
	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"google.golang.org/api/option"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/media"
	sftpserver "sessionbridge.internal/emulator/sftp"
	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/files/remote"
	company "sessionbridge.internal/shared/files/sftp"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
)

// benchSize is that of the recording, in bytes.
const benchSize = 1 << 30

// BenchmarkRecording streams a recording of 1 GiB from a source's server to the bucket and to the SFTP server, as the export
// does; beside each stands an io.Copy from the same answer to the same sink. All servers are in this process, so their
// part is in all numbers, and in the memory at its peak.
//
//	go test -run '^$' -bench Recording -benchtime 1x ./shared/export
func BenchmarkRecording(b *testing.B) {
	c := clock.New()
	source := httptest.NewServer(media.Handler(c))
	b.Cleanup(source.Close)
	host := strings.TrimPrefix(source.URL, "http://")
	client, err := outbound.New(outbound.Options{Allow: []string{host}, Now: c.Now})
	if err != nil {
		b.Fatal(err)
	}
	address := fmt.Sprintf("%s/recordings/long.mp3?size=%d", source.URL, benchSize)
	open := func() (files.Source, error) {
		return remote.Open(b.Context(), remote.Options{Client: client, Hosts: []string{host}, Max: 2 * benchSize}, address, session.Recording)
	}
	b.Run("to the bucket", func(b *testing.B) { benchBucket(b, c, address, open) })
	b.Run("to the SFTP server", func(b *testing.B) { benchSFTP(b, c, address, open) })
}

func benchBucket(b *testing.B, c *clock.Clock, address string, open func() (files.Source, error)) {
	const bucket = "recordings"
	l := benchListen(b)
	srv, err := storage.Start(l, storage.Options{Dir: b.TempDir(), Buckets: []string{bucket}, Now: c.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = srv.Close() })
	host := l.Addr().String()
	ours := gcs.Open(func(name string) string { return map[string]string{gcs.EmulatorEnv: host}[name] })
	b.Cleanup(func() { _ = ours.Close() })
	store := gcs.New(ours, bucket, gcs.Options{})
	names := 0
	b.Run("export", func(b *testing.B) {
		benchRun(b, func() error {
			names++
			src, err := open()
			if err == nil {
				_, err = store.Put(b.Context(), fmt.Sprint("export", names), files.Tags{}, src)
			}
			return err
		})
	})
	b.Run("io.Copy", func(b *testing.B) {
		plain, err := bare.NewClient(context.Background(), option.WithoutAuthentication(), option.WithEndpoint("http://"+host+"/storage/v1/"))
		if err != nil {
			b.Fatal(err)
		}
		defer plain.Close()
		benchRun(b, func() error {
			names++
			w := plain.Bucket(bucket).Object(fmt.Sprint("copy", names)).NewWriter(b.Context())
			if err := benchCopy(w, address); err != nil {
				return err
			}
			return w.Close()
		})
	})
}

func benchSFTP(b *testing.B, c *clock.Clock, address string, open func() (files.Source, error)) {
	l := benchListen(b)
	srv, err := sftpserver.Start(l, sftpserver.Options{Dir: b.TempDir() + "/files", User: "u", Password: "p", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = srv.Close() })
	at := l.Addr().String()
	b.Run("export", func(b *testing.B) {
		host, port, _ := net.SplitHostPort(at)
		number := 0
		_, _ = fmt.Sscan(port, &number)
		store, err := company.Open(b.Context(), company.Server{
			Host: host, Port: number, User: "u", Password: secrets.New("p"), HostKeys: []string{srv.HostKey()}, Now: c.Now,
		})
		if err != nil {
			b.Fatal(err)
		}
		defer store.Close()
		names := 0
		benchRun(b, func() error {
			names++
			src, err := open()
			if err == nil {
				_, err = store.Put(b.Context(), fmt.Sprint("export", names), src)
			}
			return err
		})
	})
	b.Run("io.Copy", func(b *testing.B) {
		conn, err := ssh.Dial("tcp", at, &ssh.ClientConfig{User: "u", Auth: []ssh.AuthMethod{ssh.Password("p")}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		plain, err := sftp.NewClient(conn, sftp.UseConcurrentWrites(true)) // else each packet waits for the one before
		if err != nil {
			b.Fatal(err)
		}
		defer plain.Close()
		benchRun(b, func() error {
			f, err := plain.Create("copy")
			if err != nil {
				return err
			}
			if err := benchCopy(f, address); err != nil {
				return err
			}
			return f.Close()
		})
	})
}

// benchCopy is the bare way: an answer's body into a sink.
func benchCopy(to io.Writer, address string) error {
	resp, err := http.Get(address)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if f, ok := to.(*sftp.File); ok { // which reads as many packets ahead as it is told to
		_, err = f.ReadFromWithConcurrency(resp.Body, 64)
		return err
	}
	_, err = io.Copy(to, resp.Body)
	return err
}

func benchListen(b *testing.B) net.Listener {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// benchRun reports the throughput and by how much the memory in use rose at most.
func benchRun(b *testing.B, once func() error) {
	b.SetBytes(benchSize)
	runtime.GC()
	before, stop, most := benchMemory(), make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		highest := uint64(0)
		for {
			select {
			case <-tick.C:
				highest = max(highest, benchMemory())
			case <-stop:
				most <- highest
				return
			}
		}
	}()
	for b.Loop() {
		if err := once(); err != nil {
			b.Fatal(err)
		}
	}
	close(stop)
	b.ReportMetric(float64(max(<-most, before)-before)/(1<<20), "peak-MiB")
}

func benchMemory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
