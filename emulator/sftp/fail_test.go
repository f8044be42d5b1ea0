package sftp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	client "github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"sessionbridge.internal/emulator/sftp"
)

// upload is what a careful client does: a hidden name first, then the real one.
func upload(c *client.Client, content []byte) error {
	if err := c.MkdirAll("a"); err != nil {
		return err
	}
	if err := write(c, "a/.b.part", content); err != nil {
		return err
	}
	return c.PosixRename("a/.b.part", "a/b")
}

func shown(s *sftp.Server) string {
	text := ""
	for _, f := range s.Files() {
		text += fmt.Sprintf("%s %d,", f.Path, f.Size)
	}
	return text
}

func TestFaults(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("x"), 100_000)
	lost := func(err error) bool { return errors.Is(err, client.ErrSSHFxConnectionLost) }
	failed := func(err error) bool {
		var status *client.StatusError
		return errors.As(err, &status) && status.FxCode() == client.ErrSSHFxFailure
	}
	denied := func(err error) bool { return errors.Is(err, fs.ErrPermission) }
	for _, row := range []struct {
		name, fault string
		is          func(error) bool // of the error, where there is to be one
		left        string
	}{
		{"no fault", `"status":403,"match":"nothing of the kind"`, nil, "a/b 100000,"},
		{"permission denied", `"status":403,"match":"Put /a/.b.part"`, denied, ""},
		{"no such file", `"status":404,"match":"Rename"`, func(err error) bool { return errors.Is(err, fs.ErrNotExist) }, "a/.b.part 100000,"},
		{"folder refused", `"status":500,"match":"Mkdir /a"`, failed, ""},
		{"disk full", `"status":507,"match":"Write /a"`, failed, "a/.b.part 0,"},
		{"rename not offered", `"status":501,"match":"PosixRename /a/.b.part /a/b"`, func(err error) bool { return err != nil && !failed(err) }, "a/.b.part 100000,"},
		{"denied after it was done", `"status":403,"after":true,"match":"Rename"`, denied, "a/b 100000,"},
		{"cut at the start", `"mode":"reset","match":"Put"`, lost, ""},
		{"cut in the middle", `"mode":"reset","bytes":40000,"match":"Put"`, lost, "a/.b.part 40000,"},
		{"cut with the last byte", `"mode":"reset","bytes":100000,"match":"Put"`, lost, "a/.b.part 100000,"},
		{"cut after the file was closed", `"mode":"reset","after":true,"match":"Put"`, lost, "a/.b.part 100000,"},
		{"cut before the rename", `"mode":"reset","match":"Rename"`, lost, "a/.b.part 100000,"},
		{"cut after the rename", `"mode":"reset","after":true,"match":"Rename"`, lost, "a/b 100000,"},
		{"garbage", `"mode":"garbage","match":"Rename"`, lost, "a/.b.part 100000,"},
		{"late", `"delay":"20ms","match":"Put"`, nil, "a/b 100000,"},
		{"done, reported late", `"delay":"20ms","after":true,"match":"Put"`, nil, "a/b 100000,"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, address := start(t, `{"sftp":[{`+row.fault+`}]}`)
			err := upload(connect(t, s, address), content)
			if row.is == nil && err != nil || row.is != nil && !row.is(err) {
				t.Errorf("error is %v", err)
			}
			if got := shown(s); got != row.left {
				t.Errorf("left are %q, want %q", got, row.left)
			}
		})
	}
}

func TestAFileIsCutWhileItIsRead(t *testing.T) {
	t.Parallel()
	s, address := start(t, `{"sftp":[{"mode":"reset","bytes":40000,"match":"Get"}]}`)
	c := connect(t, s, address)
	if err := write(c, "x", make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	if got, err := read(c, "x"); !errors.Is(err, client.ErrSSHFxConnectionLost) || len(got) >= 100_000 {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
}

func TestAConnectionCanFail(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{`"mode":"reset"`, `"mode":"garbage"`, `"status":503`} {
		s, address := start(t, `{"sftp":[{`+fault+`,"match":"connect `+user+`"}]}`)
		if c, err := dial(s, address, ssh.Password(password)); err == nil {
			_ = c.Close()
			t.Errorf("%s: connected", fault)
		}
		connect(t, s, address) // the next one stands
	}
}

func TestAHangEndsWithItsClient(t *testing.T) {
	t.Parallel()
	s, address := start(t, `{"sftp":[{"mode":"hang","match":"Rename"},{"mode":"hang","match":"connect"}]}`)
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		ended := make(chan error, 1)
		go func() { ended <- hangOn(ctx, s, address) }()
		select {
		case err := <-ended:
			if err == nil {
				t.Error("nothing hung")
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the client hangs still")
		}
		cancel()
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// hangOn uploads until ctx ends, which closes the connection.
func hangOn(ctx context.Context, s *sftp.Server, address string) error {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s.HostKey()))
	if err != nil {
		return err
	}
	conn, err := ssh.Dial("tcp", address, &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.Password(password)}, HostKeyCallback: ssh.FixedHostKey(key),
	})
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	c, err := client.NewClient(conn)
	if err != nil {
		return err
	}
	return upload(c, []byte("x"))
}
