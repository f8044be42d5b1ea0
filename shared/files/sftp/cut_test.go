package sftp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/sftp"
)

// TestPutAfterACut plays a cut, looks what readers see, and puts again: one right file, with no more work than needed.
func TestPutAfterACut(t *testing.T) {
	t.Parallel()
	const size = sftp.Segment + 200_000
	content := some(1, size)
	for _, row := range []struct {
		name, fault string
		opens       []int64 // where the source was opened in both Puts
		already     bool
		whole       bool // after the cut
	}{
		{"at the sign-in", `"mode":"reset","match":"connect"`, []int64{0}, false, false},
		{"before the folder", `"mode":"reset","match":"Mkdir"`, []int64{0, 0}, false, false},
		{"before the first byte", `"mode":"reset","match":"Put"`, []int64{0, 0}, false, false},
		{"after one byte", `"mode":"reset","bytes":1,"match":"Put"`, []int64{0, 0}, false, false},
		{"in the first segment", `"mode":"reset","bytes":100000,"match":"Put"`, []int64{0, 0}, false, false},
		{"at the first segment's end", fmt.Sprintf(`"mode":"reset","bytes":%d,"match":"Put"`, sftp.Segment), []int64{0, 0}, false, false},
		{"in the second segment", fmt.Sprintf(`"mode":"reset","bytes":%d,"match":"Put"`, sftp.Segment+150_000), []int64{0, sftp.Segment}, false, false},
		{"with the last byte", fmt.Sprintf(`"mode":"reset","bytes":%d,"match":"Put"`, size), []int64{0, sftp.Segment}, false, false},
		{"after the file was closed", `"mode":"reset","after":true,"match":"Put"`, []int64{0, sftp.Segment}, false, false},
		{"before the rename", `"mode":"reset","match":"Rename"`, []int64{0, sftp.Segment}, false, false},
		{"before the rename's answer", `"mode":"reset","after":true,"match":"Rename"`, []int64{0, 0}, true, true},
		{"garbage for an answer", `"mode":"garbage","match":"Rename"`, []int64{0, sftp.Segment}, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.plan(t, `{`+row.fault+`}`)
			o := &origin{content: content, version: "v1"}
			_, err := put(c.at, recording, o.source())
			wantPassing(t, err, sftp.ErrCut)
			if _, err := os.Stat(filepath.Join(c.dir, recording)); (err == nil) != row.whole {
				t.Errorf("after the cut: %v, want the file there: %v", err, row.whole)
			}
			got, err := put(c.at, recording, o.source())
			if err != nil || got.Already != row.already || got.Size != size || got.CRC32C != crc(content) {
				t.Errorf("stored is %+v, %v", got, err)
			}
			if d := cmp.Diff(row.opens, o.opens); d != "" {
				t.Errorf("the source was opened at (-want +got):\n%s", d)
			}
			c.holds(t, map[string][]byte{recording: content})
		})
	}
}

func TestPutWithoutVersionBeginsAnewAfterACut(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.plan(t, `{"mode":"reset","bytes":100000,"match":"Put"}`)
	for _, content := range [][]byte{some(1, 200_000), some(2, 200_000)} {
		_, err := put(c.at, recording, source(content, ""))
		if err != nil {
			wantPassing(t, err, sftp.ErrCut)
		}
	}
	c.holds(t, map[string][]byte{recording: some(2, 200_000)})
}

func TestTheLastSegmentOfAPartIsNotBelieved(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	content := some(1, sftp.Segment+100_000)
	holed := append([]byte{}, content[:sftp.Segment+90_000]...)
	clear(holed[sftp.Segment+1000 : sftp.Segment+60_000]) // as a cut leaves it, where writes are worked on at once
	c.place(t, sftp.PartName(recording, "v1"), holed)
	if got, err := put(c.at, recording, source(content, "v1")); err != nil || got.CRC32C != crc(content) {
		t.Errorf("stored is %+v, %v", got, err)
	}
	c.holds(t, map[string][]byte{recording: content})
}

func TestAPartThatCannotBeThisVersionIsThrownAway(t *testing.T) {
	t.Parallel()
	content := some(1, 100_000)
	for _, size := range []int64{100_000, -1} {
		c := newCompany(t)
		c.place(t, sftp.PartName(recording, "v1"), some(2, 100_001))
		src := source(content, "v1")
		src.Size = size
		if _, err := put(c.at, recording, src); err != nil {
			t.Error(err)
		}
		c.holds(t, map[string][]byte{recording: content})
	}
}

func TestServersWithoutPosixRename(t *testing.T) {
	t.Parallel()
	const lacking = `{"times":10,"status":501,"match":"PosixRename"}`
	old, content := some(1, 1000), some(2, 1000)
	for _, row := range []struct {
		name, faults string
		cut          error
		between      []byte // what is in the file's place after the first Put
	}{
		{"replaced", "", nil, content},
		{"cut before the old one is moved", passes(1) + `,{"mode":"reset","match":"Rename"}`, sftp.ErrCut, old},
		{"the old one may not be moved", passes(1) + `,{"status":403,"match":"Rename"}`, sftp.ErrPermission, old},
		{"cut after the old one is moved", passes(1) + `,{"mode":"reset","after":true,"match":"Rename"}`, sftp.ErrCut, nil},
		{"cut before the rename", passes(2) + `,{"mode":"reset","match":"Rename"}`, sftp.ErrCut, nil},
		{"refused, the old one moved back", passes(2) + `,{"status":500,"match":"Rename"}`, sftp.ErrRefused, old},
		{"cut after the rename", passes(2) + `,{"mode":"reset","after":true,"match":"Rename"}`, sftp.ErrCut, content},
		{"cut before the old one is removed", `,{"mode":"reset","match":"Remove"}`, sftp.ErrCut, content},
		{"no renaming at all", `,{"status":403,"match":"Rename"}`, sftp.ErrPermission, old},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.place(t, recording, old)
			c.plan(t, lacking+row.faults)
			if _, err := put(c.at, recording, source(content, "v1")); !errors.Is(err, row.cut) {
				t.Errorf("error is %v, want %v", err, row.cut)
			}
			c.plan(t, lacking)
			if row.between == nil != !exists(c, recording) || row.between != nil && !c.has(recording, row.between) {
				t.Error("after the first Put the file is another one")
			}
			if _, err := put(c.at, recording, source(content, "v1")); err != nil {
				t.Error(err)
			}
			c.holds(t, map[string][]byte{recording: content})
		})
	}
}

// passes has so many renamings pass.
func passes(n int) string { return fmt.Sprintf(`,{"times":%d,"delay":"1ms","match":"Rename"}`, n) }

func exists(c *company, path string) bool {
	_, err := os.Stat(filepath.Join(c.dir, path))
	return err == nil
}

func TestAServerThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, match := range []string{"connect", "Mkdir", "Write", "Rename"} {
		t.Run(match, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.plan(t, `{"mode":"hang","match":"`+match+`"}`)
			_, err := put(sftp.Impatient(c.at, 400*time.Millisecond), recording, source(some(1, 200_000), "v1"))
			wantPassing(t, err, sftp.ErrStalled)
			c.plan(t, "")
			if _, err := put(c.at, recording, source(some(1, 200_000), "v1")); err != nil {
				t.Error(err)
			}
		})
	}
}

// wantPatience fails if what try does is given up, however patient we are: a busy machine is silent for a short while by itself.
func wantPatience(t *testing.T, least time.Duration, try func(c *company, patience time.Duration) error) {
	t.Helper()
	var err error
	for patience := least; patience < 20*time.Second; patience *= 3 {
		if err = try(newCompany(t), patience); err == nil {
			return
		}
	}
	t.Error(err)
}

// Thirty writes, eight at once, take longer in all than the patience, and each a third of it.
func TestASlowServerIsNotGivenUp(t *testing.T) {
	t.Parallel()
	wantPatience(t, 600*time.Millisecond, func(c *company, patience time.Duration) error {
		c.plan(t, fmt.Sprintf(`{"times":30,"delay":"%v","match":"Write"}`, patience/3))
		_, err := put(sftp.Impatient(c.at, patience), recording, source(some(1, 1<<20), "v1"))
		return err
	})
}

// TestASlowSourceIsNotGivenUp has a source wait for twice the patience. What passes meanwhile are keep-alives, and they
// tell the time.
func TestASlowSourceIsNotGivenUp(t *testing.T) {
	t.Parallel()
	wantPatience(t, 800*time.Millisecond, func(c *company, patience time.Duration) error {
		beats := make(chan struct{})
		at := sftp.Impatient(c.at, patience)
		at.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return &beating{conn, beats}, err
		}
		src := files.Source{Size: 4, Open: func(ctx context.Context, _ int64) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(&waiting{ctx, beats, 8}, strings.NewReader("late"))), nil
		}}
		_, err := put(at, recording, src)
		return err
	})
}

// beating tells whoever waits for it of each write.
type beating struct {
	net.Conn
	beats chan<- struct{}
}

func (b *beating) Write(p []byte) (int, error) {
	select {
	case b.beats <- struct{}{}:
	default:
	}
	return b.Conn.Write(p)
}

// waiting is an empty reader that ends after so many beats, or with its context.
type waiting struct {
	ctx   context.Context
	beats <-chan struct{}
	left  int
}

func (w *waiting) Read([]byte) (int, error) {
	for ; w.left > 0; w.left-- {
		select {
		case <-w.beats:
		case <-w.ctx.Done():
			return 0, w.ctx.Err()
		}
	}
	return 0, io.EOF
}

func TestTheContextEndsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	for _, match := range []string{"connect", "Get", "Write"} {
		t.Run(match, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.place(t, sftp.PartName(recording, "v1"), some(1, sftp.Segment+10)) // to be read back
			c.plan(t, `{"mode":"hang","match":"`+match+`"}`)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			s, err := sftp.Open(ctx, c.at)
			if err == nil {
				_, err = s.Put(ctx, recording, source(some(1, sftp.Segment+200_000), "v1"))
				defer func() { _ = s.Close() }()
			}
			wantPassing(t, err, context.DeadlineExceeded)
		})
	}
}

func TestTheContextEndsASourceThatHangs(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	s := open(t, c.at)
	ctx, cancel := context.WithCancel(t.Context())
	src := files.Source{Size: -1, Open: func(ctx context.Context, _ int64) (io.ReadCloser, error) {
		cancel()
		return io.NopCloser(hanging{ctx}), nil
	}}
	_, err := s.Put(ctx, recording, src)
	wantPassing(t, err, context.Canceled)
	_, err = s.Put(t.Context(), recording, source([]byte("x"), "v1"))
	wantPassing(t, err, sftp.ErrCut) // of the connection, which that ended
}

type hanging struct{ ctx context.Context }

func (h hanging) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

// TestAPeerThatIsDead plays a network that swallows everything: not even keep-alives are answered.
func TestAPeerThatIsDead(t *testing.T) {
	t.Parallel()
	wantPatience(t, time.Second, func(c *company, patience time.Duration) error {
		var dead atomic.Bool
		at := sftp.Impatient(c.at, patience)
		at.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return &mortal{conn, &dead}, err
		}
		s, err := sftp.Open(t.Context(), at)
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = s.Close() })
		dead.Store(true)
		// A source without end and without bytes: no request is owed an answer, only keep-alives are.
		src := files.Source{Size: -1, Open: func(ctx context.Context, _ int64) (io.ReadCloser, error) {
			return io.NopCloser(hanging{ctx}), nil
		}}
		_, err = s.Put(t.Context(), recording, src)
		wantPassing(t, err, sftp.ErrStalled)
		return nil
	})
}

// mortal is a connection that swallows what is written once it is dead.
type mortal struct {
	net.Conn
	dead *atomic.Bool
}

func (m *mortal) Write(b []byte) (int, error) {
	if m.dead.Load() {
		return len(b), nil
	}
	return m.Conn.Write(b)
}

func TestAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	_, err = sftp.Open(t.Context(), reach(t, l.Addr().String()))
	wantPassing(t, err, sftp.ErrUnreachable)

	at := reach(t, l.Addr().String())
	for _, row := range []struct {
		err, want error
		says      string
	}{
		{&net.DNSError{Err: "no such host", Name: "sftp.example.com", IsNotFound: true}, sftp.ErrServer, "storage.sftp.host"},
		{errors.New("the address may not be called"), sftp.ErrServer, "may not be called"},
	} {
		at.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, row.err }
		_, err := sftp.Open(t.Context(), at)
		wantMended(t, err, row.want, row.says)
	}
	at.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "busy", IsTimeout: true}
	}
	_, err = sftp.Open(t.Context(), at)
	wantPassing(t, err, sftp.ErrUnreachable)
}

func TestAServerThatIsNoSSHServer(t *testing.T) {
	t.Parallel()
	for answer, isPassing := range map[string]bool{
		"": true, // closed at once: too busy
		"HTTP/1.1 400 Bad Request\r\n\r\n" + strings.Repeat("x", 1<<16): false,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}()
		_, err = sftp.Open(t.Context(), reach(t, l.Addr().String()))
		if err == nil || sftp.IsPassing(err) != isPassing {
			t.Errorf("answer %.10q: %v, passing: %v", answer, err, sftp.IsPassing(err))
		}
	}
}

// An answer that never comes is the library's where a connection breaks at the wrong moment; see within.
func TestWithinWaitsNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	never := func() (int, error) {
		cancel(sftp.ErrCut)
		select {}
	}
	if n, err := sftp.Within(ctx, never); n != 0 || !errors.Is(err, sftp.ErrCut) {
		t.Errorf("of what never comes: %d, %v; want ErrCut", n, err)
	}
	if n, err := sftp.Within(t.Context(), func() (int, error) { return 7, io.EOF }); n != 7 || err != io.EOF {
		t.Errorf("%d, %v; want what came", n, err)
	}
}
