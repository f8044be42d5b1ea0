package people

import (
	"slices"

	"sessionbridge.internal/shared/settings"
)

// Right is what somebody must be allowed to do, to be answered at an address.
type Right string

// The rights.
const (
	Enter      Right = "enter"      // be known by name: what is the same for every tenant
	Desk       Right = "desk"       // have a desk, and see what is on it
	Attend     Right = "attend"     // open the files of the sessions that one is in (shared/flow's Attends)
	Look       Right = "look"       // see a tenant's sessions, files and agents
	Repair     Right = "repair"     // take up a session again, choose its account, add a file
	Administer Right = "administer" // read and change settings, connect the CRM, take up all that was given up
)

// grants are the rights that each role has. Nothing else decides what somebody may do.
var grants = map[string][]Right{
	settings.Agent:         {Enter, Desk, Attend},
	settings.Supervisor:    {Enter, Desk, Attend, Look, Repair},
	settings.Administrator: {Enter, Desk, Attend, Look, Repair, Administer},
}

// Grants says whether a role, one of the words of settings.Settings.People, has the right. Who has no role, the empty word,
// may enter and nothing more.
func Grants(role string, right Right) bool {
	return right == Enter || slices.Contains(grants[role], right)
}
