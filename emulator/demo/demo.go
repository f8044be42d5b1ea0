package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"sessionbridge.internal/emulator/local"
)

// Run plays the demo against the local cloud that the options name, and starts one where none runs, with gcloud's
// emulators if official is set. The error says what was expected and is missing.
func Run(ctx context.Context, o local.Options, official bool, out io.Writer) (err error) {
	c := Client{URL: "http://" + net.JoinHostPort(o.Listen, strconv.Itoa(o.BasePort))}
	if err := c.Get(ctx, "/emulator/healthz", nil); err == nil {
		fmt.Fprintf(out, "Using the local cloud at %s\n", c.URL)
		return Play(ctx, c, out)
	}
	began := time.Now()
	if official {
		if o.Official, err = local.StartOfficial(ctx); err != nil {
			return err
		}
		defer o.Official.Close()
	}
	cloud, err := local.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Started a local cloud of its own in %v; `make run` keeps one to look at.\n", took(began))
	return errors.Join(Play(ctx, Client{URL: cloud.URL}, out), cloud.Close())
}

// Play sends one call and one chat, moves the clock fifteen minutes and tells what arrived. It may be played again and
// again on one cloud: its sessions are numbered by the virtual time, and the caller is known from the second time on.
func Play(ctx context.Context, c Client, out io.Writer) error {
	now, err := c.now(ctx)
	if err != nil {
		return err
	}
	number := int(now.Unix() % 1e9)
	call, chat := Call(number, now), Chat(number, now)
	s := &story{ctx: ctx, c: c, out: out}
	s.tell(call)
	s.tell(chat)
	s.chapter("Fifteen minutes later")
	s.step("the clock moves, the metadata is due", func() error { return c.Advance(ctx, 15*time.Minute) })
	if s.err != nil {
		return s.err
	}
	s.chapter("What arrived")
	for _, key := range []string{call.Key, chat.Key} {
		s.report(key)
	}
	return s.verdict()
}

func (c Client) now(ctx context.Context) (time.Time, error) {
	var clock struct {
		Now time.Time `json:"now"`
	}
	err := c.Get(ctx, "/emulator/clock", &clock)
	return clock.Now, err
}

func took(since time.Time) time.Duration { return time.Since(since).Round(time.Millisecond) }

// story tells steps as they happen; after an error it is silent.
type story struct {
	ctx     context.Context
	c       Client
	out     io.Writer
	err     error
	missing []string
}

func (s *story) chapter(title string) {
	if s.err == nil {
		fmt.Fprintf(s.out, "\n%s\n", title)
	}
}

// step does something and tells how long it took.
func (s *story) step(what string, f func() error) {
	if s.err != nil {
		return
	}
	began := time.Now()
	if err := f(); err != nil {
		s.err = fmt.Errorf("%s: %w", what, err)
		return
	}
	fmt.Fprintf(s.out, "  %-44s %8v\n", what, took(began))
}

// tell sends a scenario, one event after the other.
func (s *story) tell(sc Scenario) {
	s.chapter(sc.Key)
	for _, p := range sc.Posts {
		s.step(p.What, func() error { return s.c.Send(s.ctx, p) })
	}
	s.step("everything the CRM is owed is done", func() error { return s.c.Drain(s.ctx) })
}
