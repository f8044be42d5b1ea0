package store_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/terraform"
)

// writeOneOfEach writes a document into every collection, with every field that one there may have.
func writeOneOfEach(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, soon := t.Context(), start.Add(time.Hour)
	_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
		d.Session.Key, d.KeepDays = id.Key, 30
		d.Metadata.FirstFailedAt = start
		d.Work = map[string]store.Work{"crm": {Task: "crm-1", TaskAt: soon}}
		return store.Change{
			Messages: []session.Event{message("a", start)}, Overflow: []session.Event{message("b", start)},
			Deliveries: []store.Delivery{{Work: "crm", Number: 1, URL: "https://crm.example.com", Request: "{}", Response: "{}", Problem: "no"}},
		}, nil
	})
	_, over := s.Update(ctx, store.ID{Tenant: "demo", Source: "ccai", Key: "call-2"}, func(d *store.Document) (store.Change, error) {
		d.Session.Key = "call-2"
		finished(d)
		return store.Change{}, nil
	})
	_, _, leased := s.Lease(ctx, "demo", "a", "me", start, soon)
	_, placed := s.UpdatePosition(ctx, id, func(p session.Position) session.Position { p.State = "paused"; return p })
	_, known := s.UpdateAgent(ctx, "demo", "ada@example.com", func(a presence.Agent) presence.Agent { return a })
	_, attended := s.UpdateAttendance(ctx, "demo", func(a store.Attendance) store.Attendance { a.Holder = "me"; return a })
	ring(t, s, "demo", "ada", "+1")
	err = errors.Join(err, over, leased, placed, known, attended,
		bury(ctx, s, store.ID{Tenant: "demo", Source: "ccai", Key: "call-9"}),
		s.AddUnknown(ctx, []session.Event{message("c", start)}),
		s.SetAside(ctx, store.Poison{ID: "1", Data: []byte("x"), Problem: "no"}),
		s.SaveSettings(ctx, "demo", "", []byte("{}"), "ada@example.com", start),
		s.PutGrant(ctx, "demo", grant("refresh", "access", soon)),
		s.PutConnecting(ctx, "demo", store.Connecting{Person: "ada@example.com", State: secrets.New("s"), Verifier: secrets.New("v"), Until: soon}),
	)
	if err != nil {
		t.Fatal(err)
	}
}

// A name that is written wrongly, or that a change of the code has left behind, would be no error anywhere: documents would not
// expire, and long texts be indexed.
func TestTheFieldsOfADeploymentAreThoseThatAreWritten(t *testing.T) {
	t.Parallel()
	var file struct {
		FieldOverrides []struct {
			CollectionGroup, FieldPath string
			TTL                        bool
		}
	}
	if err := json.Unmarshal(terraform.Indexes, &file); err != nil {
		t.Fatal(err)
	}
	s, client := openBoth(t)
	writeOneOfEach(t, s)
	for _, f := range file.FieldOverrides {
		docs, err := client.CollectionGroup(f.CollectionGroup).Documents(t.Context()).GetAll()
		if err != nil {
			t.Fatal(err)
		}
		value := find(docs, f.FieldPath)
		if _, moment := value.(time.Time); value == nil || f.TTL && !moment {
			t.Errorf("%s.%s is %v, want a value, and for an expiry a time", f.CollectionGroup, f.FieldPath, value)
		}
	}
}

// find is the first value at the path in any of the documents; nil where none has it.
func find(docs []*firestore.DocumentSnapshot, path string) any {
	for _, d := range docs {
		if v, err := d.DataAt(path); err == nil && v != nil {
			return v
		}
	}
	return nil
}

// openBoth is a store on an empty database, and the database's own client.
func openBoth(t *testing.T) (*store.Store, *firestore.Client) {
	t.Helper()
	addr := emulatortest.Firestore(t, &fault.Plan{}, time.Now)
	client, err := firestore.NewClient(t.Context(), "fields", cloud.Options(addr)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "fields", "FIRESTORE_EMULATOR_HOST": addr}
	s := store.Open(func(name string) string { return env[name] })
	t.Cleanup(func() { _ = s.Close() })
	return s, client
}
