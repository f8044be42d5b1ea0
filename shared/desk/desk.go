// Package desk is what an agent's page is told to do, as values: the last few commands for one agent, numbered, each good
// for a short while and for one page only. Everything here is pure: no clock, no network, no context.
//
// functions/desk gives commands to pages and takes them from links; shared/flow has records shown; shared/store keeps one Desk
// per agent.
package desk

import (
	"errors"
	"slices"
	"time"
)

// Kind says what a command asks of the page.
type Kind string

// The kinds.
const (
	Call   Kind = "call"   // begin a call to Command.Number
	Pop    Kind = "pop"    // show the CRM's record of Command.Session, at Command.URL
	Lookup Kind = "lookup" // offer the link Command.URL, by which the CRM looks the session's customer up: it does not know them
	Media  Kind = "media"  // show that a file of Command.Session is stored: Command.File
)

const (
	// Lasts is how long a call is good for: one that begins minutes after the click surprises whoever clicked.
	Lasts = 2 * time.Minute
	// ShowLasts is how long a Pop or a Lookup is: an agent whose page was closed, or whose line was down, still wants to
	// see whom they talk with.
	ShowLasts = 10 * time.Minute
	// MediaLasts is how long a Media is: an agent comes back to a photo, and a page that was reloaded shows it again.
	MediaLasts = time.Hour
	// Repeat is how soon after a call the same one again is a repeat of it: a double click, or a request sent twice.
	Repeat = 5 * time.Second
	// Most is how many Media a desk holds, and how many commands of all other kinds; the oldest go first. So a customer who
	// sends one photo after another drives no call off the desk.
	Most = 20
)

// ErrGone is a command that is not there, or not any more.
var ErrGone = errors.New("desk: the command is over")

// ErrTaken is a command that a page has taken already.
var ErrTaken = errors.New("desk: another page has taken the command")

// Command is one thing a page is to do.
type Command struct {
	ID      int64     `json:"id"` // grows from command to command of a desk; exact in JavaScript, below 2^53
	Kind    Kind      `json:"kind"`
	Number  string    `json:"number,omitempty"`  // of a Call, in E.164 form: +390212345678
	Display string    `json:"display,omitempty"` // the same for people: +39 02 1234 5678
	Name    string    `json:"name,omitempty"`    // of a Call: whose number it is, as the link says; of a Pop or a Lookup: the customer's name or number, if known
	Session string    `json:"session,omitempty"` // of all but a Call: ccai/call-103646
	File    string    `json:"file,omitempty"`    // of a Media: the file's id, the source's own, which may hold anything
	Media   string    `json:"media,omitempty"`   // of a Media: what the file is, in the settings' words: photos
	URL     string    `json:"url,omitempty"`     // the page for people, http or https
	Frame   string    `json:"frame,omitempty"`   // of a Pop: what the CRM's frame in the desk shows; empty: there is none
	At      time.Time `json:"at"`
	Until   time.Time `json:"until"`              // it is over at this time
	TakenAt time.Time `json:"taken_at,omitzero"`  // when a page took it; zero: none has
	TakenBy string    `json:"taken_by,omitempty"` // the name that the page gave itself, a random one
}

// Desk is the commands for one agent, in the order of their ids. The zero Desk has none.
type Desk struct {
	Last     int64     `json:"last"` // the highest id there was
	Commands []Command `json:"commands"`
}

// Put adds a command, of which the caller sets what it asks for. The result is the command as it stands in the desk then:
// one that asks for the same stands for it, whatever name it has; of calls, only one of the last few seconds (Repeat), since
// people call a number twice. What is over is dropped.
//
// An id is also a time in milliseconds, so that ids go on growing where the desk was deleted meanwhile: a page that saw the
// old ones would wait in vain for small ones.
func (d Desk) Put(c Command, now time.Time) (Desk, Command) {
	d.Commands = d.live(now)
	for _, known := range slices.Backward(d.Commands) {
		if known.asks(c) && (c.Kind != Call || now.Sub(known.At) < Repeat) {
			return d, known
		}
	}
	c.ID, c.At, c.Until = max(d.Last+1, now.UnixMilli()), now, now.Add(c.Kind.lasts())
	c.TakenAt, c.TakenBy = time.Time{}, ""
	d.Last, d.Commands = c.ID, latest(append(d.Commands, c))
	return d, c
}

// latest are as many commands as a desk holds.
func latest(all []Command) (kept []Command) {
	var media, others int
	for _, c := range slices.Backward(all) {
		count := &others
		if c.Kind == Media {
			count = &media
		}
		if *count++; *count <= Most {
			kept = append(kept, c)
		}
	}
	slices.Reverse(kept)
	return kept
}

// asks says whether both ask for the same.
func (c Command) asks(other Command) bool {
	return c.Kind == other.Kind && c.Number == other.Number && c.Session == other.Session && c.URL == other.URL && c.File == other.File
}

func (k Kind) lasts() time.Duration {
	switch k {
	case Call:
		return Lasts
	case Media:
		return MediaLasts
	}
	return ShowLasts
}

// Take gives the command to the one page that asks first, under a name that no other page has: ErrTaken tells any other,
// ErrGone that it is over. So no call is made twice by two tabs, by a reload, or by a stream that is broken off and begun
// again. The page that has it is given it again, and nothing changes: it asks twice where an answer was lost.
func (d Desk) Take(id int64, page string, now time.Time) (Desk, error) {
	d.Commands = d.live(now)
	i := slices.IndexFunc(d.Commands, func(c Command) bool { return c.ID == id })
	switch {
	case i < 0:
		return d, ErrGone
	case d.Commands[i].TakenAt.IsZero():
		d.Commands[i].TakenAt, d.Commands[i].TakenBy = now, page
	case d.Commands[i].TakenBy != page:
		return d, ErrTaken
	}
	return d, nil
}

// After are the commands with a higher id that are not over, taken ones among them.
func (d Desk) After(id int64, now time.Time) []Command {
	return slices.DeleteFunc(d.live(now), func(c Command) bool { return c.ID <= id })
}

// Over is when the last command of the desk is over; zero: there is none.
func (d Desk) Over() (last time.Time) {
	for _, c := range d.Commands {
		if c.Until.After(last) {
			last = c.Until
		}
	}
	return last
}

// live are the commands that are not over, in a list of their own.
func (d Desk) live(now time.Time) []Command {
	return slices.DeleteFunc(slices.Clone(d.Commands), func(c Command) bool { return !now.Before(c.Until) })
}
