package firestore

import (
	"context"
	"maps"
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ListDocuments answers a collection's documents by name, a page at a time; with show_missing also names that have no
// document but something below them.
func (s *Server) ListDocuments(_ context.Context, r *pb.ListDocumentsRequest) (*pb.ListDocumentsResponse, error) {
	if r.OrderBy != "" {
		return nil, status.Error(codes.Unimplemented, "order_by is not served here: use RunQuery")
	}
	sc, err := parseScope(r.Parent, []*pb.StructuredQuery_CollectionSelector{{CollectionId: r.CollectionId}})
	if err != nil {
		return nil, err
	}
	mask, err := parseMask(r.Mask)
	if err != nil {
		return nil, err
	}
	var docs []*pb.Document
	if _, err := s.read(r, func(rd *reading) error {
		for d := range rd.documents(sc) {
			docs = append(docs, mask.of(d))
		}
		if r.ShowMissing {
			docs = append(docs, missing(rd.view, sc)...)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	slices.SortFunc(docs, byName)
	size, token := r.PageSize, r.PageToken
	page, next, err := cutPage(docs, (*pb.Document).GetName, size, token)
	if err != nil {
		return nil, err
	}
	return &pb.ListDocumentsResponse{Documents: page, NextPageToken: next}, nil
}

// missing are the names in scope that are only part of other documents' names.
func missing(v view, sc scope) []*pb.Document {
	found := map[string]*pb.Document{}
	below := scope{parent: sc.parent, descendants: true}
	for d := range v.documents(below) {
		ids := strings.SplitN(d.Name[len(sc.parent)+1:], "/", 3)
		name := sc.parent + "/" + ids[0] + "/" + ids[1]
		if len(ids) == 3 && (sc.collection == "" || sc.collection == ids[0]) && v.get(name) == nil {
			found[name] = &pb.Document{Name: name}
		}
	}
	return slices.Collect(maps.Values(found))
}

// ListCollectionIds answers the ids of the collections directly below a parent that have a document at some depth.
func (s *Server) ListCollectionIds(_ context.Context, r *pb.ListCollectionIdsRequest) (*pb.ListCollectionIdsResponse, error) {
	if err := checkParent(r.Parent); err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	s.mu.Lock()
	for name, c := range s.docs.in(scope{parent: r.Parent, descendants: true}) {
		if len(c.docs) > 0 {
			id, _, _ := strings.Cut(name[len(r.Parent)+1:], "/")
			ids[id] = true
		}
	}
	s.mu.Unlock()
	page, next, err := cutPage(sortedKeys(ids), func(id string) string { return id }, r.PageSize, r.PageToken)
	if err != nil {
		return nil, err
	}
	return &pb.ListCollectionIdsResponse{CollectionIds: page, NextPageToken: next}, nil
}

// cutPage returns the page after the token, and the token of the next one: the name of the page's last entry, empty at
// the end. A page size of 0 is the default one.
func cutPage[E any](all []E, name func(E) string, size int32, token string) (page []E, next string, err error) {
	if size < 0 {
		return nil, "", invalid("page_size must not be negative")
	}
	if size == 0 || size > defaultPageSize {
		size = defaultPageSize
	}
	if token != "" {
		after := slices.IndexFunc(all, func(e E) bool { return compareNames(name(e), token) > 0 })
		if after < 0 {
			after = len(all)
		}
		all = all[after:]
	}
	if len(all) <= int(size) {
		return all, "", nil
	}
	return all[:size], name(all[size-1]), nil
}
