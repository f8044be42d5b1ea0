package settings

import "strings"

// FrameAncestors are the sites that may show the desk in a frame, ourselves included, as a Content-Security-Policy writes them
// (www.w3.org/TR/CSP3, section 6.4.2).
func (d *Desk) FrameAncestors() string {
	return strings.Join(append([]string{"'self'"}, d.EmbedOrigins...), " ")
}
