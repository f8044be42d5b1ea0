package settings_test

import (
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/settings"
)

const (
	twoPlaces = `"bucket": "demo-sessions", "sftp": {"host": "files.example.com", "username": "u", "password": "secret://p", "host_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE"]}`
	allOfIt   = `{"storage": {` + twoPlaces + `, "kms_key": "projects/p/locations/l/keyRings/r/cryptoKeys/k", "folder": "cc/{TENANT}/{YEAR}-{MONTH}",
		"files": ["recordings", "metadata"], "voicemail_name": "{SESSION_KEY}-vm-{FILE_ID}", "to_crm": "links", "link_source": "crm", "link_hours": 24},
		"sources": {"ccai": {"username": "a", "password": "secret://b", "file_hosts": ["*.example.com", "127.0.0.1:8080"]}},
		"mail": {"from": "a@example.com", "host": "smtp.example.com", "port": 587},
		"queues": {"7": {"mail": {"to": "q@example.com"}}, "8": {"mail": {}}}}`
)

func TestStorageMayHaveAllOfIt(t *testing.T) {
	t.Parallel()
	s, err := settings.Parse([]byte(allOfIt))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Storage.Keeps(settings.Recordings) || s.Storage.Keeps(settings.Photos) || !(&settings.Storage{}).Keeps(settings.Photos) || (*settings.Storage)(nil).Keeps(settings.Photos) {
		t.Error("what is kept is wrong")
	}
	if !s.Storage.SendsLinks() || (*settings.Storage)(nil).SendsLinks() {
		t.Error("the CRM gets links where the settings say so, and nowhere else")
	}
}

func TestMistakesInStorageAndQueues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ from, part, by, path, says string }{
		"nowhere to store":            {fromStorage, twoPlaces, `"folder": "x"`, "storage", "a bucket, sftp or both"},
		"a key without a bucket":      {oursStorage, `"bucket": "demo-sessions", `, ``, "storage.kms_key", "only with storage.bucket"},
		"a key that is none":          {fromKMS, "cryptoKeys/k", "cryptoKeys/k/cryptoKeyVersions/1", "storage.kms_key", "cryptoKeys/K"},
		"a folder that climbs":        {oursStorage, "cc/{TENANT}", "../{TENANT}", "storage.folder", `the part ".."`},
		"a folder with an empty part": {oursStorage, "cc/{TENANT}", "cc//{TENANT}", "storage.folder", `the part ""`},
		"a folder nobody can fill":    {oursStorage, "{YEAR}", "{EMAIL}", "storage.folder", "{EMAIL}"},
		"a kind nobody knows":         {fromStorage, `"recordings", "metadata"`, `"calls"`, "storage.files[0]", `"recordings"`},
		"a voicemail of any session":  {oursStorage, "{SESSION_KEY}-vm-{FILE_ID}", "vm-{FILE_ID}", "storage.voicemail_name", "{SESSION_KEY}"},
		"links to no place":           {oursStorage, `"bucket": "demo-sessions", `, ``, "storage.to_crm", "link_url"},
		"a voicemail in a folder":     {oursStorage, "{SESSION_KEY}-vm", "vm/{SESSION_KEY}", "storage.voicemail_name", "without a slash"},
		"links that last too long":    {fromSigned, `"link_hours": 24`, `"link_hours": 200`, "storage.link_hours", "168"},
		"a link to some file":         {oursStorage, `"link_hours": 24`, `"link_url": "https://f.example.com/{SESSION_KEY}"`, "storage.link_url", "{FILE_ID}"},
		"a link with a phone number":  {oursStorage, `"link_hours": 24`, `"link_url": "https://f.example.com/{PATH}?{ANI}"`, "storage.link_url", "{ANI}"},
		"two kinds of links":          {oursTwice, `"link_hours": 24`, `"link_hours": 24, "link_url": "https://f.example.com/{PATH}"`, "storage.link_hours", "link_url"},
		"a link to no file":           {oursStorage, `"link_hours": 24`, `"link_url": "https://f.example.com/"`, "storage.link_url", "{PATH}"},
		"a server trusted blindly":    {fromHostKeys, `"host_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE"]`, `"host_keys": []`, "storage.sftp.host_keys", "SHA256"},
		"a key written badly":         {fromHostKeys, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE", "MD5:aa:bb", "storage.sftp.host_keys[0]", "ssh-keygen"},
		"no way to sign in":           {fromStorage, `"password": "secret://p", `, ``, "storage.sftp.password", "private_key"},
		"a passphrase of no key":      {fromStorage, `"password": "secret://p"`, `"password": "secret://p", "passphrase": "secret://q"`, "storage.sftp.passphrase", "private_key"},
		"a host with a path":          {oursHosts, "*.example.com", "example.com/a", "sources.ccai.file_hosts[0]", "media.example.com"},
		"a star within a name":        {oursHosts, "*.example.com", "a*.example.com", "sources.ccai.file_hosts[0]", "media.example.com"},
		"a queue's address":           {fromMailbox, "q@example.com", "queue", "queues.7.mail.to", "mail address"},
		"a queue's mail, no server":   {oursMail, `"mail": {"from": "a@example.com", "host": "smtp.example.com", "port": 587},`, ``, "queues.7.mail", "by which server"},
		"a queue's page, no CRM":      {oursStorage, `"8": {"mail": {}}`, `"8": {"lookup_url": "https://crm.example.com/{ANI}"}`, "queues.8.lookup_url", "crm"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			doc := strings.Replace(allOfIt, tt.part, tt.by, 1)
			if doc == allOfIt {
				t.Fatal("nothing was changed")
			}
			_, err := settings.Parse([]byte(doc))
			if err == nil || !strings.Contains(err.Error(), tt.path+": ") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("it says %v, want %s: … %s", err, tt.path, tt.says)
			}
		})
	}
}

// Whoever has the key that signs changes it (docs.cloud.google.com/storage/docs/authentication/creating-signatures): settings
// of earlier releases, which could say a week, are taken for what an address is sure to last.
func TestLinksAreSignedForAsLongAsTheyLast(t *testing.T) {
	t.Parallel()
	for hours, want := range map[int]time.Duration{0: 0, 1: time.Hour, 12: 12 * time.Hour, 13: 12 * time.Hour, 168: 12 * time.Hour} {
		if got := (&settings.Storage{LinkHours: hours}).LinkTime(); got != want {
			t.Errorf("link_hours %d are %v, want %v", hours, got, want)
		}
	}
}

func TestAFilesAddressMayBeTheConsoles(t *testing.T) {
	t.Parallel()
	const address = `"link_url": "https://bridge.example.com/console/api/tenants/{TENANT}/sessions/{SESSION_KEY}/files/{FILE_ID}?source={SOURCE}"`
	if _, err := settings.Parse([]byte(strings.Replace(allOfIt, `"link_hours": 24`, address, 1))); err != nil {
		t.Error(err)
	}
}
