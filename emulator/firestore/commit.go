package firestore

import (
	"context"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Commit applies all writes or none, in order, as one version of the database. In a read-write transaction it answers
// Aborted when anything the transaction read has changed since, InvalidArgument when the transaction is not open.
func (s *Server) Commit(_ context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	if err := checkRequestSize(r); err != nil {
		return nil, err
	}
	writes, err := parseWrites(r.Database, r.Writes)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(r.Transaction) > 0 {
		if err := s.finish(r.Transaction, len(writes) > 0); err != nil {
			return nil, err
		}
	}
	at, results, err := s.commit(writes)
	if err != nil {
		return nil, err
	}
	return &pb.CommitResponse{CommitTime: timestamp(at), WriteResults: results}, nil
}

// BatchWrite applies each write by itself and answers a status for each. A request that no state of the database could
// satisfy fails whole, and so does one that writes a document twice.
func (s *Server) BatchWrite(_ context.Context, r *pb.BatchWriteRequest) (*pb.BatchWriteResponse, error) {
	if err := checkRequestSize(r); err != nil {
		return nil, err
	}
	writes, err := parseWrites(r.Database, r.Writes)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, w := range writes {
		if seen[w.name] {
			return nil, invalid("document %q must not be written twice in one batch", clip(w.name))
		}
		seen[w.name] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &pb.BatchWriteResponse{}
	for i := range writes {
		_, results, err := s.commit(writes[i : i+1])
		if err != nil {
			results = []*pb.WriteResult{{}}
		}
		st := status.Convert(err)
		out.WriteResults = append(out.WriteResults, results...)
		out.Status = append(out.Status, &spb.Status{Code: int32(st.Code()), Message: st.Message()})
	}
	return out, nil
}

func checkRequestSize(m proto.Message) error {
	if n := proto.Size(m); n > MaxRequestBytes {
		return invalid("the request is %d bytes; the maximum is %d", n, MaxRequestBytes)
	}
	return nil
}

// staged is what a document becomes by a commit; nil doc is none.
type staged struct {
	doc    *pb.Document
	reborn bool // was deleted on the way: what comes after is a new document
}

// commit applies the writes and returns the commit's time and a result for each. The caller holds mu.
func (s *Server) commit(writes []write) (int64, []*pb.WriteResult, error) {
	at := s.nextCommit()
	outcome := map[string]*staged{}
	results := make([]*pb.WriteResult, len(writes))
	for i, w := range writes {
		st := outcome[w.name]
		if st == nil {
			st = &staged{doc: s.docs.get(w.name)}
			outcome[w.name] = st
		}
		if err := w.check(st.doc); err != nil {
			return 0, nil, err
		}
		next, transformed, err := w.apply(st.doc, at)
		if err != nil {
			return 0, nil, err
		}
		if next != nil {
			next.UpdateTime = timestamp(at) // a later write of this commit may require this version
		}
		st.doc, st.reborn = next, st.reborn || w.delete
		results[i] = &pb.WriteResult{TransformResults: transformed}
	}
	for name, st := range outcome {
		s.install(name, st, at)
	}
	for i, w := range writes {
		// Writes of one document in one commit share a version, that of the outcome.
		results[i].UpdateTime = outcome[w.name].doc.GetUpdateTime()
	}
	s.last = at
	s.wakeListeners()
	return at, results, nil
}

// install makes a staged document current. One that did not change keeps its pointer and its update time. The caller
// holds mu.
func (s *Server) install(name string, st *staged, at int64) {
	was := s.docs.get(name)
	switch {
	case was == nil && st.doc == nil:
		return
	case unchanged(was, st.doc) && !st.reborn:
		st.doc = was
		return
	}
	if st.doc != nil {
		st.doc.CreateTime, st.doc.UpdateTime = timestamp(at), timestamp(at)
		if was != nil && !st.reborn {
			st.doc.CreateTime = was.CreateTime
		}
	}
	s.keepForReaders(name, was)
	s.docs.put(name, st.doc, at)
}
