package firestore_test

import (
	"math"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
)

type object = map[string]any

func get(t *testing.T, w *world, path string) object {
	t.Helper()
	d, err := w.client.Doc(path).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d.Data()
}

func TestWriteLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := object{"a": 1, "m": object{"x": 1, "y": 2}, "l": []int{1, 2}, "n": 1.5}
	rows := []struct {
		name  string
		write func(*testing.T, *client.DocumentRef) error
		want  object
	}{
		{"set replaces the document", func(t *testing.T, d *client.DocumentRef) error {
			_, err := d.Set(t.Context(), object{"b": true})
			return err
		}, object{"b": true}},
		{"merge keeps what it does not name", func(t *testing.T, d *client.DocumentRef) error {
			_, err := d.Set(t.Context(), object{"m": object{"x": 5, "z": "z"}}, client.MergeAll)
			return err
		}, object{"a": int64(1), "m": object{"x": int64(5), "y": int64(2), "z": "z"}, "l": []any{int64(1), int64(2)}, "n": 1.5}},
		{"merge of a path replaces below it", func(t *testing.T, d *client.DocumentRef) error {
			_, err := d.Set(t.Context(), object{"m": object{"z": 1}}, client.Merge([]string{"m"}))
			return err
		}, object{"a": int64(1), "m": object{"z": int64(1)}, "l": []any{int64(1), int64(2)}, "n": 1.5}},
		{"update changes and deletes fields", func(t *testing.T, d *client.DocumentRef) error {
			_, err := d.Update(t.Context(), []client.Update{
				{Path: "m.x", Value: client.Delete}, {Path: "a", Value: nil}, {FieldPath: []string{"o", "a b"}, Value: 7},
			})
			return err
		}, object{"a": nil, "m": object{"y": int64(2)}, "l": []any{int64(1), int64(2)}, "n": 1.5, "o": object{"a b": int64(7)}}},
		{"transforms count, extend and stamp", func(t *testing.T, d *client.DocumentRef) error {
			_, err := d.Update(t.Context(), []client.Update{
				{Path: "a", Value: client.Increment(2)}, {Path: "n", Value: client.Increment(1)},
				{Path: "new", Value: client.Increment(3)}, {Path: "l", Value: client.ArrayUnion(2, 3)},
				{Path: "m", Value: client.ArrayRemove(1)}, {Path: "at", Value: client.ServerTimestamp},
			})
			return err
		}, object{"a": int64(3), "m": []any{}, "l": []any{int64(1), int64(2), int64(3)}, "n": 2.5, "new": int64(3), "at": start}},
		{"maximum and minimum keep the right one", func(t *testing.T, d *client.DocumentRef) error {
			_, err := d.Update(t.Context(), []client.Update{
				{Path: "a", Value: client.FieldTransformMaximum(1.0)}, {Path: "n", Value: client.FieldTransformMinimum(1)},
				{Path: "l", Value: client.FieldTransformMinimum(4)},
			})
			return err
		}, object{"a": int64(1), "m": object{"x": int64(1), "y": int64(2)}, "l": int64(4), "n": int64(1)}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := w.client.Collection("writes").NewDoc()
			if _, err := d.Create(t.Context(), before); err != nil {
				t.Fatal(err)
			}
			if err := row.write(t, d); err != nil {
				t.Fatal(err)
			}
			got := get(t, w, "writes/"+d.ID)
			if diff := cmp.Diff(row.want, got, cmpopts.EquateApproxTime(time.Millisecond)); diff != "" {
				t.Errorf("(-want +got) %s", diff)
			}
		})
	}
}

func TestPreconditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := w.mustCommit(t, update("p/there", fields{"a": num(1)})).WriteResults[0].UpdateTime
	version := func(d time.Duration) *pb.Precondition {
		return &pb.Precondition{ConditionType: &pb.Precondition_UpdateTime{UpdateTime: stamp(at.AsTime().Add(d))}}
	}
	rows := []struct {
		name  string
		write *pb.Write
		must  *pb.Precondition
		want  codes.Code
	}{
		{"create over a document already exists", update("p/there", nil), exists(false), codes.AlreadyExists},
		{"update of nothing is not found", update("p/nil", nil), exists(true), codes.NotFound},
		{"delete of nothing is not found when it must exist", remove("p/nil"), exists(true), codes.NotFound},
		{"delete of nothing is fine by itself", remove("p/nil"), nil, codes.OK},
		{"an old version fails", update("p/there", nil), version(-time.Second), codes.FailedPrecondition},
		{"a version of nothing fails", update("p/nil", nil), version(0), codes.FailedPrecondition},
		{"a version never given out is invalid", update("p/there", nil), version(time.Hour), codes.InvalidArgument},
		{"a version finer than a microsecond is invalid", update("p/there", nil), version(1), codes.InvalidArgument},
		{"the current version is written", update("p/there", fields{"a": num(1)}), version(0), codes.OK},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := w.commit(t, withPrecondition(row.write, row.must))
			wantCode(t, err, row.want)
		})
	}
}

func TestCommitIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.commit(t, update("all/a", nil), withPrecondition(update("all/b", nil), exists(true)))
	wantCode(t, err, codes.NotFound)
	_, err = w.client.Doc("all/a").Get(t.Context())
	wantCode(t, err, codes.NotFound)
}

func TestCommitTimesIncreaseWhileTheClockStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	last := start.Add(-time.Microsecond)
	for i := range 5 {
		at := w.mustCommit(t, update("times/a", fields{"a": num(int64(i))})).CommitTime.AsTime()
		if !at.After(last) || at.Nanosecond()%1000 != 0 {
			t.Errorf("commit %d at %v, want microseconds after %v", i, at, last)
		}
		last = at
	}
}

func TestUnchangedDocumentKeepsItsVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mustCommit(t, update("same/a", fields{"a": num(1), "n": double(math.NaN())}))
	again := w.mustCommit(t, update("same/a", fields{"a": num(1), "n": double(math.NaN())}))
	if a, b := first.WriteResults[0].UpdateTime.AsTime(), again.WriteResults[0].UpdateTime.AsTime(); !a.Equal(b) {
		t.Errorf("updated at %v, want the first version, %v", b, a)
	}
	other := w.mustCommit(t, update("same/a", fields{"a": double(1), "n": double(math.NaN())}))
	if a, b := first.CommitTime.AsTime(), other.WriteResults[0].UpdateTime.AsTime(); !b.After(a) {
		t.Error("1.0 in place of 1 must be a new version")
	}
}

func TestDeletedInBetweenIsANewDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustCommit(t, update("re/a", fields{"a": num(1)}))
	at := w.mustCommit(t, remove("re/a"), update("re/a", fields{"a": num(1)})).CommitTime.AsTime()
	d, err := w.client.Doc("re/a").Get(t.Context())
	if err != nil || !d.CreateTime.Equal(at) {
		t.Errorf("created at %v (%v), want %v", d.CreateTime, err, at)
	}
}

func TestBatchWriteAnswersEachWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := func(writes ...*pb.Write) (*pb.BatchWriteResponse, error) {
		return w.raw.BatchWrite(bare(t.Context()), &pb.BatchWriteRequest{Database: database, Writes: writes})
	}
	r, err := batch(update("b/a", nil), withPrecondition(update("b/b", nil), exists(true)), update("b/c", nil))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []codes.Code{codes.OK, codes.NotFound, codes.OK} {
		if got := codes.Code(r.Status[i].Code); got != want {
			t.Errorf("write %d: got %v, want %v", i, got, want)
		}
	}
	_, err = batch(update("b/a", nil), update("b/a", nil))
	wantCode(t, err, codes.InvalidArgument)
}

func TestBulkWriterWritesAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bulk := w.client.BulkWriter(t.Context())
	for range 50 {
		if _, err := bulk.Create(w.client.Collection("bulk").NewDoc(), object{"a": 1}); err != nil {
			t.Fatal(err)
		}
	}
	bulk.End()
	found, err := w.client.Collection("bulk").Documents(t.Context()).GetAll()
	if err != nil || len(found) != 50 {
		t.Errorf("found %d (%v), want 50", len(found), err)
	}
}

func TestTransformResults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := []struct {
		name      string
		from, by  *pb.Value
		want      *pb.Value
		transform func(*pb.Value) *pb.DocumentTransform_FieldTransform
	}{
		{"integers stop at the largest", num(math.MaxInt64), num(1), num(math.MaxInt64), plus},
		{"integers stop at the smallest", num(math.MinInt64), num(-1), num(math.MinInt64), plus},
		{"integer and double make a double", num(1), double(0.5), double(1.5), plus},
		{"what is no number is replaced", str("x"), num(2), num(2), plus},
		{"equal numbers keep the current type", num(3), double(3), num(3), greatest},
		{"the maximum with NaN is NaN", num(3), double(math.NaN()), double(math.NaN()), greatest},
		{"NaN stays the maximum", double(math.NaN()), num(3), double(math.NaN()), greatest},
		{"2^53+1 is more than the double 2^53", double(1 << 53), num(1<<53 + 1), num(1<<53 + 1), greatest},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w.mustCommit(t, update("t/a", fields{"a": row.from}))
			r := w.mustCommit(t, transforms("t/a", row.transform(row.by)))
			if diff := diffProto(row.want, r.WriteResults[0].TransformResults[0]); diff != "" {
				t.Errorf("(-want +got) %s", diff)
			}
		})
	}
}

func plus(v *pb.Value) *pb.DocumentTransform_FieldTransform { return increment("a", v) }

func greatest(v *pb.Value) *pb.DocumentTransform_FieldTransform {
	return &pb.DocumentTransform_FieldTransform{FieldPath: "a", TransformType: &pb.DocumentTransform_FieldTransform_Maximum{Maximum: v}}
}
