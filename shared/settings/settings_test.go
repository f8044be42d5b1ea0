package settings_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionbridge.internal/shared/settings"
)

const good = `{
  "sources": {"ccai": {"username": "demo", "password": "secret://door"}},
  "crm": {
    "queue": "crm-demo", "timeout_seconds": 5, "retry": "safe",
    "record_url": "https://crm.example.com/record/{RECORD_ID}",
    "endpoints": {
      "find_account": {"method": "GET", "url": "https://crm.example.com/api/accounts", "parameters": [{"key": "phone", "value": "{PHONE_NUMBER}"}]},
      "create_account": {"method": "POST", "url": "https://crm.example.com/api/accounts"},
      "create_record": {"method": "POST", "url": "https://crm.example.com/api/records"},
      "comment": {"method": "POST", "url": "https://crm.example.com/api/records/{RECORD_ID}/comments"}
    }
  },
  "storage": {"bucket": "demo-sessions"},
  "mail": {"to": "crm@example.com", "from": "no-reply@example.com", "host": "smtp.example.com", "port": 587}
}`

func TestParseReadsAGoodDocument(t *testing.T) {
	t.Parallel()
	s, err := settings.Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.CRM.Timeout(); got != 5*time.Second {
		t.Errorf("timeout is %v, want 5s", got)
	}
	if got := (&settings.CRM{}).Timeout(); got != 10*time.Second {
		t.Errorf("default timeout is %v, want 10s", got)
	}
	if got := (&settings.CRM{}).RetryPreset(); got != settings.RetryDocumented {
		t.Errorf("default retry preset is %q, want %q", got, settings.RetryDocumented)
	}
}

func TestParseNamesEveryMistake(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from     string
		part, by string // what is replaced in the good document, and by what
		want     []string
	}{
		"an unknown key":                 {oursNoKey, `"retry": "safe"`, `"retires": "safe"`, []string{"crm.retires: is no setting", "retry,"}},
		"a wrong type":                   {oursKinds, `"timeout_seconds": 5`, `"timeout_seconds": "5"`, []string{"crm.timeout_seconds", "number"}},
		"a second document":              {fromJSON, "587}\n}", "587}\n} {}", []string{"nothing after it"}},
		"a zone that is a name":          {oursZone, `"secret://door"`, `"secret://door", "utc_offset": "Asia/Tokyo"`, []string{"sources.ccai.utc_offset", "+09:00"}},
		"a secret written out":           {oursSecrets, `secret://door`, `hunter2`, []string{"sources.ccai.password", "secret://"}},
		"a timeout out of range":         {fromTimeout, `"timeout_seconds": 5`, `"timeout_seconds": 11`, []string{"crm.timeout_seconds", "1 to 10"}},
		"a retry preset nobody knows":    {oursRetry, `"retry": "safe"`, `"retry": "always"`, []string{"crm.retry", "documented"}},
		"a record page without its id":   {fromPages, `record/{RECORD_ID}"`, `record"`, []string{"crm.record_url", "{RECORD_ID}"}},
		"a method that is not allowed":   {fromConfig, `"method": "GET"`, `"method": "DELETE"`, []string{"crm.endpoints.find_account.method"}},
		"a variable that is the host":    {oursHosts, `https://crm.example.com/api/records"`, `https://{EMAIL}/api/records"`, []string{"crm.endpoints.create_record.url", "host"}},
		"a URL without a scheme":         {oursURL, `https://crm.example.com/api/records"`, `crm.example.com"`, []string{"crm.endpoints.create_record.url", "whole URL"}},
		"comments without records":       {fromAPI, `"create_record"`, `"find_own_record"`, []string{"crm.endpoints.comment", "create_record"}},
		"an address that is none":        {fromMailbox, `"to": "crm@example.com"`, `"to": "crm"`, []string{"mail.to"}},
		"a bucket with capitals":         {fromBucket, `demo-sessions`, `Demo`, []string{"storage.bucket"}},
		"several mistakes, all at once":  {oursQueue, `"queue": "crm-demo", "timeout_seconds": 5`, `"queue": "", "timeout_seconds": -1`, []string{"crm.queue", "crm.timeout_seconds"}},
		"a parameter without a key":      {fromConfig, `"key": "phone"`, `"key": ""`, []string{"crm.endpoints.find_account.parameters[0].key"}},
		"a number where a text belongs":  {oursKinds, `"https://crm.example.com/record/{RECORD_ID}"`, `5`, []string{"crm.record_url", "a JSON string, not of type number"}},
		"a text where yes or no belongs": {oursKinds, `"retry": "safe"`, `"reuse_records": "yes"`, []string{"crm.reuse_records", "a JSON boolean, not of type string"}},
		"an object where a list belongs": {oursKinds, `[{"key": "phone", "value": "{PHONE_NUMBER}"}]`, `{}`, []string{"crm.endpoints.find_account.parameters", "a JSON array, not of type object"}},
		"a list where an object belongs": {oursKinds, `{"bucket": "demo-sessions"}`, `[]`, []string{"storage", "a JSON object, not of type array"}},
		"a CRM's password written out":   {oursSecrets, `"retry": "safe"`, `"basic": {"username": "", "password": "hunter2"}`, []string{"crm.basic.username", "crm.basic.password", "secret://"}},
		"a header that is none":          {fromField, `"retry": "safe"`, `"idempotency_header": "Key: x"`, []string{"crm.idempotency_header", "Idempotency-Key"}},
		"an account page without its id": {fromPages, `"retry": "safe"`, `"account_url": "https://crm.example.com/"`, []string{"crm.account_url", "{ACCOUNT_ID}"}},
		"records that cannot be found":   {fromRecord, `"retry": "safe"`, `"reuse_records": true`, []string{"crm.reuse_records", "find_record"}},
		"a mail server without a name":   {oursMail, `"host": "smtp.example.com", "port": 587`, `"host": "", "port": 65536`, []string{"mail.host", "mail.port", "587"}},
		"a password without a user name": {oursMail, `"port": 587`, `"port": 587, "password": "secret://smtp"`, []string{"mail.username"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			doc := strings.Replace(good, tt.part, tt.by, 1)
			if doc == good {
				t.Fatalf("the good document does not hold %q", tt.part)
			}
			_, err := settings.Parse([]byte(doc))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestParseRefusesAHugeDocument(t *testing.T) {
	t.Parallel()
	var p *settings.Problem
	if _, err := settings.Parse(make([]byte, settings.MaxBytes+1)); !errors.As(err, &p) || p.Path != "$" {
		t.Errorf("error is %v, want a Problem at $", err)
	}
}

func TestCacheLoadsOnceWhileFresh(t *testing.T) {
	t.Parallel()
	var loads atomic.Int32
	var now atomic.Int64
	c := &settings.Cache{
		Clock: func() time.Time { return time.Unix(now.Load(), 0) },
		Load: func(context.Context, string) ([]byte, error) {
			loads.Add(1)
			return []byte(`{}`), nil
		},
	}
	get := func() {
		if _, err := c.Get(t.Context(), "demo"); err != nil {
			t.Error(err)
		}
	}
	get()
	var all sync.WaitGroup
	for range 20 {
		all.Go(get)
	}
	all.Wait()
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads while fresh, want 1", n)
	}
	now.Add(int64(settings.Fresh / time.Second))
	get()
	if n := loads.Load(); n != 2 {
		t.Errorf("%d loads after they went stale, want 2", n)
	}
}

func TestCacheDoesNotKeepErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("the database is away")
	c := &settings.Cache{Clock: time.Now, Load: func(context.Context, string) ([]byte, error) { return nil, broken }}
	if _, err := c.Get(t.Context(), "demo"); !errors.Is(err, broken) {
		t.Fatalf("error is %v", err)
	}
	c.Load = func(context.Context, string) ([]byte, error) { return []byte(`{"mail":{}}`), nil }
	var p *settings.Problem
	if _, err := c.Get(t.Context(), "demo"); !errors.As(err, &p) || !strings.Contains(err.Error(), "tenant demo") {
		t.Errorf("error is %v, want Problems that name the tenant", err)
	}
	c.Load = func(context.Context, string) ([]byte, error) { return []byte(`{}`), nil }
	if _, err := c.Get(t.Context(), "demo"); err != nil {
		t.Error(err)
	}
}

// The caller that happens to load for many must not fail them by going away.
func TestCacheLoadsOnWhenItsCallerLeaves(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	c := &settings.Cache{Clock: time.Now, Load: func(ctx context.Context, _ string) ([]byte, error) { return []byte(`{}`), ctx.Err() }}
	if _, err := c.Get(gone, "demo"); err != nil {
		t.Errorf("Get = %v, want the settings", err)
	}
}

// What is read anew is what others are given from then on.
func TestCacheReadsAnew(t *testing.T) {
	t.Parallel()
	doc := `{}`
	c := &settings.Cache{Clock: func() time.Time { return time.Unix(0, 0) }, Load: func(context.Context, string) ([]byte, error) { return []byte(doc), nil }}
	if s, err := c.Get(t.Context(), "demo"); err != nil || s.People != nil {
		t.Fatal(s, err)
	}
	doc = `{"people":{"kim@example.com":"agent"}}`
	if s, err := c.Get(t.Context(), "demo"); err != nil || s.People != nil {
		t.Errorf("Get = %v, %v, want what was read before", s.People, err)
	}
	for _, get := range []func(context.Context, string) (settings.Settings, error){c.GetAnew, c.Get} {
		if s, err := get(t.Context(), "demo"); err != nil || s.People["kim@example.com"] != "agent" {
			t.Errorf("settings are %v, %v, want those that stand there now", s.People, err)
		}
	}
}

func TestCacheForgetsRatherThanGrows(t *testing.T) {
	t.Parallel()
	var loads int
	c := &settings.Cache{Clock: func() time.Time { return time.Unix(0, 0) }, Load: func(context.Context, string) ([]byte, error) {
		loads++
		return []byte(`{}`), nil
	}}
	const tenants = 2500
	for i := range tenants {
		if _, err := c.Get(t.Context(), strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Get(t.Context(), "0"); err != nil || loads != tenants+1 {
		t.Errorf("%d loads, %v; want the first tenant's settings to be forgotten and loaded again", loads, err)
	}
}

func TestTheZoneOfASource(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct{ from, offset, want string }{
		"none":   {oursZone, "", "12:00"},
		"ahead":  {oursZone, "+09:00", "21:00"},
		"behind": {oursZone, "-03:30", "08:30"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := noon.In(settings.Source{UTCOffset: tt.offset}.Zone()).Format("15:04"); got != tt.want {
				t.Errorf("with %q noon is %s, want %s", tt.offset, got, tt.want)
			}
		})
	}
}

// A search for the last digits finds strangers, and a record that is to be reused must be asked for by what it is to have in
// common with the session.
func TestWhatASearchFindsMustBeSafeToBelieve(t *testing.T) {
	t.Parallel()
	document := func(verify, match, query string) []byte {
		return []byte(`{"crm": {"queue": "crm", "phone": {"lookup": ["e164", "last:7"]}, "reuse_records": true, "records": {"match": ["` + match + `"]}, "endpoints": {
			"find_account": {"method": "GET", "url": "https://crm.example.com/a", "parameters": [{"key": "p", "value": "{phone_number}"}]` + verify + `},
			"create_account": {"method": "POST", "url": "https://crm.example.com/a"},
			"find_record": {"method": "GET", "url": "https://crm.example.com/r", "parameters": [{"key": "q", "value": "{ACCOUNT_ID}` + query + `"}]},
			"create_record": {"method": "POST", "url": "https://crm.example.com/r"}}}}`)
	}
	const verified = `, "verify": [{"field": "phone", "equals": "{PHONE_NUMBER}", "phone": true}]`
	tests := map[string]struct {
		from string
		doc  []byte
		want string // what the error names; empty: none
	}{
		"verified, and asked for by the channel": {oursBelief, document(verified, "channel", "{CHANNEL}"), ""},
		"asked for by the queue":                 {oursMatch, document(verified, "menu", "{queue_id}"), ""},
		"not verified":                           {oursBelief, document("", "channel", "{CHANNEL}"), "crm.endpoints.find_account.verify"},
		"not asked for by the channel":           {oursMatch, document(verified, "channel", ""), "crm.records.match[0]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			_, err := settings.Parse(tt.doc)
			if got := err != nil && tt.want != "" && strings.Contains(err.Error(), tt.want); (err == nil) != (tt.want == "") || tt.want != "" && !got {
				t.Errorf("error %v, want one of %q", err, tt.want)
			}
		})
	}
}
