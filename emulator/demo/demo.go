package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"time"

	"sessionbridge.internal/emulator/local"
)

// Options say where to play and what.
type Options struct {
	local.Options
	Official bool   // start gcloud's emulators with the local cloud, where none runs
	Source   string // whose recordings to play, All, or Kustomer; empty is for the story of one call and one chat
}

// Run plays the demo against the local cloud that the options name, and starts one where none runs. The error says what
// was expected and is missing.
func Run(ctx context.Context, o Options, out io.Writer) (err error) {
	play := Play
	switch o.Source {
	case "":
	case Kustomer:
		play = PlayKustomer
	default:
		rs, err := Recordings(o.Source)
		if err != nil {
			return err
		}
		play = func(ctx context.Context, c Client, out io.Writer) error { return PlayRecordings(ctx, c, rs, out) }
	}
	c := Client{URL: "http://" + net.JoinHostPort(o.Listen, strconv.Itoa(o.BasePort))}
	if err := c.Get(ctx, "/emulator/healthz", nil); err == nil {
		fmt.Fprintf(out, "Using the local cloud at %s\n", c.URL)
		return play(ctx, c, out)
	}
	began := time.Now()
	if o.Official {
		if o.Options.Official, err = local.StartOfficial(ctx); err != nil {
			return err
		}
		defer o.Options.Official.Close()
	}
	cloud, err := local.Start(ctx, o.Options)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Started a local cloud of its own in %v; `make run` keeps one to look at.\n", took(began))
	return errors.Join(play(ctx, Client{URL: cloud.URL}, out), cloud.Close())
}

// Play sends one call and one chat, moves the clock fifteen minutes and tells what arrived. It may be played again and
// again on one cloud: its sessions are numbered by the virtual time, and the caller is known from the second time on.
func Play(ctx context.Context, c Client, out io.Writer) error {
	now, err := c.now(ctx)
	if err != nil {
		return err
	}
	media, err := c.media(ctx)
	if err != nil {
		return err
	}
	number := int(now.Unix() % 1e9)
	return tell(ctx, c, out, Call(number, now).Recorded(number, now, media), Chat(number, now).Photographed(number, now, media))
}

// PlayRecordings likewise plays recordings, and compares what became of them with what they expect. It, too, may be done
// again and again.
func PlayRecordings(ctx context.Context, c Client, rs []Recording, out io.Writer) error {
	now, err := c.now(ctx)
	if err != nil {
		return err
	}
	media, err := c.media(ctx)
	if err != nil {
		return err
	}
	scenarios, err := schedule(rs, now, media)
	if err != nil {
		return err
	}
	return tell(ctx, c, out, scenarios...)
}

// schedule lays each source's recordings end to end, since an agent has one call at a time, with the last a little before
// now.
func schedule(rs []Recording, now time.Time, media string) ([]Scenario, error) {
	const pause = 10 * time.Second
	scenarios := make([]Scenario, len(rs))
	ends := map[string]time.Time{}
	for i, r := range slices.Backward(rs) {
		end, ok := ends[r.Source]
		if !ok {
			end = now
		}
		end = end.Add(-pause).Truncate(time.Second)
		s, err := r.Scenario(now, end, media)
		if err != nil {
			return nil, err
		}
		scenarios[i], ends[r.Source] = s, end.Add(-r.Length())
	}
	return scenarios, nil
}

// tell plays the scenarios, one after the other, and tells how it goes.
func tell(ctx context.Context, c Client, out io.Writer, scenarios ...Scenario) error {
	s := &story{ctx: ctx, c: c, out: out}
	for _, sc := range scenarios {
		s.play(sc)
	}
	s.chapter("Fifteen minutes later")
	s.step("the clock moves, the metadata is due", func() error { return c.Advance(ctx, 15*time.Minute) })
	s.chapter("What arrived")
	arrived := s.look()
	for _, sc := range scenarios {
		s.report(sc, arrived)
	}
	s.checkQuality(arrived.quality)
	s.tree(scenarios, arrived)
	return s.verdict()
}

func (c Client) now(ctx context.Context) (time.Time, error) {
	var clock struct {
		Now time.Time `json:"now"`
	}
	err := c.Get(ctx, "/emulator/clock", &clock)
	return clock.Now, err
}

// media is where the local cloud keeps recordings and media.
func (c Client) media(ctx context.Context) (string, error) {
	var health struct {
		Media string `json:"media"`
	}
	err := c.Get(ctx, "/emulator/healthz", &health)
	return health.Media, err
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

// play sends a scenario, one event after the other.
func (s *story) play(sc Scenario) {
	if sc.Title == "" {
		s.chapter(sc.Key)
	} else {
		s.chapter(sc.Title + ": " + sc.Key)
	}
	for _, p := range sc.Posts {
		s.step(p.What, func() error { return s.c.Send(s.ctx, p) })
	}
	s.step("everything the CRM is owed is done", func() error { return s.c.Drain(s.ctx) })
}
