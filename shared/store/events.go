package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/shared/session"
)

// eventRow is how an event that stands by itself (a message, an unknown one) is kept.
type eventRow struct {
	At   time.Time `firestore:"at"`
	Kind string    `firestore:"kind"`
	Type string    `firestore:"vendor_type"`
	JSON string    `firestore:"json"`

	ExpiresAt *time.Time `firestore:"expires_at"` // nil: never
}

// maxRow is the most of an event that is kept in its document; Firestore's limit is 1 MiB (quotas and limits, "Maximum
// size for a document").
const maxRow = 900 << 10

func toEventRow(e session.Event, until *time.Time) eventRow {
	r := eventRow{At: e.At, Kind: string(e.Kind), Type: cutText(e.VendorType, 200), ExpiresAt: until}
	for _, shorten := range []func(*session.Event){func(*session.Event) {}, cutRaw, cutMessage, cutAll} {
		shorten(&e)
		text, err := encode(e)
		if err != nil {
			panic(fmt.Sprintf("store: an event that came from JSON has no JSON form: %v", err))
		}
		if r.JSON = text; len(text) <= maxRow {
			break
		}
	}
	return r
}

// What no honest source sends is cut rather than refused for ever: first the vendor's own JSON, then the text.

func cutRaw(e *session.Event) {
	e.Raw = fmt.Appendf(nil, `"%d bytes were too many to keep"`, len(e.Raw))
}

func cutMessage(e *session.Event) {
	if e.Message != nil {
		m := *e.Message
		m.Text = cutText(m.Text, maxRow/7) // a control character takes six bytes
		e.Message = &m
	}
}

func cutAll(e *session.Event) {
	*e = session.Event{Tenant: e.Tenant, Source: e.Source, Session: e.Session, Kind: e.Kind, At: e.At, ReceivedAt: e.ReceivedAt, Raw: e.Raw}
}

func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + " […]"
}

func (r eventRow) event() (session.Event, error) {
	var e session.Event
	if err := json.Unmarshal([]byte(r.JSON), &e); err != nil {
		return e, fmt.Errorf("store: event: %w", err)
	}
	return e, nil
}

// AddUnknown keeps events of one tenant that belong to no session for AsideKept, each once however often it comes. Two sources may
// use the same id.
func (s *Store) AddUnknown(ctx context.Context, events []session.Event) error {
	t, err := s.tenant(events[0].Tenant)
	if err != nil {
		return err
	}
	until := s.now().Add(AsideKept).UTC()
	for _, e := range events {
		_, err := t.Collection("unknown").Doc(docID(e.Source+":"+e.ID)).Create(ctx, toEventRow(e, &until))
		if err != nil && status.Code(err) != codes.AlreadyExists {
			return fmt.Errorf("store: keeping an unknown event: %w", err)
		}
	}
	return nil
}

// Unknown returns the tenant's events that belong to no session, the latest first, at most limit.
func (s *Store) Unknown(ctx context.Context, tenant string, limit int) ([]session.Event, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	return events(t.Collection("unknown").OrderBy("at", firestore.Desc).Limit(limit).Documents(ctx))
}

// events reads rows of events.
func events(it *firestore.DocumentIterator) ([]session.Event, error) {
	rows, err := read[eventRow](it)
	if err != nil {
		return nil, err
	}
	var out []session.Event
	for _, r := range rows {
		e, err := r.event()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// Poison is a message that will never be understood, or a login that quality management did not take for a week.
type Poison struct {
	ID         string            `firestore:"id"` // Pub/Sub's, or that of the login's event
	At         time.Time         `firestore:"at"`
	Attributes map[string]string `firestore:"attributes"`
	Data       []byte            `firestore:"data"`
	Problem    string            `firestore:"problem"`
	ExpiresAt  time.Time         `firestore:"expires_at"` // when it may be deleted, as the store sets it
}

// SetAside keeps a message for a person, for AsideKept and once however often it comes. Of a huge one the beginning is kept.
func (s *Store) SetAside(ctx context.Context, p Poison) error {
	c, err := s.client.Get()
	if err != nil {
		return err
	}
	p.Data, p.Problem = p.Data[:min(len(p.Data), maxRow/2)], cutText(p.Problem, 2000)
	p.ExpiresAt = s.now().Add(AsideKept).UTC()
	_, err = c.Collection("poison").Doc(docID(p.ID)).Create(ctx, p)
	if err != nil && status.Code(err) != codes.AlreadyExists {
		return fmt.Errorf("store: setting a message aside: %w", err)
	}
	return nil
}
