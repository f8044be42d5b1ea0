package storage_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/storage"
)

// inbox takes notifications, after it has refused the first few.
type inbox struct {
	mu     sync.Mutex
	refuse int
	got    []storage.Notification
}

func (i *inbox) take(_ context.Context, n storage.Notification) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.refuse--; i.refuse >= 0 {
		return errors.New("unavailable")
	}
	i.got = append(i.got, n)
	return nil
}

func serveNotifying(t *testing.T, box *inbox) *service {
	t.Helper()
	return serveWith(t, clock.Frozen(start), storage.Options{Dir: t.TempDir(),
		Notify: map[string]func(context.Context, storage.Notification) error{"recordings": box.take}})
}

func TestNewObjectsAreAnnounced(t *testing.T) {
	t.Parallel()
	for name, resumable := range map[string]bool{"in one request": false, "resumably": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := new(inbox)
			s := serveNotifying(t, box)
			attrs, err := upload(t.Context(), s.bucket.Object("a/b"), "hello", resumable)
			if err != nil {
				t.Fatal(err)
			}
			if len(box.got) != 1 {
				t.Fatalf("%d notifications, want 1 by the time the upload is answered", len(box.got))
			}
			n := box.got[0]
			for key, want := range map[string]string{
				"bucketId": "recordings", "objectId": "a/b", "objectGeneration": strconv.FormatInt(attrs.Generation, 10),
				"eventType": "OBJECT_FINALIZE", "eventTime": "2026-03-02T09:00:00.000000Z", "payloadFormat": "JSON_API_V1",
				"notificationConfig": "projects/_/buckets/recordings/notificationConfigs/1", "overwroteGeneration": "",
			} {
				if n.Attributes[key] != want {
					t.Errorf("%s is %q, want %q", key, n.Attributes[key], want)
				}
			}
			var o struct{ Kind, Bucket, Name, Size, CRC32C string }
			if err := json.Unmarshal(n.Data, &o); err != nil || o.Kind != "storage#object" || o.Bucket != "recordings" ||
				o.Name != "a/b" || o.Size != "5" || o.CRC32C == "" {
				t.Errorf("data is %s, %v", n.Data, err)
			}
		})
	}
}

func TestReplacementIsAnnouncedWithWhatItReplaced(t *testing.T) {
	t.Parallel()
	box := new(inbox)
	s := serveNotifying(t, box)
	first := mustUpload(t, s.bucket.Object("x"), "old")
	mustUpload(t, s.bucket.Object("x"), "new")
	if len(box.got) != 2 || box.got[1].Attributes["overwroteGeneration"] != strconv.FormatInt(first.Generation, 10) {
		t.Errorf("announced: %+v, want the second to name generation %d", box.got, first.Generation)
	}
}

func TestOnlyNewObjectsOfThatBucketAreAnnounced(t *testing.T) {
	t.Parallel()
	box := new(inbox)
	s := serveNotifying(t, box)
	o := s.bucket.Object("x")
	mustUpload(t, o, "x")
	if _, err := upload(t.Context(), o.If(gcs.Conditions{DoesNotExist: true}), "x", false); status(err) != http.StatusPreconditionFailed {
		t.Fatal(err)
	}
	if _, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{ContentType: "text/new"}); err != nil {
		t.Fatal(err)
	}
	if err := o.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if resp, body := s.raw(t, "POST", "/upload/storage/v1/b/transcripts/o?uploadType=media&name=y", "y"); resp.StatusCode != 200 {
		t.Fatal(body)
	}
	if len(box.got) != 1 {
		t.Errorf("%d notifications, want the one of the first upload: %+v", len(box.got), box.got)
	}
}

func TestNotificationIsTriedAgain(t *testing.T) {
	t.Parallel()
	box := &inbox{refuse: 2}
	s := serveNotifying(t, box)
	mustUpload(t, s.bucket.Object("x"), "x")
	if len(box.got) != 1 {
		t.Errorf("%d notifications after two refusals, want 1", len(box.got))
	}
}

func TestRetentionKeepsTheFirstVersion(t *testing.T) {
	t.Parallel()
	s := serveWith(t, clock.Frozen(start), storage.Options{Dir: t.TempDir(), Retention: map[string]time.Duration{"recordings": time.Hour}})
	o := s.bucket.Object("x")
	mustUpload(t, o, "first")
	refused := func(what string, err error) {
		t.Helper()
		var answer *googleapi.Error
		if !errors.As(err, &answer) || answer.Code != http.StatusForbidden || len(answer.Errors) != 1 ||
			answer.Errors[0].Reason != "retentionPolicyNotMet" || !strings.Contains(answer.Message, "until 2026-03-02T10:00:00Z") {
			t.Errorf("%s: %v, want 403 retentionPolicyNotMet until ten", what, err)
		}
	}
	s.clock.Advance(time.Hour - time.Second)
	_, err := upload(t.Context(), o, "second", false)
	refused("replace", err)
	_, err = upload(t.Context(), o, "second", true)
	refused("replace resumably", err)
	refused("delete", o.Delete(t.Context()))
	if _, err := upload(t.Context(), o.If(gcs.Conditions{DoesNotExist: true}), "x", false); status(err) != http.StatusPreconditionFailed {
		t.Errorf("create: %v, want 412: conditions come first", err)
	}
	if _, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{CacheControl: "no-store"}); err != nil || download(t, o) != "first" {
		t.Errorf("properties: %v, want them changed and the content kept", err)
	}
	s.clock.Advance(time.Second)
	mustUpload(t, o, "second")
	if err := s.bucket.Object("x").Delete(t.Context()); status(err) != http.StatusForbidden {
		t.Errorf("delete of the new one: %v, want 403", err)
	}
}
