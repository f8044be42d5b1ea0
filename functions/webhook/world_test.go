package webhook_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	gcp "cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/pubsub"
	"sessionbridge.internal/functions/webhook"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/store"
)

// world is the function with its database and Pub/Sub.
type world struct {
	*function.Function
	broker *pubsub.Server
	faults *fault.Plan
}

// tenants are those of the database; only the first one is as it should be.
var tenants = map[string]string{
	"demo":      `{"sources":{"ccai":{"username":"centre","password":"secret://door"},"qm":{"username":"centre","password":"secret://door"},"udesk":{"username":"centre","password":"secret://door"},"udesk-chat":{"username":"centre","password":"secret://door"},"agentdesktop":{"username":"centre","password":"secret://door"},"kustomer":{"signature":"secret://door"}}}`,
	"both":      `{"sources":{"kustomer":{"signature":"secret://door","username":"centre","password":"secret://door"}}}`,
	"broken":    `{"sources":{"ccai":{"username":"centre","password":"secret://gone"}}}`,
	"senseless": `{"sources":{"ccai":{"username":"","password":"right"}}}`,
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{faults: new(fault.Plan)}
	env := map[string]string{
		"GOOGLE_CLOUD_PROJECT": "p", "EVENTS_TOPIC": "session-events", secrets.DirEnv: secretsDir(t),
		"FIRESTORE_EMULATOR_HOST": emulatortest.Firestore(t, w.faults, clock.New().Now), "PUBSUB_EMULATOR_HOST": w.startPubSub(t),
	}
	getenv := func(name string) string { return env[name] }
	f, err := webhook.New(&function.Env{Name: "webhook", Lookup: getenv, Logs: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	w.Function = f
	db := store.Open(getenv)
	defer func() { _ = db.Close() }()
	for tenant, doc := range tenants {
		if err := db.PutSettings(t.Context(), tenant, []byte(doc)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func secretsDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "door"), []byte("right"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (w *world) startPubSub(t *testing.T) (addr string) {
	t.Helper()
	var err error
	w.broker, err = pubsub.New("127.0.0.1:0", pubsub.Options{Clock: clock.New()}, grpc.UnaryInterceptor(fault.Unary(w.faults, fault.PubSub)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.broker.Close)
	admin, err := gcp.NewClient(t.Context(), "p", cloud.Options(w.broker.Addr)...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	if _, err := admin.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: "projects/p/topics/session-events"}); err != nil {
		t.Fatal(err)
	}
	return w.broker.Addr
}
