package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/people"
)

// commands answers those with an id above ?after= that are not over: what the stream tells, for pages that it does not
// reach, and for the one that waits until a desk has taken its call.
func (s *server) commands(w http.ResponseWriter, r *http.Request, who agent) error {
	after, err := s.seen(r)
	if err != nil {
		return err
	}
	on, err := s.store.Desk(r.Context(), r.PathValue("tenant"), string(who))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"commands": append([]desk.Command{}, on.After(after, s.clock())...)})
}

// stream is one page's stream of commands (html.spec.whatwg.org, section 9.2, server-sent events).
type stream struct {
	tenant string
	agent  string
	asked  *http.Request // by which the page was let in
	after  int64         // the id of the last command that the page was told
	began  bool          // the page has had a sign of life
}

// connections and streams are of one process. Each stream has a listener, which holds one of the 100 streams that Google's
// servers allow a connection: half of them are left for all else, since connections are used in turn, however full they are.
const (
	connections = 5
	streams     = connections * 100 / 2
)

// fullFor is when a page that finds no stream free may try again; until then it asks for its commands.
const fullFor = 30 * time.Second

// events tells the agent's commands as they come, from the one after Last-Event-ID or, for a page that begins,
// ?after=. The head and the errors of a stream are answered as everything is here, in one piece; the commands follow it.
func (s *server) events() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var page *stream
		inbound.Handler(s.log, s.only(people.Desk, func(w http.ResponseWriter, r *http.Request, who agent) error {
			after, err := s.seen(r)
			if err != nil {
				return err
			}
			if !s.enter() {
				return fault.New(fault.Unavailable, "there are as many streams as there can be; ask for the commands").RetryAfter(fullFor)
			}
			page = &stream{tenant: r.PathValue("tenant"), agent: string(who), asked: r, after: after}
			w.Header().Set("Content-Type", "text/event-stream")
			_, err = fmt.Fprintf(w, "retry: %d\n\n", retry.Milliseconds())
			return err
		})).ServeHTTP(w, r)
		if page == nil {
			return
		}
		defer s.open.Add(-1)
		if r.Method == http.MethodHead {
			return
		}
		if err := s.follow(w, r, page); err != nil {
			s.log.WarnContext(r.Context(), "a stream of commands broke off", "error", err)
		}
	})
}

// enter counts a stream if there may be one more.
func (s *server) enter() bool {
	if s.open.Add(1) <= streams {
		return true
	}
	s.open.Add(-1)
	return false
}

// retry is how soon a browser begins the next stream.
const retry = time.Second

// seen is the id up to which the page knows its commands, of a tenant that has a desk.
func (s *server) seen(r *http.Request) (after int64, err error) {
	if _, err := s.tenant(r); err != nil {
		return 0, err
	}
	for _, text := range []string{r.URL.Query().Get("after"), r.Header.Get("Last-Event-ID")} {
		if text == "" {
			continue
		}
		id, err := number(text)
		if err != nil {
			return 0, fault.Wrap(fault.Malformed, err, "after and Last-Event-ID must be the id of a command, a whole number")
		}
		after = max(after, id)
	}
	return after, nil
}

func number(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

// follow tells the page until it leaves or the stream's time is over. Its error is one of the database: that a page has gone
// is none.
func (s *server) follow(w http.ResponseWriter, r *http.Request, page *stream) error {
	ctx, stop := context.WithTimeout(r.Context(), s.pace.life)
	defer stop()
	var broken error
	desks := make(chan desk.Desk)
	go func() {
		defer close(desks)
		broken = s.store.WatchDesk(ctx, page.tenant, page.agent, func(on desk.Desk) error {
			select {
			case desks <- on:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	s.tell(ctx, w, page, desks)
	over := ctx.Err() != nil
	stop()
	for range desks { // until nobody listens any more
	}
	if over || fault.KindOf(broken) == fault.Canceled {
		return nil
	}
	return broken
}

// tell writes what is new on the desk, and a sign of life between. It is an event and no comment, since a page is not told of
// comments, and must see when a stream is broken of which no end was heard, as after a laptop has slept. For the same reason
// the page has one only where the desk could be read: a listener may be silent for ever without an error, and a page that
// hears nothing asks.
func (s *server) tell(ctx context.Context, w http.ResponseWriter, page *stream, desks <-chan desk.Desk) {
	beat := time.NewTicker(s.pace.beat)
	defer beat.Stop()
	out := http.NewResponseController(w)
	for out.Flush() == nil { // else the page has gone
		select {
		case on, ok := <-desks:
			if !ok {
				return
			}
			page.write(w, on.After(page.after, s.clock()))
			if !page.began {
				page.live(w)
			}
		case <-beat.C:
			if s.shut(page) {
				return
			}
			if on, err := s.look(ctx, page); err == nil {
				page.write(w, on.After(page.after, s.clock()))
				page.live(w)
			}
		}
	}
}

// shut says whether the page's sign-in is over, or the agent's role has been taken away: the page's next stream is refused then. What
// may pass, such as a database that does not answer, shuts nobody out.
func (s *server) shut(page *stream) bool {
	_, err := s.people.Admit(page.asked, people.Desk)
	kind := fault.KindOf(err)
	return kind == fault.Unauthorized || kind == fault.Forbidden
}

// lookFor bounds one reading of a desk.
const lookFor = 5 * time.Second

// look reads the desk beside the listener.
func (s *server) look(ctx context.Context, page *stream) (desk.Desk, error) {
	ctx, stop := context.WithTimeout(ctx, lookFor)
	defer stop()
	return s.store.Desk(ctx, page.tenant, page.agent)
}

func (page *stream) live(w http.ResponseWriter) {
	page.began = true
	_, _ = fmt.Fprint(w, "event: beat\ndata:\n\n") // Flush tells of errors
}

func (page *stream) write(w http.ResponseWriter, commands []desk.Command) {
	for _, c := range commands {
		data, _ := json.Marshal(c) // of texts, times and a number alone; it has no line breaks
		_, _ = fmt.Fprintf(w, "id: %d\nevent: command\ndata: %s\n\n", c.ID, data)
		page.after = c.ID
	}
}
