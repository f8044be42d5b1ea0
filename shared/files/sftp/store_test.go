package sftp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	client "github.com/pkg/sftp"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/sftp"
)

func TestWhatAPersonHasToMend(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, fault string
		want        error
		says        []string
	}{
		{"read-only folder", `"status":403,"match":"Put"`, sftp.ErrPermission, []string{"storage.sftp.username", recording[:20]}},
		{"folder may not be made", `"status":403,"match":"Mkdir"`, sftp.ErrPermission, []string{"make folders"}},
		{"folder cannot be made", `"status":500,"match":"Mkdir"`, sftp.ErrNoFolder, []string{"storage.sftp.folder"}},
		{"renaming is forbidden", `"status":403,"match":"Rename"`, sftp.ErrPermission, []string{"rename"}},
		{"disk is full", `"status":507,"match":"Write"`, sftp.ErrNoSpace, nil},
		{"refused without a reason", `"status":500,"match":"Write"`, sftp.ErrRefused, []string{"log"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.plan(t, `{"times":100,`+row.fault+`}`)
			_, err := put(c.at, recording, source(some(1, 100_000), "v1"))
			wantMended(t, err, row.want, row.says...)
			c.plan(t, "") // somebody mended it
			if _, err := put(c.at, recording, source(some(1, 100_000), "v1")); err != nil {
				t.Error(err)
			}
			c.holds(t, map[string][]byte{recording: some(1, 100_000)})
		})
	}
}

func TestAFileInTheFoldersPlaceAndTheOtherWayRound(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.place(t, "a/file", nil)
	s := open(t, c.at)
	_, err := s.Put(t.Context(), "a/file/x", source([]byte("x"), "v1"))
	wantMended(t, err, sftp.ErrNoFolder)
	_, err = s.Put(t.Context(), "a", source([]byte("x"), "v1"))
	wantMended(t, err, sftp.ErrPath, "no file")
	_, err = s.Open(t.Context(), "a")
	wantMended(t, err, sftp.ErrPath, "no file")
	wantMended(t, s.Remove(t.Context(), "a"), sftp.ErrPath, "folder")
	c.holds(t, map[string][]byte{"a/file": nil})
}

// fullDisk fails as OpenSSH does on a full disk: it gives no reason, and tells the space only when it is asked.
type fullDisk struct {
	client.Handlers
	free uint64
}

func (fullDisk) Filewrite(r *client.Request) (io.WriterAt, error) {
	if !r.Pflags().Creat {
		return nil, os.ErrNotExist
	}
	return fullFile{}, nil
}

func (d fullDisk) Filecmd(r *client.Request) error { return d.FileCmd.Filecmd(r) }

func (d fullDisk) StatVFS(*client.Request) (*client.StatVFS, error) {
	return &client.StatVFS{Frsize: 4096, Bavail: d.free}, nil
}

type fullFile struct{}

func (fullFile) WriteAt([]byte, int64) (int, error) { return 0, client.ErrSSHFxFailure }

func TestAFullDiskOfWhichNothingIsSaid(t *testing.T) {
	t.Parallel()
	for free, want := range map[uint64]error{0: sftp.ErrNoSpace, 1 << 20: sftp.ErrRefused} {
		h := client.InMemHandler()
		disk := fullDisk{h, free}
		h.FilePut, h.FileCmd = disk, disk
		key := newHostKey(t)
		at := custom(t, asking(password), serving(h), key)
		at.HostKeys = []string{line(key)}
		_, err := put(at, "x", source([]byte("x"), "v1"))
		wantMended(t, err, want)
	}
}

func TestOpenReadsFromAnyByteOn(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	content := some(1, 3<<20)
	c.place(t, recording, content)
	s := open(t, c.at)
	src, err := s.Open(t.Context(), recording)
	if err != nil || src.Size != int64(len(content)) || src.Version == "" {
		t.Fatalf("source is %+v, %v", src, err)
	}
	for _, offset := range []int64{0, 1, 1 << 20, src.Size - 1, src.Size} {
		body, err := src.Open(t.Context(), offset)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		if err := errors.Join(err, body.Close()); err != nil || !bytes.Equal(got, content[offset:]) {
			t.Errorf("from byte %d on: %d bytes, %v", offset, len(got), err)
		}
	}
	for _, offset := range []int64{-1, src.Size + 1} {
		if _, err := src.Open(t.Context(), offset); err == nil {
			t.Errorf("opened at byte %d", offset)
		}
	}
}

func TestOpenTellsWhatChanged(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	s := open(t, c.at)
	if _, err := s.Open(t.Context(), recording); !errors.Is(err, fs.ErrNotExist) || sftp.IsPassing(err) {
		t.Errorf("a missing file: %v", err)
	}
	c.place(t, recording, []byte("one"))
	src, err := s.Open(t.Context(), recording)
	if err != nil {
		t.Fatal(err)
	}
	c.place(t, recording, []byte("two and more"))
	if _, err := src.Open(t.Context(), 0); !errors.Is(err, files.ErrSourceChanged) {
		t.Errorf("a file that changed: %v", err)
	}
	if err := os.Remove(filepath.Join(c.dir, recording)); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Open(t.Context(), 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
}

func TestAReaderEndsWithItsContextAndWithItsConnection(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.place(t, recording, some(1, 8<<20))
	for name, end := range map[string]func(*sftp.Store, context.CancelFunc){
		"context":    func(_ *sftp.Store, cancel context.CancelFunc) { cancel() },
		"connection": func(s *sftp.Store, _ context.CancelFunc) { _ = s.Close() },
	} {
		s := open(t, c.at)
		src, err := s.Open(t.Context(), recording)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		body, err := src.Open(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		end(s, cancel)
		if _, err := io.Copy(io.Discard, body); err == nil {
			t.Errorf("%s: the whole file was read after its end", name)
		}
		_ = body.Close()
		cancel()
	}
}

func TestAReadThatIsCutIsNoEnd(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.place(t, recording, some(1, 3<<20))
	c.plan(t, `{"mode":"reset","bytes":1500000,"match":"Get"}`)
	s := open(t, c.at)
	src, err := s.Open(t.Context(), recording)
	if err != nil {
		t.Fatal(err)
	}
	body, err := src.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, body)
	wantPassing(t, err, sftp.ErrCut)
	_ = body.Close()
}

func TestAStoredFileIsASourceForAnotherServer(t *testing.T) {
	t.Parallel()
	from, to := newCompany(t), newCompany(t)
	content := some(1, 2<<20)
	from.place(t, recording, content)
	src, err := open(t, from.at).Open(t.Context(), recording)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := put(to.at, "copy", src); err != nil || got.CRC32C != crc(content) {
		t.Errorf("stored is %+v, %v", got, err)
	}
	to.holds(t, map[string][]byte{"copy": content})
}

func TestRemove(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.place(t, recording, []byte("x"))
	c.place(t, sftp.PartName(recording, "v2"), []byte("unfinished"))
	c.place(t, recording+".bak", nil)
	s := open(t, c.at)
	for range 2 { // again: it is gone
		if err := s.Remove(t.Context(), recording); err != nil {
			t.Error(err)
		}
	}
	if err := s.Remove(t.Context(), "no/such/folder/x"); err != nil {
		t.Error(err)
	}
	c.holds(t, map[string][]byte{recording + ".bak": nil})
	c.plan(t, `{"status":403,"match":"Remove"}`)
	wantMended(t, s.Remove(t.Context(), recording+".bak"), sftp.ErrPermission, "remove")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, folder, faults string
		want                 error
	}{
		{"all may be done", "exports/2026", "", nil},
		{"in the folder of the sign-in", "", "", nil},
		{"in an absolute folder", "/exports", "", nil},
		{"may not write", "exports", `{"status":403,"match":"Put"}`, sftp.ErrPermission},
		{"may not replace", "exports", `{"delay":"1ms","match":"Rename"},{"status":403,"match":"Rename"}`, sftp.ErrPermission},
		{"may not read", "exports", `{"status":403,"match":"Get"}`, sftp.ErrPermission},
		{"may not remove", "exports", `{"times":9,"status":403,"match":"Remove"}`, sftp.ErrPermission},
		{"folder that climbs", "../x", "", sftp.ErrPath},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.plan(t, row.faults)
			err := open(t, c.at).Check(t.Context(), row.folder)
			if row.want != nil {
				wantMended(t, err, row.want)
			} else if err != nil {
				t.Error(err)
			}
			if row.name != "may not remove" {
				c.holds(t, map[string][]byte{})
			}
		})
	}
}

func TestAFolderOfManyFilesIsNotListedToItsEnd(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.place(t, "many/0", nil)
	for i := range 5000 {
		if err := os.Link(filepath.Join(c.dir, "many/0"), filepath.Join(c.dir, "many", fmt.Sprint("call-", i))); err != nil {
			t.Fatal(err)
		}
	}
	var heard atomic.Int64
	at := c.at
	at.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &counted{conn, &heard}, err
	}
	s := open(t, at)
	if _, err := s.Put(t.Context(), "many/y", source([]byte("y"), "v1")); err != nil {
		t.Fatal(err)
	}
	stored := heard.Load()
	if _, err := s.Client().ReadDir("many"); err != nil {
		t.Fatal(err)
	}
	if all := heard.Load() - stored; stored > all/2 {
		t.Errorf("the server sent %d bytes for a Put, and %d for the names of all files", stored, all)
	}
}

type counted struct {
	net.Conn
	heard *atomic.Int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.heard.Add(int64(n))
	return n, err
}

func TestAClosedStoreSaysSo(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	s := open(t, c.at)
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Put(t.Context(), recording, source([]byte("x"), "v1")); err == nil {
		t.Error("a closed store stored a file")
	}
}
