package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/kustomer"
)

// The API keys of the Kustomer stand-in: the connector's, which may do what a connector needs, and an administrator's.
const (
	kustomerKey      = "demo"
	kustomerAdminKey = "demo-admin"
)

// kustomerSecret and kustomerHookSecret are the files with the connector's key and with what signs the webhooks.
const (
	kustomerSecret     = "kustomer-api-key"
	kustomerHookSecret = "kustomer-webhook-token"
)

// kustomerRoles are the connector's, the least that do (developer.kustomer.com/docs/get-started/api-keys-and-roles).
var kustomerRoles = []string{
	"org.permission.customer", "org.permission.conversation", "org.permission.message", "org.permission.note",
	"org.permission.user.read", "org.permission.routing",
}

// kustomerUsers are the agents, by the emails by which the contact centre knows them too.
var kustomerUsers = []struct{ name, email string }{
	{"Kim Park", "kim@demo.example"}, {"Lee Moreno", "lee@demo.example"}, {"Sam Okafor", "sam@demo.example"},
}

// startKustomer serves the stand-in for Kustomer, whose webhooks may reach the functions' address.
func (c *Cloud) startKustomer(context.Context) error {
	l, err := c.listen(portKustomer, "Kustomer")
	if err != nil {
		return err
	}
	k := kustomer.New(kustomer.Options{
		APIKeys:       map[string][]string{kustomerKey: kustomerRoles, kustomerAdminKey: {"org"}},
		Clock:         c.clock,
		LocalWebhooks: strings.TrimPrefix(c.URL, "http://"),
	})
	for _, u := range kustomerUsers {
		if _, err := k.AddUser(u.name, u.email); err != nil {
			l.Close()
			return fmt.Errorf("local cloud: %w", err)
		}
	}
	c.services.kustomer, c.services.kustomerAddr = k, dialable(l)
	c.serve(l, c.tapped(fault.HTTP(c.faults, fault.Kustomer, k)))
	c.runKustomer(k)
	return nil
}

// runKustomer delivers webhooks until the cloud closes.
func (c *Cloud) runKustomer(k *kustomer.Kustomer) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.Run(ctx)
	}()
	c.onClose(func() error {
		cancel()
		<-done
		return nil
	})
}

// makeKustomerWebhook subscribes to what can be about a session, as an administrator does, and keeps what signs it.
func (c *Cloud) makeKustomerWebhook(ctx context.Context) error {
	body, err := json.Marshal(map[string]any{
		"name": "Sessionbridge", "url": c.URL + "/webhook/" + kustomerTenant + "/kustomer",
		"events": []string{"kustomer.conversation.create", "kustomer.conversation.update", "kustomer.message.create", "kustomer.message.update"},
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.services.kustomerAddr+"/v1/outbound-webhooks", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+kustomerAdminKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var made struct {
		Data struct {
			Attributes struct {
				Token string `json:"token"`
			} `json:"attributes"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&made); err != nil || resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("the webhook of Kustomer: answered %d, %w", resp.StatusCode, err)
	}
	return os.WriteFile(filepath.Join(c.secretsDir(), kustomerHookSecret), []byte(made.Data.Attributes.Token), 0o600)
}

// mountKustomer adds what came out of Kustomer to the controls.
func (c *Cloud) mountKustomer(mux *http.ServeMux) {
	mux.HandleFunc("GET /emulator/kustomer", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.services.kustomer.Snapshot()) })
	mux.HandleFunc("GET /emulator/kustomer/page/", func(w http.ResponseWriter, r *http.Request) {
		c.services.kustomer.Pages("/emulator/kustomer/page").ServeHTTP(w, r)
	})
}
