package presence

import "fmt"

// Code names a reason.
type Code string

// The reasons why a side is not, or not yet, as it should be.
const (
	Unmapped     Code = "unmapped"      // the state has no counterpart
	SystemTarget Code = "system_target" // its counterpart is a system state
	TwoLogins    Code = "two_logins"    // more than one active login of the agent on this side
	Unseen       Code = "unseen"        // the agent has never been seen on this side
	SignedOut    Code = "signed_out"    // the agent is not signed in there
	Waiting      Code = "waiting"       // for the end of a system state
	Declined     Code = "declined"      // the side refused the state, and will be asked again
	Unknown      Code = "unknown"       // nobody knows what became of the last write
	Restless     Code = "restless"      // the side was written too often of late
)

// Reason is one, with the side and the state it is about. It names no person.
type Reason struct {
	Code  Code   `json:"code"`
	Side  Side   `json:"side"`
	State string `json:"state,omitempty"`
}

var sideNames = map[Side]string{CRM: "CRM", Centre: "contact centre"}

// String says it in a sentence, and what to do about it.
func (r Reason) String() string {
	here, there := sideNames[r.Side], sideNames[r.Side.other()]
	switch r.Code {
	case Unmapped:
		return fmt.Sprintf("The %s's state %q has no counterpart in the %s, which is left as it is. Add it to the mapping of states.", here, r.State, there)
	case SystemTarget:
		return fmt.Sprintf("The counterpart of the %s's state %q is one that the %s sets by itself. Choose another in the mapping of states.", here, r.State, there)
	case TwoLogins:
		return fmt.Sprintf("The agent has more than one login in the %s, and nobody knows which one counts. Sign out of all but one; no two users may share an address.", here)
	case Unseen:
		return fmt.Sprintf("The agent has not been seen in the %s. The e-mail address must be the same on both sides.", here)
	case SignedOut:
		return fmt.Sprintf("The agent is not signed in to the %s; %q is applied afterwards.", here, r.State)
	case Waiting:
		return fmt.Sprintf("The %s has the agent in %q, which only it can end; the change is applied afterwards.", here, r.State)
	case Declined:
		return fmt.Sprintf("The %s refused the state %q; it will be tried again. Does it have a state of this name?", here, r.State)
	case Unknown:
		return fmt.Sprintf("It is not known whether the %s took the state %q; it will be looked at before it is tried again.", here, r.State)
	case Restless:
		return fmt.Sprintf("The %s was set too often within a few minutes; %q waits. Does something else change the agent's state there?", here, r.State)
	}
	return string(r.Code)
}

func (d *Decision) because(code Code, side Side, state string) {
	d.Reasons = append(d.Reasons, Reason{code, side, state})
}
