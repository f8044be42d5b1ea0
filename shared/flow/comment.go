package flow

import (
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// startComment says that the session began and when: nothing that becomes known only later, so that the comment is the
// same whenever the CRM takes it.
func startComment(s session.Session) string {
	at := s.StartedAt
	if at.IsZero() {
		at = s.FirstMessageAt
	}
	if at.IsZero() {
		return title(s) + " started."
	}
	return title(s) + " started at " + at.UTC().Format(time.RFC3339) + "."
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
