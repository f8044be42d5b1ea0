package flow

import (
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// startComment says who came, where and when.
func startComment(s session.Session) string {
	text := []string{title(s) + " started"}
	at := s.StartedAt
	if at.IsZero() {
		at = s.FirstMessageAt
	}
	if !at.IsZero() {
		text = append(text, "at "+at.UTC().Format(time.RFC3339))
	}
	if s.Queue.Path != "" {
		text = append(text, "in queue "+s.Queue.Path)
	}
	return strings.Join(text, " ") + "."
}

// endComment says how it went.
func endComment(s session.Session) string {
	text := []string{title(s) + " ended at " + s.EndedAt.UTC().Format(time.RFC3339)}
	if s.Outcome != "" {
		text = append(text, "outcome "+string(s.Outcome))
	}
	if s.TalkSeconds != nil {
		text = append(text, "talked "+(time.Duration(*s.TalkSeconds)*time.Second).String())
	}
	var agents []string
	for _, a := range s.Agents {
		for _, name := range []string{a.Name, a.Email, a.ID} {
			if name != "" {
				agents = append(agents, name)
				break
			}
		}
	}
	if len(agents) > 0 {
		text = append(text, "with "+strings.Join(agents, ", "))
	}
	return strings.Join(text, ", ") + "."
}

// title names the session for people: Call 103646.
func title(s session.Session) string {
	channel, id, _ := strings.Cut(s.Key, "-")
	if channel == "" {
		return "Session"
	}
	return strings.ToUpper(channel[:1]) + channel[1:] + " " + id
}
