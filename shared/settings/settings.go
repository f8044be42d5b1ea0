// Package settings is what a tenant can configure: one JSON document, read strictly and checked as a whole, so that every
// mistake is reported at once with its path. Secrets are references (secret://name), never values.
//
// shared/store keeps the documents; functions read them through a Cache.
package settings

import "time"

// Settings is one tenant's document.
type Settings struct {
	// Version is the version of the document's schema. Absent: 1. Documents of earlier versions are upgraded when they are read,
	// and those of later ones refused.
	Version int `json:"version,omitempty"`
	// Sources are the doorways that are open, by name: agentdesktop, ccai, ccai-adapter, kustomer, qm, udesk, udesk-chat.
	Sources map[string]Source `json:"sources,omitempty"`
	// CRM is where accounts and records live. Absent: the tenant has none, and nothing is owed to it.
	CRM *CRM `json:"crm,omitempty"`
	// Storage is the company's own storage. Absent: no file is stored.
	Storage *Storage `json:"storage,omitempty"`
	// Mail is the metadata email. Absent: none is sent.
	Mail *Mail `json:"mail,omitempty"`
	// Quality is the application for quality management. Absent: there is none.
	Quality *Quality `json:"quality,omitempty"`
	// Presence keeps agents' states in step with the CRM. Absent: they are not.
	Presence *Presence `json:"presence,omitempty"`
	// Retention is how long sessions are kept. Absent: for good.
	Retention *Retention `json:"retention,omitempty"`
	// Desk is the agents' page. Absent: there is none.
	Desk *Desk `json:"desk,omitempty"`
	// People are those who may sign in for this tenant, by mail address in lower case: what they may do is agent, supervisor or
	// administrator. Absent: only those whom the deployment has for all tenants.
	People map[string]string `json:"people,omitempty"`
	// Queues are what is different for a queue, by its id.
	Queues map[string]Queue `json:"queues,omitempty"`
}

// Source is one doorway, authenticated by HTTP Basic or, where its senders sign, by their signature.
type Source struct {
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"` // secret://name
	// Signature is the key that signs what the source "kustomer" sends: the token of the webhook, which is in the answer when it
	// is made (developer.kustomer.com/docs/events/outbound-webhooks). Steps of workflows
	// sign nothing: with a user name and password beside it, either proves who sends.
	Signature string `json:"signature,omitempty"` // secret://name
	// UTCOffset is the zone of the times that the source sends without one, such as +09:00; empty: UTC.
	UTCOffset string `json:"utc_offset,omitempty"`
	// FileHosts are the servers from which the source's recordings and media are fetched: "media.example.com", or
	// "*.example.com" for all below a name. What is announced on another one is not fetched.
	FileHosts []string `json:"file_hosts,omitempty"`
}

// Zone is the zone of UTCOffset.
func (s Source) Zone() *time.Location {
	t, err := time.Parse(offsetLayout, s.UTCOffset)
	if err != nil {
		return time.UTC
	}
	return t.Location()
}

const offsetLayout = "-07:00"

// Mail is where the metadata email goes and the server that takes it.
type Mail struct {
	// To is the address; empty: no mail, but for queues that have an address of their own.
	To       string `json:"to,omitempty"`
	From     string `json:"from"`
	Subject  string `json:"subject,omitempty"` // a template; empty: the default
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"` // secret://name
}

// Problem is one mistake in a document.
type Problem struct {
	Path   string // dotted, e.g. crm.endpoints.comment.url
	Detail string // what is wrong and what would be right
}

// Error is the path and what is wrong there.
func (p *Problem) Error() string { return p.Path + ": " + p.Detail }
