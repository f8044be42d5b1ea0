package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// What a script may ask for at most.
const (
	maxScript = 64 << 10 // bytes
	maxFaults = 100      // a target
	maxTimes  = 1000
	maxDelay  = 10 * time.Minute
	maxMatch  = 200 // bytes
)

// ServeHTTP is /emulator/faults: GET shows what is left, PUT replaces it with the body, a Script such as
// {"crm":[{"times":3,"status":400,"delay":"2s"}],"smtp":[{"mode":"reset","after":true}]}. Both answer with what is left.
func (p *Plan) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
	case http.MethodPut:
		s, err := ParseScript(http.MaxBytesReader(w, r.Body, maxScript))
		if err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		p.Replace(s)
	default:
		w.Header().Set("Allow", "GET, PUT")
		writeJSON(w, http.StatusMethodNotAllowed, map[string]string{"error": "faults are read with GET and replaced with PUT"})
		return
	}
	writeJSON(w, http.StatusOK, p.Left())
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has gone is no trouble of ours
}

// ParseScript reads a script, fills in what it leaves out, and refuses what no target could do with an error that names
// the place: "crm[0].status: …".
func ParseScript(r io.Reader) (Script, error) {
	var s Script
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("faults: the body must be a JSON object of targets, each with a list of faults: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("faults: the body must be one JSON object with nothing behind it")
	}
	for t, faults := range s {
		if err := complete(t, faults); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func complete(t Target, faults []Fault) error {
	if !slices.Contains(targets, t) {
		return fmt.Errorf("%q is no target: want one of %v", t, targets)
	}
	if len(faults) > maxFaults {
		return fmt.Errorf("%s: %d faults, want at most %d", t, len(faults), maxFaults)
	}
	for i := range faults {
		if err := faults[i].complete(t); err != nil {
			return fmt.Errorf("%s[%d].%w", t, i, err)
		}
	}
	return nil
}

var (
	targets = []Target{CRM, QM, Kustomer, Centre, SMTP, SFTP, Storage, Firestore, Tasks, PubSub, Media}
	modes   = []Mode{Status, Delay, Hang, Reset, Garbage, Page}
)

func (t Target) speaksGRPC() bool { return t == Firestore || t == Tasks || t == PubSub }

func (t Target) speaksHTTP() bool { return !t.speaksGRPC() && t != SMTP && t != SFTP }

func (f *Fault) complete(t Target) error {
	if f.Times == 0 {
		f.Times = 1
	}
	f.Code = strings.ToUpper(f.Code)
	if f.Mode == "" {
		f.Mode = f.implied()
	}
	return f.check(t)
}

func (f *Fault) implied() Mode {
	switch {
	case f.Status != 0 || f.Code != "":
		return Status
	case f.Delay > 0:
		return Delay
	}
	return ""
}

func (f *Fault) check(t Target) error {
	switch {
	case f.Times < 1 || f.Times > maxTimes:
		return fmt.Errorf("times: %d, want 1 to %d", f.Times, maxTimes)
	case f.Delay < 0 || time.Duration(f.Delay) > maxDelay:
		return fmt.Errorf("delay: %v, want 0s to %v", time.Duration(f.Delay), maxDelay)
	case len(f.Match) > maxMatch:
		return fmt.Errorf("match: %d bytes, want at most %d", len(f.Match), maxMatch)
	case f.Mode == "":
		return fmt.Errorf("mode: missing, want one of %v, or a status, code or delay that implies it", modes)
	case !slices.Contains(modes, f.Mode):
		return fmt.Errorf("mode: %q is unknown, want one of %v", f.Mode, modes)
	case f.Mode == Page && !t.speaksHTTP():
		return fmt.Errorf("mode: %s does not speak HTTP, in which pages are", t)
	case f.Code != "" && !t.speaksGRPC():
		return fmt.Errorf("code: %s does not speak gRPC, want a status", t)
	case f.Bytes < 0 || f.Bytes > 0 && !f.befallsContent(t):
		return fmt.Errorf("bytes: %d, want a positive number, and only with the mode reset or, on media and storage, garbage", f.Bytes)
	case f.Mode == Status && f.Code == "" && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status: %d, want 400 to 599", f.Status)
	case f.Code != "":
		return checkCode(f.Code)
	}
	return nil
}

// befallsContent says whether the fault can happen at a place in the target's content.
func (f *Fault) befallsContent(t Target) bool {
	return f.Mode == Reset && !t.speaksGRPC() || f.Mode == Garbage && (t == Media || t == Storage)
}

func checkCode(name string) error {
	if c, err := grpcCode(name); err != nil || c == codes.OK {
		return fmt.Errorf("code: %q, want the name of a gRPC error such as UNAVAILABLE", name)
	}
	return nil
}

func grpcCode(name string) (codes.Code, error) {
	var c codes.Code
	err := c.UnmarshalJSON(fmt.Appendf(nil, "%q", name))
	return c, err
}
