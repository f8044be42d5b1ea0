package flow

import (
	"context"
	"errors"
	"fmt"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// Trial is one request as the settings would have it for a session, for a person who connects a CRM.
type Trial struct {
	Step string `json:"step"`
	// Endpoint is the key of crm.endpoints by which the request is made, such as find_account_also[0].
	Endpoint string `json:"endpoint,omitempty"`
	Method   string `json:"method,omitempty"`
	URL      string `json:"url,omitempty"`
	Body     string `json:"body,omitempty"`
	Left     string `json:"left_out,omitempty"` // why it would not be sent
	// Of searches that were really sent:
	Status int         `json:"status,omitempty"`
	Answer string      `json:"answer,omitempty"`
	Read   *crm.Found  `json:"read,omitempty"` // what was made of the answer
	Fault  string      `json:"fault,omitempty"`
	step   Step        // the step tried
	sent   crm.Request // and its request
}

// Trials are the requests that the settings make for a session, in order, as if nothing had been done yet; where an
// answer would give an id, 1111 stands for the account's, 2222 for the record's and 3333 for the agent's. Nothing is sent.
func Trials(c *settings.CRM, s session.Session) (out []Trial) {
	known := session.CRM{AccountID: "1111", RecordID: "2222", Agents: map[string]string{}}
	if a, came := crm.LastAgent(s); came {
		known.Agents[crm.AgentKey(a)] = "3333"
	}
	e := &c.Endpoints
	steps := accountProbes(c, s)
	for _, one := range []Step{
		{Name: CreateAccount, endpoint: e.CreateAccount}, {Name: FindRecord, endpoint: recordFinder(c, s)}, {Name: CreateRecord, endpoint: e.CreateRecord}, {Name: FindOwnRecord, endpoint: e.FindOwnRecord},
	} {
		if one.endpoint != nil {
			steps = append(steps, one)
		}
	}
	if search, asks := agentSearch(c, s, session.CRM{}); asks {
		steps = append(steps, search)
	}
	if e.AddSession != nil {
		steps = append(steps, Step{Name: AddSession, endpoint: e.AddSession})
	}
	steps = append(steps, commentSteps(c, s, session.CRM{})...)
	if e.UpdateRecord != nil {
		steps = append(steps, Step{Name: UpdateRecord, endpoint: e.UpdateRecord})
	}
	if e.UpdateLate != nil {
		steps = append(steps, Step{Name: UpdateLate, endpoint: e.UpdateLate})
	}
	steps = append(steps, uploadSteps(c, session.CRM{Ready: likely(s)})...)
	for _, step := range steps {
		k := known
		if step.ofAccount() {
			k = session.CRM{}
		}
		one := trial(progress{crm: c}, step, &store.Document{Session: s, CRM: k})
		one.Endpoint = nameOf(e, step.endpoint)
		out = append(out, one)
	}
	return out
}

// nameOf is the key of an endpoint in the settings.
func nameOf(e *settings.Endpoints, one *settings.Endpoint) string {
	for name, endpoint := range e.All() {
		if endpoint == one {
			return name
		}
	}
	return ""
}

// likely are the files that a session like this would have.
func likely(s session.Session) (all []session.Ready) {
	add := func(kind, ending, mime string) {
		all = append(all, session.Ready{File: kind, Kind: kind, Name: s.Key + ending, Type: mime})
	}
	if s.Channel == session.Chat {
		add(settings.Transcripts, ".txt", "text/plain")
	} else {
		add(settings.Recordings, ".mp3", "audio/mpeg")
	}
	add(settings.Metadata, ".json", "application/json")
	return all
}

func trial(p progress, s Step, d *store.Document) Trial {
	t := Trial{Step: s.Name, step: s}
	v := p.vars(d, s)
	r, ok, err := p.request(d, s, v)
	t.sent, t.Method, t.URL, t.Body = r, r.Method, shown(r.URL), string(r.Body)
	switch {
	case err != nil:
		t.Left = err.Error()
	case !ok:
		t.Left = "a variable in the endpoint's URL is not known of this session"
	case s.searches() && !crm.Asks(s.endpoint, v, s.identities()...):
		t.Left = "it would ask for nothing that names one customer or one session"
	}
	return t
}

// Try sends the searches among the trials, and only those, with the tenant's credentials, and tells what was read.
func (r *Runner) Try(ctx context.Context, tenant string, c *settings.CRM, s session.Session, trials []Trial) {
	u := &run{Runner: r, id: store.ID{Tenant: tenant}, crm: c}
	for i := range trials {
		t := &trials[i]
		if t.Left != "" || !t.step.searches() {
			continue
		}
		n := &next{step: t.step, sent: session.Sent{Step: t.Step, Method: t.sent.Method, URL: t.sent.URL, Body: string(t.sent.Body)}}
		t.read(progress{crm: c}, s, u.send(ctx, n, nil))
	}
}

func (t *Trial) read(p progress, s session.Session, a answer) {
	t.Status, t.Answer = a.Status, cut(string(a.Body))
	v := judge(p.crm, t.step, a)
	switch {
	case v.nobody:
		t.Read = &crm.Found{}
	case v.problem != "":
		t.Fault = v.problem
	default:
		found, err := crm.ReadSearch(t.step.endpoint, crm.VarsOf(p.crm, s, session.CRM{}), a.Answer)
		t.Read = &found
		if errors.Is(err, crm.ErrWebPage) {
			t.Fault = crm.ErrWebPage.Error()
		} else if err != nil {
			t.Fault = fmt.Sprintf("the answer cannot be read: %v", err)
		}
	}
}
