package demo

import (
	"bytes"
	"time"

	"sessionbridge.internal/shared/session"
)

// Fill fills placeholders as a recording of this layout and zone does.
func Fill(layout string, zone *time.Location, text string, at time.Time) (string, error) {
	return filler{"seed", layout, zone, "media.example.com"}.fill(text, at)
}

// Differences compares JSON values.
func Differences(want, got any) []string { return differences("", want, got) }

// Show is what is told of a session.
func Show(s session.Session) string {
	var b bytes.Buffer
	show(&b, s)
	return b.String()
}
