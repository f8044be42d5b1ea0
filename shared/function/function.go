// Package function is what every deployed function has in common: it is built once, at its first request, from its
// environment, and registered with the functions framework under its name. The local cloud builds the same functions
// with environments of its own.
package function

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/telemetry"
)

// Env is where a function learns of the world it runs in.
type Env struct {
	Name   string              // the function's own
	Lookup func(string) string // os.Getenv, or a map's
	Logs   io.Writer           // JSON lines

	missing []string
}

// Get returns an environment variable, or "".
func (e *Env) Get(name string) string { return e.Lookup(name) }

// Need returns an environment variable the function cannot do without; Missing reports all that are not set.
func (e *Env) Need(name string) string {
	v := e.Lookup(name)
	if v == "" {
		e.missing = append(e.missing, name)
	}
	return v
}

// Missing is the error that names every needed variable that is not set.
func (e *Env) Missing() error {
	if len(e.missing) == 0 {
		return nil
	}
	return fmt.Errorf("function %s: set the environment variables %s", e.Name, strings.Join(e.missing, ", "))
}

// Logger returns the function's log.
func (e *Env) Logger() *slog.Logger {
	return telemetry.Logger(e.Logs, e.Name, e.Get("GOOGLE_CLOUD_PROJECT"))
}

// Function is one function, ready to serve. Close ends what it opened; the platform never does, the local cloud and
// tests do.
type Function struct {
	http.Handler
	closers []io.Closer
}

// New puts a function together of its handler and what it opened.
func New(h http.Handler, opened ...io.Closer) *Function { return &Function{h, opened} }

// Close closes what the function opened.
func (f *Function) Close() error {
	var errs []error
	for _, c := range f.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Register makes the function known to the functions framework. It is built at the first request, so that a wrong
// environment is an error in the log and an answer of 500, not a process that dies without a word.
func Register(name string, build func(*Env) (*Function, error)) {
	ready := sync.OnceValues(func() (*Function, error) {
		return build(&Env{Name: name, Lookup: os.Getenv, Logs: os.Stdout})
	})
	functions.HTTP(name, func(w http.ResponseWriter, r *http.Request) {
		f, err := ready()
		if err != nil {
			telemetry.Logger(os.Stdout, name, "").ErrorContext(r.Context(), "the function cannot start", "error", err)
			fault.Write(w, r, fault.Wrap(fault.Internal, err, "the function is not set up"))
			return
		}
		f.ServeHTTP(w, r)
	})
}
