package local

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"sessionbridge.internal/emulator/ccai"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/shared/settings"
)

// The contact centre whose agents are kept in step with Kustomer's, and the queue of the turns that do so.
const (
	presenceQueue  = "presence"
	centreUser     = "demo"
	centrePassword = "demo"
	centreSecret   = "centre-api-credential"
)

// startCentre serves the stand-in for the contact centre's APIs. Its agents are Kustomer's users, who are not signed in.
func (c *Cloud) startCentre(context.Context) error {
	l, err := c.listen(portCentre, "the contact centre's APIs")
	if err != nil {
		return err
	}
	s := ccai.New(ccai.Options{Username: centreUser, Password: centrePassword, Clock: c.clock, Statuses: []string{"Meal", "Break", "Coaching"}})
	for _, u := range kustomerUsers {
		if _, err := s.AddAgent(u.name, u.email); err != nil {
			l.Close()
			return fmt.Errorf("local cloud: %w", err)
		}
	}
	c.services.centre, c.services.centreAddr = s, dialable(l)
	c.serve(l, c.tapped(fault.HTTP(c.faults, fault.Centre, s)))
	return nil
}

// demoPresence keeps the agents of Kustomer and of the contact centre in step, both ways.
func (c *Cloud) demoPresence() *settings.Presence {
	return &settings.Presence{
		ToCentre: map[string]string{"Available": "Available", "Unavailable": "Break"}, TwoWay: true,
		CRM: settings.PresenceCRM{Type: settings.CRMKustomer, URL: "http://" + c.services.kustomerAddr, Key: "secret://" + kustomerSecret},
		Centre: &settings.PresenceCentre{
			Type: settings.CentreCCAI, URL: "http://" + c.services.centreAddr, Username: centreUser, Password: "secret://" + centreSecret,
		},
	}
}

// mountCentre adds what came out of the contact centre, and what plays with it, to the controls.
func (c *Cloud) mountCentre(mux *http.ServeMux) {
	mux.HandleFunc("GET /emulator/ccai", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.services.centre.Snapshot()) })
	mux.HandleFunc("POST /emulator/ccai/status", playStatus(func(email, status string) error { return c.services.centre.Play(email, status) }))
	mux.HandleFunc("POST /emulator/kustomer/status", playStatus(func(email, status string) error { return c.services.kustomer.SetStatus(email, status) }))
	mux.HandleFunc("POST /emulator/presence/poll", c.pollPresence)
}

// playStatus is POST {"agent": email, "status": name}: what the agent does, or for In-call and Wrap-up what a call does to them.
func playStatus(set func(email, status string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Agent  string `json:"agent"`
			Status string `json:"status"`
		}
		if err := json.NewDecoder(io.LimitReader(r.Body, 1<<10)).Decode(&in); err != nil {
			http.Error(w, `send {"agent":"kim@demo.example","status":"Available"}`, http.StatusBadRequest)
			return
		}
		if err := set(in.Agent, in.Status); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// pollPresence is POST /emulator/presence/poll: one minute's tick of Cloud Scheduler, and the turns that follow from it, by the time
// it answers. Nothing else ticks here: every minute of a clock that is moved by a week would be ten thousand turns.
func (c *Cloud) pollPresence(w http.ResponseWriter, r *http.Request) {
	if err := c.PollPresence(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	c.showClock(w, r)
}

// PollPresence calls functions/presence as Cloud Scheduler does every minute, and returns once what follows within a second has
// run.
func (c *Cloud) PollPresence(ctx context.Context) error {
	if err := c.tick(ctx, "presence", c.account("scheduler")); err != nil {
		return err
	}
	return c.Advance(ctx, 2*time.Second)
}
