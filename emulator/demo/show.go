package demo

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// show writes what matters most of a session, for people. What is unknown is left out.
func show(w io.Writer, s session.Session) {
	line := func(what string, words ...string) {
		fmt.Fprintf(w, "    %-11s %s\n", what, strings.Join(slim(words), ", "))
	}
	line("session", string(s.Direction), lasted("waited", s.WaitSeconds), lasted("queued", s.QueueSeconds),
		lasted("talked", s.TalkSeconds), lasted("held", s.HoldSeconds), lasted("wrapped up", s.WrapUpSeconds))
	for _, a := range s.Agents {
		line("agent", cmp.Or(a.Name, a.Email, a.ID), between(a.JoinedAt, a.LeftAt))
	}
	for _, p := range s.Participants {
		line("participant", append([]string{string(p.Type) + " " + cmp.Or(p.Name, p.Number, p.ID)}, spans(p.Intervals)...)...)
	}
	for _, t := range s.Transfers {
		line("transfer", string(t.Kind), "at "+clock(t.At), prefixed("from ", nameOf(t.From)), prefixed("to ", nameOf(t.To)))
	}
	for _, l := range s.Legs {
		line("leg", string(l.Kind)+" "+l.ID, between(cmp.Or(l.StartedAt, l.RingingAt, l.ConnectedAt), l.EndedAt), lasted("talked", l.TalkSeconds), l.Result, l.Reason)
	}
	if len(s.Redactions) > 0 {
		line("redacted", spans(s.Redactions)...)
	}
	for _, c := range s.Cobrowse {
		line("screen", c.ID, between(c.StartedAt, c.EndedAt))
	}
	for _, f := range s.Announced {
		line("announced", string(f.Kind), f.URL)
	}
	for _, a := range s.Survey {
		line("survey", a.Question, a.Text)
	}
}

// slim leaves out what is empty.
func slim(words []string) (out []string) {
	for _, w := range words {
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}

func lasted(what string, seconds *int) string {
	if seconds == nil {
		return ""
	}
	return fmt.Sprintf("%s %d s", what, *seconds)
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// clock is the time of day in UTC.
func clock(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.UTC().Format(time.TimeOnly)
}

func between(from, to time.Time) string {
	if from.IsZero() && to.IsZero() {
		return ""
	}
	return clock(from) + " to " + clock(to)
}

func spans(intervals []session.Interval) (out []string) {
	for _, i := range intervals {
		out = append(out, between(i.From, i.To))
	}
	return out
}

// nameOf is one end of a transfer.
func nameOf(e session.End) string {
	switch {
	case cmp.Or(e.AgentEmail, e.AgentID) != "":
		return "agent " + cmp.Or(e.AgentEmail, e.AgentID)
	case cmp.Or(e.QueuePath, e.QueueID) != "":
		return "queue " + cmp.Or(e.QueuePath, e.QueueID)
	}
	return e.Number
}
