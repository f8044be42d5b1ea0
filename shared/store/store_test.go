package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/firestore"
	"sessionbridge.internal/emulator/official"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/terraform"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// address is of the database all tests share, each with a project of its own: ours, or gcloud's emulator when
// SESSIONBRIDGE_OFFICIAL is set.
var address = sync.OnceValues(func() (string, error) {
	if os.Getenv("SESSIONBRIDGE_OFFICIAL") != "" {
		addr, _, err := official.Firestore(context.Background())
		return addr, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	indexes, err := firestore.ParseIndexes(terraform.Indexes)
	if err != nil {
		return "", err
	}
	s, f := grpc.NewServer(firestore.ServerOptions()...), firestore.New(time.Now)
	f.RequireIndexes(indexes)
	f.Register(s)
	go s.Serve(l)
	return l.Addr().String(), nil
})

func open(t *testing.T, project string) *store.Store {
	t.Helper()
	addr, err := address()
	if err != nil {
		t.Fatal(err)
	}
	return openAt(t, project, addr)
}

func openAt(t *testing.T, project, addr string) *store.Store {
	t.Helper()
	project += "-" + strings.ToLower(rand.Text()) // with -count the same tests run again on the same database
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": project, "FIRESTORE_EMULATOR_HOST": addr}
	s := store.Open(func(name string) string { return env[name] })
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var id = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}

func message(id string, at time.Time) session.Event {
	return session.Event{ID: id, Tenant: "demo", Source: "ccai", Session: "chat-1", Kind: session.MessageSent, At: at,
		Message: &session.Message{Role: session.EndUser, Text: "Hello " + id}}
}

func TestUpdateWritesEverythingOrNothing(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "update"), t.Context()
	if _, err := s.Session(ctx, id); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("before: %v, want ErrNotFound", err)
	}
	first := store.Delivery{Work: "crm", Number: 1, Step: "find_account", At: start}
	_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
		d.Session.Key, d.Session.Status = id.Key, session.StatusConnected
		return store.Change{
			Messages:   []session.Event{message("b", start.Add(time.Second)), message("a", start.Add(time.Second)), message("c", start)},
			Deliveries: []store.Delivery{first},
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	refused := errors.New("no")
	_, err = s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
		d.Session.Status = session.StatusEnded
		return store.Change{Messages: []session.Event{message("d", start)}}, refused
	})
	if !errors.Is(err, refused) {
		t.Fatalf("an update that refuses: %v", err)
	}
	d, err := s.Session(ctx, id)
	if err != nil || d.Session.Status != session.StatusConnected {
		t.Fatalf("afterwards %v, %v", d, err)
	}
	messages, err := s.Messages(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var order string
	for _, m := range messages {
		order += m.ID
	}
	if order != "cab" {
		t.Errorf("messages in the order %q, want by time, then id", order)
	}
	deliveries, err := s.Deliveries(ctx, id)
	if err != nil || len(deliveries) != 1 || !deliveries[0].At.Equal(start) || deliveries[0].Step != first.Step {
		t.Errorf("deliveries %v, %v", deliveries, err)
	}
}

func TestUpdatesAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	s := open(t, "contention")
	var all sync.WaitGroup
	const writers, each = 4, 5
	for range writers {
		all.Go(func() {
			for range each {
				for { // the client gives up after five collisions; the platform would deliver again
					_, err := s.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
						d.Session.Key = id.Key
						d.CRM.Attempt++
						return store.Change{}, nil
					})
					if err == nil {
						break
					}
				}
			}
		})
	}
	all.Wait()
	d, err := s.Session(t.Context(), id)
	if err != nil || d.CRM.Attempt != writers*each {
		t.Errorf("%v, %v: want %d updates", d, err, writers*each)
	}
}

func TestSessionsAreFoundAndListed(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "list"), t.Context()
	for i, key := range []string{"call-1", "call-2", "chat-3/odd id"} {
		_, err := s.Update(ctx, store.ID{Tenant: "demo", Source: "ccai", Key: key}, func(d *store.Document) (store.Change, error) {
			d.Session = session.Session{Key: key, Source: "ccai", Status: session.StatusEnded}
			if i == 0 {
				d.Session.Status = session.StatusConnected
			}
			return store.Change{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if d, err := s.Find(ctx, "demo", "", "chat-3/odd id"); err != nil || len(d) != 1 || d[0].Session.Key != "chat-3/odd id" {
		t.Errorf("Find: %v, %v", d, err)
	}
	for _, nobody := range [][3]string{{"demo", "", "call-9"}, {"other", "", "call-1"}, {"demo", "nobody", "call-1"}} {
		if _, err := s.Find(ctx, nobody[0], nobody[1], nobody[2]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Find(%v) = %v, want ErrNotFound", nobody, err)
		}
	}
	tests := map[string]struct {
		since  time.Time
		status session.Status
		limit  int
		want   []string
	}{
		"all, the latest first": {time.Time{}, "", 10, []string{"chat-3/odd id", "call-2", "call-1"}},
		"since a time to come":  {time.Now().Add(time.Hour), "", 10, nil},
		"of one status":         {time.Time{}, session.StatusConnected, 10, []string{"call-1"}},
		"no more than asked":    {time.Time{}, "", 1, []string{"chat-3/odd id"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			docs, err := s.List(ctx, "demo", tt.since, tt.status, tt.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range docs {
				got = append(got, d.Session.Key)
			}
			if len(got) != len(tt.want) {
				t.Fatalf("listed %v, want %v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("listed %v, want %v", got, tt.want)
				}
			}
		})
	}
}

func TestARepeatedMessageStaysAsItFirstCame(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "repeat"), t.Context()
	for _, at := range []time.Time{start, start.Add(time.Hour)} {
		_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
			d.Session.Key = id.Key
			return store.Change{Messages: []session.Event{message("a", at)}, Overflow: []session.Event{message("b", at)}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := s.Messages(ctx, id); err != nil || len(kept) != 1 || !kept[0].At.Equal(start) {
		t.Errorf("kept %v, %v; want the first", kept, err)
	}
}

func TestPoisonIsSetAsideOnce(t *testing.T) {
	t.Parallel()
	s := open(t, "poison")
	for range 2 {
		if err := s.SetAside(t.Context(), store.Poison{ID: "m1", At: start, Data: make([]byte, 10<<20), Problem: "no JSON"}); err != nil {
			t.Error(err)
		}
	}
}

func TestUnknownEventsCountOnce(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "unknown"), t.Context()
	events := []session.Event{
		{ID: "a", Source: "kustomer", Tenant: "demo", Kind: session.Unknown}, {ID: "b/..", Source: "kustomer", Tenant: "demo", Kind: session.Unknown},
		{ID: "a", Source: "udesk", Tenant: "demo", Kind: session.Unknown},
	}
	for range 3 {
		if err := s.AddUnknown(ctx, events); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.CountUnknown(ctx, "demo"); err != nil || n != 3 {
		t.Errorf("counted %d, %v; want 3", n, err)
	}
	if n, err := s.CountUnknown(ctx, "other"); err != nil || n != 0 {
		t.Errorf("another tenant has %d, %v", n, err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "settings"), t.Context()
	if _, err := s.Settings(ctx, "demo"); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("before: %v, want ErrNotFound", err)
	}
	if err := s.PutSettings(ctx, "demo", []byte(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if doc, err := s.Settings(ctx, "demo"); err != nil || string(doc) != `{"a":1}` {
		t.Errorf("settings %s, %v", doc, err)
	}
}

func TestLease(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "lease"), t.Context()
	take := func(holder string, now time.Time) bool {
		t.Helper()
		_, ok, err := s.Lease(ctx, "demo", "account-1", holder, now, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !take("a", start) || !take("a", start.Add(30*time.Second)) {
		t.Error("the holder cannot take and lengthen it")
	}
	if take("b", start.Add(time.Minute)) {
		t.Error("another took it while it was held")
	}
	if err := s.Release(ctx, "demo", "account-1", "b"); err != nil {
		t.Fatal(err)
	}
	if take("b", start.Add(time.Minute)) {
		t.Error("another gave it back")
	}
	if !take("b", start.Add(90*time.Second)) {
		t.Error("a dead holder's lease is not to be had")
	}
	if err := s.Release(ctx, "demo", "account-1", "b"); err != nil {
		t.Fatal(err)
	}
	if !take("a", start) {
		t.Error("a lease given back is not to be had")
	}
}

// A hostile id must neither be refused by the database nor meet another's document.
func TestAnyTextIsADocumentID(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "ids"), t.Context()
	long := string(make([]byte, 3000))
	for _, key := range []string{"", ".", "..", "__x__", "a/b", "%2F", "ü\x00", long, long + "x"} {
		id := store.ID{Tenant: "demo/../" + key, Source: "s", Key: key}
		_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
			if d.Session.Type != "" {
				t.Errorf("key %.20q met the document of %.20q", key, d.Session.Type)
			}
			d.Session.Type = "key " + key
			return store.Change{Messages: []session.Event{message(key, start)}}, nil
		})
		if err != nil {
			t.Errorf("key %.20q: %v", key, err)
		}
	}
}

// A message larger than a document must not be refused for ever.
func TestHugeEventsAreCutAndKept(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "huge"), t.Context()
	controls := strings.Repeat("\x01", 1<<20)
	raw := message("raw", start)
	raw.Raw = []byte(`"` + strings.Repeat("<", 1<<20) + `"`)
	text := message("text", start.Add(1*time.Second))
	text.Message.Text = controls
	name := message("name", start.Add(2*time.Second))
	name.Customer = &session.Customer{Name: controls}
	_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
		d.Session.Key = id.Key
		return store.Change{Messages: []session.Event{raw, text, name}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.Messages(ctx, id)
	if err != nil || len(kept) != 3 {
		t.Fatalf("%d messages kept, %v; want 3", len(kept), err)
	}
	if kept[0].Message.Text != raw.Message.Text || !strings.Contains(string(kept[0].Raw), "too many") {
		t.Errorf("the message with a huge original: %.80s %.80s", kept[0].Message.Text, kept[0].Raw)
	}
	if !strings.HasSuffix(kept[1].Message.Text, "[…]") || kept[2].Kind != session.MessageSent {
		t.Error("a huge text is not cut as it should be")
	}
}

func BenchmarkUpdate(b *testing.B) {
	addr, err := address()
	if err != nil {
		b.Fatal(err)
	}
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "bench", "FIRESTORE_EMULATOR_HOST": addr}
	s := store.Open(func(name string) string { return env[name] })
	defer s.Close()
	for b.Loop() {
		_, err := s.Update(b.Context(), id, func(d *store.Document) (store.Change, error) {
			d.Session.Key = id.Key
			d.CRM.Attempt++
			return store.Change{}, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
