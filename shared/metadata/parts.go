package metadata

import "sessionbridge.internal/shared/session"

// ticket is the CRM record. is_out_ticket_account is false because our record always stands for the interaction, never
// for the customer; without a record it is null.
type ticket struct {
	OutTicketID        *string `json:"out_ticket_id"`
	OutTicketURL       *string `json:"out_ticket_url"`
	IsOutTicketAccount *bool   `json:"is_out_ticket_account"`
}

func newTicket(crm CRM) ticket {
	if crm.RecordID == "" {
		return ticket{}
	}
	return ticket{OutTicketID: text(crm.RecordID), OutTicketURL: text(crm.RecordURL), IsOutTicketAccount: new(false)}
}

type endUser struct {
	ID           any     `json:"id"`
	Identifier   unknown `json:"identifier"`
	OutContactID *string `json:"out_contact_id"`
}

func newEndUser(s session.Session, crm CRM) endUser {
	return endUser{ID: number(s.Customer.ID), OutContactID: text(crm.AccountID)}
}

// companyNumber is the company's number in a session of one direction: support_number is the one the customer called,
// outbound_number the one they were called from. Of a session of unknown direction it is neither.
func companyNumber(s session.Session, d session.Direction) *string {
	if s.Direction != d {
		return nil
	}
	return text(s.CompanyNumber)
}

// hasFeedback is true or null: that we know of no comment does not mean that the platform will not receive one. A rating
// alone is no feedback here, since the documentation does not say whether it counts as such.
func hasFeedback(s session.Session) *bool {
	if s.Feedback == "" {
		return nil
	}
	return new(true)
}
