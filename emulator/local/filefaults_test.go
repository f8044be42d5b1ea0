package local_test

import (
	"fmt"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// big is the size of a recording in the middle of which there is room, middle a byte well within it.
const (
	big    = 700_000
	middle = 300_000
)

// Whatever is cut on a file's way, and wherever: in the end there is one right file in every place, and one mail.
func TestFilesArriveOnceWhateverIsCut(t *testing.T) {
	t.Parallel()
	for target, rows := range map[string]map[string]cut{
		"media": {
			"at the start, twice":          {(*cloud).aLongCall, `{"times":2,"mode":"reset"}`},
			"in the middle, three times":   {(*cloud).aLongCall, fmt.Sprintf(`{"times":3,"mode":"reset","after":true,"bytes":%d}`, middle)},
			"in the middle of a small one": {(*cloud).aSmallChat, `{"mode":"reset","after":true,"bytes":400}`},
			"after the last byte":          {(*cloud).aLongCall, fmt.Sprintf(`{"mode":"reset","after":true,"bytes":%d}`, big)},
		},
		"storage": {
			"at the start, four times":          {(*cloud).aLongCall, `{"times":4,"mode":"reset"}`},
			"in the middle, three times":        {(*cloud).aLongCall, fmt.Sprintf(`{"times":3,"mode":"reset","bytes":%d,"match":"/upload/"}`, middle)},
			"in the middle of small ones":       {(*cloud).aSmallChat, `{"times":4,"mode":"reset","bytes":100,"match":"/upload/"}`},
			"after the last byte, five times":   {(*cloud).aSmallChat, `{"times":5,"mode":"reset","after":true,"match":"/upload/"}`},
			"while the CRM's copy is read back": {(*cloud).aLongCall, fmt.Sprintf(`{"times":2,"mode":"reset","after":true,"bytes":%d,"match":"GET "}`, middle)},
		},
		"sftp": {
			"at the sign-in, three times":        {(*cloud).aLongCall, `{"times":3,"mode":"reset","match":"connect"}`},
			"in the middle, three times":         {(*cloud).aLongCall, fmt.Sprintf(`{"times":3,"mode":"reset","bytes":%d,"match":"Put /"}`, middle)},
			"in the middle of small ones":        {(*cloud).aSmallChat, `{"times":4,"mode":"reset","bytes":100,"match":"Put /"}`},
			"after the last byte, twice":         {(*cloud).aLongCall, `{"times":2,"mode":"reset","after":true,"match":"Put /"}`},
			"after it has its name, three times": {(*cloud).aSmallChat, `{"times":3,"mode":"reset","after":true,"match":"PosixRename"}`},
		},
		"smtp": {
			"in the first byte":                {(*cloud).aSmallChat, `{"mode":"reset","bytes":1}`},
			"in the middle, three times":       {(*cloud).aSmallChat, `{"times":3,"mode":"reset","bytes":1500}`},
			"before the answer":                {(*cloud).aSmallChat, `{"mode":"reset"}`},
			"after the last byte, three times": {(*cloud).aSmallChat, `{"times":3,"mode":"reset","after":true}`},
		},
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			c := start(t, local.Options{})
			number := 0
			for name, row := range rows {
				t.Run(name, func(t *testing.T) {
					number++
					c.in(t).mended(row, number, fmt.Sprintf(`{%q:[%s]}`, target, row.faults))
				})
			}
		})
	}
}

// cut is a session that is played while faults befall it.
type cut struct {
	play   func(*cloud, int) (s demo.Scenario, address, path string) // with a file from an address, to be stored at the path
	faults string
}

func (c *cloud) aLongCall(number int) (call demo.Scenario, address, path string) {
	address = fmt.Sprintf("%s/recordings/%d.mp3?size=%d", c.media(), number, big)
	call = c.recordedAt(number, address)
	return call, address, "ujet-voice-recordings/" + call.Key + ".mp3"
}

func (c *cloud) aSmallChat(number int) (chat demo.Scenario, address, path string) {
	chat = c.aChat(number)
	return chat, c.media() + "/photos/parcel.jpg", "ujet-media/" + chat.Key + "-photo-1.jpg"
}

// mended plays a session while the script's faults befall it, and checks what came of it.
func (c *cloud) mended(row cut, number int, script string) {
	c.Helper()
	s, address, file := row.play(c, number)
	want := c.sum(address)
	c.faults(script)
	c.play(s)
	c.advance(time.Hour)
	var left []byte
	c.must(c.Get(patience(c.T), "/emulator/faults", &left))
	if strings.TrimSpace(string(left)) != "{}" {
		c.Errorf("the faults %s did not happen", left)
	}
	c.arrivedOnce(s)
	c.holds(file, want)
	if got := c.attached(s)[path.Base(file)]; got != want {
		c.Errorf("the record has %s with the hash %q, want %s", file, got, want)
	}
	_, sftp := c.files()
	for _, f := range sftp {
		if strings.HasSuffix(f.Path, ".part") {
			c.Errorf("%s is left over", f.Path)
		}
	}
}

// holds checks the content of a file in both places.
func (c *cloud) holds(path, sum string) {
	c.Helper()
	bucket, sftp := c.files()
	for where, all := range map[string][]stored{"the bucket": bucket, "the SFTP server": sftp} {
		found := ""
		for _, f := range all {
			if f.Path == path {
				found = f.SHA256
			}
		}
		if found != sum {
			c.Errorf("%s in %s has the hash %q, want that of the source, %s", path, where, found, sum)
		}
	}
}

// goneOn checks that a session whose recording waits, or is given up, has all else.
func (c *cloud) goneOn(s demo.Scenario) {
	c.Helper()
	v := c.session(s.Key)
	if v.CRM.RecordID == "" || len(c.commentsOf(s)) != 3 || v.Metadata.DoneAt.IsZero() || len(c.mails(s)) != 1 || c.document(s).OutTicketID != v.CRM.RecordID {
		c.Errorf("without its recording %s has not all else: %+v", s.Key, v)
	}
}

func TestARecordingThatIsNotToBeHadWaitsAndSaysWhy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		address func(c *cloud) string
		says    []string
		dead    bool // after a day
		mend    func(c *cloud, address string, s demo.Scenario)
	}{
		"an address that has expired": {
			func(c *cloud) string {
				return fmt.Sprintf("%s/recordings/1.mp3?expires=%d", c.media(), c.Now().Unix()-1)
			},
			[]string{"403", "perhaps expired"}, true,
			func(c *cloud, _ string, s demo.Scenario) {
				c.insist(news(s, c.Now(), map[string]any{
					"session_type": "Voice Inbound (IVR)", "state": "disconnected", "recording_url": c.media() + "/recordings/1.mp3?signature=fresh",
				}))
			},
		},
		"a page for people": {
			func(c *cloud) string { return c.media() + "/recordings/1.mp3?html=1" },
			[]string{"the content is of the wrong kind"}, true,
			func(c *cloud, _ string, s demo.Scenario) {
				c.insist(news(s, c.Now(), map[string]any{
					"session_type": "Voice Inbound (IVR)", "state": "disconnected", "recording_url": c.media() + "/recordings/1.mp3",
				}))
			},
		},
		"a server that is not on the list": {
			func(c *cloud) string {
				c.set(func(doc map[string]any) {
					section(doc, "sources", "ccai")["file_hosts"] = []string{"media.example.com"}
				})
				return c.media() + "/recordings/1.mp3"
			},
			[]string{"127.0.0.1", "file_hosts"}, false,
			func(c *cloud, address string, _ demo.Scenario) {
				at, err := url.Parse(address)
				c.must(err)
				c.set(func(doc map[string]any) { section(doc, "sources", "ccai")["file_hosts"] = []string{at.Host} })
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, local.Options{})
			address := tt.address(c)
			call := c.recordedAt(1, address)
			c.play(call)
			c.advance(20 * time.Minute)
			f := c.file(call, "recording-")
			for _, want := range tt.says {
				if f.State != "waiting" || !strings.Contains(f.Problem, want) {
					t.Errorf("the recording is %s: %q; want it waiting, with %q", f.State, f.Problem, want)
				}
			}
			if strings.Contains(f.Problem, "expires=") || strings.Contains(f.Problem, "html=") {
				t.Errorf("the problem has the address's query: %s", f.Problem)
			}
			c.goneOn(call)
			if v := c.session(call.Key); v.CRM.State != "done" {
				t.Errorf("the CRM waits for the recording: %+v", v)
			}
			c.advance(31 * time.Hour)
			if f := c.file(call, "recording-"); (f.State == "dead") != tt.dead {
				t.Errorf("after a day the recording is %s (%s), want it dead: %v", f.State, f.Problem, tt.dead)
			}
			c.goneOn(call)
			tt.mend(c, address, call)
			c.replay(call)
			c.advance(20 * time.Minute)
			if f := c.file(call, "recording-"); f.State != "stored" {
				t.Errorf("after it was mended the recording is %s: %s", f.State, f.Problem)
			}
			c.holds("ujet-voice-recordings/call-1.mp3", c.sum(c.media()+"/recordings/1.mp3"))
			c.arrivedOnce(call)
		})
	}
}

func TestAnSFTPServerThatIsDownHindersNothingElse(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call := c.aCall(1)
	c.faults(`{"sftp":[{"times":1000,"mode":"reset","match":"connect"}]}`)
	c.play(call)
	c.advance(3 * time.Hour)
	recording, metadata := "ujet-voice-recordings/call-1.mp3", "ujet-metadata/call-1.json"
	bucket := c.generations()
	if _, sftp := c.files(); bucket[recording] == "" || bucket[metadata] == "" || len(sftp) != 0 {
		t.Errorf("the bucket has %v, the SFTP server %v", bucket, sftp)
	}
	if v := c.session(call.Key); v.CRM.RecordID == "" || len(c.mails(call)) != 1 {
		t.Errorf("the CRM and the mail wait too: %+v", v)
	}
	if f := c.file(call, "recording-"); f.State != "waiting" || !strings.Contains(f.Problem, "sftp: ") {
		t.Errorf("the recording is %s: %q", f.State, f.Problem)
	}
	c.faults(`{}`)
	c.advance(7 * time.Hour)
	c.arrivedOnce(call)
	if now := c.generations(); now[recording] != bucket[recording] {
		t.Error("the recording was put into the bucket again")
	}
	if m := c.mails(call); len(m) != 1 || m[0].Copies != 1 {
		t.Errorf("the mails are %+v, want one, sent once", m)
	}
}

func TestAnSFTPServerWithAnotherKeyIsNamed(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	var right any
	c.set(func(doc map[string]any) {
		server := section(doc, "storage", "sftp")
		right = server["host_keys"]
		server["host_keys"] = []string{"SHA256:" + strings.Repeat("A", 43)}
	})
	call := c.aCall(1)
	c.play(call)
	c.advance(20 * time.Minute)
	f := c.file(call, "recording-")
	for _, want := range []string{"storage.sftp.host_keys", c.SFTPFingerprint(), "ssh-keygen"} {
		if f.State != "waiting" || !strings.Contains(f.Problem, want) {
			t.Errorf("the recording is %s: %q; want it waiting, with %q", f.State, f.Problem, want)
		}
	}
	c.set(func(doc map[string]any) { section(doc, "storage", "sftp")["host_keys"] = right })
	c.replay(call)
	c.advance(20 * time.Minute)
	c.arrivedOnce(call)
}
