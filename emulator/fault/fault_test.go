package fault_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/fault"
)

func plan(t *testing.T, script string) *fault.Plan {
	t.Helper()
	s, err := fault.ParseScript(strings.NewReader(script))
	if err != nil {
		t.Fatal(err)
	}
	p := new(fault.Plan)
	p.Replace(s)
	return p
}

func TestParseScriptFillsInWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	got, err := fault.ParseScript(strings.NewReader(`{
		"crm": [{"status":400}, {"delay":"2s"}, {"times":3,"mode":"hang","match":"/records"}],
		"firestore": [{"code":"aborted","after":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := fault.Script{
		fault.CRM: {
			{Times: 1, Mode: fault.Status, Status: 400},
			{Times: 1, Mode: fault.Delay, Delay: fault.Duration(2 * time.Second)},
			{Times: 3, Mode: fault.Hang, Match: "/records"},
		},
		fault.Firestore: {{Times: 1, Mode: fault.Status, Code: "ABORTED", After: true}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseScriptNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ script, want string }{
		"unknown target":          {`{"crn":[{"status":400}]}`, `"crn" is no target`},
		"unknown mode":            {`{"crm":[{"mode":"explode"}]}`, `crm[0].mode: "explode"`},
		"unknown field":           {`{"crm":[{"stauts":400}]}`, `"stauts"`},
		"a page by mail":          {`{"smtp":[{"mode":"page"}]}`, "smtp[0].mode: smtp does not speak HTTP"},
		"a page in a store":       {`{"firestore":[{"mode":"page"}]}`, "firestore[0].mode: firestore does not speak HTTP"},
		"nothing asked for":       {`{"crm":[{"status":400},{}]}`, "crm[1].mode: missing"},
		"success is no fault":     {`{"crm":[{"status":200}]}`, "crm[0].status: 200"},
		"status mode, no status":  {`{"crm":[{"mode":"status"}]}`, "crm[0].status: 0"},
		"negative times":          {`{"crm":[{"times":-1,"status":400}]}`, "crm[0].times"},
		"too many times":          {`{"crm":[{"times":1001,"status":400}]}`, "crm[0].times"},
		"too long a delay":        {`{"crm":[{"delay":"11m"}]}`, "crm[0].delay"},
		"delay that is no time":   {`{"crm":[{"delay":"soon"}]}`, "soon"},
		"too long a match":        {`{"crm":[{"status":400,"match":"` + strings.Repeat("x", 201) + `"}]}`, "crm[0].match"},
		"gRPC code on HTTP":       {`{"crm":[{"code":"ABORTED"}]}`, "crm[0].code: crm does not speak gRPC"},
		"gRPC code that is none":  {`{"tasks":[{"code":"BROKEN"}]}`, `tasks[0].code: "BROKEN"`},
		"gRPC code that is fine":  {`{"tasks":[{"code":"OK"}]}`, `tasks[0].code: "OK"`},
		"too many faults":         {`{"crm":[` + strings.Repeat(`{"status":400},`, 100) + `{"status":400}]}`, "crm: 101 faults"},
		"no object":               {`[]`, "JSON object"},
		"something behind it":     {`{} {}`, "nothing behind it"},
		"cut off in the middle":   {`{"crm":[`, "JSON object"},
		"times that is no number": {`{"crm":[{"times":"3"}]}`, "times"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fault.ParseScript(strings.NewReader(row.script))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one that says %s", err, row.want)
			}
		})
	}
}

func TestNextUsesFaultsUpInOrderAndLetsUnmatchedOnesWait(t *testing.T) {
	t.Parallel()
	p := plan(t, `{"smtp":[{"status":451,"match":"slow@"},{"times":2,"status":421},{"status":550}]}`)
	var got []int
	for _, what := range []string{"a@", "b@", "slow@", "c@", "d@"} {
		f, _ := p.Next(fault.SMTP, what)
		got = append(got, f.Status)
	}
	if d := cmp.Diff([]int{421, 421, 451, 550, 0}, got); d != "" {
		t.Error(d)
	}
	if left := p.Left(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
	if _, due := p.Next(fault.SFTP, ""); due {
		t.Error("a fault of SMTP befell SFTP")
	}
}

func TestNextGivesEachFaultOnceToManyAtOnce(t *testing.T) {
	t.Parallel()
	p := plan(t, `{"tasks":[{"times":100,"status":503}]}`)
	var wg sync.WaitGroup
	var mu sync.Mutex
	befell := 0
	for range 300 {
		wg.Go(func() {
			if _, due := p.Next(fault.Tasks, ""); due {
				mu.Lock()
				befell++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if befell != 100 {
		t.Errorf("%d answers failed, want 100", befell)
	}
}

func TestPlanIsReadAndReplacedOverHTTP(t *testing.T) {
	t.Parallel()
	p := plan(t, `{"qm":[{"status":500}]}`)
	for _, step := range []struct {
		name, method, body string
		status             int
		want               string
	}{
		{"GET shows what is left", "GET", "", 200, `{"qm":[{"times":1,"mode":"status","status":500}]}`},
		{"a bad PUT is refused", "PUT", `{"qm":[{}]}`, 400, `qm[0].mode`},
		{"a bad PUT changed nothing", "GET", "", 200, `"qm"`},
		{"PUT replaces", "PUT", `{"crm":[{"delay":"2s","after":true}]}`, 200, `{"crm":[{"times":1,"mode":"delay","delay":"2s","after":true}]}`},
		{"an empty PUT clears", "PUT", `{}`, 200, `{}`},
		{"an endless PUT is cut off", "PUT", `{"crm":` + strings.Repeat(" ", 1<<17) + `[]}`, 400, "too large"},
		{"POST is refused", "POST", `{}`, 405, "PUT"},
	} {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(step.method, "/emulator/faults", strings.NewReader(step.body)))
		if w.Code != step.status || !strings.Contains(w.Body.String(), step.want) {
			t.Errorf("%s: %d %s, want %d %s", step.name, w.Code, w.Body, step.status, step.want)
		}
	}
	if _, due := p.Next(fault.QM, ""); due {
		t.Error("the replaced plan still lives")
	}
}

var _ http.Handler = (*fault.Plan)(nil)
