package kustomer

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The types of statuses; the type is what routing acts on
// (https://developer.kustomer.com/api/queues-and-routing/update-work-session-by-id, "Status and routability").
const (
	available   = "available"
	busy        = "busy" // set by Kustomer alone, on a call and in wrap-up
	unavailable = "unavailable"
	offline     = "offline" // ends the work session
)

// addDefaultStatuses adds those that every organisation has (https://help.kustomer.com/en_us/user-statuses-H1qvvNnD7).
func (k *Kustomer) addDefaultStatuses() {
	for _, kind := range []string{available, busy, unavailable, offline} {
		k.addStatus(strings.ToUpper(kind[:1])+kind[1:], kind, true)
	}
}

func (k *Kustomer) addStatus(name, kind string, system bool) *Record {
	return k.add("status", map[string]any{"name": name, "statusType": kind, "system": system, "selectable": kind != busy, "enabled": true}, nil, "")
}

// AddStatus adds an unavailable status of the organisation's own, such as Lunch, and returns its id. Kustomer has own
// statuses of this type alone. The error says that the name is empty or in use.
func (k *Kustomer) AddStatus(name string) (id string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if strings.TrimSpace(name) == "" || k.statusCalled(name) != nil {
		return "", fmt.Errorf("a Kustomer status needs a name of its own, not %q", name)
	}
	return k.addStatus(name, unavailable, false).ID, nil
}

func (k *Kustomer) statusCalled(name string) *Record {
	found := k.all("status", func(r *Record) bool { return strings.EqualFold(r.Text("name"), name) })
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// SetStatus does what a person does who chooses a status, by its name, in the menu of their profile: a first status
// begins a work session, and one of type offline ends it. Nobody can choose a busy one.
func (k *Kustomer) SetStatus(email, status string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	user, s := k.userBy(email), k.statusCalled(status)
	switch {
	case user == nil:
		return errors.New("there is no such Kustomer user")
	case s == nil:
		return fmt.Errorf("there is no Kustomer status %q", status)
	case s.Text("statusType") == busy:
		return errors.New("busy is Kustomer's own to set: use SetBusy")
	}
	return k.choose(user, s, user.ID)
}

// SetBusy does what Kustomer does when a person who has a work session is on a call, or in wrap-up.
func (k *Kustomer) SetBusy(email string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	user := k.userBy(email)
	if user == nil || k.currentSession(user.ID) == nil {
		return errors.New("there is no such Kustomer user, or they are offline")
	}
	return k.choose(user, k.statusCalled(busy), "")
}

func (k *Kustomer) choose(user, status *Record, by string) error {
	if session := k.currentSession(user.ID); session != nil {
		k.setStatus(session, status, by)
		return nil
	}
	if status.Text("statusType") == offline {
		return nil // they are
	}
	if k.full("work_session") {
		return errors.New("the Kustomer stand-in has too many work sessions")
	}
	k.add("work_session", sessionIn(status, map[string]any{"active": true, "signedInAt": stamp(k.now()), "workItemCount": 0.0}),
		map[string]Relation{"user": relation("user", user.ID), "status": relation("status", status.ID)}, by)
	return nil
}

func sessionIn(status *Record, attributes map[string]any) map[string]any {
	kind := status.Text("statusType")
	return overlay(attributes, map[string]any{"statusType": kind, "routable": kind == available})
}

func (k *Kustomer) setStatus(session, status *Record, by string) *Record {
	attributes := sessionIn(status, session.Attributes)
	if status.Text("statusType") == offline {
		attributes["active"], attributes["signedOutAt"] = false, stamp(k.now())
	}
	r := k.replace(session, attributes, by)
	r.Relationships["status"] = relation("status", status.ID)
	return r
}

// currentSession is a user's only active one; nil where they are offline.
func (k *Kustomer) currentSession(user string) *Record {
	for _, id := range slices.Backward(k.ids["work_session"]) {
		if r := k.records[id]; r.Related("user") == user {
			if r.Attributes["active"] == true {
				return r
			}
			return nil
		}
	}
	return nil
}

func (k *Kustomer) listStatuses(c *call) answer { return list(c, mostPerPage, k.all("status", every)) }

// listWorkSessions takes the filters active, statusType and user, all of which must fit; the newest is first.
func (k *Kustomer) listWorkSessions(c *call) answer {
	q := c.r.URL.Query()
	if !slices.Contains([]string{"", "true", "false"}, q.Get("active")) {
		return fail(http.StatusBadRequest, "active", "must be true or false")
	}
	if !slices.Contains([]string{"", available, busy, unavailable, offline}, q.Get("statusType")) {
		return fail(http.StatusBadRequest, "statusType", "must be one of available, busy, unavailable, offline")
	}
	return list(c, mostPerPage, newestFirst(k.all("work_session", func(r *Record) bool {
		active := r.Attributes["active"] == true
		return (q.Get("active") == "" || active == (q.Get("active") == "true")) &&
			(q.Get("statusType") == "" || r.Text("statusType") == q.Get("statusType")) &&
			(q.Get("user") == "" || r.Related("user") == q.Get("user"))
	})))
}

func (k *Kustomer) listWorkSessionsOf(c *call) answer {
	user := k.get("user", c.r.PathValue("id"))
	if user == nil {
		return notFound("user")
	}
	return list(c, mostPerPage, newestFirst(k.all("work_session", relatedTo("user", user.ID))))
}

func (k *Kustomer) getWorkSession(c *call) answer {
	return k.answerOne("work_session", c.r.PathValue("id"))
}

// updateWorkSession takes {"status": the id of a status}. A session that has ended can only be read.
func (k *Kustomer) updateWorkSession(c *call) answer {
	session := k.get("work_session", c.r.PathValue("id"))
	if session == nil {
		return notFound("work_session")
	}
	given, bad := c.attributes()
	if bad != nil {
		return bad.answer()
	}
	id, bad := take(given, "status")
	if bad != nil {
		return bad.answer()
	}
	status := k.get("status", id)
	switch {
	case len(given) > 0:
		return fail(http.StatusBadRequest, "", "status is all that can be set")
	case status == nil:
		return fail(http.StatusBadRequest, "status", "must be the id of a status")
	case status.Text("statusType") == busy:
		return fail(http.StatusBadRequest, "status", "busy is set by the system")
	case session.Attributes["active"] != true:
		return fail(http.StatusConflict, "", "the work session has ended")
	}
	return reply(http.StatusOK, map[string]any{"data": k.setStatus(session, status, c.user)})
}
