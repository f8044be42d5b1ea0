// Package store keeps sessions, their messages and deliveries, and the tenants' settings in Firestore.
//
// Layout: tenants/{tenant} holds the settings; below it history/ the versions of these, sessions/{source:key} one Document each, with messages/ and
// deliveries/ below those, and overflow/ for events a session had no room for; leases/ the accounts being looked up just
// now; positions/ the agents' places of work; desks/ what their pages are to do; agents/ their states in the CRM and the
// contact centre, and presence/ how these are kept in step; signin/
// what a CRM's OAuth server handed out; erased/ who erased sessions when, and nothing of whose they were; unknown/ the events that belong to neither. poison/ holds messages that will never be understood.
//
// All that has personal data in it expires (retention.go): a session, and what is below it, as its tenant's settings want it.
//
// Which indexes the queries need, which fields have none, and by which times documents expire, terraform/indexes.json says; tests here
// hold that list against what is asked and written.
package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/cloud"
)

// ErrNotFound is what is asked for and not there.
var ErrNotFound = errors.New("not found")

// Store is the database. Its client is made at the first use.
type Store struct {
	// Compare, set before the first use, names the paths in which two documents of settings differ, for the history: to the
	// store itself a document is one text. Without it the history does not tell.
	Compare func(before, after []byte) []string

	client *cloud.Lazy[*firestore.Client]
	now    clock.Clock // for when documents expire
}

// Open returns the store of the project in GOOGLE_CLOUD_PROJECT, or of an emulator where FIRESTORE_EMULATOR_HOST names
// one. Nothing is connected before the first use.
func Open(getenv func(string) string) *Store { return OpenWide(getenv, 1) }

// OpenWide is Open with so many connections, which calls use in turn. A listener holds one of the 100 streams that Google's
// servers allow a connection (github.com/googleapis/google-cloud-java/issues/3514), and all calls beyond them wait without a
// word: who listens often opens enough, and bounds the listeners. Where Google's client finds an emulator in its process's
// environment, it has one connection.
func OpenWide(getenv func(string) string, connections int) *Store {
	return &Store{now: clock.FromEnv(getenv), client: cloud.NewLazy(func() (*firestore.Client, error) {
		opts := append(cloud.Options(getenv("FIRESTORE_EMULATOR_HOST")), option.WithGRPCConnectionPool(connections),
			option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(nameConflict)))
		c, err := firestore.NewClient(context.Background(), getenv("GOOGLE_CLOUD_PROJECT"), opts...)
		if err != nil {
			return nil, fmt.Errorf("store: opening Firestore: %w", err)
		}
		return c, nil
	})}
}

// Close ends the connection, if one was made.
func (s *Store) Close() error { return s.client.Close() }

// Two writers of one session meet often, for a few milliseconds: an event arrives while the CRM's work is noted. A read
// inside a transaction takes a lock, and two that hold one wait for each other for seconds (two in gcloud's emulator)
// until one is aborted. So documents are read outside, and written on the condition that they are still what was read; a
// writer who comes too late learns it at once and reads again.

// errConflict is a document that another wrote between our reading and our writing.
var errConflict = errors.New("store: others wrote the same document at the same moment")

// spent is what Firestore says of a commit in a transaction that is over. The client sends a commit again whose answer was
// lost, and hears it where the first one had been done: what was written then is to be read.
const spent = "transaction has expired or is no longer valid"

// nameConflict turns a commit's refusal for such a reason into errConflict. Of the reasons Aborted is hidden from the
// client, which would wait for up to a second before each of its own tries.
func nameConflict(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := invoke(ctx, method, req, reply, cc, opts...)
	if c, commits := req.(*firestorepb.CommitRequest); commits && len(c.Transaction) > 0 {
		return asConflict(err)
	}
	return err
}

func asConflict(err error) error {
	code := status.Code(err)
	switch {
	case code == codes.Aborted, code == codes.FailedPrecondition, code == codes.AlreadyExists, code == codes.NotFound,
		code == codes.InvalidArgument && strings.Contains(err.Error(), spent):
		return fmt.Errorf("%w: %v", errConflict, err) // not wrapped, or the client would find what is hidden
	}
	return err
}

const (
	tries      = 12
	firstPause = 5 * time.Millisecond
	longPause  = time.Second
)

// insist runs f, which reads and then writes, again while others' writes come between.
func insist(ctx context.Context, f func() error) (err error) {
	for try := range tries {
		if err = f(); !errors.Is(err, errConflict) {
			return err
		}
		if err := cloud.Pause(ctx, rand.N(min(longPause, firstPause<<try))); err != nil {
			return err
		}
	}
	return status.Error(codes.Aborted, err.Error()) // which may pass
}

// commit writes all that f asks for, or nothing. It reads nothing itself, and so takes no lock before it writes; f reads, if
// anything, what it does not write.
func (s *Store) commit(ctx context.Context, f func(*firestore.Transaction) error) error {
	c, err := s.client.Get()
	if err != nil {
		return err
	}
	err = c.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error { return f(tx) })
	return asConflict(err) // a client that finds an emulator in its process's environment dials without our interceptor
}

// get reads a document that may not be there. Of one that is not there the client gives a snapshot; it has none where the
// database itself was not found.
func get(ctx context.Context, ref *firestore.DocumentRef, into any) (*firestore.DocumentSnapshot, error) {
	snap, err := ref.Get(ctx)
	if status.Code(err) == codes.NotFound {
		if snap == nil {
			database, _, _ := strings.Cut(ref.Path, "/documents/")
			return nil, fmt.Errorf("store: there is no database %s: GOOGLE_CLOUD_PROJECT must name a project that has a Firestore database: %v", database, err)
		}
		return snap, nil
	}
	if err != nil {
		return nil, err
	}
	return snap, snap.DataTo(into)
}

// put writes the fields where the document is still what was read.
func put(tx *firestore.Transaction, read *firestore.DocumentSnapshot, fields []firestore.Update) error {
	if read.Exists() {
		return tx.Update(read.Ref, fields, firestore.LastUpdateTime(read.UpdateTime))
	}
	all := map[string]any{}
	for _, f := range fields {
		all[f.Path] = f.Value
	}
	return tx.Create(read.Ref, all)
}

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
