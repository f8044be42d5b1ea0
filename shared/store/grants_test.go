package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/store"
)

func grant(refresh, access string, until time.Time) store.Grant {
	return store.Grant{
		TokenURL: "https://crm.example.com/token", ClientID: "bridge",
		RefreshToken: secrets.New(refresh), AccessToken: secrets.New(access), ExpiresAt: until,
	}
}

// sameGrant compares what is kept.
func sameGrant(a, b store.Grant) bool {
	return a.TokenURL == b.TokenURL && a.ClientID == b.ClientID && a.ExpiresAt.Equal(b.ExpiresAt) &&
		a.RefreshToken.Reveal() == b.RefreshToken.Reveal() && a.AccessToken.Reveal() == b.AccessToken.Reveal()
}

func TestGrantsAreKept(t *testing.T) {
	t.Parallel()
	s := open(t, "grants")
	if _, err := s.Grant(t.Context(), "demo"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("before there is one: %v", err)
	}
	for _, g := range []store.Grant{grant("r1", "a1", start), grant("r2", strings.Repeat("a", 5000), time.Time{})} {
		if err := s.PutGrant(t.Context(), "demo", g); err != nil {
			t.Fatal(err)
		}
		got, err := s.Grant(t.Context(), "demo")
		if err != nil || !sameGrant(got, g) || got.ExpiresAt.IsZero() != g.ExpiresAt.IsZero() {
			t.Errorf("kept is %v until %v, %v", got.TokenURL, got.ExpiresAt, err)
		}
	}
	if _, err := s.Grant(t.Context(), "other"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another tenant's: %v", err)
	}
}

func TestAGrantReplacesOnlyWhatWasRead(t *testing.T) {
	t.Parallel()
	s := open(t, "grants")
	first, mine, theirs := grant("r1", "a1", start), grant("r2", "a2", start), grant("r3", "a3", start)
	if err := s.PutGrant(t.Context(), "demo", first); err != nil {
		t.Fatal(err)
	}
	read, err := s.Grant(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	read.RefreshToken, read.AccessToken = mine.RefreshToken, mine.AccessToken
	if err := s.PutGrant(t.Context(), "demo", theirs); err != nil { // which was not read, and so replaces any
		t.Fatal(err)
	}
	if err := s.PutGrant(t.Context(), "demo", read); !errors.Is(err, store.ErrChanged) {
		t.Errorf("over another: %v, want ErrChanged", err)
	}
	if got, err := s.Grant(t.Context(), "demo"); err != nil || !sameGrant(got, theirs) {
		t.Errorf("kept is not theirs, %v", err)
	}
	if read, err = s.Grant(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	read.RefreshToken, read.AccessToken = mine.RefreshToken, mine.AccessToken
	if err := s.PutGrant(t.Context(), "demo", read); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Grant(t.Context(), "demo"); err != nil || !sameGrant(got, mine) {
		t.Errorf("kept is not mine, %v", err)
	}
	if err := s.PutGrant(t.Context(), "gone", read); !errors.Is(err, store.ErrChanged) {
		t.Errorf("where none is any more: %v, want ErrChanged", err)
	}
}

func connecting(state string) store.Connecting {
	return store.Connecting{Person: "ada@example.com", State: secrets.New(state), Verifier: secrets.New("verifier of " + state), Until: start.Add(time.Minute)}
}

func TestWhoConnectsIsTakenOnce(t *testing.T) {
	t.Parallel()
	s := open(t, "connecting")
	take := func(tenant, person, state string) (store.Connecting, error) {
		return s.TakeConnecting(t.Context(), tenant, person, state)
	}
	if _, err := take("demo", "ada@example.com", ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody on the way: %v", err)
	}
	for _, state := range []string{"before", "state"} { // the second in the place of the first
		if err := s.PutConnecting(t.Context(), "demo", connecting(state)); err != nil {
			t.Fatal(err)
		}
	}
	for name, way := range map[string][3]string{
		"another's state": {"demo", "ada@example.com", "before"}, "no state": {"demo", "ada@example.com", ""},
		"another person": {"demo", "eve@example.com", "state"}, "another tenant": {"other", "ada@example.com", "state"},
	} {
		if c, err := take(way[0], way[1], way[2]); !errors.Is(err, store.ErrNotFound) || c != (store.Connecting{}) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	c, err := take("demo", "ada@example.com", "state")
	if err != nil || c.Verifier.Reveal() != "verifier of state" || c.State.Reveal() != "state" || !c.Until.Equal(start.Add(time.Minute)) {
		t.Errorf("taken is %v, %v", c, err)
	}
	if _, err := take("demo", "ada@example.com", "state"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
}

func TestOneOfManyTakesWhoConnects(t *testing.T) {
	t.Parallel()
	s := open(t, "connecting")
	if err := s.PutConnecting(t.Context(), "demo", connecting("state")); err != nil {
		t.Fatal(err)
	}
	var (
		all  sync.WaitGroup
		took atomic.Int32
	)
	for range 8 {
		all.Go(func() {
			_, err := s.TakeConnecting(t.Context(), "demo", "ada@example.com", "state")
			switch {
			case err == nil:
				took.Add(1)
			case !errors.Is(err, store.ErrNotFound):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if took.Load() != 1 {
		t.Errorf("%d took it, want 1", took.Load())
	}
}

func TestGrantsAndConnectionsShowNoSecret(t *testing.T) {
	t.Parallel()
	for _, v := range []any{grant("canary", "canary", start), connecting("canary")} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			if shown := fmt.Sprintf(verb, v); strings.Contains(shown, "canary") || strings.Contains(shown, "63616e617279") {
				t.Errorf("%s shows %s", verb, shown)
			}
		}
	}
}
