package metadata_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
)

// schemaOf compiles a schema of this folder, times and addresses checked too.
func schemaOf(t testing.TB, file string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t testing.TB, s *jsonschema.Schema, doc []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err == nil {
		err = s.Validate(v)
	}
	if err != nil {
		t.Errorf("%v\nin\n%s", err, doc)
	}
}

func TestGoldenDocumentsAreValid(t *testing.T) {
	t.Parallel()
	schema, transcripts := schemaOf(t, "schema.json"), schemaOf(t, "transcript.schema.json")
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		doc, err := os.ReadFile("testdata/" + f.Name())
		switch {
		case err != nil:
			t.Fatal(err)
		case strings.HasSuffix(f.Name(), "-transcript.json"):
			valid(t, transcripts, doc)
		case strings.HasSuffix(f.Name(), ".json"):
			valid(t, schema, doc)
		}
	}
}

func TestSchemaRefusesWhatIsNotWritten(t *testing.T) {
	t.Parallel()
	schema := schemaOf(t, "schema.json")
	whole := document(t, aCall(), record)
	for name, edit := range map[string]func(map[string]any){
		"a field that is missing":      func(d map[string]any) { delete(d, "call_uuid") },
		"a field nobody knows":         func(d map[string]any) { d["custom"] = 1 },
		"a field of chats":             func(d map[string]any) { d["chat_duration"] = 1 },
		"a status of none":             func(d map[string]any) { d["status"] = "ended" },
		"a time with another zone":     func(d map[string]any) { d["ends_at"] = "2026-01-05T10:05:55.000+01:00" },
		"a day that is none":           func(d map[string]any) { d["ends_at"] = "2026-02-30T10:05:55.000Z" },
		"a duration below nought":      func(d map[string]any) { d["call_duration"] = -1 },
		"a duration in parts":          func(d map[string]any) { d["call_duration"] = 1.5 },
		"an address that is none":      func(d map[string]any) { d["recording_url"] = "9.mp3" },
		"an agent of neither kind":     func(d map[string]any) { d["agent_info"] = map[string]any{"id": 1} },
		"a participant of no kind":     func(d map[string]any) { d["participants"].([]any)[0].(map[string]any)["type"] = "dog" },
		"a session without a customer": func(d map[string]any) { d["participants"] = []any{} },
	} {
		var doc map[string]any
		if err := json.Unmarshal(whole, &doc); err != nil {
			t.Fatal(err)
		}
		if edit(doc); schema.Validate(doc) == nil {
			t.Errorf("%s is valid", name)
		}
	}
}

// documented are the fields of docs.cloud.google.com/contact-center/ccai-platform/docs/call-session-metadata and
// chat-session-metadata, and of the objects within, by the schema's definitions. Chats have feedback and
// is_out_ticket_account beyond what their own page lists.
var documented = map[string]string{
	"call": `id call_uuid parent_id lang call_type session_type session_type_v2 status sub_status created_at updated_at queued_at
		assigned_at connected_at ends_at scheduled_at wait_duration queue_duration call_duration hold_duration rating has_feedback feedback
		voip_provider out_ticket_id out_ticket_url is_out_ticket_account verified recording_url recording_permission voicemail_reason
		deflection deflection_details disconnected_by finish_reason fail_reason fail_details adapter_fail_code adapter_fail_message
		support_number outbound_number selected_menu menu_path agent_info virtual_agent end_user answer_type offer_type offer_events
		queue_priority_level in_queue_wait_time_va automation_redirection photos videos participants handle_durations queue_durations
		virtual_agent_handle_durations consumer_handle_durations consumer_in_menu_durations consumer_event_durations recordings transfers
		escalations`,
	"chat": `id chat_uuid lang chat_type session_type session_type_v2 status created_at queued_at assigned_at ends_at updated_at
		wait_duration chat_duration average_response_time longest_response_time message_count first_msg_sent_at last_msg_sent_at
		transcript rating has_feedback feedback verified out_ticket_id out_ticket_url is_out_ticket_account disconnected_by fail_reason
		selected_menu menu_path agent_info end_user photos videos transfers offer_type offer_events answer_type outbound_number participants`,
	"agent":              "id name avatar_url email first_name last_name agent_number",
	"sole_virtual_agent": "id name avatar_url va_alias",
	"virtual_agent":      "id name",
	"end_user":           "id identifier out_contact_id",
	"selected_menu":      "id name parent_id position deleted hidden menu_type output_msg",
	"menu_path":          "items_count name materialized_path",
	"photo":              "id photo_type url",
	"video":              "id url",
	"recording":          "id recording_type started_at ended_at duration",
	"call_participant": `id type status call_id user_id end_user_id virtual_agent_id phone_number connected_at ended_at call_duration
		hold_duration fail_reason adapter_fail_code adapter_fail_message`,
	"chat_participant": `id type status chat_id user_id end_user_id virtual_agent_id chat_duration connected_at ended_at fail_reason`,
	"handle_duration":  "id agent_id started_at ended_at bcw_duration call_duration hold_duration acw_duration menu_path transfer",
	"virtual_agent_handle_duration": `virtual_agent started_at ended_at call_duration escalation_reason finish_reason sentiment
		response_count fallback_response_count transfer_id`,
	"transfer": `id status fail_reason deflection answer_type_path from_agent to_agent from_virtual_agent to_virtual_agent
		from_menu_path to_menu_path from_queue_priority_level to_queue_priority_level wait_duration call_duration created_at assigned_at
		connected_at updated_at`,
	"queue_duration": `id started_at ended_at queue_duration agent_id menu_path lang service_level_event transfer transfer_id
		transfer_cold fail_reason`,
	"consumer_handle_duration": `started_at ended_at call_duration hold_duration chat_duration message_count response_count
		response_time_total response_time_max response_time_avg`,
	"consumer_in_menu_duration": "started_at ended_at duration event",
	"consumer_event_duration":   "id type started_at ended_at duration event",
	"escalation":                "status reason deflection from_virtual_agent to_virtual_agent",
	"offer_event":               "casting_time group",
}

func TestSchemaHasEveryDocumentedField(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]any
			Required   []string
			Extra      *bool `json:"additionalProperties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(file, &schema); err != nil {
		t.Fatal(err)
	}
	for name, def := range schema.Defs {
		if len(def.Properties) > 0 && documented[name] == "" {
			t.Errorf("the schema's %s is not documented", name)
		}
	}
	for name, fields := range documented {
		def := schema.Defs[name]
		want := slices.Sorted(slices.Values(strings.Fields(fields)))
		if got := slices.Sorted(maps.Keys(def.Properties)); !slices.Equal(got, want) {
			t.Errorf("%s has\n%s, want\n%s", name, got, want)
		}
		optional := slices.DeleteFunc(want, func(f string) bool { return slices.Contains(def.Required, f) })
		if len(optional) > 0 && !slices.Equal(optional, []string{"agent_info"}) || def.Extra == nil || *def.Extra {
			t.Errorf("%s may be without %s, and have others: %v", name, optional, def.Extra)
		}
	}
}

// A session of which nothing is known has every field of a session of which much is, and each of those is documented.
func TestDocumentHasEveryDocumentedField(t *testing.T) {
	t.Parallel()
	alone := aCall()
	alone.VirtualAgent, alone.Agents, alone.Participants = &bo, nil, nil
	for name, s := range map[string][]session.Session{
		"call": {aCall(), everyoneCall(), alone, {Key: "call-0a7", Channel: session.Call}},
		"chat": {aChat(), virtualChat(), {Key: "chat-1", Channel: session.Chat}},
	} {
		for _, s := range s {
			var doc map[string]any
			if err := json.Unmarshal(document(t, s, metadata.CRM{}), &doc); err != nil {
				t.Fatal(err)
			}
			missing := slices.DeleteFunc(strings.Fields(documented[name]), func(f string) bool { _, ok := doc[f]; return ok || f == "agent_info" })
			if len(missing) > 0 {
				t.Errorf("the document of %s lacks %s", s.Key, missing)
			}
		}
	}
}
