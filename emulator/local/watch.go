package local

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// mountWatch adds the hourly look at what sessions owe to the controls.
func (c *Cloud) mountWatch(mux *http.ServeMux) {
	mux.HandleFunc("POST /emulator/watch", c.lookAround)
}

// lookAround is POST /emulator/watch: one hour's tick of Cloud Scheduler, and what follows from it, by the time it answers.
// Nothing else ticks here, as for presence (pollPresence).
func (c *Cloud) lookAround(w http.ResponseWriter, r *http.Request) {
	if err := c.Watch(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	c.showClock(w, r)
}

// Watch calls functions/watch as Cloud Scheduler does every hour, and returns once what is due then has run. What has expired in
// Firestore is deleted first; nothing expires in gcloud's emulator, which has no TTL policies.
func (c *Cloud) Watch(ctx context.Context) error {
	if c.services.expire != nil {
		c.services.expire()
	}
	if err := c.tick(ctx, "watch", c.account("scheduler")); err != nil {
		return err
	}
	return c.Drain(ctx)
}

// tick is one call of Cloud Scheduler's, signed in as the account.
func (c *Cloud) tick(ctx context.Context, function, account string) error {
	url := c.internalURL(function)
	token, err := c.signer.Token(account, url)
	if err != nil {
		return fmt.Errorf("local cloud: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("{}"))
	if err != nil {
		return fmt.Errorf("local cloud: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("local cloud: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("local cloud: functions/%s answered %d", function, resp.StatusCode)
	}
	return nil
}
