package settings_test

import (
	"testing"

	"sessionbridge.internal/shared/settings"
)

// The table of the documented inheritance, and what follows from it where an address is empty.
func TestQueuesInheritTheMail(t *testing.T) {
	t.Parallel()
	const global, own = "all@example.com", "queue@example.com"
	on := func(to string) *settings.QueueMail { return &settings.QueueMail{To: to} }
	tests := map[string]struct {
		from  string
		to    string
		queue *settings.QueueMail
		want  string
	}{
		"off and off: no mail":                             {fromEmail + ", row 1", "", nil, ""},
		"off and on: the queue's address":                  {fromEmail + ", row 2", "", on(own), own},
		"on and off: the global address":                   {fromEmail + ", row 3", global, nil, global},
		"on and on: the queue's address":                   {fromEmail + ", row 4", global, on(own), own},
		"on and on without an address: no mail":            {fromEmail + ", row 4", global, on(""), ""},
		"off and on without an address: no mail, our rule": {oursMail, "", on(""), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			s := settings.Settings{
				Mail:   &settings.Mail{To: tt.to, Host: "smtp.example.com"},
				Queues: map[string]settings.Queue{"7": {Mail: tt.queue}},
			}
			got := ""
			if m := s.ForQueue("7").Mail; m != nil {
				got = m.To
			}
			if got != tt.want {
				t.Errorf("the mail goes to %q, want %q", got, tt.want)
			}
			if m := s.ForQueue("8").Mail; (m != nil) != (tt.to != "") || m != nil && m.To != tt.to {
				t.Errorf("another queue's mail is %+v, want to %q", m, tt.to)
			}
			if s.Mail.To != tt.to {
				t.Errorf("the tenant's own settings are changed: %+v", s.Mail)
			}
		})
	}
}

func TestQueuesHaveALookupPageOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := settings.Settings{
		CRM:    &settings.CRM{LookupURLs: settings.LookupURLs{Queue: "https://crm/all"}},
		Queues: map[string]settings.Queue{"7": {LookupURL: "https://crm/seven"}},
	}
	if a, b := s.ForQueue("7").CRM.LookupURLs.Queue, s.ForQueue("").CRM.LookupURLs.Queue; a != "https://crm/seven" || b != "https://crm/all" {
		t.Errorf("the pages are %s and %s", a, b)
	}
	if s.CRM.LookupURLs.Queue != "https://crm/all" {
		t.Error("the tenant's own settings are changed")
	}
}
