package firestore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// patience is how long a test waits for a message that must come.
const patience = time.Minute

func TestQuerySnapshotsFollowCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w.mustCommit(t, update("calls/a", fields{"n": num(1)}), update("calls/z", fields{"n": num(-1)}))
	it := w.client.Collection("calls").Where("n", ">", 0).OrderBy("n", client.Asc).Snapshots(ctx)
	defer it.Stop()
	steps := []struct {
		commit []*pb.Write
		want   string
	}{
		{nil, "0:a"},
		{[]*pb.Write{update("calls/b", fields{"n": num(3)}), update("calls/c", fields{"n": num(2)})}, "0:c 0:b"},
		{[]*pb.Write{update("other/x", nil), update("calls/a", fields{"n": num(4)})}, "2:a"},
		{[]*pb.Write{remove("calls/c"), update("calls/b", fields{"n": num(0)})}, "1:c 1:b"},
	}
	for i, step := range steps {
		if step.commit != nil {
			w.mustCommit(t, step.commit...)
		}
		got, err := it.Next()
		if err != nil {
			t.Fatal(err)
		}
		if changes := changesOf(got); changes != step.want {
			t.Errorf("step %d: got changes %q, want %q", i, changes, step.want)
		}
	}
}

// changesOf shows each change as its kind (0 added, 1 removed, 2 modified) and document.
func changesOf(s *client.QuerySnapshot) string {
	var out []string
	for _, c := range s.Changes {
		out = append(out, fmt.Sprintf("%d:%s", c.Kind, c.Doc.Ref.ID))
	}
	return strings.Join(out, " ")
}

func TestDocumentSnapshotsFollowADocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	it := w.client.Doc("calls/a").Snapshots(ctx)
	defer it.Stop()
	next := func() *client.DocumentSnapshot {
		t.Helper()
		d, err := it.Next()
		if err != nil && d == nil {
			t.Fatal(err)
		}
		return d
	}
	if d := next(); d.Exists() {
		t.Error("a document that is missing must not exist")
	}
	w.mustCommit(t, update("calls/a", fields{"n": num(1)}))
	if d := next(); d.Data()["n"] != int64(1) {
		t.Errorf("got %v, want n = 1", d.Data())
	}
	w.server.Reset()
	if d := next(); d.Exists() {
		t.Error("a document must be gone after Reset")
	}
}

// ear is one bare Listen stream.
type ear struct {
	t      *testing.T
	stream pb.Firestore_ListenClient
}

func listen(t *testing.T, w *world) ear {
	t.Helper()
	ctx, cancel := context.WithTimeout(bare(t.Context()), patience)
	t.Cleanup(cancel)
	stream, err := w.raw.Listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return ear{t, stream}
}

func (e ear) add(target *pb.Target) {
	e.t.Helper()
	if err := e.stream.Send(&pb.ListenRequest{Database: database, TargetChange: &pb.ListenRequest_AddTarget{AddTarget: target}}); err != nil {
		e.t.Fatal(err)
	}
}

func (e ear) remove(id int32) {
	e.t.Helper()
	if err := e.stream.Send(&pb.ListenRequest{Database: database, TargetChange: &pb.ListenRequest_RemoveTarget{RemoveTarget: id}}); err != nil {
		e.t.Fatal(err)
	}
}

// wants reads messages and compares them, in short, with what must come.
func (e ear) wants(want ...string) (last *pb.ListenResponse) {
	e.t.Helper()
	for _, s := range want {
		r, err := e.stream.Recv()
		if err != nil {
			e.t.Fatalf("%v while waiting for %q", err, s)
		}
		if got := short(r); got != s {
			e.t.Errorf("got %q, want %q", got, s)
		}
		last = r
	}
	return last
}

func short(r *pb.ListenResponse) string {
	id := func(name string) string { return strings.TrimPrefix(name, root+"/") }
	switch x := r.ResponseType.(type) {
	case *pb.ListenResponse_TargetChange:
		return fmt.Sprintf("%v%v", x.TargetChange.TargetChangeType, x.TargetChange.TargetIds)
	case *pb.ListenResponse_DocumentChange:
		return fmt.Sprint("+", id(x.DocumentChange.Document.Name), x.DocumentChange.TargetIds)
	case *pb.ListenResponse_DocumentDelete:
		return fmt.Sprint("-", id(x.DocumentDelete.Document), x.DocumentDelete.RemovedTargetIds)
	case *pb.ListenResponse_DocumentRemove:
		return fmt.Sprint("<", id(x.DocumentRemove.Document), x.DocumentRemove.RemovedTargetIds)
	}
	return fmt.Sprintf("%T", r.ResponseType)
}

func docsTarget(id int32, paths ...string) *pb.Target {
	var names []string
	for _, p := range paths {
		names = append(names, root+"/"+p)
	}
	return &pb.Target{TargetId: id, TargetType: &pb.Target_Documents{Documents: &pb.Target_DocumentsTarget{Documents: names}}}
}

func queryTarget(id int32, q *pb.StructuredQuery) *pb.Target {
	return &pb.Target{TargetId: id, TargetType: &pb.Target_Query{Query: &pb.Target_QueryTarget{
		Parent: root, QueryType: &pb.Target_QueryTarget_StructuredQuery{StructuredQuery: q},
	}}}
}

func TestTargetsShareAStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("li/a", nil))
	e := listen(t, w)
	e.add(docsTarget(1, "li/a", "li/none"))
	e.wants("ADD[1]", "+li/a[1]", "-li/none[1]", "CURRENT[1]", "NO_CHANGE[]")
	e.add(queryTarget(2, &pb.StructuredQuery{From: from("li"), Limit: wrapperspb.Int32(1)}))
	e.wants("ADD[2]", "+li/a[2]", "CURRENT[2]", "NO_CHANGE[]")
	w.mustCommit(t, update("li/a", fields{"n": num(1)}))
	e.wants("+li/a[1]", "+li/a[2]", "NO_CHANGE[]")
	w.mustCommit(t, update("li/0", nil)) // pushes a out of the limit
	e.wants("+li/0[2]", "<li/a[2]", "NO_CHANGE[]")
	w.mustCommit(t, remove("li/0"))
	e.wants("+li/a[2]", "-li/0[2]", "NO_CHANGE[]")
	e.remove(2)
	e.remove(99) // was never there
	e.wants("REMOVE[2]")
	w.mustCommit(t, remove("li/a"))
	e.wants("-li/a[1]", "NO_CHANGE[]")
}

func TestUnchangedCommitsAreNotTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("li/a", fields{"n": num(1)}))
	e := listen(t, w)
	e.add(queryTarget(1, &pb.StructuredQuery{From: from("li")}))
	e.wants("ADD[1]", "+li/a[1]", "CURRENT[1]", "NO_CHANGE[]")
	w.mustCommit(t, update("li/a", fields{"n": num(1)}), update("elsewhere/a", nil))
	w.mustCommit(t, update("li/b", nil))
	e.wants("+li/b[1]", "NO_CHANGE[]")
}

func TestResumedTargetStartsAfresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("li/a", nil))
	e := listen(t, w)
	e.add(docsTarget(1, "li/a"))
	token := e.wants("ADD[1]", "+li/a[1]", "CURRENT[1]", "NO_CHANGE[]").GetTargetChange().ResumeToken
	if len(token) == 0 {
		t.Fatal("want a resume token")
	}
	again := docsTarget(2, "li/a")
	again.ResumeType = &pb.Target_ResumeToken{ResumeToken: token}
	e.add(again)
	e.wants("ADD[2]", "RESET[2]", "+li/a[2]", "CURRENT[2]", "NO_CHANGE[]")
}

func TestOnceEndsWhenCurrent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := listen(t, w)
	target := docsTarget(1, "li/a")
	target.Once = true
	e.add(target)
	e.wants("ADD[1]", "-li/a[1]", "CURRENT[1]", "NO_CHANGE[]", "REMOVE[1]")
}

func TestTargetThatCannotBeServedIsRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := listen(t, w)
	for id, bad := range []*pb.Target{
		queryTarget(1, &pb.StructuredQuery{From: from("__c__")}), docsTarget(2), docsTarget(3, "c"), {TargetId: 4},
	} {
		e.add(bad)
		gone := e.wants(fmt.Sprintf("ADD[%d]", id+1), fmt.Sprintf("REMOVE[%d]", id+1)).GetTargetChange()
		if got := codes.Code(gone.GetCause().GetCode()); got != codes.InvalidArgument {
			t.Errorf("target %d: got cause %v, want InvalidArgument", id+1, got)
		}
	}
}

func TestStreamEndsAtABadRequest(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		send func(ear)
	}{
		{"for target 0", func(e ear) { e.add(docsTarget(0, "c/a")) }},
		{"for a target in use", func(e ear) {
			e.add(docsTarget(1, "c/a"))
			e.wants("ADD[1]", "-c/a[1]", "CURRENT[1]", "NO_CHANGE[]")
			e.add(docsTarget(1, "c/a"))
		}},
		{"for no change", func(e ear) { _ = e.stream.Send(&pb.ListenRequest{Database: database}) }},
		{"for no database", func(e ear) { _ = e.stream.Send(&pb.ListenRequest{}) }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := listen(t, newWorld(t))
			row.send(e)
			_, err := e.stream.Recv()
			wantCode(t, err, codes.InvalidArgument)
		})
	}
}
