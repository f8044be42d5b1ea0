package firestore_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
)

func TestGetAllKeepsTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("c/b", fields{"n": num(2)}), update("c/a", fields{"n": num(1)}))
	docs, err := w.client.GetAll(t.Context(), []*client.DocumentRef{
		w.client.Doc("c/b"), w.client.Doc("c/none"), w.client.Doc("c/a"), w.client.Doc("c/b"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range docs {
		got = append(got, fmt.Sprint(d.Ref.ID, d.Data()["n"]))
	}
	if want := []string{"b2", "none<nil>", "a1", "b2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestGetDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("c/a", fields{"n": num(2), "m": num(1)}))
	get := func(name string) (*pb.Document, error) {
		return w.raw.GetDocument(bare(t.Context()), &pb.GetDocumentRequest{Name: name, Mask: &pb.DocumentMask{FieldPaths: []string{"n"}}})
	}
	d, err := get(root + "/c/a")
	if err != nil || len(d.Fields) != 1 || d.Fields["n"].GetIntegerValue() != 2 {
		t.Errorf("got %v, %v; want n = 2 alone", d, err)
	}
	_, err = get(root + "/c/none")
	wantCode(t, err, codes.NotFound)
	_, err = get(root + "/c")
	wantCode(t, err, codes.InvalidArgument)
}

func TestReadTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := w.mustCommit(t, update("c/a", nil)).CommitTime.AsTime()
	rows := []struct {
		name string
		at   time.Time
		want codes.Code
	}{
		{"the last commit's is served", at, codes.OK},
		{"an earlier one is not kept", at.Add(-time.Second), codes.Unimplemented},
		{"a later one is refused", at.Add(time.Second), codes.InvalidArgument},
		{"a finer one is refused", at.Add(-time.Nanosecond), codes.InvalidArgument},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := w.raw.GetDocument(bare(t.Context()), &pb.GetDocumentRequest{
				Name: root + "/c/a", ConsistencySelector: &pb.GetDocumentRequest_ReadTime{ReadTime: stamp(row.at)},
			})
			wantCode(t, err, row.want)
		})
	}
}

// drained reads an iterator of the client library to its end.
func drained[E any](t *testing.T, next func() (E, error), name func(E) string) []string {
	t.Helper()
	var out []string
	for {
		e, err := next()
		if errors.Is(err, iterator.Done) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name(e))
	}
}

func TestDocumentRefsIncludeTheMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("c/b", nil), update("c/a/sub/x", nil), update("c/a/sub/y/deep/z", nil), update("d/e", nil))
	got := drained(t, w.client.Collection("c").DocumentRefs(t.Context()).Next, func(d *client.DocumentRef) string { return d.ID })
	if want := []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCollectionsAreThoseThatHoldSomething(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("b/1", nil), update("a/1/sub/x", nil), update("gone/1", nil))
	w.mustCommit(t, remove("gone/1"))
	id := func(c *client.CollectionRef) string { return c.ID }
	if got, want := drained(t, w.client.Collections(t.Context()).Next, id), []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := drained(t, w.client.Doc("a/1").Collections(t.Context()).Next, id), []string{"sub"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 650 // more than two pages of the default size
	var writes []*pb.Write
	for i := range n {
		writes = append(writes, update(fmt.Sprintf("page/%03d", i), nil))
	}
	w.mustCommit(t, writes...)
	got := drained(t, w.client.Collection("page").DocumentRefs(t.Context()).Next, func(d *client.DocumentRef) string { return d.ID })
	if len(got) != n || !slices.IsSorted(got) {
		t.Errorf("got %d names, want %d in order", len(got), n)
	}
	_, err := w.raw.ListDocuments(bare(t.Context()), &pb.ListDocumentsRequest{Parent: root, CollectionId: "page", PageSize: -1})
	wantCode(t, err, codes.InvalidArgument)
	_, err = w.raw.ListDocuments(bare(t.Context()), &pb.ListDocumentsRequest{Parent: root, CollectionId: "page", OrderBy: "a"})
	wantCode(t, err, codes.Unimplemented)
}

func TestResetForgetsAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.mustCommit(t, update("c/a", nil)).CommitTime.AsTime()
	tx := w.begin(t, nil)
	w.server.Reset()
	_, err := w.client.Doc("c/a").Get(t.Context())
	wantCode(t, err, codes.NotFound)
	wantCode(t, w.commitIn(t, tx), codes.InvalidArgument)
	if after := w.mustCommit(t, update("c/a", nil)).CommitTime.AsTime(); !after.After(before) {
		t.Errorf("committed at %v, want after %v", after, before)
	}
}
