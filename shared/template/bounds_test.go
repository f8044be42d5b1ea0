package template_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"sessionbridge.internal/shared/template"
)

// A function's name is looked for in a bounded number of bytes, however many arguments there are: a text eight times as long
// takes some eight times the memory, and not 64 times. It runs alone, since the memory is that of the whole process.
func TestManyArgumentsAreReadInProportion(t *testing.T) {
	allocated := func(arguments int) uint64 {
		text := "=CONCAT_OR(" + strings.Repeat("a,", arguments) + "(x))"
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := template.Parse(text); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if small, large := allocated(1000), allocated(8000); large > 20*small {
		t.Errorf("1,000 arguments take %d bytes, and 8,000 take %d", small, large)
	}
}

func TestANameIsReadWithItsBlanks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"  =  concat_or  (a)":                             true,
		"=CONCAT_OR(a, = DEFAULT_VALUE (b,c))":            true,
		"=" + strings.Repeat(" ", 100) + "CONCAT_OR(a)":   false,
		strings.Repeat("a", 100) + "=CONCAT_OR({NAME},b)": false,
	} {
		parsed, err := template.Parse(text)
		if err != nil || parsed.IsFunction() != want {
			t.Errorf("%s is a function: %v, %v; want %v", text, parsed.IsFunction(), err, want)
		}
	}
}

// Names are told apart by a map, not by going through those before.
func TestManyVariablesAreEachNamedOnce(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&text, "{N%d}", i)
	}
	parsed, err := template.Parse(text.String() + "{n0}{N5999}")
	if err != nil {
		t.Fatal(err)
	}
	if names := parsed.Variables(); len(names) != 6000 || names[0] != "N0" || names[5999] != "N5999" {
		t.Errorf("%d names, the first %s", len(names), names[0])
	}
}

func TestATextHasABound(t *testing.T) {
	t.Parallel()
	if _, err := template.Parse(strings.Repeat("a", template.MaxBytes)); err != nil {
		t.Errorf("the longest text: %v", err)
	}
	if _, err := template.Parse(strings.Repeat("a", template.MaxBytes+1)); err == nil || !strings.HasPrefix(err.Error(), "at 65537: ") {
		t.Errorf("a longer one: %v", err)
	}
}
