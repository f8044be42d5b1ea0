package settings

import "net/url"

// Desk is the agents' page: the contact centre's adapters in frames, and what the CRM has them do, such as call a number
// (docs.cloud.google.com, CCAI Platform, "Custom CRM", agent adapters).
type Desk struct {
	// Adapters are the pages in the frames; one at least, unless there is agentdesktop.
	Adapters Adapters `json:"adapters,omitzero"`
	// AgentDesktop is the widget of Enghouse's AgentDesktop, where that is the contact centre. Absent: the page loads none.
	AgentDesktop *AgentDesktop `json:"agentdesktop,omitempty"`
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

// AgentDesktop is the script by which the desk hears of the contacts in AgentDesktop, and works with them
// (enghouseglobal.atlassian.net/wiki, AgentDesktop, "Esempio completo di integrazione"). The desk's page runs it as its own, and
// what it does not allow to anybody else it allows to that script's site: name only a site that you trust as the desk itself.
// That page is of one origin with all tenants' pages, so a new address is for administrators of the deployment to set; a tenant's
// own may keep the one that is there, or remove it.
type AgentDesktop struct {
	// WidgetURL is the whole address of the script: https://HOST/AD/widget/agentdesktop_widget.js.
	WidgetURL string `json:"widget_url"`
	// Consultation is the name of the function AGENTDESKTOP.CONTACT has for beginning a consultation. It is not in the public
	// text, so empty is a guess by the names beside it: "Transfer_Consultation". The desk says so where there is no such function.
	Consultation string `json:"consultation,omitempty"`
}

// DefaultConsultation is what an empty AgentDesktop.Consultation stands for.
const DefaultConsultation = "Transfer_Consultation"

// siteHost is the host of a site, with its port. It is strict, since it goes into a Content-Security-Policy.
const siteHost = `([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?`

var (
	adapterURL = rule{pattern: `https?://` + siteHost + `(/[^\s#{}]*)?`,
		says: `must be a whole URL such as "https://tenant.example.com/agent/", without variables and without a "#"`}
	widgetURL = rule{required: true, pattern: `https?://` + siteHost + `/[^\s#{}]*`,
		says: `must be the whole URL of the widget's script, such as "https://cti.example.com/AD/widget/agentdesktop_widget.js"`}
	functionName = rule{pattern: `[A-Za-z_$][A-Za-z0-9_$]{0,99}`, says: `must be the name of a function, such as "Transfer_Consultation"`}
	embedOrigin  = rule{pattern: `https?://(\*\.)?` + siteHost,
		says: `must be a site such as "https://crm.example.com", or "https://*.example.com" for all below a name, without a path`}
)

func (d *Desk) validate(c *checker) {
	c.check(d.Adapters != (Adapters{}) || d.AgentDesktop != nil, "desk.adapters",
		"must have an address for call, chat or both, unless there is desk.agentdesktop")
	c.adapter("desk.adapters.call", d.Adapters.Call)
	c.adapter("desk.adapters.chat", d.Adapters.Chat)
	if d.AgentDesktop != nil {
		c.pageAddress("desk.agentdesktop.widget_url", d.AgentDesktop.WidgetURL)
	}
}

// adapter checks an adapter's address, to which parameters are added.
func (c *checker) adapter(path, address string) {
	u := c.pageAddress(path, address)
	if u == nil {
		return
	}
	q, err := url.ParseQuery(u.RawQuery)
	c.check(err == nil, path, `must have its parameters as in ?a=1&b=2: no ";" between them, and two hexadecimal digits after each "%"`)
	c.check(!q.Has("type") && !q.Has("from"), path, "must not have the parameters type and from: they are added, and from has a setting of its own")
}

// pageAddress checks what the pattern cannot: that a browser reads the address as we do, since it goes into a page and its
// policy. It is nil where none can read it.
func (c *checker) pageAddress(path, address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		c.check(false, path, `cannot be read as a URL: a "%" must be followed by two hexadecimal digits, as in %25`)
		return nil
	}
	c.check(isPort(u.Port()), path, "must have a port from 1 to 65535, or none")
	return u
}
