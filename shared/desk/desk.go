// Package desk is what an agent's page is told to do, as values: the last few commands for one agent, numbered, each good
// for a short while and for one page only. Everything here is pure: no clock, no network, no context.
//
// functions/desk gives commands to pages and takes them from links; shared/store keeps one Desk per agent.
package desk

import (
	"errors"
	"slices"
	"time"
)

// Kind says what a command asks of the page.
type Kind string

// Call begins a call to Command.Number.
const Call Kind = "call"

const (
	// Lasts is how long a command is good for: a call that begins minutes after the click surprises whoever clicked.
	Lasts = 2 * time.Minute
	// Repeat is how soon after a command the same one again is a repeat of it: a double click, or a request sent twice.
	Repeat = 5 * time.Second
	// Most is how many commands a desk holds; the oldest go first.
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
	Name    string    `json:"name,omitempty"`    // whose number it is, as the link says
	At      time.Time `json:"at"`
	Until   time.Time `json:"until"`             // it is over at this time
	TakenAt time.Time `json:"taken_at,omitzero"` // when a page took it; zero: none has
}

// Desk is the commands for one agent, in the order of their ids. The zero Desk has none.
type Desk struct {
	Last     int64     `json:"last"` // the highest id there was
	Commands []Command `json:"commands"`
}

// Put adds a command, of which the caller sets what it asks for. The result is the command as it stands in the desk then:
// one of the last few seconds (Repeat) that asks for the same stands for it, whatever name it has. What is over is dropped.
//
// An id is also a time in milliseconds, so that ids go on growing where the desk was deleted meanwhile: a page that saw the
// old ones would wait in vain for small ones.
func (d Desk) Put(c Command, now time.Time) (Desk, Command) {
	d.Commands = d.live(now)
	for _, known := range slices.Backward(d.Commands) {
		if known.Kind == c.Kind && known.Number == c.Number && now.Sub(known.At) < Repeat {
			return d, known
		}
	}
	c.ID, c.At, c.Until, c.TakenAt = max(d.Last+1, now.UnixMilli()), now, now.Add(Lasts), time.Time{}
	d.Last, d.Commands = c.ID, append(d.Commands, c)
	d.Commands = d.Commands[max(0, len(d.Commands)-Most):]
	return d, c
}

// Take gives the command to the one page that asks first: ErrTaken tells any other, ErrGone that it is over. So no call is
// made twice by two tabs, by a reload, or by a stream that is broken off and begun again.
func (d Desk) Take(id int64, now time.Time) (Desk, error) {
	d.Commands = d.live(now)
	i := slices.IndexFunc(d.Commands, func(c Command) bool { return c.ID == id })
	switch {
	case i < 0:
		return d, ErrGone
	case !d.Commands[i].TakenAt.IsZero():
		return d, ErrTaken
	}
	d.Commands[i].TakenAt = now
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
