package firestore

import (
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// parse compiles a query, and refuses one whose index is missing.
func (s *Server) parse(parent string, in *pb.StructuredQuery, by ...fieldPath) (*query, error) {
	q, err := parseQuery(parent, in, by...)
	if err != nil {
		return nil, err
	}
	return q, s.indexes.serve(q)
}

// RunQuery answers the documents a query finds, in its order; one message without a document where it finds none.
func (s *Server) RunQuery(r *pb.RunQueryRequest, stream pb.Firestore_RunQueryServer) error {
	q, err := s.parse(r.Parent, r.GetStructuredQuery())
	if err != nil {
		return err
	}
	var found []*pb.Document
	var at int64
	began, err := s.read(r, func(rd *reading) error {
		found, at = rd.run(q), rd.at
		return nil
	})
	if err != nil {
		return err
	}
	if began != nil || len(found) == 0 {
		if err := stream.Send(&pb.RunQueryResponse{Transaction: began, ReadTime: timestamp(at)}); err != nil {
			return err
		}
	}
	for _, d := range found {
		if err := stream.Send(&pb.RunQueryResponse{Document: q.fields.of(d), ReadTime: timestamp(at)}); err != nil {
			return err
		}
	}
	return nil
}

// RunAggregationQuery answers counts, sums and averages over what a query finds, in one message.
func (s *Server) RunAggregationQuery(r *pb.RunAggregationQueryRequest, stream pb.Firestore_RunAggregationQueryServer) error {
	in := r.GetStructuredAggregationQuery()
	aggregations, err := parseAggregations(in.GetAggregations())
	if err != nil {
		return err
	}
	// The service aggregates over an index that holds every aggregated field. So a document that lacks one is not even
	// counted, and the results are ordered by these fields (cloud.google.com/firestore/docs/query-data/aggregation-queries).
	q, err := s.parse(r.Parent, in.GetStructuredQuery(), fieldsOf(aggregations)...)
	if err != nil {
		return err
	}
	out := &pb.RunAggregationQueryResponse{Result: &pb.AggregationResult{AggregateFields: map[string]*pb.Value{}}}
	out.Transaction, err = s.read(r, func(rd *reading) error {
		found := rd.run(q)
		for alias, a := range aggregations {
			out.Result.AggregateFields[alias] = a.reduce(found)
		}
		out.ReadTime = timestamp(rd.at)
		return nil
	})
	if err != nil {
		return err
	}
	return stream.Send(out)
}
