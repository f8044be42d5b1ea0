package local

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// front is the one address for people: the functions' public paths, and the local cloud's own pages.
func (c *Cloud) front() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/webhook/", c.function("webhook"))
	mux.Handle("/functions/session", c.internal("session", c.account("pubsub")))
	mux.Handle("/functions/crm", c.internal("crm", c.account("tasks")))
	mux.Handle("/functions/metadata", c.internal("metadata", c.account("tasks")))
	mux.Handle("/functions/export", c.internal("export", c.account("tasks")))
	mux.Handle("/functions/presence", c.internal("presence", c.account("scheduler"), c.account("tasks")))
	mux.Handle("/functions/quality", c.internal("quality", c.account("tasks")))
	mux.Handle("/functions/watch", c.internal("watch", c.account("scheduler")))

	// Pages of other sites must not reach what a browser on this machine can: the console and the controls.
	people := http.NewServeMux()
	people.Handle("/console/", c.forPeople("console"))
	people.Handle("/desk/", c.forPeople("desk"))
	people.HandleFunc("GET /emulator/healthz", c.healthz)
	people.Handle("/emulator/", c.onceReady(c.controls()))
	people.Handle("/{$}", http.RedirectHandler("/emulator/", http.StatusFound))
	mux.Handle("/", c.sameSite(people))
	return mux
}

// onceReady keeps requests from what is not set up yet.
func (c *Cloud) onceReady(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-c.ready:
			next.ServeHTTP(w, r)
		default:
			http.Error(w, "the local cloud is starting", http.StatusServiceUnavailable)
		}
	})
}

// sameSite refuses requests that another site's page made, by their headers.
func (c *Cloud) sameSite(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(next)
}

// named refuses requests by a host name that only a hostile name server would point at this machine: to a browser, its page and
// what answers here would be one site.
func (c *Cloud) named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.knownHost(r.Host) {
			http.Error(w, "this host name is not the local cloud's; use "+c.URL, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost says whether a host name is one of this machine's own network: none that somebody could have bought. In
// containers that is one word, or below .internal (icann.org, "board resolution 2024-07-29: .internal for private use").
func (c *Cloud) knownHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.Trim(host, "[]")
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".internal") || host == c.opts.Listen || net.ParseIP(host) != nil
}

// controls are the pages below /emulator/.
func (c *Cloud) controls() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /emulator/{$}", c.page)
	mux.Handle("GET /emulator/assets/", assets())
	mux.HandleFunc("GET /emulator/clock", c.showClock)
	mux.HandleFunc("POST /emulator/clock/advance", c.advance)
	mux.HandleFunc("POST /emulator/drain", c.drain)
	mux.Handle("/emulator/faults", c.faults)
	mux.Handle(oidcPath+"/", c.issuer)
	mux.Handle("GET /emulator/keys/token", c.signer.Certs())
	mux.HandleFunc("GET /emulator/crm", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.services.crm.Snapshot()) })
	mux.HandleFunc("GET /emulator/crm/page/", func(w http.ResponseWriter, r *http.Request) {
		c.services.crm.Pages("/emulator/crm/page").ServeHTTP(w, r)
	})
	c.mountKustomer(mux)
	c.mountQM(mux)
	c.mountCentre(mux)
	c.mountWatch(mux)
	mux.HandleFunc("GET /emulator/cost", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, map[string]any{"counts": c.meter.Counts()}) })
	mux.HandleFunc("GET /emulator/mail", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"messages": c.services.mail.Messages()})
	})
	mux.HandleFunc("GET /emulator/tasks", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.services.tasks.Snapshot()) })
	mux.HandleFunc("GET /emulator/topics", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"topics": c.services.pusher.Topics()})
	})
	mux.HandleFunc("GET /emulator/logs", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, map[string]any{"lines": c.lines.Lines()}) })
	mux.HandleFunc("GET /emulator/functions", c.listFunctions)
	mux.HandleFunc("GET /emulator/storage", c.listObjects)
	mux.HandleFunc("GET /emulator/storage/{path...}", c.openObject)
	mux.HandleFunc("GET /emulator/sftp/{path...}", c.openSFTPFile)
	return mux
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // a client that has gone is no trouble of ours
}

func (c *Cloud) healthz(w http.ResponseWriter, _ *http.Request) {
	select {
	case <-c.ready:
		writeJSON(w, map[string]any{"status": "ok", "official": c.opts.Official != nil, "isolate": c.opts.Isolate, "media": "http://" + c.services.mediaAddr})
	default:
		http.Error(w, "starting", http.StatusServiceUnavailable)
	}
}

func (c *Cloud) showClock(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{"now": c.clock.Now().UTC(), "offset": c.clock.Offset().String()})
}

// maxAdvance bounds one move; a week of retries with room.
const maxAdvance = 31 * 24 * time.Hour

// advance is POST /emulator/clock/advance {"by":"15m"}; it answers when everything that fell due has run.
func (c *Cloud) advance(w http.ResponseWriter, r *http.Request) {
	var in struct {
		By string `json:"by"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<10)).Decode(&in); err != nil {
		http.Error(w, `send {"by":"15m"}`, http.StatusBadRequest)
		return
	}
	by, err := time.ParseDuration(in.By)
	if err != nil || by < 0 || by > maxAdvance {
		http.Error(w, fmt.Sprintf(`by must be a duration from 0s to %v, such as "15m" or "167h"`, maxAdvance), http.StatusBadRequest)
		return
	}
	c.patiently(w, r, 10*time.Minute, func(ctx context.Context) error { return c.Advance(ctx, by) })
}

// drain is POST /emulator/drain?timeout=30s; 504 tells what is left.
func (c *Cloud) drain(w http.ResponseWriter, r *http.Request) {
	c.patiently(w, r, 30*time.Second, c.Drain)
}

// patiently waits for f, at most as long as the caller says, and answers with the clock.
func (c *Cloud) patiently(w http.ResponseWriter, r *http.Request, most time.Duration, f func(context.Context) error) {
	if text := r.FormValue("timeout"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 || d > 10*time.Minute {
			http.Error(w, "timeout must be a duration up to 10m, such as 30s", http.StatusBadRequest)
			return
		}
		most = d
	}
	ctx, cancel := context.WithTimeout(r.Context(), most)
	defer cancel()
	err := f(ctx)
	var restless *Restless
	if errors.As(err, &restless) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusGatewayTimeout)
		_ = json.NewEncoder(w).Encode(map[string]any{"left": restless.Left}) // as in writeJSON
		return
	}
	c.showClock(w, r)
}

// listFunctions tells where each function runs; with -isolate, which process can be killed to see that nothing is lost.
func (c *Cloud) listFunctions(w http.ResponseWriter, _ *http.Request) {
	type place struct {
		Name string `json:"name"`
		PID  int    `json:"pid"`
	}
	places := []place{}
	for _, name := range slices.Sorted(maps.Keys(c.functions)) {
		at := place{name, os.Getpid()}
		if p, ok := c.functions[name].(*process); ok {
			at.PID = p.pid()
		}
		places = append(places, at)
	}
	writeJSON(w, map[string]any{"functions": places})
}

func (c *Cloud) listObjects(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{"objects": c.services.storage.Objects(), "sftp": c.services.sftp.Files()})
}

// openObject answers the bytes of an object, of ?bucket= or the company's own.
func (c *Cloud) openObject(w http.ResponseWriter, r *http.Request) {
	body, info, err := c.services.storage.Open(cmp.Or(r.FormValue("bucket"), bucket), r.PathValue("path"))
	if err != nil {
		http.Error(w, "there is no such object", http.StatusNotFound)
		return
	}
	defer body.Close()
	sendStored(w, info.ContentType, body)
}

// openSFTPFile answers the bytes of a file on the SFTP server, which knows no types.
func (c *Cloud) openSFTPFile(w http.ResponseWriter, r *http.Request) {
	file, err := c.services.sftp.OpenFile(r.PathValue("path"))
	if err != nil {
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	defer file.Close()
	body := bufio.NewReader(file)
	head, _ := body.Peek(512) // an empty file, or one that cannot be read, has a type too
	sendStored(w, http.DetectContentType(head), body)
}

// sendStored sends bytes in a sandbox: what a company stores must not run as a page of this one.
func sendStored(w http.ResponseWriter, contentType string, body io.Reader) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "sandbox")
	_, _ = io.Copy(w, body) // as in writeJSON
}
