package firestore

import (
	"encoding/binary"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
)

// target is what a listener follows: a query, or documents by name.
type target struct {
	id      int32
	query   *query // nil for documents
	names   []string
	once    bool // to be removed once it is current
	current bool // the initial documents were sent
	version int64
	sent    map[string]*pb.Document // what the client has; nil value: was told it is missing
}

func (s *Server) parseTarget(database string, in *pb.Target) (*target, error) {
	t := &target{id: in.TargetId, once: in.Once, sent: map[string]*pb.Document{}}
	switch x := in.TargetType.(type) {
	case *pb.Target_Query:
		q, err := s.parse(x.Query.GetParent(), x.Query.GetStructuredQuery())
		t.query = q
		return t, err
	case *pb.Target_Documents:
		t.names = x.Documents.GetDocuments()
		if n := len(t.names); n == 0 || n > maxListenedNames {
			return nil, invalid("a documents target must have 1 to %d documents, not %d", maxListenedNames, n)
		}
		for _, name := range t.names {
			if err := checkDocumentIn(database, name); err != nil {
				return nil, err
			}
		}
		return t, nil
	}
	return nil, invalid("a target must have a query or documents")
}

// changes are the messages that bring the client from what it was sent to what the store holds, with CURRENT after the
// first. The caller holds the server's lock.
func (t *target) changes(st store, at int64) []*pb.ListenResponse {
	if t.query != nil && t.current && st.version(t.query.scope) == t.version {
		return nil // nothing was committed in the query's collections: no need to run it
	}
	var out []*pb.ListenResponse
	if t.query != nil {
		t.version = st.version(t.query.scope)
		out = t.followQuery(st, at)
	} else {
		out = t.followDocuments(st, at)
	}
	if !t.current {
		t.current = true
		out = append(out, targetChangeAt(pb.TargetChange_CURRENT, at, t.id))
	}
	return out
}

func (t *target) followQuery(st store, at int64) []*pb.ListenResponse {
	var out []*pb.ListenResponse
	found := map[string]*pb.Document{}
	for _, d := range t.query.run(view{store: st}) {
		found[d.Name] = d
		if t.sent[d.Name] != d {
			out = append(out, t.changed(t.query.fields.of(d)))
		}
	}
	for _, name := range sortedKeys(t.sent) {
		switch {
		case found[name] != nil:
		case st.get(name) != nil:
			out = append(out, t.left(name, at))
		default:
			out = append(out, t.deleted(name, at))
		}
	}
	t.sent = found
	return out
}

func (t *target) followDocuments(st store, at int64) []*pb.ListenResponse {
	var out []*pb.ListenResponse
	for _, name := range t.names {
		d := st.get(name)
		was, told := t.sent[name]
		switch {
		case told && was == d:
		case d != nil:
			out = append(out, t.changed(d))
		default:
			out = append(out, t.deleted(name, at))
		}
		t.sent[name] = d
	}
	return out
}

// changed tells of a document that is new in the target, or has a new version.
func (t *target) changed(d *pb.Document) *pb.ListenResponse {
	return &pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentChange{
		DocumentChange: &pb.DocumentChange{Document: d, TargetIds: []int32{t.id}},
	}}
}

// deleted tells of a document that does not exist.
func (t *target) deleted(name string, at int64) *pb.ListenResponse {
	return &pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentDelete{
		DocumentDelete: &pb.DocumentDelete{Document: name, RemovedTargetIds: []int32{t.id}, ReadTime: timestamp(at)},
	}}
}

// left tells of a document that exists but is no longer in the target.
func (t *target) left(name string, at int64) *pb.ListenResponse {
	return &pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentRemove{
		DocumentRemove: &pb.DocumentRemove{Document: name, RemovedTargetIds: []int32{t.id}, ReadTime: timestamp(at)},
	}}
}

func targetChange(kind pb.TargetChange_TargetChangeType, ids ...int32) *pb.ListenResponse {
	return &pb.ListenResponse{ResponseType: &pb.ListenResponse_TargetChange{
		TargetChange: &pb.TargetChange{TargetChangeType: kind, TargetIds: ids},
	}}
}

// targetChangeAt is a change with the version it brings the targets to.
func targetChangeAt(kind pb.TargetChange_TargetChangeType, at int64, ids ...int32) *pb.ListenResponse {
	m := targetChange(kind, ids...)
	c := m.GetTargetChange()
	c.ReadTime, c.ResumeToken = timestamp(at), binary.BigEndian.AppendUint64(nil, uint64(at))
	return m
}

func removed(id int32, cause error) *pb.ListenResponse {
	m := targetChange(pb.TargetChange_REMOVE, id)
	st := status.Convert(cause)
	m.GetTargetChange().Cause = &spb.Status{Code: int32(st.Code()), Message: st.Message()}
	return m
}
