package flow

import (
	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// LookupURL is the link at which the agent finds the session's customer in the CRM ("Custom CRM", custom lookup URL and open
// custom URL): the queue's own where the CRM does not know the customer, else the one of the session's kind. It is made
// when it is asked for and kept nowhere, since it holds the customer's number or address; after the session there is none.
func LookupURL(c *settings.CRM, s session.Session, k session.CRM) string {
	if c == nil || !s.EndedAt.IsZero() {
		return ""
	}
	template := c.LookupURLs.Phone
	switch {
	case k.Temporary:
		template = c.LookupURLs.Queue
	case ofWeb(s):
		template = c.LookupURLs.Web
	}
	return crm.LookupLink(template, crm.VarsOf(c, s, k))
}

// ofWeb says whether the session came from a web page or an app; SMS and WhatsApp come by telephone number.
func ofWeb(s session.Session) bool { return cameBy(s, "web") || cameBy(s, "mobile") }
