package demo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Client speaks to a local cloud as the contact centre and as a person at its page.
type Client struct {
	URL    string // without a slash at the end
	Tenant string // whose contact centre; empty: demo
}

// Send posts to the tenant's webhook and expects that the events are durable.
func (c Client) Send(ctx context.Context, p Post) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/webhook/"+c.tenant()+"/"+p.Source, bytes.NewReader(p.Body))
	if err != nil {
		return err
	}
	req.SetBasicAuth("demo", "demo")
	req.Header.Set("Content-Type", "application/json")
	return c.do(req, nil)
}

func (c Client) tenant() string { return cmp.Or(c.Tenant, "demo") }

// Advance moves the virtual clock and waits until everything that fell due has run.
func (c Client) Advance(ctx context.Context, d time.Duration) error {
	return c.post(ctx, "/emulator/clock/advance", fmt.Sprintf(`{"by":%q}`, d))
}

// Drain waits until nothing is under way.
func (c Client) Drain(ctx context.Context) error { return c.post(ctx, "/emulator/drain", "") }

// Faults makes the services fail as the script says.
func (c Client) Faults(ctx context.Context, script string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, c.URL+"/emulator/faults", strings.NewReader(script))
	if err != nil {
		return err
	}
	return c.do(req, nil)
}

func (c Client) post(ctx context.Context, path, body string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	return c.do(req, nil)
}

// Get reads JSON into v, or the bytes where v is a *[]byte.
func (c Client) Get(ctx context.Context, path string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+path, nil)
	if err != nil {
		return err
	}
	return c.do(req, v)
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

func (c Client) do(req *http.Request, v any) error {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the local cloud does not answer: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", req.URL.Path, err)
	}
	if resp.StatusCode >= 300 {
		return &Refusal{req.URL.Path, resp.StatusCode, strings.TrimSpace(string(body))}
	}
	switch v := v.(type) {
	case nil:
		return nil
	case *[]byte:
		*v = body
		return nil
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%s: %w", req.URL.Path, err)
	}
	return nil
}

// Refusal is an answer that is no success.
type Refusal struct {
	Path   string
	Status int
	Body   string
}

// Error names the path, the status and what was said.
func (r *Refusal) Error() string { return fmt.Sprintf("%s answered %d: %s", r.Path, r.Status, r.Body) }
