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
// session or the wrong time: an id or a time that is there but unreadable rejects the event; any other field of an
// unexpected type counts as absent, and so does null. Of two equal keys in one object the last counts, as in
// JavaScript. Bytes that are not UTF-8 become U+FFFD.
package ccai
