package attendance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/presence"
)

// kustomer is Kustomer's side: an agent's state is the status of their work session
// (developer.kustomer.com/api/queues-and-routing/get-work-sessions).
type kustomer struct {
	*caller
	known *directory
}

// record is one of Kustomer's, as far as it is read (developer.kustomer.com/docs/concepts).
type record struct {
	ID         string `json:"id"`
	Attributes struct {
		Name      string    `json:"name"`
		Email     string    `json:"email"`
		Active    *bool     `json:"active"`
		UpdatedAt time.Time `json:"updatedAt"`
	} `json:"attributes"`
	Relationships struct {
		User   relation `json:"user"`
		Status relation `json:"status"`
	} `json:"relationships"`
}

type relation struct {
	Data struct {
		ID string `json:"id"`
	} `json:"data"`
}

func (r *Runner) kustomer(t *turn) (*kustomer, error) {
	key, err := secret(r.Secrets, "presence.crm.key", t.set.CRM.Key)
	if err != nil {
		return nil, err
	}
	c, err := r.newCaller(t.set.CRM.URL)
	if err != nil {
		return nil, err
	}
	c.sign = func(req *http.Request) { req.Header.Set("Authorization", "Bearer "+key) }
	c.wait = t.renew
	return &kustomer{c, r.known.of(t.tenant + " " + t.set.CRM.URL)}, nil
}

// list has each record of a list kept, page by page. A link to a page that was read before has no end.
func (k *kustomer) list(ctx context.Context, path string, keep func(record)) error {
	n, read := 0, map[string]bool{}
	for range maxPages {
		var page struct {
			Data  []json.RawMessage `json:"data"` // so that a page of too many costs little
			Links struct {
				Next string `json:"next"`
			} `json:"links"`
		}
		if _, err := k.get(ctx, path, &page); err != nil {
			return err
		}
		if n += len(page.Data); len(page.Data) > maxPage || n > maxList {
			return tooLong(path, maxList, "records, or too many in one page")
		}
		all, err := records[record](path, page.Data)
		if err != nil {
			return err
		}
		for _, r := range all {
			keep(r)
		}
		if page.Links.Next == "" || len(all) == 0 {
			return nil
		}
		read[path] = true
		if path, err = k.below(page.Links.Next); err != nil {
			return err
		}
		if read[path] {
			shown, _, _ := strings.Cut(path, "?")
			return fmt.Errorf("GET %s: %w: a page of its list names one that was read before as the next", shown, ErrUnavailable)
		}
	}
	return tooLong(path, maxPages, "pages")
}

// read is the status of every agent who is signed in, as of now. Who has no e-mail address is left out.
func (k *kustomer) read(ctx context.Context, now time.Time) ([]sighting, error) {
	var sessions []record
	err := k.list(ctx, "/v1/routing/work-sessions?active=true", func(r record) {
		r.Attributes.Name, r.Attributes.Email = "", ""
		sessions = append(sessions, r)
	})
	if err != nil {
		return nil, err
	}
	emails, statuses, err := k.learn(ctx, sessions, now)
	if err != nil {
		return nil, err
	}
	var out []sighting
	for _, s := range sessions {
		email, status := emails[s.Relationships.User.Data.ID], statuses[s.Relationships.Status.Data.ID]
		if over := s.Attributes.Active != nil && !*s.Attributes.Active; email == "" || status == "" || over {
			continue
		}
		out = append(out, sighting{email, presence.Observation{
			Side: presence.CRM, Login: s.ID, State: status, At: s.Attributes.UpdatedAt, LearntAt: now, Read: true,
		}})
	}
	return out, nil
}

// learn is the users' e-mail addresses and the statuses' names, by id. They are read anew where the sessions name any that are
// not known.
func (k *kustomer) learn(ctx context.Context, sessions []record, now time.Time) (emails, statuses map[string]string, err error) {
	k.known.mu.Lock()
	defer k.known.mu.Unlock()
	if k.known.stale(sessions, now) {
		emails, statuses := map[string]string{}, map[string]string{}
		err := k.list(ctx, "/v1/routing/statuses", func(r record) { statuses[r.ID] = strings.TrimSpace(r.Attributes.Name) })
		if err == nil {
			err = k.list(ctx, "/v1/users", func(r record) { emails[r.ID] = r.Attributes.Email })
		}
		if err != nil {
			return nil, nil, err
		}
		k.known.fill(emails, statuses, sessions, now)
	}
	return k.known.emails, k.known.statuses, nil
}

// write sets one status ("Update work session by ID"). The documentation does not show the body; a status is named by its id
// wherever a session names one.
func (k *kustomer) write(ctx context.Context, w presence.Write) presence.Result {
	out := presence.Result{Write: w, Outcome: presence.Refused}
	id := k.known.statusCalled(w.State)
	if id == "" {
		return out
	}
	body, _ := json.Marshal(map[string]string{"status": id}) // of texts alone
	resp, err := k.send(ctx, http.MethodPut, "/v1/routing/work-sessions/"+url.PathEscape(w.Login), body)
	if out.Outcome = outcome(resp, err); out.Outcome == presence.Done {
		var answer struct{ Data record }
		if decode(resp, &answer) == nil { // else it is as it was asked
			out.Became = k.known.statusName(answer.Data.Relationships.Status.Data.ID)
		}
	}
	return out
}

// outcome is what became of a write, by how it was answered: whoever may have taken it and did not say so is looked at.
func outcome(resp *outbound.Response, err error) presence.Outcome {
	var failed *outbound.Error
	switch {
	case err != nil && errors.As(err, &failed) && failed.Verdict != outbound.Unknown:
		return presence.Refused
	case err != nil, resp.Status >= http.StatusInternalServerError:
		return presence.Lost
	case resp.Status > 299:
		return presence.Refused
	}
	return presence.Done
}
