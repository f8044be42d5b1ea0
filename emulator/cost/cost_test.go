package cost_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/cost"
	database "sessionbridge.internal/emulator/firestore"
	"sessionbridge.internal/shared/cloud"
)

// metered is Google's own client of a database whose calls are counted.
func metered(t *testing.T) (*firestore.Client, *cost.Meter) {
	t.Helper()
	m := &cost.Meter{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(grpc.ChainUnaryInterceptor(cost.Unary(m)), grpc.ChainStreamInterceptor(cost.Stream(m)))
	database.New(time.Now).Register(s)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(l) // until it is stopped
	}()
	c, err := firestore.NewClient(t.Context(), "p", cloud.Options(l.Addr().String())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close() // its server goes with it
		s.Stop()
		<-served
	})
	return c, m
}

func TestFirestoreIsCountedAsItIsBilled(t *testing.T) {
	t.Parallel()
	c, m := metered(t)
	one, two := c.Doc("a/1"), c.Doc("a/2")
	all := func(q firestore.Query) error {
		it := q.Documents(t.Context())
		defer it.Stop()
		for {
			if _, err := it.Next(); err != nil {
				if errors.Is(err, iterator.Done) {
					return nil
				}
				return err
			}
		}
	}
	for _, step := range []struct {
		what string
		do   func() error
		want map[string]int64
	}{
		{"a document is written", func() error { _, err := one.Set(t.Context(), map[string]any{"n": 1}); return err }, map[string]int64{cost.Writes: 1}},
		{"and read", func() error { _, err := one.Get(t.Context()); return err }, map[string]int64{cost.Reads: 1}},
		{"two are read, one of which is not there", func() error { _, err := c.GetAll(t.Context(), []*firestore.DocumentRef{one, two}); return err }, map[string]int64{cost.Reads: 2}},
		{"a transaction reads one and writes two", func() error {
			return c.RunTransaction(t.Context(), func(_ context.Context, tx *firestore.Transaction) error {
				if _, err := tx.Get(one); err != nil {
					return err
				}
				return errors.Join(tx.Set(one, map[string]any{"n": 1}), tx.Set(two, map[string]any{"n": 2}))
			})
		}, map[string]int64{cost.Reads: 1, cost.Writes: 2}},
		{"a query finds two", func() error { return all(c.Collection("a").Query) }, map[string]int64{cost.Reads: 2}},
		{"a query finds nothing, and is one", func() error { return all(c.Collection("b").Query) }, map[string]int64{cost.Reads: 1}},
		{"one is deleted", func() error { _, err := two.Delete(t.Context()); return err }, map[string]int64{cost.Deletes: 1}},
		{"what is refused is free", func() error {
			if _, err := one.Create(t.Context(), map[string]any{}); err == nil {
				return errors.New("created twice")
			}
			return nil
		}, map[string]int64{}},
	} {
		before := m.Counts()
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		if got := since(before, m.Counts()); !maps.Equal(got, step.want) {
			t.Errorf("%s: counted %v, want %v", step.what, got, step.want)
		}
	}
}

func since(before, now map[string]int64) map[string]int64 {
	grown := map[string]int64{}
	for unit, n := range now {
		if n > before[unit] {
			grown[unit] = n - before[unit]
		}
	}
	return grown
}

func TestMessagesAndTasksAreCounted(t *testing.T) {
	t.Parallel()
	message := func(bytes int) *pubsubpb.PubsubMessage {
		return &pubsubpb.PubsubMessage{Data: make([]byte, bytes), Attributes: map[string]string{"k": "vvv"}}
	}
	const publish = "/google.pubsub.v1.Publisher/Publish"
	for name, row := range map[string]struct {
		req    any
		method string
		fails  bool
		want   map[string]int64
	}{
		"a short message counts as 1,000 bytes, out and in": {&pubsubpb.PublishRequest{Messages: []*pubsubpb.PubsubMessage{message(10)}}, publish, false, map[string]int64{cost.PubSub: 2000}},
		"a long one as itself and what goes with it":        {&pubsubpb.PublishRequest{Messages: []*pubsubpb.PubsubMessage{message(2000)}}, publish, false, map[string]int64{cost.PubSub: 2 * 2040}},
		"two short ones are published as one request":       {&pubsubpb.PublishRequest{Messages: []*pubsubpb.PubsubMessage{message(10), message(10)}}, publish, false, map[string]int64{cost.PubSub: 3000}},
		"what is refused is free":                           {&pubsubpb.PublishRequest{Messages: []*pubsubpb.PubsubMessage{message(10)}}, publish, true, nil},
		"a call of Cloud Tasks":                             {nil, "/google.cloud.tasks.v2.CloudTasks/CreateTask", false, map[string]int64{cost.Tasks: 1}},
	} {
		m := &cost.Meter{}
		_, err := cost.Unary(m)(t.Context(), row.req, &grpc.UnaryServerInfo{FullMethod: row.method}, func(context.Context, any) (any, error) {
			if row.fails {
				return nil, errors.New("no")
			}
			return nil, nil
		})
		if got := m.Counts(); (err != nil) != row.fails || !maps.Equal(got, row.want) {
			t.Errorf("%s: counted %v, %v, want %v", name, got, err, row.want)
		}
	}
}

func TestStorageIsCountedByClass(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]string{
		"POST /upload/storage/v1/b/x/o?uploadType=media&name=y":         cost.ClassA,
		"POST /upload/storage/v1/b/x/o?uploadType=resumable":            cost.ClassA,
		"PUT /upload/storage/v1/b/x/o?uploadType=resumable&upload_id=1": "",
		"PUT /x/y":                                   cost.ClassA, // by a signed address
		"GET /storage/v1/b/x/o?prefix=y":             cost.ClassA,
		"GET /storage/v1/b/x/o/y":                    cost.ClassB,
		"GET /storage/v1/b/x/o/y?alt=media":          cost.ClassB,
		"HEAD /x/y":                                  cost.ClassB,
		"GET /x/y":                                   cost.ClassB,
		"POST /storage/v1/b/x/o/y/rewriteTo/b/x/o/z": cost.ClassA,
		"DELETE /storage/v1/b/x/o/y":                 "",
		"OPTIONS /x/y":                               "",
	} {
		m := &cost.Meter{}
		method, path, _ := strings.Cut(request, " ")
		served := false
		cost.HTTP(m, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served = true })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
		wanted := map[string]int64{}
		if want != "" {
			wanted[want] = 1
		}
		if got := m.Counts(); !served || !maps.Equal(got, wanted) {
			t.Errorf("%s: counted %v, want %v", request, got, wanted)
		}
	}
}
