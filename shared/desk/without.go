package desk

import "slices"

// Without is the desk without the commands that are about the session, which is named as in Command.Session.
func (d Desk) Without(session string) Desk {
	d.Commands = slices.DeleteFunc(slices.Clone(d.Commands), func(c Command) bool { return c.Session != "" && c.Session == session })
	return d
}
