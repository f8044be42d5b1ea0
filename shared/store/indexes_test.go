package store_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/firestore"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/terraform"
)

// queries are all that is asked of the database otherwise than by names, in each of its forms that needs an index of its own.
var queries = map[string]func(context.Context, *store.Store) error{
	"Find": func(ctx context.Context, s *store.Store) error {
		_, err := s.Find(ctx, "demo", "ccai", "call-1")
		return orNotFound(err)
	},
	"List": func(ctx context.Context, s *store.Store) error {
		_, err := s.List(ctx, "demo", start, session.StatusEnded, 10)
		return err
	},
	"Stuck": func(ctx context.Context, s *store.Store) error {
		_, err := s.Stuck(ctx, "demo", start, start.Add(time.Hour), false, 10)
		return err
	},
	"Page of a trouble": func(ctx context.Context, s *store.Store) error {
		_, err := s.Page(ctx, "demo", store.Filter{Since: start, Until: start.Add(time.Hour), Trouble: session.CRMDead}, 10)
		return err
	},
	"Page of both": func(ctx context.Context, s *store.Store) error {
		_, err := s.Page(ctx, "demo", store.Filter{Status: session.StatusEnded, Trouble: session.CRMDead}, 10)
		return err
	},
	"Page of a customer": func(ctx context.Context, s *store.Store) error {
		_, err := s.Page(ctx, "demo", store.Filter{Since: start, Customer: []string{"+390212345678", "ada@example.com"}}, 10)
		return err
	},
	"Keyed": func(ctx context.Context, s *store.Store) error {
		_, err := s.Keyed(ctx, "demo", []string{"1", "call-1", "chat-1"})
		return err
	},
	"EachOfDay": func(ctx context.Context, s *store.Store) error {
		return s.EachOfDay(ctx, "demo", start, start.Add(24*time.Hour), func(store.Listed) error { return nil })
	},
	"Messages": func(ctx context.Context, s *store.Store) error {
		_, err := s.Messages(ctx, id)
		return err
	},
	"Deliveries": func(ctx context.Context, s *store.Store) error {
		_, err := s.Deliveries(ctx, id)
		return err
	},
	"Unknown": func(ctx context.Context, s *store.Store) error {
		_, err := s.Unknown(ctx, "demo", 10)
		return err
	},
	"CountUnknown": func(ctx context.Context, s *store.Store) error {
		_, err := s.CountUnknown(ctx, "demo")
		return err
	},
	"CountUnknownOf": func(ctx context.Context, s *store.Store) error {
		_, err := s.CountUnknownOf(ctx, "demo", start, start.Add(time.Hour))
		return err
	},
	"Aside": func(ctx context.Context, s *store.Store) error {
		_, err := s.Aside(ctx, "demo", 10)
		return err
	},
	"CountAside": func(ctx context.Context, s *store.Store) error {
		_, err := s.CountAside(ctx, "demo")
		return err
	},
	"CountAllAside": func(ctx context.Context, s *store.Store) error {
		_, err := s.CountAllAside(ctx, start)
		return err
	},
	"CountLate": func(ctx context.Context, s *store.Store) error {
		_, err := s.CountLate(ctx, start)
		return err
	},
	"CountFailing": func(ctx context.Context, s *store.Store) error {
		_, err := s.CountFailing(ctx, start)
		return err
	},
	"CountDead": func(ctx context.Context, s *store.Store) error {
		_, err := s.CountDead(ctx, start)
		return err
	},
	"Late": func(ctx context.Context, s *store.Store) error {
		for _, err := range s.Late(ctx, start) {
			return err
		}
		return nil
	},
	"OfCustomer": func(ctx context.Context, s *store.Store) error {
		_, err := s.OfCustomer(ctx, "demo", []string{"+390212345678", "ada@example.com"}, 10)
		return err
	},
	"Erase": func(ctx context.Context, s *store.Store) error {
		return bury(ctx, s, store.ID{Tenant: "demo", Source: "ccai", Key: "call-9"})
	},
	"FinishErasing": func(ctx context.Context, s *store.Store) error { return s.FinishErasing(ctx, "demo") },
	"FinishAllErasing": func(ctx context.Context, s *store.Store) error {
		_, err := s.FinishAllErasing(ctx, func() bool { return true })
		return err
	},
	"ErasingLeft": func(ctx context.Context, s *store.Store) error {
		_, err := s.ErasingLeft(ctx, "demo")
		return err
	},
	"Erasures": func(ctx context.Context, s *store.Store) error {
		_, err := s.Erasures(ctx, "demo", 10)
		return err
	},
	"CountErased": func(ctx context.Context, s *store.Store) error {
		_, err := s.CountErased(ctx, "demo", start, start.Add(time.Hour))
		return err
	},
	"Agents": func(ctx context.Context, s *store.Store) error {
		_, err := s.Agents(ctx, "demo", 10)
		return err
	},
	"Positions": func(ctx context.Context, s *store.Store) error {
		_, err := s.Positions(ctx, "demo", 10)
		return err
	},
	"Tenants": func(ctx context.Context, s *store.Store) error {
		_, err := s.Tenants(ctx, 10)
		return err
	},
	"TenantsWithPresence": func(ctx context.Context, s *store.Store) error {
		_, err := s.TenantsWithPresence(ctx, 10)
		return err
	},
	"SweepOn": func(ctx context.Context, s *store.Store) error {
		_, _, err := s.SweepOn(ctx, "demo", store.Sweep{Days: 30, At: start, Name: "ccai:call-1"}, start)
		return err
	},
	"Renew": func(ctx context.Context, s *store.Store) error {
		_, _, err := s.Renew(ctx, start)
		return err
	},
	"SettingsHistory": func(ctx context.Context, s *store.Store) error {
		_, err := s.SettingsHistory(ctx, "demo")
		return err
	},
}

func orNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// A query whose index Terraform does not make fails in production alone, and an index that no query needs costs every write.
func TestTheIndexesOfADeploymentAreThoseThatTheQueriesNeed(t *testing.T) {
	t.Parallel()
	indexes, err := firestore.ParseIndexes(terraform.Indexes)
	if err != nil {
		t.Fatal(err)
	}
	s := openIndexed(t, indexes)
	for name, ask := range queries {
		if err := ask(t.Context(), s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, idle := range indexes.Idle() {
		t.Errorf("terraform/indexes.json has %s, which no query in this test needs", idle)
	}
}

// openIndexed is a store on a database of its own, which has those indexes and no others.
func openIndexed(t *testing.T, indexes *firestore.Indexes) *store.Store {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer(firestore.ServerOptions()...)
	f := firestore.New(time.Now)
	f.RequireIndexes(indexes)
	f.Register(g)
	go g.Serve(l)
	t.Cleanup(g.Stop)
	return openAt(t, "indexes", l.Addr().String())
}
