package qm_test

import (
	"fmt"
	"strings"
	"testing"

	"sessionbridge.internal/shared/session"
)

// parties writes participants, `external connected, agent muted`, in the shape of a call's or a chat's event.
func parties(chat bool, list string) string {
	format, ids := `{"ParticipantID":%[1]q,"Type":%[2]q,"State":%[3]q}`, map[string]string{"external": "+123456789", "agent": "1234"}
	if chat {
		format, ids = `{"dn":%[1]q,"type":%[2]q,"state":%[3]q}`, map[string]string{"external": "end_user_5", "agent": "agent_1", "bot": "virtual_agent_15"}
	}
	var out []string
	for _, p := range strings.Split(list, ", ") {
		who, state, _ := strings.Cut(p, " ")
		out = append(out, fmt.Sprintf(format, ids[who], strings.Replace(who, "bot", "agent", 1), state))
	}
	return strings.Join(out, ",")
}

// TestStatesOfCalls has every state that the documentation lists or shows, with the participants that change its meaning.
func TestStatesOfCalls(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state, participants string
		want                session.Kind
		transfer            session.TransferKind
	}{
		{"dialing", "agent connected, external connected", session.Ringing, ""},
		{"dialing", "agent connected, external dialing", session.Ringing, ""},
		{"waiting", "external connected", session.MenuSelected, ""},
		{"ringing", "external connected, agent ringing", session.Ringing, ""},
		{"connected", "external connected, agent connected", session.Connected, ""},
		{"connected", "external connected, agent callback", session.Ringing, ""},
		{"connected", "external connected, agent ringing", session.Ringing, ""},
		{"connected", "external dialing, agent connected", session.Ringing, ""},
		{"connected", "external connected", session.Snapshot, ""},
		{"connected", "external connected, agent disconnected", session.Snapshot, ""},
		{"connected", "external connected, agent disconnected, agent ringing", session.Ringing, ""},
		{"connected", "external connected, agent connected, agent ringing", session.Connected, ""},
		{"connected", "external connected, external dialing, agent connected", session.Connected, ""},
		{"connected", "external held, agent connected", session.Connected, ""},
		{"connected", "external connected, agent what", session.Connected, ""},
		{"connected", "agent connected", session.Connected, ""},
		{"connected", "external connected, agent muted", session.Muted, ""},
		{"connected", "external muted, agent connected", session.Muted, ""},
		{"connected", "external connected, agent unmuted", session.Unmuted, ""},
		{"connected", "external connected, agent unmuted, agent muted", session.Muted, ""},
		{"connected", "external redacted, agent redacted", session.Redacted, ""},
		{"connected", "external redacted, agent muted", session.Redacted, ""},
		{"connected", "external redacted, agent unredacted", session.Redacted, ""},
		{"connected", "external unredacted, agent unredacted", session.Unredacted, ""},
		{"connected", "external unredacted, agent muted", session.Unredacted, ""},
		{"CONNECTED", "external Connected, agent MUTED", session.Muted, ""},
		{"held", "external held, agent connected", session.Held, ""},
		{"held", "external held, agent muted", session.Held, ""},
		{"redirected", "external connected", session.Transferred, session.Redirect},
		{"deflected", "external deflected", session.Transferred, session.Redirect},
		{"transferred", "external connected, agent connected", session.Transferred, session.Cold},
		{"transferred", "external connected, agent muted", session.Transferred, session.Cold},
		{"conferenced", "external connected, agent connected, agent connected", session.Conferenced, session.Warm},
		{"disconnected", "external disconnected, agent disconnected", session.Ended, ""},
		{"disconnected", "external disconnected, agent redacted", session.Ended, ""},
		{"participantDisconnect", "external connected, agent disconnected", session.ParticipantLeft, ""},
		{"parked", "external connected, agent connected", session.Unknown, ""},
		{"", "external connected, agent connected", session.Unknown, ""},
	}
	for _, tt := range tests {
		t.Run(tt.state+": "+tt.participants, func(t *testing.T) {
			t.Parallel()
			e := decode(t, fmt.Sprintf(`{"type":"CallState","item":{"CallID":1,"State":%q,"Participants":[%s]}}`,
				tt.state, parties(false, tt.participants)))
			var transfer session.TransferKind
			if e.Transfer != nil {
				transfer = e.Transfer.Kind
			}
			if e.Kind != tt.want || transfer != tt.transfer || e.Session != "call-1" {
				t.Errorf("%s of %s, transfer %q; want %s, %q", e.Kind, e.Session, transfer, tt.want, tt.transfer)
			}
			if deflected := e.Outcome == session.Deflected; deflected != (tt.state == "deflected") {
				t.Errorf("outcome %q", e.Outcome)
			}
		})
	}
}

// TestStatesOfChats has what the documentation shows of chats, and the states of calls.
func TestStatesOfChats(t *testing.T) {
	t.Parallel()
	const queue = `,"queue_path_names":"Test/calls"`
	tests := []struct {
		state, more, participants string
		want                      session.Kind
	}{
		{"waiting", queue + `,"support_number":null`, "external connected", session.Started},
		{"waiting", queue + `,"support_number":"+15550123456"`, "external connected", session.Started},
		{"waiting", "", "external connected", session.Started},
		{"waiting", queue, "external connected", session.MenuSelected},
		{"connected", queue, "external connected, agent accepted", session.Ringing},
		{"connected", queue, "external connected", session.Ringing},
		{"connected", queue, "external connected, agent what", session.Ringing},
		{"connected", queue, "external connected, agent disconnected", session.Ringing},
		{"connected", queue, "external connected, agent connected", session.Connected},
		{"connected", queue, "external connected, bot disconnected, agent connected", session.Connected},
		{"connected", queue, "external connected, bot connected", session.ParticipantJoined},
		{"connected", queue, "external connected, bot connected, agent accepted", session.ParticipantJoined},
		{"connected", queue, "external redacted, agent connected", session.Redacted},
		{"held", queue, "external held, agent connected", session.Held},
		{"transferred", queue, "external connected, agent connected", session.Transferred},
		{"conferenced", queue, "external connected, agent connected", session.Conferenced},
		{"participantDisconnect", queue, "external connected, agent disconnected", session.ParticipantLeft},
		{"disconnected", queue, "external disconnected, agent disconnected", session.Ended},
		{"disconnected", queue, "external disconnected", session.Ended},
		{"disconnected", queue, "external disconnected, agent dispositionSubmitted", session.Finished},
		{"disconnected", queue, "external disconnected, agent dispositionSubmitted, agent disconnected", session.Ended},
		{"redirected", queue, "external connected", session.Transferred},
		{"deflected", queue, "external connected", session.Transferred},
		{"dismissed", queue, "external connected", session.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.state+tt.more+": "+tt.participants, func(t *testing.T) {
			t.Parallel()
			e := decode(t, fmt.Sprintf(`{"chat_id":138,"state":%q%s,"participants":[%s]}`, tt.state, tt.more, parties(true, tt.participants)))
			if e.Kind != tt.want || e.Session != "chat-138" || e.VendorType != "chat/"+tt.state {
				t.Errorf("%s of %s named %s, want %s", e.Kind, e.Session, e.VendorType, tt.want)
			}
			if joined := e.Party != nil; joined != (tt.want == session.ParticipantJoined) {
				t.Errorf("party %+v", e.Party)
			}
		})
	}
}
