// Package terraform gives Go code what it shares with the Terraform module in this folder, so that both say the same. Its
// neighbours: emulator/local, which holds queries to the indexes that a deployment has, and tests.
package terraform

import _ "embed"

// Indexes are the database's composite indexes, its fields that have other single-field indexes than the automatic ones, and
// those by which documents expire, as JSON in the shape of the Firebase CLI's firestore.indexes.json
// (firebase.google.com/docs/reference/firestore/indexes).
//
//go:embed indexes.json
var Indexes []byte
