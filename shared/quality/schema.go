package quality

import _ "embed"

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of the payloads: agents', calls' and chats'. The slice must not be changed.
func Schema() []byte { return schema }
