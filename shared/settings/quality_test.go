package settings_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

const (
	fromQuality  = "docs.cloud.google.com/contact-center/ccai-platform/docs/qm-call-session-data: calls and agents; .../qm-chat-session-data: chats"
	fromWebhooks = "github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: webhook headers"

	bothChannels = `{"quality": {
		"call": {"url": "https://qm.example.com/calls", "basic": {"username": "u", "password": "secret://p"}, "signing_secret": "secret://s", "batch": 100},
		"chat": {"url": "https://qm.example.com/chats", "headers": [{"name": "Authorization", "prefix": "Bearer ", "secret": "secret://t"}, {"name": "X-Tenant", "value": "7"}]}}}`
)

func TestQualityMayHaveAllOfIt(t *testing.T) {
	t.Parallel()
	cite(t, fromQuality)
	s, err := settings.Parse([]byte(bothChannels))
	if err != nil {
		t.Fatal(err)
	}
	if !validBySchema(compiled(t), bothChannels) {
		t.Error("it is wrong by the schema")
	}
	q := s.Quality
	if q.For("call") != q.Call || q.For("chat") != q.Chat || q.For("") != nil || (*settings.Quality)(nil).For("call") != nil {
		t.Error("a channel's endpoint is another's")
	}
	if q.Call.Size() != 100 || q.Chat.Size() != 1 {
		t.Errorf("%d and %d events in a request, want 100 and 1", q.Call.Size(), q.Chat.Size())
	}
}

func TestMistakesInQuality(t *testing.T) {
	t.Parallel()
	const basic = `"basic": {"username": "u", "password": "secret://p"}`
	tests := map[string]struct{ from, part, by, path, says string }{
		"no channel":                    {fromQuality, bothChannels[12 : len(bothChannels)-1], `{}`, "quality", "call, chat or both"},
		"no URL":                        {fromQuality, `"url": "https://qm.example.com/calls", `, ``, "quality.call.url", "is required"},
		"a URL that is none":            {fromQuality, "https://qm.example.com/chats", "qm.example.com", "quality.chat.url", "whole URL"},
		"a URL of another protocol":     {fromQuality, "https://qm.example.com/calls", "ftp://qm.example.com/", "quality.call.url", "whole URL"},
		"a URL with a password":         {oursSecrets, "https://qm.example.com/calls", "https://u:p@qm.example.com/", "quality.call.url", "basic"},
		"a URL with a variable":         {oursNoKey, "com/calls", "com/{CALL_ID}", "quality.call.url", "has no variables"},
		"a URL with a fragment":         {oursNoKey, "com/calls", "com/#calls", "quality.call.url", "never sent"},
		"a URL that climbs":             {oursNoKey, "com/calls", "com/a/../calls", "quality.call.url", "leads elsewhere"},
		"a password written out":        {oursSecrets, "secret://p", "hunter2", "quality.call.basic.password", "secret://"},
		"a user name with a colon":      {fromBasic, `"username": "u"`, `"username": "u:v"`, "quality.call.basic.username", "colon"},
		"two ways to sign in":           {oursOneWay, basic, basic + `, "headers": [{"name": "authorization", "secret": "secret://t"}]`, "quality.call.headers[0].name", "quality.call.basic"},
		"a token written out":           {oursSecrets, `"secret": "secret://t"`, `"value": "hunter2"`, "quality.chat.headers[0].value", "must be a secret"},
		"a header twice":                {oursTwice, "X-Tenant", "AUTHORIZATION", "quality.chat.headers[1].name", "already at quality.chat.headers[0].name"},
		"a header of the request":       {oursRequest, "X-Tenant", "Content-Type", "quality.chat.headers[1].name", "cannot be set"},
		"a header of the specification": {fromWebhooks, "X-Tenant", "Webhook-Id", "quality.chat.headers[1].name", "decided by each event"},
		"a header of ours":              {oursTwice, "X-Tenant", "sessionbridge-ordering-key", "quality.chat.headers[1].name", "decided by each event"},
		"a signing secret written out":  {oursSecrets, "secret://s", "whsec_abc", "quality.call.signing_secret", "secret://"},
		"too large a batch":             {fromWebhooks, `"batch": 100`, `"batch": 101`, "quality.call.batch", "from 1 to 100"},
		"a batch that is none":          {fromWebhooks, `"batch": 100`, `"batch": -1`, "quality.call.batch", "from 1 to 100"},
		"a key nobody knows":            {oursNoKey, `"batch": 100`, `"retry": "safe"`, "quality.call.retry", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			doc := strings.Replace(bothChannels, tt.part, tt.by, 1)
			if doc == bothChannels {
				t.Fatal("nothing was changed")
			}
			_, err := settings.Parse([]byte(doc))
			if err == nil || !strings.Contains(err.Error(), tt.path+": ") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("it says %v, want %s: … %s", err, tt.path, tt.says)
			}
		})
	}
}
