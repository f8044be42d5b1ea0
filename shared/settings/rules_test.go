package settings

import (
	"regexp"
	"testing"
)

// A pattern is compiled when it is first asked for, and must not fail then.
func TestEveryPatternCompiles(t *testing.T) {
	t.Parallel()
	for name, r := range rules {
		if _, err := regexp.Compile("^(?:" + r.pattern + ")$"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
