package settings

import (
	"maps"
	"slices"
	"strings"
)

// RecordPolicy says when a record is created, for which sessions, and when one that is there is reused.
type RecordPolicy struct {
	// At is "arrival" (the default) or "answer": once an agent has taken the session, or it is over.
	At string `json:"at,omitempty"`
	// ArrivalFor are the kinds of sessions that have their record at arrival though At is "answer": "mobile", "web", "sms",
	// "whatsapp", "api", as session types name them (docs.cloud.google.com, CCAI Platform, "Session type terminology"). A call
	// of the IVR is none of them, though an app began it.
	ArrivalFor []string `json:"arrival_for,omitempty"`
	// Match narrows what a record to be reused must have in common with the session beside the account: "menu", "channel".
	// Whoever sets it stores both in fields that find_record asks for or verifies.
	Match []string `json:"match,omitempty"`
	// NewForVoicemail gives each voicemail a record of its own, whatever could be reused. A call that may yet become one
	// waits for its answer or its end before it reuses a record.
	NewForVoicemail bool `json:"new_for_voicemail,omitempty"`
	// NoAbandoned and NoVoicemail make no record for such sessions; they need At to be "answer".
	NoAbandoned bool `json:"no_abandoned,omitempty"`
	NoVoicemail bool `json:"no_voicemail,omitempty"`
}

// The moments a record is created at.
const (
	AtArrival = "arrival"
	AtAnswer  = "answer"
)

func (p *RecordPolicy) validate(c *checker, reuse bool) {
	const later = `needs crm.records.at to be "answer": at arrival nobody knows how the session will end`
	c.check(!p.NoAbandoned || p.At == AtAnswer, "crm.records.no_abandoned", later)
	c.check(!p.NoVoicemail || p.At == AtAnswer, "crm.records.no_voicemail", later)
	early := len(p.ArrivalFor) == 0 || p.At == AtAnswer && !p.NoAbandoned && !p.NoVoicemail
	c.check(early, "crm.records.arrival_for", `is an exception to "answer" at crm.records.at, without no_abandoned and no_voicemail: at arrival nobody knows how the session will end`)
	c.check(len(p.Match) == 0 || reuse, "crm.records.match", "narrows which record is reused, and needs crm.reuse_records")
	c.check(!p.NewForVoicemail || reuse, "crm.records.new_for_voicemail", "is an exception to crm.reuse_records, which it needs")
	c.check(!p.NewForVoicemail || !p.NoVoicemail, "crm.records.new_for_voicemail", "contradicts crm.records.no_voicemail")
}

// validateMatch holds that a record which is to be reused is searched for by what it must have in common with the session.
func (r *CRM) validateMatch(c *checker) {
	find := r.Endpoints.FindRecord
	if find == nil {
		return
	}
	by := map[string][]string{"channel": {"CHANNEL"}, "menu": {"MENU_SELECTION", "MENU_PATH", "QUEUE_NAME", "QUEUE_ID"}}
	for i, word := range r.Records.Match {
		asks := slices.ContainsFunc(by[word], func(name string) bool { return find.Mentions(name) || find.verifies(name) })
		c.check(asks || by[word] == nil, index("crm.records.match", i), "needs a find_record that asks for, or verifies, {"+strings.Join(by[word], "} or {")+"}")
	}
}

// verifies says whether a hit must have the variable's value.
func (e *Endpoint) verifies(name string) bool {
	return slices.ContainsFunc(slices.Concat(e.Verify, e.VerifyChosen), func(k Check) bool { return uses(k.Equals, name) })
}

// validateWords holds that words are for variables that there are.
func (r *CRM) validateWords(c *checker) {
	for _, name := range slices.Sorted(maps.Keys(r.Words)) {
		path := join("crm.words", name)
		c.check(Known(name), path, "must be the name of a variable in capitals, such as CHANNEL")
		c.check(len(r.Words[name]) > 0, path, "needs a word for at least one value")
	}
}

// trustsPage says whether the call asks by custom data, which a web page may have made up.
func (k *call) trustsPage() bool {
	texts, _ := textsOf(k.e.Body) // that it is JSON is checked with every body
	for _, p := range k.e.Parameters {
		texts = append(texts, p.Value)
	}
	for _, v := range slices.Concat(k.e.Verify, k.e.VerifyChosen) {
		texts = append(texts, v.Equals)
	}
	return slices.ContainsFunc(append(texts, k.e.URL), func(text string) bool { return strings.Contains(strings.ToUpper(text), "{"+CustomDataPrefix) })
}
