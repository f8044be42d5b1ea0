package firestore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
)

func (w *world) begin(t *testing.T, o *pb.TransactionOptions) []byte {
	t.Helper()
	r, err := w.raw.BeginTransaction(bare(t.Context()), &pb.BeginTransactionRequest{Database: database, Options: o})
	if err != nil {
		t.Fatal(err)
	}
	return r.Transaction
}

func (w *world) commitIn(t *testing.T, tx []byte, writes ...*pb.Write) error {
	t.Helper()
	_, err := w.raw.Commit(bare(t.Context()), &pb.CommitRequest{Database: database, Transaction: tx, Writes: writes})
	return err
}

// getIn reads one document in a transaction; nil is missing.
func (w *world) getIn(t *testing.T, tx []byte, path string) (*pb.Document, error) {
	t.Helper()
	stream, err := w.raw.BatchGetDocuments(bare(t.Context()), &pb.BatchGetDocumentsRequest{
		Database: database, Documents: []string{root + "/" + path},
		ConsistencySelector: &pb.BatchGetDocumentsRequest_Transaction{Transaction: tx},
	})
	got, err := all(stream, err)
	if err != nil {
		return nil, err
	}
	return got[0].GetFound(), nil
}

func (w *world) countIn(t *testing.T, tx []byte, collection string) (int, error) {
	t.Helper()
	stream, err := w.raw.RunQuery(bare(t.Context()), &pb.RunQueryRequest{
		Parent: root, QueryType: &pb.RunQueryRequest_StructuredQuery{StructuredQuery: &pb.StructuredQuery{From: from(collection)}},
		ConsistencySelector: &pb.RunQueryRequest_Transaction{Transaction: tx},
	})
	got, err := all(stream, err)
	n := 0
	for _, r := range got {
		if r.Document != nil {
			n++
		}
	}
	return n, err
}

var readOnly = &pb.TransactionOptions{Mode: &pb.TransactionOptions_ReadOnly_{ReadOnly: &pb.TransactionOptions_ReadOnly{}}}

func TestContendedCounterLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const goroutines, each = 8, 5
	d := w.client.Doc("counters/a")
	if _, err := d.Set(t.Context(), object{"n": 0}); err != nil {
		t.Fatal(err)
	}
	var group errgroup.Group
	for range goroutines {
		group.Go(func() error {
			for range each {
				if err := addOne(t.Context(), w.client, d); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := get(t, w, "counters/a")["n"]; got != int64(goroutines*each) {
		t.Errorf("counted %v, want %d", got, goroutines*each)
	}
}

func addOne(ctx context.Context, c *client.Client, d *client.DocumentRef) error {
	return c.RunTransaction(ctx, func(_ context.Context, tx *client.Transaction) error {
		got, err := tx.Get(d)
		if err != nil {
			return err
		}
		n, err := got.DataAt("n")
		if err != nil {
			return err
		}
		return tx.Update(d, []client.Update{{Path: "n", Value: n.(int64) + 1}})
	}, client.MaxAttempts(100))
}

func TestTransactionAborts(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		read   func(*testing.T, *world, []byte) error
		change []*pb.Write
		want   codes.Code
	}{
		{"when a document it read changed", readDoc("c/a"), []*pb.Write{update("c/a", fields{"a": num(2)})}, codes.Aborted},
		{"when a document it read was deleted", readDoc("c/a"), []*pb.Write{remove("c/a")}, codes.Aborted},
		{"when a document it missed appeared", readDoc("c/new"), []*pb.Write{update("c/new", nil)}, codes.Aborted},
		{"when its query would find more", readAll("c"), []*pb.Write{update("c/new", nil)}, codes.Aborted},
		{"when its query would find less", readAll("c"), []*pb.Write{remove("c/a")}, codes.Aborted},
		{"not when another document changed", readDoc("c/a"), []*pb.Write{update("c/b", fields{"a": num(2)})}, codes.OK},
		{"not when another collection changed", readAll("c"), []*pb.Write{update("d/b", nil)}, codes.OK},
		{"not when what it read was written unchanged", readDoc("c/a"), []*pb.Write{update("c/a", fields{"a": num(1)})}, codes.OK},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.mustCommit(t, update("c/a", fields{"a": num(1)}), update("c/b", fields{"a": num(1)}))
			tx := w.begin(t, nil)
			if err := row.read(t, w, tx); err != nil {
				t.Fatal(err)
			}
			w.mustCommit(t, row.change...)
			wantCode(t, w.commitIn(t, tx, update("out/a", nil)), row.want)
		})
	}
}

func readDoc(path string) func(*testing.T, *world, []byte) error {
	return func(t *testing.T, w *world, tx []byte) error {
		_, err := w.getIn(t, tx, path)
		return err
	}
}

func readAll(collection string) func(*testing.T, *world, []byte) error {
	return func(t *testing.T, w *world, tx []byte) error {
		_, err := w.countIn(t, tx, collection)
		return err
	}
}

func TestTransactionNeverSeesTwoVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("c/a", fields{"a": num(1)}), update("c/b", fields{"a": num(1)}))
	tx := w.begin(t, nil)
	if _, err := w.getIn(t, tx, "c/a"); err != nil {
		t.Fatal(err)
	}
	w.mustCommit(t, update("c/a", fields{"a": num(2)}), update("c/b", fields{"a": num(2)}))
	_, err := w.getIn(t, tx, "c/b")
	wantCode(t, err, codes.Aborted)
}

func TestReadOnlyTransactionReadsWhenItBegan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("c/a", fields{"a": num(1)}), update("c/b", fields{"a": num(1)}))
	tx := w.begin(t, readOnly)
	w.mustCommit(t, update("c/a", fields{"a": num(2)}), remove("c/b"), update("c/new", nil))
	w.mustCommit(t, update("c/a", fields{"a": num(3)}))
	d, err := w.getIn(t, tx, "c/a")
	if err != nil || d.GetFields()["a"].GetIntegerValue() != 1 {
		t.Errorf("read %v, %v; want a = 1", d, err)
	}
	if d, err := w.getIn(t, tx, "c/new"); err != nil || d != nil {
		t.Errorf("read %v, %v; want nothing", d, err)
	}
	if n, err := w.countIn(t, tx, "c"); err != nil || n != 2 {
		t.Errorf("counted %d, %v; want 2", n, err)
	}
	wantCode(t, w.commitIn(t, tx), codes.OK)
	wantCode(t, w.commitIn(t, w.begin(t, readOnly), update("c/a", nil)), codes.InvalidArgument)
}

func TestTransactionExpires(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		steps []time.Duration // the clock's moves, each followed by a read
		want  codes.Code
	}{
		{"not after 60 idle seconds", []time.Duration{60 * time.Second}, codes.OK},
		{"after 61 idle seconds", []time.Duration{61 * time.Second}, codes.InvalidArgument},
		{"not after 270 busy seconds", []time.Duration{54 * time.Second, 54 * time.Second, 54 * time.Second, 54 * time.Second, 54 * time.Second}, codes.OK},
		{"after 271 busy seconds", []time.Duration{54 * time.Second, 54 * time.Second, 54 * time.Second, 54 * time.Second, 55 * time.Second}, codes.InvalidArgument},
		{"after a week", []time.Duration{7 * 24 * time.Hour}, codes.InvalidArgument},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tx := w.begin(t, nil)
			var err error
			for _, d := range row.steps {
				w.clock.Advance(d)
				_, err = w.getIn(t, tx, "c/a")
			}
			wantCode(t, err, row.want)
			wantCode(t, w.commitIn(t, tx), row.want)
		})
	}
}

func TestTransactionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rollback := func(tx []byte) error {
		_, err := w.raw.Rollback(bare(t.Context()), &pb.RollbackRequest{Database: database, Transaction: tx})
		return err
	}
	done, undone := w.begin(t, nil), w.begin(t, nil)
	wantCode(t, w.commitIn(t, done, update("c/a", nil)), codes.OK)
	wantCode(t, w.commitIn(t, done), codes.InvalidArgument)
	wantCode(t, rollback(done), codes.OK)
	wantCode(t, rollback(undone), codes.OK)
	wantCode(t, rollback(undone), codes.OK)
	wantCode(t, w.commitIn(t, undone), codes.InvalidArgument)
	for _, never := range [][]byte{nil, []byte("x"), []byte("12345678")} {
		wantCode(t, rollback(never), codes.InvalidArgument)
	}
	wantCode(t, w.commitIn(t, []byte("12345678")), codes.InvalidArgument)
}

func TestRetryNamesAnEarlierTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	retry := func(id []byte) *pb.TransactionOptions {
		return &pb.TransactionOptions{Mode: &pb.TransactionOptions_ReadWrite_{ReadWrite: &pb.TransactionOptions_ReadWrite{RetryTransaction: id}}}
	}
	wantCode(t, w.commitIn(t, w.begin(t, retry(w.begin(t, nil)))), codes.OK)
	_, err := w.raw.BeginTransaction(bare(t.Context()), &pb.BeginTransactionRequest{Database: database, Options: retry([]byte("no"))})
	wantCode(t, err, codes.InvalidArgument)
}

func TestReadBeginsATransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stream, err := w.raw.BatchGetDocuments(bare(t.Context()), &pb.BatchGetDocumentsRequest{
		Database: database, Documents: []string{root + "/c/a"},
		ConsistencySelector: &pb.BatchGetDocumentsRequest_NewTransaction{NewTransaction: &pb.TransactionOptions{}},
	})
	got, err := all(stream, err)
	if err != nil || len(got) != 2 || len(got[0].Transaction) == 0 {
		t.Fatalf("got %v, %v; want a transaction and a missing document", got, err)
	}
	w.mustCommit(t, update("c/a", nil))
	wantCode(t, w.commitIn(t, got[0].Transaction, update("c/a", nil)), codes.Aborted)
}

func TestFailingFunctionRollsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boom := errors.New("boom")
	err := w.client.RunTransaction(t.Context(), func(_ context.Context, tx *client.Transaction) error {
		if err := tx.Create(w.client.Doc("c/a"), object{}); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("got %v, want boom", err)
	}
	_, err = w.client.Doc("c/a").Get(t.Context())
	wantCode(t, err, codes.NotFound)
}

func TestOpenTransactionsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := func() error {
		_, err := w.server.BeginTransaction(t.Context(), &pb.BeginTransactionRequest{Database: database})
		return err
	}
	for range 10_000 {
		if err := begin(); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, begin(), codes.ResourceExhausted)
	w.clock.Advance(time.Hour) // all expire
	wantCode(t, begin(), codes.OK)
}
