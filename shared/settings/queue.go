package settings

import "net/mail"

// Queue is what is different for the sessions of one queue. What it leaves out is as for all.
type Queue struct {
	// Mail sends the metadata email of the queue's sessions to an address of its own.
	Mail *QueueMail `json:"mail,omitempty"`
	// LookupURL takes the place of crm.lookup_urls.queue.
	LookupURL string `json:"lookup_url,omitempty"`
}

// QueueMail is the switch of a queue's own mail: it is on where it is there.
type QueueMail struct {
	To string `json:"to,omitempty"` // empty: no mail for this queue
}

// ForQueue is the settings as they are for a queue's sessions: the queue's own over all others' (docs.cloud.google.com, CCAI
// Platform, "Custom CRM", email update, and custom URL of a queue). A queue that is on has its own address, and none
// without one; a queue that is off inherits, and so cannot opt out by being switched off. A setting that has come to
// nothing is absent.
func (s Settings) ForQueue(id string) Settings {
	q := s.Queues[id]
	if s.Mail != nil {
		m := *s.Mail
		if q.Mail != nil {
			m.To = q.Mail.To
		}
		s.Mail = &m
		if m.To == "" {
			s.Mail = nil
		}
	}
	if s.CRM != nil && q.LookupURL != "" {
		crm := *s.CRM
		crm.LookupURLs.Queue = q.LookupURL
		s.CRM = &crm
	}
	return s
}

func (q Queue) validate(c *checker, path string, s *Settings) {
	if q.Mail != nil {
		c.check(s.Mail != nil, path+".mail", "needs the top level's mail, which says by which server")
		_, err := mail.ParseAddress(q.Mail.To)
		c.check(q.Mail.To == "" || err == nil, path+".mail.to", "must be one mail address, or empty for none")
	}
	c.lookup(path+".lookup_url", q.LookupURL, queueVariables)
	c.check(q.LookupURL == "" || s.CRM != nil, path+".lookup_url", "needs the top level's crm")
}
