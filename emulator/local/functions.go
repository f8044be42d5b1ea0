package local

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/functions/console"
	"sessionbridge.internal/functions/crm"
	"sessionbridge.internal/functions/desk"
	"sessionbridge.internal/functions/export"
	"sessionbridge.internal/functions/metadata"
	"sessionbridge.internal/functions/presence"
	"sessionbridge.internal/functions/quality"
	"sessionbridge.internal/functions/session"
	"sessionbridge.internal/functions/watch"
	"sessionbridge.internal/functions/webhook"
	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/secrets"
)

// builders are the functions by name.
var builders = map[string]func(*function.Env) (*function.Function, error){
	"webhook":  webhook.New,
	"session":  session.New,
	"crm":      crm.New,
	"metadata": metadata.New,
	"export":   export.New,
	"presence": presence.New,
	"quality":  quality.New,
	"watch":    watch.New,
	"console":  console.New,
	"desk":     desk.New,
}

// account is the identity a service signs in with.
func (c *Cloud) account(service string) string {
	return service + "@" + c.project + ".iam.gserviceaccount.com"
}

// closeTimeout bounds the wait for what is under way when the cloud closes.
const closeTimeout = 5 * time.Second

// functionHost answers for one function, wherever it runs.
type functionHost interface {
	http.Handler
	Close() error
}

// internalURL is where Pub/Sub and Cloud Tasks reach a function that is not public.
func (c *Cloud) internalURL(name string) string { return c.URL + "/functions/" + name }

// environment is what every function is told, as Terraform would.
func (c *Cloud) environment() map[string]string {
	env := map[string]string{
		"GOOGLE_CLOUD_PROJECT":  c.project,
		"EVENTS_TOPIC":          eventsTopic,
		"TASKS_LOCATION":        c.location(),
		"TASKS_SERVICE_ACCOUNT": c.account("tasks"),
		"METADATA_QUEUE":        metadataQueue,
		"FILES_QUEUE":           filesQueue,
		"CRM_URL":               c.internalURL("crm"),
		"METADATA_URL":          c.internalURL("metadata"),
		"EXPORT_URL":            c.internalURL("export"),
		"PRESENCE_QUEUE":        presenceQueue,
		"PRESENCE_URL":          c.internalURL("presence"),
		"QUALITY_QUEUE":         qualityQueue,
		"QUALITY_URL":           c.internalURL("quality"),
		places.UploadsEnv:       uploadsBucket,
		secrets.DirEnv:          c.secretsDir(),
		outbound.AllowEnv:       strings.Join(append([]string{c.services.crmAddr, c.services.smtpAddr, c.services.sftpAddr, c.services.mediaAddr, c.services.kustomerAddr, c.services.qmAddr, c.services.centreAddr}, c.opts.Allow...), ","),

		// Only a local cloud sets these.
		clock.OffsetFileEnv:         c.offsetFile(),
		"FIRESTORE_EMULATOR_HOST":   c.services.firestore,
		"PUBSUB_EMULATOR_HOST":      c.services.pubsub,
		"CLOUD_TASKS_EMULATOR_HOST": c.services.tasksAddr,
		"STORAGE_EMULATOR_HOST":     c.services.storageAddr,
		gcs.SignerEmailEnv:          c.account("signer"),
		gcs.SignerKeyFileEnv:        c.signerKeyFile(),
	}
	maps.Copy(env, c.peopleEnvironment())
	return env
}

func (c *Cloud) startFunctions(ctx context.Context) error {
	c.env = c.environment()
	c.functions = map[string]functionHost{}
	for _, name := range slices.Sorted(maps.Keys(builders)) {
		host, err := c.host(ctx, name)
		if err != nil {
			return err
		}
		c.functions[name] = host
		c.onClose(host.Close)
	}
	return nil
}

func (c *Cloud) host(ctx context.Context, name string) (functionHost, error) {
	if c.opts.Isolate {
		return startProcess(ctx, name, c.env, c.lines.splitter(), c.log)
	}
	lookup := func(key string) string { return c.env[key] }
	f, err := builders[name](&function.Env{Name: name, Lookup: lookup, Logs: c.lines})
	if err != nil {
		return nil, fmt.Errorf("local cloud: %w", err)
	}
	return f, nil
}

// function answers for the named function once the cloud is ready; before that, like a platform that has no instance yet.
func (c *Cloud) function(name string) http.Handler {
	return c.onceReady(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.functions[name].ServeHTTP(w, r) }))
}

// internal is a function behind the platform's IAM: only the given accounts may call it.
func (c *Cloud) internal(name string, accounts ...string) http.Handler {
	root := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r2 := r.Clone(r.Context())
		r2.URL.Path, r2.URL.RawPath = "/", ""
		c.function(name).ServeHTTP(w, r2)
	})
	return c.signer.Gate(root, c.internalURL(name), accounts...)
}
