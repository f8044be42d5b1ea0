package terraform_test

import (
	"strconv"
	"strings"
	"testing"

	"sessionbridge.internal/functions/console"
	"sessionbridge.internal/functions/webhook"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/mail"
	"sessionbridge.internal/terraform/applied"
)

// largest are the most bytes that one request has a function hold at once, of those that hold more than a few hundred kilobytes:
// bodies that are read, and mail that is composed. Of a signed body it is not known whose it is before all of it was read.
var largest = map[string]int{
	"webhook":  webhook.MaxSigned,
	"session":  inbound.MaxPush,
	"metadata": mail.MaxSize,
	"console":  console.MaxSettingsForm,
}

// A function at rest has some 50 MiB, and while a body is read its buffer grows in steps, of which the last is there twice or
// half empty. An instance that has more than its memory is killed, with all that it was doing.
func TestAnInstanceBearsAsManyLargeRequestsAsItTakes(t *testing.T) {
	const rest = 64 << 20
	state := made(t)
	for name, size := range largest {
		f := state.One("google_cloudfunctions2_function", name)
		if f == nil {
			t.Errorf("there is no function %s", name)
			continue
		}
		atOnce, _ := f.At("service_config", 0, "max_instance_request_concurrency").(float64)
		memory, ok := mebibytes(*f)
		if needs := rest + int(atOnce)*size*3/2; !ok || atOnce < 1 || needs > memory<<20 {
			t.Errorf("%s takes %v requests of %d bytes at once and has %d MiB: want %d MiB or fewer requests", name, atOnce, size, memory, needs>>20)
		}
	}
}

// mebibytes is a function's memory, in MiB.
func mebibytes(f applied.Resource) (int, bool) {
	text, unit := f.Text("service_config", 0, "available_memory"), 1
	size, ok := strings.CutSuffix(text, "Mi")
	if !ok {
		size, ok = strings.CutSuffix(text, "Gi")
		unit = 1 << 10
	}
	n, err := strconv.Atoi(size)
	return n * unit, ok && err == nil
}

// A new project has 20 CPUs and 40 GiB in a region, and Cloud Run refuses a service whose instances could have more
// (docs.cloud.google.com/run/docs/configuring/max-instances-limits).
func TestANewProjectHasTheQuotaForEachFunction(t *testing.T) {
	for _, f := range made(t).All("google_cloudfunctions2_function") {
		most, _ := f.At("service_config", 0, "max_instance_count").(float64)
		cpu, err := strconv.ParseFloat(f.Text("service_config", 0, "available_cpu"), 64)
		memory, ok := mebibytes(f)
		if err != nil || !ok || most < 1 || most*cpu > 20 || int(most)*memory > 40<<10 {
			t.Errorf("%s: %v instances of %v CPUs and %d MiB are more than 20 CPUs or 40 GiB", f.Address, most, cpu, memory)
		}
	}
}
