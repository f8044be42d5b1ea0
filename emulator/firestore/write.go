package firestore

import (
	"maps"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// write is one checked write of a commit. What can be refused without looking at documents was refused by parseWrite;
// what depends on the current document is left to apply.
type write struct {
	name       string
	delete     bool
	fields     map[string]*pb.Value
	masked     bool        // only the paths in mask change
	mask       []fieldPath // a path without a value in fields is removed
	transforms []transform // done after the update, in order
	must       *pb.Precondition
}

func parseWrites(database string, in []*pb.Write) ([]write, error) {
	if err := checkDatabase(database); err != nil {
		return nil, err
	}
	out := make([]write, len(in))
	for i, w := range in {
		p, err := parseWrite(w)
		if err == nil {
			err = checkDocumentIn(database, p.name)
		}
		if err == nil {
			err = checkPrecondition(w.GetCurrentDocument())
		}
		if err != nil {
			return nil, err
		}
		p.must = w.GetCurrentDocument()
		out[i] = p
	}
	if err := checkSequence(out); err != nil {
		return nil, err
	}
	return out, checkTransformCount(out)
}

// checkSequence refuses writes that contradict earlier ones of the same request: a document just written cannot be
// required not to exist, nor one just deleted to exist.
func checkSequence(ws []write) error {
	here := map[string]bool{} // whether a document exists after the writes so far, for those written
	for _, w := range ws {
		is, written := here[w.name]
		if must, ok := w.must.GetConditionType().(*pb.Precondition_Exists); ok && written && must.Exists != is {
			return invalid("a write of %q requires what an earlier one of this request rules out", clip(w.name))
		}
		here[w.name] = !w.delete
	}
	return nil
}

func parseWrite(w *pb.Write) (write, error) {
	switch op := w.GetOperation().(type) {
	case *pb.Write_Update:
		return parseUpdate(op.Update, w)
	case *pb.Write_Delete:
		if w.UpdateMask != nil || len(w.UpdateTransforms) > 0 {
			return write{}, invalid("a delete must not have an update mask or update transforms")
		}
		return write{name: op.Delete, delete: true}, nil
	case *pb.Write_Transform:
		if w.UpdateMask != nil || len(w.UpdateTransforms) > 0 {
			return write{}, invalid("a transform must not have an update mask or update transforms")
		}
		if len(op.Transform.GetFieldTransforms()) == 0 {
			return write{}, invalid("a transform must have field transforms")
		}
		ts, err := parseTransforms(op.Transform.FieldTransforms)
		return write{name: op.Transform.Document, masked: true, transforms: ts}, err
	}
	return write{}, invalid("a write must have an update, delete or transform")
}

func parseUpdate(d *pb.Document, w *pb.Write) (write, error) {
	if err := checkFields(d.GetFields(), 0); err != nil {
		return write{}, err
	}
	for name, v := range d.GetFields() {
		if err := checkStored(name, v); err != nil {
			return write{}, err
		}
		cutTimestamps(v)
	}
	mask, err := parseFields(w.GetUpdateMask().GetFieldPaths())
	if err != nil {
		return write{}, err
	}
	ts, err := parseTransforms(w.UpdateTransforms)
	return write{name: d.GetName(), fields: d.GetFields(), masked: w.UpdateMask != nil, mask: mask, transforms: ts}, err
}

func checkPrecondition(p *pb.Precondition) error {
	if t := p.GetUpdateTime(); t.GetNanos()%1000 != 0 {
		return invalid("current_document.update_time must not be finer than a microsecond")
	}
	return nil
}

func checkTransformCount(ws []write) error {
	count := map[string]int{}
	for _, w := range ws {
		count[w.name] += len(w.transforms)
		if n := count[w.name]; n > maxTransforms {
			return invalid("document %q has %d field transforms; the maximum is %d", clip(w.name), n, maxTransforms)
		}
	}
	return nil
}

// check holds the write's precondition against the current document, which is nil where there is none.
func (w write) check(cur *pb.Document) error {
	switch c := w.must.GetConditionType().(type) {
	case *pb.Precondition_Exists:
		if c.Exists && cur == nil {
			return status.Errorf(codes.NotFound, "no document to update: %s", clip(w.name))
		}
		if !c.Exists && cur != nil {
			return status.Errorf(codes.AlreadyExists, "document already exists: %s", clip(w.name))
		}
	case *pb.Precondition_UpdateTime:
		stored, want := cur.GetUpdateTime().AsTime(), c.UpdateTime.AsTime()
		if cur != nil && want.After(stored) {
			// The service's own distinction: such a version was never given out.
			return invalid("required version %v of %s is later than the stored one, %v", want, clip(w.name), stored)
		}
		if cur == nil || !want.Equal(stored) {
			return status.Errorf(codes.FailedPrecondition, "the stored version of %s is not the required one, %v", clip(w.name), want)
		}
	}
	return nil
}

// apply returns what the current document becomes, nil for none, and the transforms' results. Times are left to the
// commit, which alone knows whether the document changed.
func (w write) apply(cur *pb.Document, at int64) (*pb.Document, []*pb.Value, error) {
	if w.delete {
		return nil, nil, nil
	}
	fields := w.update(cur)
	var results []*pb.Value
	for _, t := range w.transforms {
		v, result := t.apply(get(fields, t.path), at)
		if err := checkStored(t.path[len(t.path)-1], v); err != nil {
			return nil, nil, err
		}
		fields = with(fields, t.path, v)
		results = append(results, result)
	}
	next := &pb.Document{Name: w.name, Fields: fields}
	return next, results, checkSize(next)
}

func (w write) update(cur *pb.Document) map[string]*pb.Value {
	if !w.masked {
		return w.fields
	}
	fields := cur.GetFields()
	for _, p := range w.mask {
		fields = with(fields, p, get(w.fields, p))
	}
	return fields
}

// unchanged reports whether a write left a document as it was.
func unchanged(was, is *pb.Document) bool {
	return was != nil && is != nil && maps.EqualFunc(was.Fields, is.Fields, identical)
}
