package firestore

import "time"

// The limits of the service that this server holds, so that what passes here passes there.
// Source unless said otherwise: cloud.google.com/firestore/quotas.
const (
	maxDocumentBytes  = 1 << 20           // size of a document
	maxValueBytes     = 1<<20 - 89        // size of one string or bytes value
	maxNameBytes      = 6 << 10           // size of a document's name, below "documents/"
	maxIDBytes        = 1500              // a collection id or document id
	maxIDs            = 100               // ids in one document name
	maxFieldBytes     = 1500              // a field name, and a whole field path
	maxDepth          = 20                // nesting of maps and arrays; also elements in a field path
	maxTransforms     = 500               // field transforms of one document in a commit
	totalTime         = 270 * time.Second // age at which a transaction expires
	idleTime          = 60 * time.Second  // time without a request after which a transaction expires
	maxDisjunctions   = 30                // of a query in disjunctive normal form
	maxInOperands     = 30                // values of in and array-contains-any
	maxNotInOperands  = 10                // values of not-in (google/firestore/v1/query.proto)
	maxRangeFields    = 10                // fields with a range or inequality filter
	maxQueryParts     = 100               // filters and sort orders in one query
	maxAggregations   = 5                 // of one aggregation query (google/firestore/v1/query.proto)
	defaultPageSize   = 300               // ours: the service only promises "a page"
	maxTransactions   = 10_000            // ours: open at once
	maxTargets        = 100               // ours: targets on one Listen stream
	maxListenedNames  = 1000              // ours: documents of one target
	maxBatchGet       = 10_000            // ours: documents of one BatchGetDocuments
	maxRequestedBytes = MaxRequestBytes + 1<<20
)

// MaxRequestBytes is the size at which the service refuses a request: 10 MiB (cloud.google.com/firestore/quotas). gRPC's
// own default of 4 MiB is less; ServerOptions raises it.
const MaxRequestBytes = 10 << 20
