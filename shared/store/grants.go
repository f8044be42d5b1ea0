package store

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/shared/secrets"
)

// Grant is what an OAuth server handed out for a tenant's CRM, after a person let us in.
type Grant struct {
	TokenURL, ClientID string // the server, and to whom it handed it out
	RefreshToken       secrets.Secret
	AccessToken        secrets.Secret
	ExpiresAt          time.Time // of the access token; zero: the server did not say

	read time.Time // the version read; zero: not read
}

type grantRow struct {
	TokenURL     string    `firestore:"token_url"`
	ClientID     string    `firestore:"client_id"`
	RefreshToken string    `firestore:"refresh_token"`
	AccessToken  string    `firestore:"access_token"`
	ExpiresAt    time.Time `firestore:"expires_at"`
}

func (r grantRow) fields() []firestore.Update {
	return []firestore.Update{
		{Path: "token_url", Value: r.TokenURL}, {Path: "client_id", Value: r.ClientID},
		{Path: "refresh_token", Value: r.RefreshToken}, {Path: "access_token", Value: r.AccessToken}, {Path: "expires_at", Value: r.ExpiresAt},
	}
}

// Grant reads the tenant's: ErrNotFound where there is none.
func (s *Store) Grant(ctx context.Context, tenant string) (Grant, error) {
	ref, err := s.signin(tenant, "grant")
	if err != nil {
		return Grant{}, err
	}
	snap, err := ref.Get(ctx)
	if err != nil {
		return Grant{}, notFound(err, "the grant of tenant "+tenant)
	}
	var r grantRow
	if err := snap.DataTo(&r); err != nil {
		return Grant{}, fmt.Errorf("store: the grant of tenant %s: %w", tenant, err)
	}
	return Grant{r.TokenURL, r.ClientID, secrets.New(r.RefreshToken), secrets.New(r.AccessToken), r.ExpiresAt, snap.UpdateTime}, nil
}

// PutGrant replaces the tenant's grant. One that was read replaces only what was read: ErrChanged where another was put
// since. One that was not read replaces any.
func (s *Store) PutGrant(ctx context.Context, tenant string, g Grant) error {
	ref, err := s.signin(tenant, "grant")
	if err != nil {
		return err
	}
	r := grantRow{g.TokenURL, g.ClientID, g.RefreshToken.Reveal(), g.AccessToken.Reveal(), g.ExpiresAt}
	if g.read.IsZero() {
		_, err = ref.Set(ctx, r)
	} else {
		_, err = ref.Update(ctx, r.fields(), firestore.LastUpdateTime(g.read))
	}
	if c := status.Code(err); c == codes.FailedPrecondition || c == codes.NotFound {
		return fmt.Errorf("the grant of tenant %s: %w", tenant, ErrChanged)
	}
	if err != nil {
		return fmt.Errorf("store: the grant of tenant %s: %w", tenant, err)
	}
	return nil
}

// Connecting is a person's way to an OAuth server and back.
type Connecting struct {
	Person   string         // their email: nobody else may come back in their place (RFC 6749, section 10.12)
	State    secrets.Secret // what they must bring back
	Verifier secrets.Secret // RFC 7636
	Until    time.Time
}

type connectingRow struct {
	Person   string    `firestore:"person"`
	State    string    `firestore:"state"`
	Verifier string    `firestore:"verifier"`
	Until    time.Time `firestore:"until"`
}

// PutConnecting notes that a person is on the way; one at a time, the last one.
func (s *Store) PutConnecting(ctx context.Context, tenant string, c Connecting) error {
	ref, err := s.signin(tenant, "connecting")
	if err != nil {
		return err
	}
	if _, err := ref.Set(ctx, connectingRow{c.Person, c.State.Reveal(), c.Verifier.Reveal(), c.Until}); err != nil {
		return fmt.Errorf("store: connecting tenant %s: %w", tenant, err)
	}
	return nil
}

// TakeConnecting reads the note of the person who brings back the state, and removes it, so that it serves once:
// ErrNotFound where there is none, or another's. Who comes with a wrong state takes nothing away.
func (s *Store) TakeConnecting(ctx context.Context, tenant, person, state string) (Connecting, error) {
	ref, err := s.signin(tenant, "connecting")
	if err != nil {
		return Connecting{}, err
	}
	snap, err := ref.Get(ctx)
	if err != nil {
		return Connecting{}, notFound(err, "a person connecting tenant "+tenant)
	}
	var r connectingRow
	if err := snap.DataTo(&r); err != nil {
		return Connecting{}, fmt.Errorf("store: connecting tenant %s: %w", tenant, err)
	}
	if r.Person != person || subtle.ConstantTimeCompare([]byte(r.State), []byte(state)) != 1 {
		return Connecting{}, fmt.Errorf("that person connecting tenant %s: %w", tenant, ErrNotFound)
	}
	_, err = ref.Delete(ctx, firestore.LastUpdateTime(snap.UpdateTime))
	if c := status.Code(err); c == codes.FailedPrecondition || c == codes.NotFound { // taken at the same moment
		return Connecting{}, fmt.Errorf("a person connecting tenant %s: %w", tenant, ErrNotFound)
	}
	if err != nil {
		return Connecting{}, fmt.Errorf("store: connecting tenant %s: %w", tenant, err)
	}
	return Connecting{r.Person, secrets.New(r.State), secrets.New(r.Verifier), r.Until}, nil
}

func (s *Store) signin(tenant, name string) (*firestore.DocumentRef, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	return t.Collection("signin").Doc(name), nil
}
