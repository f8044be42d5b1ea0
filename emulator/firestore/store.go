package firestore

import (
	"iter"
	"maps"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// store holds documents by collection, so that a query costs its own collections and nothing else. A document is never
// changed, only replaced: two equal pointers are the same version, and what was read can be sent after the lock is gone.
type store struct {
	collections map[string]*collection            // by name: …/documents/sessions
	groups      map[string]map[string]*collection // by collection id, then by name
}

// collection keeps its place in the store when it is emptied: its version tells a listener that nothing happened.
type collection struct {
	docs    map[string]*pb.Document // by document name
	version int64                   // the time of the last commit that touched it
}

func newStore() store {
	return store{collections: map[string]*collection{}, groups: map[string]map[string]*collection{}}
}

// get is the document of that name, nil where there is none.
func (st store) get(name string) *pb.Document {
	collection, _ := cut(name)
	if c := st.collections[collection]; c != nil {
		return c.docs[name]
	}
	return nil
}

// put makes d the document of that name, or removes it where d is nil.
func (st store) put(name string, d *pb.Document, at int64) {
	c := st.open(name)
	c.version = at
	if d == nil {
		delete(c.docs, name)
	} else {
		c.docs[name] = d
	}
}

// open returns the collection of a document, new where it is the first.
func (st store) open(document string) *collection {
	name, _ := cut(document)
	if c := st.collections[name]; c != nil {
		return c
	}
	c := &collection{docs: map[string]*pb.Document{}}
	_, id := cut(name)
	if st.groups[id] == nil {
		st.groups[id] = map[string]*collection{}
	}
	st.collections[name], st.groups[id][name] = c, c
	return c
}

// scope is what a query reads: the collections with an id below a parent.
type scope struct {
	parent      string // a document, or the root of a database
	collection  string // a collection id; empty is any
	descendants bool   // at any depth, not only directly below the parent
}

// holds reports whether the collection of that name is in scope.
func (sc scope) holds(name string) bool {
	if !strings.HasPrefix(name, sc.parent) || len(name) == len(sc.parent) || name[len(sc.parent)] != '/' {
		return false
	}
	parent, id := cut(name)
	return (sc.collection == "" || sc.collection == id) && (sc.descendants || parent == sc.parent)
}

// in yields the collections in scope.
func (st store) in(sc scope) iter.Seq2[string, *collection] {
	switch {
	case sc.collection == "":
		return st.some(st.collections, sc)
	case sc.descendants:
		return st.some(st.groups[sc.collection], sc)
	}
	return func(yield func(string, *collection) bool) {
		name := sc.parent + "/" + sc.collection
		if c := st.collections[name]; c != nil {
			yield(name, c)
		}
	}
}

func (st store) some(of map[string]*collection, sc scope) iter.Seq2[string, *collection] {
	return func(yield func(string, *collection) bool) {
		for name, c := range of {
			if sc.holds(name) && !yield(name, c) {
				return
			}
		}
	}
}

// version is the time of the last commit that touched the scope, 0 where none has.
func (st store) version(sc scope) int64 {
	var last int64
	for _, c := range st.in(sc) {
		last = max(last, c.version)
	}
	return last
}

// view is the store at one moment: now, or, with the documents replaced since put back, at an earlier one.
type view struct {
	store
	old map[string]*pb.Document // nil value: did not exist
}

func (v view) get(name string) *pb.Document {
	if d, ok := v.old[name]; ok {
		return d
	}
	return v.store.get(name)
}

// documents yields what is in scope, in no order.
func (v view) documents(sc scope) iter.Seq[*pb.Document] {
	return func(yield func(*pb.Document) bool) {
		for _, c := range v.in(sc) {
			for name, d := range c.docs {
				if _, replaced := v.old[name]; !replaced && !yield(d) {
					return
				}
			}
		}
		for d := range maps.Values(v.old) {
			if d == nil {
				continue
			}
			if collection, _ := cut(d.Name); sc.holds(collection) && !yield(d) {
				return
			}
		}
	}
}
