package settings

import "net/url"

// Desk is the agents' page: the contact centre's adapters in frames, and what the CRM has them do, such as call a number
// (docs.cloud.google.com, CCAI Platform, "Custom CRM", agent adapters).
type Desk struct {
	// Adapters are the pages in the frames; one at least.
	Adapters Adapters `json:"adapters"`
	// From is what the adapters' parameter of that name says; empty: "custom", as is documented for a CRM of one's own.
	From string `json:"from,omitempty"`
	// EmbedOrigins are the sites whose pages may show the desk in a frame, such as the CRM: "https://crm.example.com", or
	// "https://*.example.com" for all below a name. Absent: none.
	EmbedOrigins []string `json:"embed_origins,omitempty"`
}

// Adapters are the addresses of the contact centre's adapters, such as https://tenant.loc.ccaiplatform.com/agent/; the
// parameters type and from are added.
type Adapters struct {
	Call string `json:"call,omitempty"`
	Chat string `json:"chat,omitempty"`
}

// siteHost is the host of a site, with its port. It is strict, since it goes into a Content-Security-Policy.
const siteHost = `([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?`

var (
	adapterURL = rule{pattern: `https?://` + siteHost + `(/[^\s#{}]*)?`,
		says: `must be a whole URL such as "https://tenant.example.com/agent/", without variables and without a "#"`}
	embedOrigin = rule{pattern: `https?://(\*\.)?` + siteHost,
		says: `must be a site such as "https://crm.example.com", or "https://*.example.com" for all below a name, without a path`}
)

func (d *Desk) validate(c *checker) {
	c.check(d.Adapters != (Adapters{}), "desk.adapters", "must have an address for call, chat or both")
	c.adapter("desk.adapters.call", d.Adapters.Call)
	c.adapter("desk.adapters.chat", d.Adapters.Chat)
}

// adapter checks what the pattern cannot: that a browser reads the address as we do, since it goes into a page and its policy.
func (c *checker) adapter(path, address string) {
	u, err := url.Parse(address)
	if err != nil {
		c.check(false, path, `cannot be read as a URL: a "%" must be followed by two hexadecimal digits, as in %25`)
		return
	}
	c.check(isPort(u.Port()), path, "must have a port from 1 to 65535, or none")
	q, err := url.ParseQuery(u.RawQuery)
	c.check(err == nil, path, `must have its parameters as in ?a=1&b=2: no ";" between them, and two hexadecimal digits after each "%"`)
	c.check(!q.Has("type") && !q.Has("from"), path, "must not have the parameters type and from: they are added, and from has a setting of its own")
}
