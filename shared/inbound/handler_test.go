package inbound_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/telemetry"
)

type handlerFunc = func(http.ResponseWriter, *http.Request) error

// serve runs f behind a real server at a route with an id in it, and returns the answer, its body and the log.
func serve(t *testing.T, f handlerFunc, r *http.Request) (*http.Response, string, string) {
	t.Helper()
	var (
		mu  sync.Mutex // the server logs after the answer has left
		log bytes.Buffer
	)
	mux := http.NewServeMux()
	mux.Handle("/webhook/{tenant}/{source}", inbound.Handler(telemetry.Logger(&log, "webhook", "p"), f))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	r.URL.Scheme, r.URL.Host, r.RequestURI = "http", s.Listener.Addr().String(), ""
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	return res, string(body), log.String()
}

func post() *http.Request {
	return httptest.NewRequest(http.MethodPost, "/webhook/canary-tenant/ccai?phone=canary-phone", strings.NewReader("canary-body"))
}

func TestHandlerAnswers(t *testing.T) {
	t.Parallel()
	write := func(w http.ResponseWriter) {
		w.Header().Set("X-Mine", "1")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "begun")
	}
	for name, row := range map[string]struct {
		f        handlerFunc
		status   int
		body     string // contained
		severity string
		kind     string
	}{
		"what was written": {
			func(w http.ResponseWriter, _ *http.Request) error { write(w); return nil },
			202, "begun", "INFO", "",
		},
		"nothing written is 200": {
			func(http.ResponseWriter, *http.Request) error { return nil }, 200, "", "INFO", "",
		},
		"a fault": {
			func(http.ResponseWriter, *http.Request) error { return fault.New(fault.NotFound, "no such tenant") },
			404, "no such tenant", "INFO", "not_found",
		},
		"any error is 500": {
			func(http.ResponseWriter, *http.Request) error { return io.ErrUnexpectedEOF },
			500, "Internal Server Error", "ERROR", "internal",
		},
		"an error after writing replaces it": {
			func(w http.ResponseWriter, _ *http.Request) error { write(w); return fault.New(fault.Busy, "wait") },
			409, "wait", "INFO", "busy",
		},
		"a panic": {
			func(http.ResponseWriter, *http.Request) error { panic("canary-panic") },
			500, "Internal Server Error", "ERROR", "internal",
		},
		"a panic after writing is never the written status": {
			func(w http.ResponseWriter, _ *http.Request) error { write(w); panic(errors.New("canary-panic")) },
			500, "Internal Server Error", "ERROR", "internal",
		},
		"the runtime's panic": {
			func(http.ResponseWriter, *http.Request) error { return []error{}[len(http.StatusText(1))] },
			500, "Internal Server Error", "ERROR", "internal",
		},
		"an answer over the bound": {
			func(w http.ResponseWriter, _ *http.Request) error {
				_, err := w.Write(make([]byte, inbound.MaxAnswer+1))
				return err
			},
			500, "Internal Server Error", "ERROR", "internal",
		},
		"an answer over the bound whose error is ignored": {
			func(w http.ResponseWriter, _ *http.Request) error {
				_, _ = w.Write(make([]byte, inbound.MaxAnswer))
				_, _ = io.WriteString(w, "x")
				return nil
			},
			500, "would be longer", "ERROR", "internal",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res, body, log := serve(t, row.f, post())
			if res.StatusCode != row.status || !strings.Contains(body, row.body) {
				t.Errorf("answer %d %q, want %d with %q", res.StatusCode, body, row.status, row.body)
			}
			if row.kind != "" && (res.Header.Get("X-Mine") != "" || strings.Contains(body, "begun")) {
				t.Errorf("the discarded answer shines through: %v %q", res.Header, body)
			}
			if res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("header %v", res.Header)
			}
			checkLine(t, log, row.status, row.severity, row.kind)
		})
	}
}

func checkLine(t *testing.T, log string, status int, severity, kind string) {
	t.Helper()
	if strings.Count(log, "\n") != 1 || strings.Contains(log, "canary") {
		t.Errorf("want one line and nothing of the caller's: %s", log)
	}
	var line struct {
		Severity, Method, Route, Kind string
		Status                        int
		DurationMS                    *float64 `json:"duration_ms"`
		Trace                         string   `json:"logging.googleapis.com/trace"`
	}
	if err := json.Unmarshal([]byte(log), &line); err != nil {
		t.Fatal(err)
	}
	if line.Severity != severity || line.Kind != kind || line.Status != status || line.Method != "POST" ||
		line.Route != "/webhook/{tenant}/{source}" || line.DurationMS == nil || line.Trace == "" {
		t.Errorf("line %s", log)
	}
}

func TestHandlerLogsTheErrorThatIsOurs(t *testing.T) {
	t.Parallel()
	_, body, log := serve(t, func(http.ResponseWriter, *http.Request) error {
		return fault.Wrap(fault.Unavailable, errors.New("topic projects/p/topics/t is away"), "try again")
	}, post())
	if !strings.Contains(log, "topics/t is away") || strings.Contains(body, "topics/t") {
		t.Errorf("log %s, answer %s", log, body)
	}
}

func TestHandlerTiesAnswerAndLogByTheTrace(t *testing.T) {
	t.Parallel()
	r := post()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	r.Header.Set("traceparent", "00-"+id+"-00f067aa0ba902b7-01")
	_, body, log := serve(t, func(http.ResponseWriter, *http.Request) error { return io.EOF }, r)
	if !strings.Contains(body, `"instance":"`+id+`"`) || !strings.Contains(log, "projects/p/traces/"+id) {
		t.Errorf("answer %s, log %s", body, log)
	}
}

func TestHandlerHidesAMethodNobodyKnows(t *testing.T) {
	t.Parallel()
	r := post()
	r.Method = "CANARY"
	_, _, log := serve(t, func(http.ResponseWriter, *http.Request) error { return nil }, r)
	if strings.Contains(log, "CANARY") || !strings.Contains(log, `"method":"other"`) {
		t.Errorf("log %s", log)
	}
}

func TestHandlerKeepsTheHandlersOwnHeaders(t *testing.T) {
	t.Parallel()
	res, _, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Cache-Control", "private, max-age=5")
		w.Header().Set("Content-Type", "text/csv")
		return nil
	}, post())
	if res.Header.Get("Cache-Control") != "private, max-age=5" || res.Header.Get("Content-Type") != "text/csv" {
		t.Errorf("header %v", res.Header)
	}
}

func BenchmarkHandler(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 2048)
	log := slog.New(slog.DiscardHandler)
	for name, h := range map[string]http.Handler{
		"bare": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }),
		"handler": inbound.Handler(log, func(w http.ResponseWriter, _ *http.Request) error {
			_, err := w.Write(body)
			return err
		}),
		"handler and log": inbound.Handler(telemetry.Logger(io.Discard, "webhook", "p"),
			func(w http.ResponseWriter, _ *http.Request) error { _, err := w.Write(body); return err }),
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
