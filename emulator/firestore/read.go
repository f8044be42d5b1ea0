package firestore

import (
	"context"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// selector is what read requests say about the version they want: by default the current one.
type selector interface {
	GetTransaction() []byte
	GetReadTime() *timestamppb.Timestamp
}

// reading is one request's access to the documents, under the server's lock.
type reading struct {
	view
	tx *transaction // nil outside transactions
	at int64        // the version's time, in microseconds
}

// read runs f on the version that the request wants, and returns the id of the transaction it asked to begin, if any.
func (s *Server) read(req selector, f func(*reading) error) (began []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := req.GetTransaction()
	if b, ok := req.(interface {
		GetNewTransaction() *pb.TransactionOptions
	}); ok && b.GetNewTransaction() != nil {
		if began, err = s.begin(b.GetNewTransaction()); err != nil {
			return nil, err
		}
		id = began
	}
	if err := s.checkReadTime(req.GetReadTime()); err != nil {
		return nil, err
	}
	r := &reading{view: view{store: s.docs}, at: s.readTime()}
	if len(id) > 0 {
		if err := s.readIn(r, id); err != nil {
			return nil, err
		}
	}
	return began, f(r)
}

// readIn makes r read in an open transaction. What a read-write one read before must still be so: thus a transaction
// never sees two versions of the database, as under the service's locks.
func (s *Server) readIn(r *reading, id []byte) error {
	t, err := s.open(id)
	if err != nil {
		return err
	}
	r.tx = t
	if t.readOnly {
		r.old, r.at = t.old, t.at
		return nil
	}
	return s.verify(t)
}

// document is the document of that name, nil where there is none.
func (r *reading) document(name string) *pb.Document {
	d := r.get(name)
	if r.tx != nil && !r.tx.readOnly {
		r.tx.reads[name] = d
	}
	return d
}

func (r *reading) run(q *query) []*pb.Document {
	found := q.run(r.view)
	if r.tx != nil && !r.tx.readOnly {
		r.tx.queries = append(r.tx.queries, pastQuery{q, found})
	}
	return found
}

// BatchGetDocuments answers, in the order asked and each name once, the documents or that they are missing.
func (s *Server) BatchGetDocuments(r *pb.BatchGetDocumentsRequest, stream pb.Firestore_BatchGetDocumentsServer) error {
	mask, err := checkBatchGet(r)
	if err != nil {
		return err
	}
	var out []*pb.BatchGetDocumentsResponse
	began, err := s.read(r, func(rd *reading) error {
		seen := map[string]bool{}
		for _, name := range r.Documents {
			if !seen[name] {
				out = append(out, batchGetResponse(name, rd, mask))
			}
			seen[name] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	if began != nil {
		out = append([]*pb.BatchGetDocumentsResponse{{Transaction: began}}, out...)
	}
	return sendAll(stream, out)
}

func checkBatchGet(r *pb.BatchGetDocumentsRequest) (*projection, error) {
	if err := checkDatabase(r.Database); err != nil {
		return nil, err
	}
	if n := len(r.Documents); n > maxBatchGet {
		return nil, invalid("%d documents were asked for; the maximum is %d", n, maxBatchGet)
	}
	for _, name := range r.Documents {
		if err := checkDocumentIn(r.Database, name); err != nil {
			return nil, err
		}
	}
	return parseMask(r.Mask)
}

func batchGetResponse(name string, r *reading, mask *projection) *pb.BatchGetDocumentsResponse {
	out := &pb.BatchGetDocumentsResponse{ReadTime: timestamp(r.at)}
	if d := r.document(name); d != nil {
		out.Result = &pb.BatchGetDocumentsResponse_Found{Found: mask.of(d)}
	} else {
		out.Result = &pb.BatchGetDocumentsResponse_Missing{Missing: name}
	}
	return out
}

// GetDocument answers one document, or NotFound.
func (s *Server) GetDocument(_ context.Context, r *pb.GetDocumentRequest) (*pb.Document, error) {
	if err := checkDocument(r.Name); err != nil {
		return nil, err
	}
	mask, err := parseMask(r.Mask)
	if err != nil {
		return nil, err
	}
	var d *pb.Document
	if _, err := s.read(r, func(rd *reading) error { d = rd.document(r.Name); return nil }); err != nil {
		return nil, err
	}
	if d == nil {
		return nil, status.Errorf(codes.NotFound, "document %q not found", clip(r.Name))
	}
	return mask.of(d), nil
}

// projection is the fields a reader wants; nil is all.
type projection struct{ paths []fieldPath }

func parseMask(m *pb.DocumentMask) (*projection, error) {
	if m == nil {
		return nil, nil
	}
	paths, err := parseFields(m.FieldPaths)
	return &projection{paths}, err
}

func (p *projection) of(d *pb.Document) *pb.Document {
	if p == nil {
		return d
	}
	return pick(d, p.paths)
}

// sendAll sends the messages in order.
func sendAll[M any](stream interface{ Send(M) error }, messages []M) error {
	for _, m := range messages {
		if err := stream.Send(m); err != nil {
			return err
		}
	}
	return nil
}
