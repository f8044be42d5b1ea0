package console_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/sftp"
	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const signer = "signer@p.iam.gserviceaccount.com"

// newKey is made once: it takes its time.
var newKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// archive is a world with a bucket, whose links are signed and checked, an SFTP server, and the bucket for uploads.
type archive struct {
	*world
	keeper  *places.Keeper
	company string // the SFTP server's folder
	set     settings.Settings
	env     map[string]string
}

// newArchive has a tenant whose settings keep files in the places named.
func newArchive(t *testing.T, where ...string) *archive {
	t.Helper()
	a, plan, log := &archive{company: t.TempDir()}, new(fault.Plan), slog.New(slog.DiscardHandler)
	key, err := newKey()
	must(t, err)
	pemFile := filepath.Join(t.TempDir(), "signer.pem")
	write(t, pemFile, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	secret := t.TempDir()
	write(t, filepath.Join(secret, "sftp"), password)
	now := clock.FromEnv(func(string) string { return "" })
	storageAt, sftpAt := listen(t), listen(t)
	objects, err := storage.Start(storageAt, storage.Options{
		Dir: t.TempDir(), Buckets: []string{"company", "uploads"}, Now: now, Log: log, Signer: storage.Signer{Email: signer, Key: &key.PublicKey},
	})
	must(t, err)
	server, err := sftp.Start(sftpAt, sftp.Options{Dir: a.company, User: "bridge", Password: password, Faults: plan, Log: log})
	must(t, err)
	t.Cleanup(func() { _, _ = objects.Close(), server.Close() })
	env := map[string]string{
		"STORAGE_EMULATOR_HOST": storageAt.Addr().String(), "STORAGE_SIGNER_EMAIL": signer, "STORAGE_SIGNER_KEY_FILE": pemFile,
		"UPLOADS_BUCKET": "uploads", "SECRETS_DIR": secret, "OUTBOUND_ALLOW": "127.0.0.0/8",
	}
	client, err := outbound.New(outbound.Options{Allow: []string{"127.0.0.0/8"}, Now: now})
	must(t, err)
	a.keeper, err = places.New(func(name string) string { return env[name] }, client, secrets.NewResolver(secret, now), now)
	must(t, err)
	t.Cleanup(func() { _ = a.keeper.Close() })
	a.env, a.world = env, newWorld(t, env)
	a.faults = plan
	a.settleStorage(t, sftpAt.Addr().(*net.TCPAddr), server.HostKey(), where)
	return a
}

func (a *archive) settleStorage(t *testing.T, at *net.TCPAddr, hostKey string, where []string) {
	t.Helper()
	a.set.Storage = new(settings.Storage)
	for _, name := range where {
		switch name {
		case work.Bucket:
			a.set.Storage.Bucket = "company"
		case work.SFTP:
			a.set.Storage.SFTP = &settings.SFTP{
				Host: at.IP.String(), Port: at.Port, Username: "bridge", Password: "secret://sftp", HostKeys: []string{hostKey}, Folder: "drop",
			}
		}
	}
	doc, err := json.Marshal(a.set)
	must(t, err)
	a.settle(t, string(doc))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return l
}

// keep has the session's photo stored in every place, under the path.
func (a *archive) keep(t *testing.T, id store.ID, file, path string, content []byte) {
	t.Helper()
	src := files.Bytes(content, "image/png")
	_, err := a.store.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
		if d.Session.Key == "" {
			d.Session = session.Apply(d.Session, session.Event{ID: "s", Tenant: id.Tenant, Source: id.Source, Session: id.Key, Kind: session.Started, At: start})
		}
		f := d.AddFile(file, settings.Photos)
		f.Version, f.Type, f.Size = src.Version, src.Type, src.Size
		for _, name := range work.Places(a.set.Storage) {
			place, err := a.keeper.Open(t.Context(), a.set.Storage, name)
			must(t, err)
			stored, err := place.Put(t.Context(), path, files.Tags{Tenant: id.Tenant, Source: id.Source, Session: id.Key, File: file}, src)
			must(t, err)
			must(t, place.Close())
			f.Put(name, stored)
		}
		return store.Change{}, nil
	})
	must(t, err)
}

var chat = store.ID{Tenant: "demo", Source: "ccai", Key: "chat-2"}

const photoPath = "ujet-media/chat-2-photo-1.png"
