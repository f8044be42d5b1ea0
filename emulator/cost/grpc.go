package cost

import (
	"context"
	"strings"
	"sync/atomic"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
)

// Unary counts calls with one answer, once they have succeeded: what fails is not billed
// (cloud.google.com/firestore/pricing; cloud.google.com/pubsub/pricing; cloud.google.com/tasks/docs/pricing).
func Unary(m *Meter) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		resp, err := next(ctx, req)
		if err == nil {
			m.unary(req, resp, info.FullMethod)
		}
		return resp, err
	}
}

func (m *Meter) unary(req, resp any, method string) {
	switch r := req.(type) {
	case *firestorepb.CommitRequest:
		m.writes(r.GetWrites())
	case *firestorepb.BatchWriteRequest:
		m.writes(r.GetWrites())
	case *firestorepb.GetDocumentRequest:
		m.Add(Reads, 1)
	case *firestorepb.ListDocumentsRequest:
		docs, _ := resp.(*firestorepb.ListDocumentsResponse)
		m.Add(Reads, max(1, int64(len(docs.GetDocuments()))))
	case *pubsubpb.PublishRequest:
		m.published(r.GetMessages())
	}
	if strings.HasPrefix(method, "/google.cloud.tasks.") {
		m.Add(Tasks, 1)
	}
}

func (m *Meter) writes(all []*firestorepb.Write) {
	for _, w := range all {
		if w.GetDelete() != "" {
			m.Add(Deletes, 1)
		} else {
			m.Add(Writes, 1)
		}
	}
}

const (
	leastRequest = 1000    // bytes that a request of Pub/Sub counts for
	overhead     = 20 + 16 // bytes of a message's time and, as a rule, its number
)

// published counts a request, and the delivery of each of its messages by itself, once: as a push subscription does.
func (m *Meter) published(messages []*pubsubpb.PubsubMessage) {
	var request int64
	for _, message := range messages {
		size := int64(len(message.GetData()) + overhead)
		for k, v := range message.GetAttributes() {
			size += int64(len(k) + len(v))
		}
		request += size
		m.Add(PubSub, max(leastRequest, size))
	}
	m.Add(PubSub, max(leastRequest, request))
}

// Stream counts calls with many answers: documents that are read, at least one for each query, and for a listener each one that
// it is told of.
func Stream(m *Meter) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		told := &reading{ServerStream: ss, m: m}
		err := next(srv, told)
		if err == nil && told.n.Load() == 0 && (strings.HasSuffix(info.FullMethod, "/RunQuery") || strings.HasSuffix(info.FullMethod, "/RunAggregationQuery")) {
			m.Add(Reads, 1)
		}
		return err
	}
}

// reading is a stream whose answers' documents are counted.
type reading struct {
	grpc.ServerStream
	m *Meter
	n atomic.Int64
}

// SendMsg counts, and sends as before.
func (r *reading) SendMsg(msg any) error {
	read := false
	switch a := msg.(type) {
	case *firestorepb.BatchGetDocumentsResponse:
		read = a.GetFound() != nil || a.GetMissing() != "" // one that is not there is read, too
	case *firestorepb.RunQueryResponse:
		read = a.GetDocument() != nil
	case *firestorepb.ListenResponse:
		read = a.GetDocumentChange() != nil
	}
	if read {
		r.n.Add(1)
		r.m.Add(Reads, 1)
	}
	return r.ServerStream.SendMsg(msg)
}
