package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// qualityView is how far quality management has been told of a session.
type qualityView struct {
	State         string    `json:"state"`     // pending, waiting, done, dead or, where there is nobody to tell, not_told
	Delivered     int       `json:"delivered"` // events
	Owed          int       `json:"owed"`
	NextAttemptAt time.Time `json:"next_attempt_at,omitzero"`
	Problem       string    `json:"problem,omitempty"`
}

func qualityOf(set settings.Settings, d *store.Document) qualityView {
	q := d.Quality
	v := qualityView{State: "done", Delivered: len(q.Sent), Owed: len(work.QualityOwed(set.Quality, d)), NextAttemptAt: q.NextAttemptAt, Problem: q.Problem}
	switch {
	case q.Dead:
		v.State = "dead"
	case q.Problem != "":
		v.State = "waiting"
	case set.Quality.For(string(d.Session.Channel)) == nil:
		v.State = "not_told"
	case v.Owed > 0:
		v.State = "pending"
	}
	return v
}

// afterForgetting is how long after it is asked for a message is sent again.
const afterForgetting = 10 * time.Second

// asideView is a message that was set aside, as a person sees it.
type asideView struct {
	ID      string          `json:"id"`
	At      time.Time       `json:"at"`
	Source  string          `json:"source,omitempty"`
	Problem string          `json:"problem"`
	Replays bool            `json:"replays"` // whether it can be taken up again
	Data    json.RawMessage `json:"data,omitempty"`
}

// aside answers what was set aside of the tenant's: messages that nobody understands, and logins that quality management
// did not take for a week.
func (c *console) aside(w http.ResponseWriter, r *http.Request) error {
	views, err := c.asideOf(r)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"aside": views})
}

func (c *console) asideOf(r *http.Request) ([]asideView, error) {
	if _, err := c.tenant(r); err != nil {
		return nil, err
	}
	kept, err := c.store.Aside(r.Context(), r.PathValue("tenant"), maxListed)
	if err != nil {
		return nil, err
	}
	views := []asideView{}
	for _, p := range kept {
		v := asideView{ID: p.ID, At: p.At, Source: p.Attributes["source"], Problem: p.Problem, Replays: p.Attributes["work"] == work.Quality}
		if json.Valid(p.Data) {
			v.Data = p.Data
		}
		views = append(views, v)
	}
	return views, nil
}

// replayAside has a login told again that was set aside, and forgets it once its task is there: it is set aside anew if
// need be.
func (c *console) replayAside(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := c.sendAside(r, id); err != nil {
		return err
	}
	return answer(w, map[string]any{"replayed": []string{id}})
}

func (c *console) sendAside(r *http.Request, id string) error {
	p, err := c.store.AsideOne(r.Context(), r.PathValue("tenant"), id)
	if errors.Is(err, store.ErrNotFound) {
		return fault.Wrap(fault.NotFound, err, "there is no such message")
	}
	if err != nil {
		return err
	}
	var wake work.Wake
	if err := json.Unmarshal(p.Data, &wake); p.Attributes["work"] != work.Quality || err != nil || wake.Login == nil {
		return fault.New(fault.Unprocessable, "this message cannot be taken up again: it is no login")
	}
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	if channel := string(wake.Login.Payload.Channel); set.Quality.For(channel) == nil {
		return fault.New(fault.Unprocessable, work.NobodyToTell(channel))
	}
	// Its task comes when the message is forgotten: a refusal before that would be set aside in vain.
	if err := work.EnsureAgain(r.Context(), c.tasks, wake, c.clock().Add(afterForgetting), c.targets.Quality); err != nil {
		return err
	}
	return c.store.Forget(r.Context(), p.ID)
}
