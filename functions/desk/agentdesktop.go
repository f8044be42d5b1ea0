package desk

import (
	"cmp"
	"strings"

	"sessionbridge.internal/shared/settings"
)

// widget is AgentDesktop's script in the page, and the name of the SDK's function that begins a consultation.
type widget struct{ URL, Consultation string }

// widgetOf is the widget that settings have for the desk; nil where the page loads none.
func widgetOf(set *settings.Desk) *widget {
	if set.AgentDesktop == nil {
		return nil
	}
	return &widget{set.AgentDesktop.WidgetURL, cmp.Or(set.AgentDesktop.Consultation, settings.DefaultConsultation)}
}

// policyWith is policy, and where there is a widget, what its script needs of its own site: more scripts, styles, pictures and
// requests. Trusted types then cannot be required: the SDK hands events on by jQuery, which makes HTML of strings. Our own
// scripts make none, with or without it.
func policyWith(w *widget) string {
	if w == nil {
		return policy
	}
	site := originOf(w.URL)
	own := strings.ReplaceAll(policy, "'self';", "'self' "+site+";")
	return strings.TrimSuffix(own, trustedTypes)
}
