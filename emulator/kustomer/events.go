package kustomer

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"
)

// event is what a webhook is sent (https://developer.kustomer.com/docs/events, "The event envelope").
type event struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Org       string  `json:"org"`
	Partition string  `json:"partition"`
	Data      *Record `json:"data"`    // all of it, as it is now
	Changes   *diff   `json:"changes"` // null where it is new
	CreatedAt string  `json:"createdAt"`
	Client    string  `json:"client"`
}

// diff says what is different, by name.
type diff struct {
	Attributes    map[string]change `json:"attributes"`
	Relationships map[string]change `json:"relationships"`
}

type change struct {
	Op     string `json:"op"` // add, replace or remove
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID        string    `json:"id"` // the event's: the same however often it is sent
	Event     string    `json:"event"`
	Attempts  []Attempt `json:"attempts"`
	Delivered bool      `json:"delivered"`
	GivenUp   bool      `json:"given_up"`
}

// Attempt is one sending.
type Attempt struct {
	Time   time.Time `json:"time"`             // virtual
	Status int       `json:"status,omitempty"` // what was answered; 0: nothing was
}

// outgoing are the newest deliveries of a webhook.
type outgoing struct{ newest []*delivery }

// maxDeliveries bounds the deliveries of a webhook that are remembered.
const maxDeliveries = 1000

// emit tells all webhooks that want it what was done to a record. Before is nil where it is new.
func (k *Kustomer) emit(verb string, before, r *Record) {
	name := "kustomer." + r.Type + "." + verb
	hooks := k.all("outbound_webhook", func(hook *Record) bool {
		events, _ := hook.Attributes["events"].([]any)
		return hook.Attributes["enabled"] == true && slices.Contains(events, any(name))
	})
	if len(hooks) == 0 {
		return
	}
	e := event{ID: k.newID(), Name: name, Org: orgID, Partition: orgID, Data: r, CreatedAt: stamp(k.now()), Client: "api"}
	if before != nil {
		e.Changes = &diff{changes(before.Attributes, r.Attributes), changes(before.Relationships, r.Relationships)}
	}
	body, err := json.Marshal(e)
	if err != nil { // all of it came as JSON
		return
	}
	for _, hook := range hooks {
		k.send(&delivery{Delivery: Delivery{ID: e.ID, Event: name}, hook: hook.ID, body: body})
	}
}

// changes compares what was with what is.
func changes[V any](before, after map[string]V) map[string]change {
	found := map[string]change{}
	for name, was := range before {
		if is, there := after[name]; !there {
			found[name] = change{Op: "remove", Before: was}
		} else if !reflect.DeepEqual(was, is) {
			found[name] = change{"replace", was, is}
		}
	}
	for name, is := range after {
		if _, there := before[name]; !there {
			found[name] = change{Op: "add", After: is}
		}
	}
	return found
}
