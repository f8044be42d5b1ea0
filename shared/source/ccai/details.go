package ccai

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// orNil is the address of a value, nil for the zero one.
func orNil[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// object reads a field that holds an object, or an array of which the first object is taken.
func object(r payload.Reader, key string) (payload.Reader, bool) {
	if rs := r.Objects(key); len(rs) > 0 {
		return rs[0], true
	}
	return payload.Reader{}, false
}

// pathParts reads a path through the menu, which is a text with slashes or an array of texts.
func pathParts(r payload.Reader, key string) []string {
	parts := strings.Split(r.Text(key), "/")
	if raw, _ := r.Find(key); len(raw) > 0 && raw[0] == '[' && json.Unmarshal(raw, &parts) != nil {
		return nil
	}
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// queuePath is a queue's names, joined by " / ".
func queuePath(r payload.Reader, key string) string {
	return payload.Clip(strings.Join(pathParts(r, key), " / "), 1_000)
}

// queue reads a snapshot's queue. The session metadata has it in `menu_path`, whose materialized path is of ids.
func queue(r payload.Reader) session.Queue {
	q := session.Queue{Path: queuePath(r, "queue_path_names"), PathIDs: queuePathIDs(r, "queue_path_ids")}
	if menu, ok := object(r, "menu_path"); ok {
		q.Path = cmp.Or(q.Path, queuePath(menu, "name"))
		q.PathIDs = cmp.Or(q.PathIDs, queuePathIDs(menu, "materialized_path"))
	}
	return q
}

func queuePathIDs(r payload.Reader, key string) string {
	return payload.Clip(strings.Join(pathParts(r, key), "/"), 1_000)
}

func campaign(r payload.Reader) *session.Campaign {
	return orNil(session.Campaign{ID: r.ID("campaign_id"), Name: r.Text("campaign_name")})
}

// customData reads what the company's page, telephone line or virtual agent attached, nil where there is nothing.
func customData(r payload.Reader) *session.Data {
	d := session.Data{
		Signed:           r.JSON("custom_data_secured"),
		Unsigned:         r.JSON("custom_data_not_secured"),
		SIPHeaders:       r.JSON("custom_sip_headers"),
		VAParameters:     r.JSON("va_data_parameters", "data_parameters"),
		SessionVariables: r.JSON("session_variable", "session_variables"),
	}
	if d.Signed == nil && d.Unsigned == nil && d.SIPHeaders == nil && d.VAParameters == nil && d.SessionVariables == nil {
		return nil
	}
	return &d
}

// companyNumber is the company's own number: the one that was called, or the one the agent called from. Of the two the
// direction decides.
func companyNumber(r payload.Reader, d session.Direction) string {
	keys := []string{"support_number", "outbound_number"}
	if d == session.Outbound {
		keys[0], keys[1] = keys[1], keys[0]
	}
	number := r.Scalar(keys...)
	return cmp.Or(payload.Dialable(number), number)
}

// rating reads the customer's CSAT, nil where there is none. A score that is no whole number is none.
func rating(r payload.Reader) *session.Rating {
	rated := session.Rating{Feedback: r.Prose("feedback")}
	if score, err := strconv.Atoi(r.Scalar("rating")); err == nil && score >= 0 {
		rated.Score = &score
	}
	return orNil(rated)
}
