package udesk_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
)

// TestIDsAreReadInEveryType keeps ids digit by digit, whatever their type, and makes those safe that cannot stand in an
// address or a file name.
func TestIDsAreReadInEveryType(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // call_id: session
		`"d7d539d1-6023-4f63-b1c4-6a72262945ba"`: "call-d7d539d1-6023-4f63-b1c4-6a72262945ba",
		`14583`:                                  "call-14583",
		`"14583"`:                                "call-14583",
		`" 14583 "`:                              "call-14583",
		`14583.0`:                                "call-14583",
		`1.4583e4`:                               "call-14583",
		`14583E0`:                                "call-14583",
		`12345678901234567890`:                   "call-12345678901234567890",
		`12345678901234567890.0`:                 "call-12345678901234567890",
		`"0014583"`:                              "call-0014583",
		`"1e5"`:                                  "call-1e5",
		`"3012@2017-out"`:                        "call-3012_2017-out-22bcb1268350a95b",
		`"3012#2017-out"`:                        "call-3012_2017-out-",
		`"../../etc"`:                            "call-______etc-",
		`0.5`:                                    "call-0_5-",
		`5e-1`:                                   "call-0_5-",
		`1e999999999`:                            "call-1e999999999",
		`"` + long("a", 200) + `"`:               "call-" + long("a", 64) + "-",
	}
	for id, want := range tests {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			got := only(t, calls(t, post{"call_id": json.RawMessage(id)}), session.Snapshot).Session
			if prefix := want[:strings.LastIndex(want, "-")+1]; got != want && (prefix == "call-" || !strings.HasPrefix(got, prefix)) {
				t.Errorf("session %q, want %q", got, want)
			}
		})
	}
}

func long(s string, n int) string { return strings.Repeat(s, n) }

// TestTwoIDsNeverBecomeOne compares ids that look alike once they are safe.
func TestTwoIDsNeverBecomeOne(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, id := range []string{
		"3012@2017", "3012#2017", "3012_2017", "3012/2017", "顧客", "客户", long("a", 200), long("a", 201), long("a", 128), "conversation-1",
	} {
		got := only(t, calls(t, post{"call_id": id}), session.Snapshot).Session
		if other, there := seen[got]; there {
			t.Errorf("%.20q and %.20q are both %s", id, other, got)
		}
		seen[got] = id
	}
}

// TestLegsAreNamed has one leg per conversation_id in the session of call_id, whichever of the two is there.
func TestLegsAreNamed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body         post
		session, leg string
	}{
		"both":                  {post{"call_id": "a", "conversation_id": 14583}, "call-a", "14583"},
		"no conversation_id":    {post{"call_id": "a"}, "call-a", "main"},
		"empty conversation_id": {post{"call_id": "a", "conversation_id": ""}, "call-a", "main"},
		"no call_id":            {post{"conversation_id": "14583"}, "call-conversation-14583", "14583"},
		"null call_id":          {post{"call_id": nil, "conversation_id": 14583.0}, "call-conversation-14583", "14583"},
		"call_id is an object":  {post{"call_id": post{}, "conversation_id": 1}, "call-conversation-1", "1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if e := only(t, calls(t, tt.body), session.Snapshot); e.Session != tt.session || e.Leg.ID != tt.leg {
				t.Errorf("leg %s of %s, want %s of %s", e.Leg.ID, e.Session, tt.leg, tt.session)
			}
		})
	}
}

func TestSecondsAreReadInEveryType(t *testing.T) {
	t.Parallel()
	tests := map[string]int{ // total_time: seconds, -1 for unknown
		`6`: 6, `"6"`: 6, `6.0`: 6, `"6.0"`: 6, `6e0`: 6, `0`: 0,
		`""`: -1, `null`: -1, `"six"`: -1, `6.5`: -1, `-6`: -1, `true`: -1, `[6]`: -1, `"1/2"`: -1, `1e30`: -1, `1e-999999999`: -1,
	}
	for sent, want := range tests {
		leg := only(t, calls(t, post{"call_id": "a", "total_time": json.RawMessage(sent)}), session.Snapshot).Leg
		switch got := leg.TalkSeconds; {
		case want < 0 && got != nil:
			t.Errorf("%s is %d, want unknown", sent, *got)
		case want >= 0 && (got == nil || *got != want):
			t.Errorf("%s is %v, want %d", sent, got, want)
		}
	}
}

// TestVoicemailsAreReadInEveryType is for the trap of the documented example: the text "false" is not empty.
func TestVoicemailsAreReadInEveryType(t *testing.T) {
	t.Parallel()
	tests := map[bool][]string{
		true:  {`true`, `"true"`, `"TRUE"`, `" True "`, `1`, `1.0`, `"1"`},
		false: {`false`, `"false"`, `"False"`, `0`, `"0"`, `""`, `null`, `"yes"`, `2`, `{}`, `[true]`},
	}
	for want, values := range tests {
		for _, v := range values {
			got := only(t, calls(t, post{"call_id": "a", "is_leave_message": json.RawMessage(v)}), session.Snapshot)
			if is := got.Outcome == session.Voicemail && got.Leg.Outcome == session.Voicemail; is != want {
				t.Errorf("%s: voicemail %t", v, is)
			}
		}
	}
}

func TestTimesAreReadInEveryForm(t *testing.T) {
	t.Parallel()
	want, unknown := time.Date(2018, 3, 22, 3, 48, 5, 0, time.UTC), receipt.At
	tests := map[string]time.Time{
		"2018-03-22 11:48:05 +0800":     want,
		"2018-03-22 12:48:05 +0900":     want,
		"2018-03-22T11:48:05+08:00":     want,
		"2018-03-22T11:48:05.000+08:00": want,
		"2018-03-22T03:48:05Z":          want,
		"2018-03-22 03:48:05":           want, // without an offset: UTC
		"20180322 03:48:05":             want,
		" 2018-03-22 11:48:05 +0800 ":   want,
		"":                              unknown,
		"yesterday":                     unknown,
		"0000-00-00 00:00:00 +0000":     unknown,
		"1970-01-01 00:00:00 +0000":     unknown,
		"2100-01-01 00:00:00 +0000":     unknown,
		"1521690485":                    unknown,
	}
	for sent, want := range tests {
		if got := only(t, calls(t, post{"call_id": "a", "timestamp": sent}), session.Snapshot).At; !got.Equal(want) {
			t.Errorf("%q is %s, want %s", sent, got, want)
		}
	}
}

// TestThePostsTime is the notification's, else the latest time it tells of, else its receipt.
func TestThePostsTime(t *testing.T) {
	t.Parallel()
	p := post{"call_id": "a", "agent_ring_at": stamp("11:48:00"), "agent_hangup_at": stamp("11:48:23"), "customer_hangup_at": stamp("11:48:20")}
	tests := map[string]struct {
		body post
		want time.Time
	}{
		"timestamp":   {p.with(post{"timestamp": stamp("11:50:00")}), at(t, "11:50:00")},
		"latest time": {p, at(t, "11:48:23")},
		"receipt":     {post{"call_id": "a"}, receipt.At},
	}
	for name, tt := range tests {
		if got := only(t, calls(t, tt.body), session.Snapshot).At; !got.Equal(tt.want) {
			t.Errorf("%s: at %s, want %s", name, got, tt.want)
		}
	}
}

func TestNumbersOfCustomers(t *testing.T) {
	t.Parallel()
	tests := map[string]*session.Customer{ // customer_phone
		`"13261998838"`:     {PhoneRaw: "13261998838"},
		`13261998838`:       {PhoneRaw: "13261998838"},
		`1.3261998838e10`:   {PhoneRaw: "13261998838"},
		`"01086465040"`:     {PhoneRaw: "01086465040"},
		`"+8613261998838"`:  {Phone: "+8613261998838", PhoneRaw: "+8613261998838"},
		`"anonymous"`:       nil,
		`"sip:a@b.example"`: nil,
		`""`:                nil,
	}
	for number, want := range tests {
		got := only(t, calls(t, post{"call_id": "a", "customer_phone": json.RawMessage(number)}), session.Started).Customer
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s is %+v, want %+v", number, got, want)
		}
	}
}

// TestPredefinedContent may be any JSON, also within a string; none of its keys is one of the call's.
func TestPredefinedContent(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // extend: Predefined
		`{"code": "call test"}`:                `{"code":"call test"}`,
		`{"agent_id": 1, "call_result": "话中"}`: `{"agent_id":1,"call_result":"话中"}`,
		`[1, 2]`:                            `[1,2]`,
		`"{\"code\": \"call test\"}"`:       `{"code":"call test"}`,
		`"[1]"`:                             `[1]`,
		`"plain"`:                           `"plain"`,
		`"{not JSON"`:                       `"{not JSON"`,
		`12`:                                `"12"`,
		`"12"`:                              `"12"`,
		`{}`:                                ``,
		`"{}"`:                              ``,
		`""`:                                ``,
		`null`:                              ``,
		`{"a":"` + long("b", 20_000) + `"}`: ``,
		`"{\"a\":\"` + long("b", 20_000) + `\"}"`:         ``,
		`"` + long("b", 20_000) + `"`:                     `"` + long("b", 16<<10) + `"`,
		`"{\"a\":` + long("[", 40) + long("]", 40) + `}"`: `"{\"a\":` + long("[", 40) + long("]", 40) + `}"`,
	}
	for sent, want := range tests {
		t.Run(sent[:min(len(sent), 30)], func(t *testing.T) {
			t.Parallel()
			e := only(t, calls(t, post{"call_id": "a", "extend": json.RawMessage(sent)}), session.Snapshot)
			got := ""
			if e.CustomData != nil {
				got = string(e.CustomData.Predefined)
			}
			if got != want {
				t.Errorf("got %.60s, want %.60s", got, want)
			}
			if e.Leg.AgentID != "" || e.Leg.Result != "" {
				t.Errorf("taken for the call's own: %+v", e.Leg)
			}
		})
	}
}
