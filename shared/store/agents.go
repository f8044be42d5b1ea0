package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/shared/presence"
)

// jsonRow is a document that is one JSON text.
type jsonRow struct {
	JSON string `firestore:"json"`
}

// UpdateAgent reads what is known of the state of the agent with the e-mail address, lets f change it, and writes what it
// made of it, to be kept for StaffKept after the last change. An agent that is not there yet has the address alone. f may run several times, when others change the agent at
// the same moment. The error is presence.ErrEmail where nobody can be known by the address.
func (s *Store) UpdateAgent(ctx context.Context, tenant, email string, f func(presence.Agent) presence.Agent) (presence.Agent, error) {
	email, err := presence.Email(email)
	if err != nil {
		return presence.Agent{}, err
	}
	t, err := s.tenant(tenant)
	if err != nil {
		return presence.Agent{}, err
	}
	a, err := updateJSON(ctx, s, t.Collection("agents").Doc(agentID(email)), func(a presence.Agent) presence.Agent {
		a.Email = email
		return f(a)
	}, firestore.Update{Path: "expires_at", Value: s.now().Add(StaffKept).UTC()})
	if err != nil {
		return a, fmt.Errorf("store: updating an agent: %w", err)
	}
	return a, nil
}

// agentID hashes the address, since names of documents stand in the platform's logs.
func agentID(email string) string {
	sum := sha256.Sum256([]byte(email))
	return "agent-" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// Agents returns the tenant's agents whose states are known, in a fixed order, at most limit.
func (s *Store) Agents(ctx context.Context, tenant string, limit int) ([]presence.Agent, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	rows, err := read[jsonRow](t.Collection("agents").OrderBy(firestore.DocumentID, firestore.Asc).Limit(limit).Documents(ctx))
	if err != nil {
		return nil, fmt.Errorf("store: agents: %w", err)
	}
	out := make([]presence.Agent, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.JSON), &out[i]); err != nil {
			return nil, fmt.Errorf("store: an agent: %w", err)
		}
	}
	return out, nil
}

// RemoveAgent forgets the agent with the e-mail address if what is known of them at this moment is so. Who is not there is no error.
func (s *Store) RemoveAgent(ctx context.Context, tenant, email string, so func(presence.Agent) bool) error {
	t, err := s.tenant(tenant)
	if err != nil {
		return err
	}
	ref := t.Collection("agents").Doc(agentID(email))
	err = insist(ctx, func() error {
		var a presence.Agent
		snap, _, err := getJSON(ctx, ref, &a)
		if err != nil || !snap.Exists() || !so(a) {
			return err
		}
		return s.commit(ctx, func(tx *firestore.Transaction) error {
			return tx.Delete(ref, firestore.LastUpdateTime(snap.UpdateTime))
		})
	})
	if err != nil {
		return fmt.Errorf("store: removing an agent: %w", err)
	}
	return nil
}

// Attendance is how keeping a tenant's agents' states in step goes: the lease of the turn under way, and what is wrong with
// either side.
type Attendance struct {
	Holder string    `json:"holder,omitempty"` // who runs a turn; empty: nobody
	Until  time.Time `json:"until,omitzero"`   // when the holder is taken for dead
	Again  bool      `json:"again,omitempty"`  // a turn was asked for meanwhile
	TurnAt time.Time `json:"turn_at,omitzero"` // when the last turn was over
	CRM    Reach     `json:"crm,omitzero"`
	Centre Reach     `json:"centre,omitzero"`
}

// Reach is whether one side can be read and written.
type Reach struct {
	Problem string    `json:"problem,omitempty"` // why not, for people; empty: it can
	Since   time.Time `json:"since,omitzero"`    // since when there is a problem
	ReadAt  time.Time `json:"read_at,omitzero"`  // when it was last read whole
	// NotBefore is when it may be asked again, after it answered 429; zero: at once.
	NotBefore time.Time `json:"not_before,omitzero"`
}

// UpdateAttendance is UpdateAgent for the tenant's Attendance, which is empty where there is none.
func (s *Store) UpdateAttendance(ctx context.Context, tenant string, f func(Attendance) Attendance) (Attendance, error) {
	ref, err := s.attendance(tenant)
	if err != nil {
		return Attendance{}, err
	}
	a, err := updateJSON(ctx, s, ref, f)
	if err != nil {
		return a, fmt.Errorf("store: updating the attendance: %w", err)
	}
	return a, nil
}

// Attendance reads the tenant's; one that is not there is empty.
func (s *Store) Attendance(ctx context.Context, tenant string) (a Attendance, err error) {
	ref, err := s.attendance(tenant)
	if err != nil {
		return a, err
	}
	if _, _, err = getJSON(ctx, ref, &a); err != nil {
		return a, fmt.Errorf("store: reading the attendance: %w", err)
	}
	return a, nil
}

func (s *Store) attendance(tenant string) (*firestore.DocumentRef, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	return t.Collection("presence").Doc("attendance"), nil
}

func getJSON(ctx context.Context, ref *firestore.DocumentRef, into any) (snap *firestore.DocumentSnapshot, text string, err error) {
	var row jsonRow
	if snap, err = get(ctx, ref, &row); err != nil || !snap.Exists() {
		return snap, "", err
	}
	return snap, row.JSON, json.Unmarshal([]byte(row.JSON), into)
}

// updateJSON reads the document, lets f change what is in it, and writes that where it is another, with the fields beside it.
func updateJSON[T any](ctx context.Context, s *Store, ref *firestore.DocumentRef, f func(T) T, beside ...firestore.Update) (v T, err error) {
	err = insist(ctx, func() error {
		var now T
		snap, before, err := getJSON(ctx, ref, &now)
		if err != nil {
			return err
		}
		v = f(now)
		text, err := encode(v)
		if err != nil || text == before {
			return err
		}
		return s.commit(ctx, func(tx *firestore.Transaction) error {
			return put(tx, snap, append([]firestore.Update{{Path: "json", Value: text}}, beside...))
		})
	})
	return v, err
}

// Tenants returns the names of tenants, at most limit. One whose name is too long for a document's has that document's, which
// leads to the same documents (see docID).
func (s *Store) Tenants(ctx context.Context, limit int) ([]string, error) {
	c, err := s.client.Get()
	if err != nil {
		return nil, err
	}
	return namesOf(ctx, c.Collection("tenants").Select().OrderBy(firestore.DocumentID, firestore.Asc).Limit(limit))
}
