// Package firestore is an in-memory Firestore server. It exists so that the whole product runs and is tested on a
// laptop with nothing but Go: the functions talk to it with Google's own client library, over gRPC, as they talk to
// Google's service.
//
// It serves the RPCs that library calls: BatchGetDocuments, GetDocument, Commit, BatchWrite, BeginTransaction, Rollback,
// RunQuery, RunAggregationQuery, ListDocuments, ListCollectionIds and Listen. Semantics, limits and gRPC codes are those
// of the documented service (cloud.google.com/firestore/docs and the comments of google/firestore/v1/*.proto); where
// those are silent, those of Google's emulator, against which the differential test compares this one.
//
// Its neighbours: emulator/clock gives the virtual time; emulator/official starts Google's own emulator instead.
package firestore
