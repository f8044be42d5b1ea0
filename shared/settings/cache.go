package settings

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"sessionbridge.internal/shared/clock"
)

// Fresh is how long a function goes on with settings it has read: a change is in force everywhere this soon.
const Fresh = 5 * time.Second

// maxCached bounds the cache, so that nothing grows with the number of tenants; beyond it the cache starts anew.
const maxCached = 1000

// Cache gives functions their tenants' settings: read at most once in Fresh per tenant and process, and only once when
// many ask at the same moment. Errors are not cached.
type Cache struct {
	Load  func(ctx context.Context, tenant string) ([]byte, error) // the tenant's document
	Clock clock.Clock

	mu     sync.Mutex
	known  map[string]cached
	flight singleflight.Group
}

type cached struct {
	settings Settings
	at       time.Time
}

// Get returns the tenant's settings: Load's error, or one that names the tenant and joins every *Problem.
func (c *Cache) Get(ctx context.Context, tenant string) (Settings, error) {
	now := c.Clock()
	c.mu.Lock()
	k, ok := c.known[tenant]
	c.mu.Unlock()
	if ok && now.Sub(k.at) < Fresh {
		return k.settings, nil
	}
	// The one that loads must not fail the others by going away.
	v, err, _ := c.flight.Do(tenant, func() (any, error) { return c.load(context.WithoutCancel(ctx), tenant, now) })
	if err != nil {
		return Settings{}, err
	}
	return v.(Settings), nil
}

// GetAnew is Get of what stands in the database now: for work whose task may be younger than what is known here, and that would
// let go for good what a change of the settings made owed.
func (c *Cache) GetAnew(ctx context.Context, tenant string) (Settings, error) {
	return c.load(ctx, tenant, c.Clock())
}

func (c *Cache) load(ctx context.Context, tenant string, now time.Time) (Settings, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	doc, err := c.Load(ctx, tenant)
	if err != nil {
		return Settings{}, err
	}
	s, err := Parse(doc)
	if err != nil {
		return Settings{}, fmt.Errorf("settings of tenant %s: %w", tenant, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxCached {
		c.known = map[string]cached{}
	}
	c.known[tenant] = cached{s, now}
	return s, nil
}
