package session

// RecordChange is what the CRM tells of the session's record: of a RecordChanged. It changes nothing in the session, which
// the contact centre alone knows, and neither begins one nor is owed anything: our own writes come back in this way too.
type RecordChange struct {
	Type     string   `json:"type"`               // of what was made or changed, as the CRM names it: conversation, message
	ID       string   `json:"id"`                 // its id in the CRM
	Status   string   `json:"status,omitempty"`   // as the CRM names it: open, snoozed, done
	Assigned []string `json:"assigned,omitempty"` // the CRM's ids of its users
	By       string   `json:"by,omitempty"`       // the CRM's id of who did it
	Changed  []string `json:"changed,omitempty"`  // the names of what is different; none: it is new
}

// recordShare is what part of a session's room what the CRM tells may fill: a record that is used for years must not keep out
// what the contact centre tells.
const recordShare = 4

func (r *RecordChange) texts() (all []string) {
	all = append(all, r.Type, r.ID, r.Status, r.By)
	return append(append(all, r.Assigned...), r.Changed...)
}
