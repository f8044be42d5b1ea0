// Package store keeps sessions, their messages and deliveries, and the tenants' settings in Firestore.
//
// Layout: tenants/{tenant} holds the settings; below it sessions/{source:key} one Document each, with messages/ and
// deliveries/ below those; leases/ the accounts being looked up just now; unknown/ the events nobody understood, and
// counters/events how many.
package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/shared/cloud"
)

// ErrNotFound is what is asked for and not there.
var ErrNotFound = errors.New("not found")

// Store is the database. Its client is made at the first use.
type Store struct {
	client *cloud.Lazy[*firestore.Client]
}

// Open returns the store of the project in GOOGLE_CLOUD_PROJECT, or of an emulator where FIRESTORE_EMULATOR_HOST names
// one. Nothing is connected before the first use.
func Open(getenv func(string) string) *Store {
	return &Store{cloud.NewLazy(func() (*firestore.Client, error) {
		c, err := firestore.NewClient(context.Background(), getenv("GOOGLE_CLOUD_PROJECT"), cloud.Options(getenv("FIRESTORE_EMULATOR_HOST"))...)
		if err != nil {
			return nil, fmt.Errorf("store: opening Firestore: %w", err)
		}
		return c, nil
	})}
}

// Close ends the connection, if one was made.
func (s *Store) Close() error { return s.client.Close() }

func (s *Store) tenant(tenant string) (*firestore.DocumentRef, error) {
	c, err := s.client.Get()
	if err != nil {
		return nil, err
	}
	return c.Collection("tenants").Doc(docID(tenant)), nil
}

func (s *Store) session(id ID) (*firestore.DocumentRef, error) {
	t, err := s.tenant(id.Tenant)
	if err != nil {
		return nil, err
	}
	return t.Collection("sessions").Doc(docID(id.Source + ":" + id.Key)), nil
}

// docID makes any text a valid document id: at most 1,500 bytes, no slash, not "." or "..", not __…__ (Firestore,
// "Constraints on document IDs"). What is not short and plain is hashed.
func docID(text string) string {
	id := url.QueryEscape(text)
	if len(id) > 200 || id == "" || id[0] == '.' || id[0] == '_' {
		sum := sha256.Sum256([]byte(text))
		return "sha256-" + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return id
}

// notFound turns the client's answer for a missing document into ErrNotFound.
func notFound(err error, what string) error {
	if status.Code(err) == codes.NotFound {
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return fmt.Errorf("store: %s: %w", what, err)
}
