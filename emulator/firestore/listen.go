package firestore

import (
	"errors"
	"io"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Listen sends, for each target the client adds, first what it holds now and then what each commit changes in it:
// ADD, documents, CURRENT, then a NO_CHANGE with a resume token whenever all targets agree on one version
// (google/firestore/v1/firestore.proto, TargetChange). A target that cannot be served is removed with its cause.
func (s *Server) Listen(stream pb.Firestore_ListenServer) error {
	l := &listener{server: s, stream: stream}
	requests, done := receive(stream)
	for {
		wake, err := l.refresh()
		if err != nil {
			return err
		}
		select {
		case <-wake:
		case r := <-requests:
			if err := l.handle(r); err != nil {
				return err
			}
		case err := <-done:
			return err
		}
	}
}

// receive reads the client's requests; done gets what the stream ended with, nil when the client closed it.
func receive(stream pb.Firestore_ListenServer) (<-chan *pb.ListenRequest, <-chan error) {
	requests, done := make(chan *pb.ListenRequest), make(chan error, 1)
	go func() {
		for {
			r, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				err = nil
			} else if err == nil {
				select {
				case requests <- r:
					continue
				case <-stream.Context().Done():
					err = stream.Context().Err()
				}
			}
			done <- err
			return
		}
	}()
	return requests, done
}

// listener is one Listen stream.
type listener struct {
	server  *Server
	stream  pb.Firestore_ListenServer
	targets []*target
}

func (l *listener) handle(r *pb.ListenRequest) error {
	if err := checkDatabase(r.Database); err != nil {
		return err
	}
	switch x := r.TargetChange.(type) {
	case *pb.ListenRequest_AddTarget:
		return l.add(r.Database, x.AddTarget)
	case *pb.ListenRequest_RemoveTarget:
		return l.remove(x.RemoveTarget)
	}
	return invalid("a listen request must have add_target or remove_target")
}

func (l *listener) add(database string, in *pb.Target) error {
	id := in.GetTargetId()
	switch {
	case id <= 0:
		return invalid("target_id must be positive, not %d", id)
	case l.index(id) >= 0:
		return invalid("target_id %d is in use on this stream", id)
	case len(l.targets) >= maxTargets:
		return status.Errorf(codes.ResourceExhausted, "a stream must have at most %d targets", maxTargets)
	}
	messages := []*pb.ListenResponse{targetChange(pb.TargetChange_ADD, id)}
	t, err := l.server.parseTarget(database, in)
	switch {
	case err != nil:
		messages = append(messages, removed(id, err))
	case in.GetResumeType() != nil:
		// Which documents went meanwhile is not known here, so the client starts afresh; it finds out by itself what
		// is new to it.
		messages = append(messages, targetChange(pb.TargetChange_RESET, id))
		fallthrough
	default:
		l.targets = append(l.targets, t)
	}
	return sendAll(l.stream, messages)
}

func (l *listener) index(id int32) int {
	for i, t := range l.targets {
		if t.id == id {
			return i
		}
	}
	return -1
}

// remove ends a target; one that is not there is passed over.
func (l *listener) remove(id int32) error {
	i := l.index(id)
	if i < 0 {
		return nil
	}
	l.targets = append(l.targets[:i], l.targets[i+1:]...)
	return l.stream.Send(targetChange(pb.TargetChange_REMOVE, id))
}

// refresh sends what changed since the last time and returns what will be closed at the next commit.
func (l *listener) refresh() (<-chan struct{}, error) {
	messages, wake := l.changes()
	if err := sendAll(l.stream, messages); err != nil {
		return nil, err
	}
	var left []*target
	for _, t := range l.targets {
		if !t.once {
			left = append(left, t)
			continue
		}
		if err := l.stream.Send(targetChange(pb.TargetChange_REMOVE, t.id)); err != nil {
			return nil, err
		}
	}
	l.targets = left
	return wake, nil
}

// changes collects, for one version of the database, what each target must be told.
func (l *listener) changes() ([]*pb.ListenResponse, <-chan struct{}) {
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	at := l.server.readTime()
	var out []*pb.ListenResponse
	for _, t := range l.targets {
		out = append(out, t.changes(l.server.docs, at)...)
	}
	if len(out) > 0 {
		out = append(out, targetChangeAt(pb.TargetChange_NO_CHANGE, at))
	}
	return out, l.server.wake
}
