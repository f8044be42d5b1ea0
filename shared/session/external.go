package session

import "strings"

// ExternalID names a session to a system that knows several sources, as the external id of a CRM's record: its source and
// its key, `ccai-call-103646`. No source has a hyphen in its name.
func ExternalID(source, key string) string { return source + "-" + key }

// ParseExternalID is the source and the key of a session that ExternalID named; ok is false for any other text.
func ParseExternalID(id string) (source, key string, ok bool) {
	source, key, _ = strings.Cut(id, "-")
	channel, vendorID, _ := strings.Cut(key, "-")
	known := Channel(channel) == Call || Channel(channel) == Chat
	return source, key, source != "" && known && vendorID != ""
}
