// Package ccai reads what Google's Contact Center AI Platform sends: the external session events, which its servers
// post to a webhook, and the agent adapter's events, which the agents' browsers forward. It exists so that nothing
// beyond it knows the platform's names and shapes. Its parent, shared/source, holds what all vendors' readers share;
// shared/session holds the events it makes.
//
// Sources of its rules: docs.cloud.google.com/contact-center/ccai-platform/docs/external-session-events for the
// webhook, with .../docs/call-session-metadata and .../docs/chat-session-metadata for what its items may be enriched with;
// .../docs/custom-crm ("Event types") and .../docs/post-events-for-vtas for the adapter.
//
// It reads leniently where the platform may add or move fields, and strictly where a wrong reading would name the wrong
// session or the wrong time: a call_id or chat_id that is there but unreadable rejects the event, as does the timestamp
// of a notification and any id of an adapter's event. Any other id or time of a notification that cannot be read is
// unknown and noted; any other field of an unexpected type counts as absent, and so do null and the empty string. Of two equal keys in one object the last counts, as in
// JavaScript. Bytes that are not UTF-8 become U+FFFD.
package ccai
