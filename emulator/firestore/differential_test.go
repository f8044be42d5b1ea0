package firestore_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/firestore"
	"sessionbridge.internal/emulator/official"
)

const (
	differentialOps  = 1000                                       // operations in a run: about 10 s on two busy cores
	seedEnv          = "FIRESTORE_SEED"                           // repeats the run that a failure names
	unsupportedIndex = "does not currently support such an index" // this server has no indexes
)

// pair is the same conversation with both servers.
type pair struct{ ours, theirs pb.FirestoreClient }

// TestOfficialEmulatorAgrees sends the same random operations to this server and to Google's emulator and compares
// codes, results, states and query answers. What it leaves out, and why, is in README.md.
func TestOfficialEmulatorAgrees(t *testing.T) {
	t.Parallel()
	addr, stop, err := official.Firestore(t.Context())
	if errors.Is(err, official.ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	_, theirs := dial(t, addr)
	_, ours := dial(t, serve(t, firestore.New(clock.New().Now)))
	p := pair{ours, theirs}
	seed := seedOf(t)
	g := newGenerator(seed)
	for i := range differentialOps {
		if op, diff := p.step(t, g); diff != "" {
			t.Fatalf("operation %d, %s=%d:\n%s\n(-official +ours) %s", i, seedEnv, seed, prototext.Format(op), diff)
		}
	}
	if diff := p.compareQuery(t, everything()); diff != "" {
		t.Errorf("documents at the end, %s=%d: (-official +ours) %s", seedEnv, seed, diff)
	}
}

func seedOf(t *testing.T) uint64 {
	s := os.Getenv(seedEnv)
	switch s {
	case "":
		return 1 // the same run each time: a difference found by chance must not be a change's fault
	case "random":
		return uint64(time.Now().UnixNano()) // a failure names it
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s must be a number, or random: %v", seedEnv, err)
	}
	return n
}

// step does one random operation on both, and returns it with the difference, empty where there is none. A write is
// followed by a comparison of the documents it was about.
func (p pair) step(t *testing.T, g *generator) (op proto.Message, diff string) {
	switch g.n(10) {
	case 0, 1, 2, 3:
		r := g.commit()
		return r, p.compareCommit(t, r) + p.compareWritten(t, r.Writes)
	case 4:
		r := g.batch()
		return r, p.compareBatch(t, r) + p.compareWritten(t, r.Writes)
	case 5:
		r := g.aggregation()
		return r, p.compareAggregation(t, r)
	case 6:
		r := &pb.ListDocumentsRequest{Parent: root, CollectionId: g.collection(), ShowMissing: g.n(2) == 0}
		return r, p.compareList(t, r)
	}
	r := queryRequest(g.query())
	return r, p.compareQuery(t, r)
}

// everything asks for all documents of the database.
func everything() *pb.RunQueryRequest {
	return queryRequest(root, &pb.StructuredQuery{From: []*pb.StructuredQuery_CollectionSelector{{AllDescendants: true}}})
}

func queryRequest(parent string, q *pb.StructuredQuery) *pb.RunQueryRequest {
	return &pb.RunQueryRequest{Parent: parent, QueryType: &pb.RunQueryRequest_StructuredQuery{StructuredQuery: q}}
}

// compare compares two answers, or the codes of two errors.
func compare(theirs, ours proto.Message, theirErr, ourErr error) string {
	if strings.Contains(status.Convert(theirErr).Message(), unsupportedIndex) {
		return ""
	}
	if a, b := status.Code(theirErr), status.Code(ourErr); a != b {
		return fmt.Sprintf("code %v (%v), ours %v (%v)", a, theirErr, b, ourErr)
	}
	if theirErr != nil || proto.Equal(theirs, ours) {
		return ""
	}
	return diffProto(theirs, ours)
}

func both[R proto.Message](p pair, call func(pb.FirestoreClient) (R, error)) (theirs, ours proto.Message, theirErr, ourErr error) {
	theirs, theirErr = call(p.theirs)
	ours, ourErr = call(p.ours)
	return theirs, ours, theirErr, ourErr
}

func (p pair) compareCommit(t *testing.T, r *pb.CommitRequest) string {
	return compare(both(p, func(c pb.FirestoreClient) (*pb.CommitResponse, error) {
		got, err := c.Commit(bare(t.Context()), r)
		if err == nil {
			got.CommitTime = nil
			hideTimes(got.WriteResults)
		}
		return got, err
	}))
}

// hideTimes replaces times by whether there is one.
func hideTimes(results []*pb.WriteResult) {
	for _, r := range results {
		if r.UpdateTime != nil {
			r.UpdateTime.Seconds, r.UpdateTime.Nanos = 1, 0
		}
	}
}

func (p pair) compareBatch(t *testing.T, r *pb.BatchWriteRequest) string {
	return compare(both(p, func(c pb.FirestoreClient) (*pb.BatchWriteResponse, error) {
		got, err := c.BatchWrite(bare(t.Context()), r)
		if err == nil {
			hideTimes(got.WriteResults)
			for _, s := range got.Status {
				s.Message = ""
			}
		}
		return got, err
	}))
}

func (p pair) compareWritten(t *testing.T, writes []*pb.Write) string {
	r := &pb.BatchGetDocumentsRequest{Database: database}
	for _, w := range writes {
		r.Documents = append(r.Documents, cmp.Or(w.GetDelete(), w.GetUpdate().GetName()))
	}
	return compare(both(p, func(c pb.FirestoreClient) (*pb.ListDocumentsResponse, error) {
		stream, err := c.BatchGetDocuments(bare(t.Context()), r)
		got, err := all(stream, err)
		docs := &pb.ListDocumentsResponse{}
		for _, r := range got {
			if r.GetFound() != nil {
				docs.Documents = append(docs.Documents, timeless(r.GetFound()))
			}
		}
		// The order is not promised, and Google's emulator's is its own.
		slices.SortFunc(docs.Documents, func(a, b *pb.Document) int { return cmp.Compare(a.Name, b.Name) })
		return docs, err
	}))
}

func (p pair) compareQuery(t *testing.T, r *pb.RunQueryRequest) string {
	return compare(both(p, func(c pb.FirestoreClient) (*pb.ListDocumentsResponse, error) {
		stream, err := c.RunQuery(bare(t.Context()), r)
		got, err := all(stream, err)
		docs := &pb.ListDocumentsResponse{}
		for _, r := range got {
			if r.Document != nil {
				docs.Documents = append(docs.Documents, timeless(r.Document))
			}
		}
		return docs, err
	}))
}

// timeless replaces a document's times by whether it was changed since it was created.
func timeless(d *pb.Document) *pb.Document {
	if d.CreateTime == nil { // a missing one: its update time is the official emulator's, against the documentation
		d.UpdateTime = nil
		return d
	}
	changed := !proto.Equal(d.CreateTime, d.UpdateTime)
	d.CreateTime, d.UpdateTime = nil, nil
	if changed {
		d.Name += " (changed)"
	}
	return d
}

func (p pair) compareAggregation(t *testing.T, r *pb.RunAggregationQueryRequest) string {
	return compare(both(p, func(c pb.FirestoreClient) (*pb.AggregationResult, error) {
		stream, err := c.RunAggregationQuery(bare(t.Context()), r)
		got, err := all(stream, err)
		if err != nil {
			return nil, err
		}
		if len(got) != 1 {
			return nil, status.Errorf(codes.DataLoss, "%d messages", len(got))
		}
		return got[0].GetResult(), nil
	}))
}

func (p pair) compareList(t *testing.T, r *pb.ListDocumentsRequest) string {
	return compare(both(p, func(c pb.FirestoreClient) (*pb.ListDocumentsResponse, error) {
		got, err := c.ListDocuments(bare(t.Context()), r)
		for _, d := range got.GetDocuments() {
			timeless(d)
		}
		return got, err
	}))
}
