// One call and one chat as a contact centre would send them, shorter than those of `emulator demo`: enough to have
// something to look at. Shapes: docs.cloud.google.com, CCAI Platform, "External session events"; the adapter's browser
// events travel in the envelope that functions/webhook documents.

// call is an answered call that ended at `end`: [{source, body}].
export function call(id, end) {
  const begin = end - 6 * 60_000;
  const caller = (state) => ({ type: 'external', state, dn: '+15550123456' });
  const agent = (state) => ({ type: 'agent', state, agent_id: 1, name: 'Kim Park', email: 'kim@demo.example' });
  const item = (state, participants, more) => ({
    call_id: id, session_type: 'Voice Inbound (IVR)', state, connected_at: stamp(begin), queue_path_names: 'Orders/Delivery', participants, ...more,
  });
  const over = { ends_at: stamp(end), dispositions: { code: 'resolved', note: 'A new parcel is on its way.' } };
  return [
    notification(`call-${id}-1`, begin, item('connected', [caller('connected')])),
    notification(`call-${id}-2`, begin + 50_000, item('connected', [caller('connected'), agent('connected')])),
    notification(`call-${id}-3`, end, item('disconnected', [caller('disconnected'), agent('dispositionSubmitted')], over)),
  ];
}

// chat is a chat of two messages that ended at `end`: [{source, body}].
export function chat(id, end) {
  const begin = end - 4 * 60_000;
  const item = (state, more) => ({
    chat_id: id, session_type: 'Messaging Inbound (Web Chat)', state, connected_at: stamp(begin), queue_path_names: 'Orders/Delivery',
    participants: [{ type: 'external', state, dn: `end_user_${id}` }], ...more,
  });
  const browser = (sequence, at, type, message) => ({
    source: 'ccai-adapter',
    body: {
      version: 1, delivery_id: `chat-${id}-${sequence}`, sequence, received_at: stamp(at), agent: { id: '1', email: 'kim@demo.example' },
      data: { type, data: { chat_id: id, session_type: 'messaging inbound (web chat)', agent_id: 1, agent_email: 'kim@demo.example', queue_path: 'Orders / Delivery', message } },
    },
  });
  return [
    notification(`chat-${id}-start`, begin, item('connected')),
    browser(1, begin + 10_000, 'New_Chat'),
    browser(2, begin + 30_000, 'Chat_Inbound_Message', 'Where is my order?'),
    browser(3, begin + 60_000, 'Chat_Outbound_Message', 'It is on its way and comes today.'),
    browser(4, end, 'End_Chat'),
    notification(`chat-${id}-end`, end, item('disconnected', { ends_at: stamp(end) })),
  ];
}

const notification = (id, at, item) => ({ source: 'ccai', body: { count: 1, events: [{ event_id: id, timestamp: at, item }] } });

const stamp = (ms) => new Date(ms).toISOString();
