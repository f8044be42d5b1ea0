package clock_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/clock"
)

// env is an environment in which OffsetFileEnv alone is set.
func env(path string) func(string) string {
	return func(name string) string {
		if name == clock.OffsetFileEnv {
			return path
		}
		return ""
	}
}

func offsetFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clock-offset")
	write(t, path, text)
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ahead is how far c is ahead of the machine's clock, which two readings in a row tell to the hour.
func ahead(c clock.Clock) time.Duration {
	machine := clock.FromEnv(env(""))
	return c().Sub(machine()).Round(time.Hour)
}

func TestFromEnvIsTheMachinesClockPlusWhatTheFileSays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want time.Duration
	}{
		"a week ahead":                    {"168h0m0s", 168 * time.Hour},
		"a line's end is no matter":       {"5h\n", 5 * time.Hour},
		"nothing moved yet":               {"0s", 0},
		"behind, were it ever so":         {"-3h", -3 * time.Hour},
		"minutes, as the page sends them": {"120m", 2 * time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := ahead(clock.FromEnv(env(offsetFile(t, tt.text)))); got != tt.want {
				t.Errorf("%v ahead, want %v", got, tt.want)
			}
		})
	}
}

func TestAMoveIsSeenAtTheNextCall(t *testing.T) {
	t.Parallel()
	path := offsetFile(t, "0s")
	c := clock.FromEnv(env(path))
	for _, hours := range []int{0, 1, 24} {
		write(t, path, fmt.Sprintf("%dh", hours))
		if got := ahead(c); got != time.Duration(hours)*time.Hour {
			t.Errorf("%v ahead after the file says %dh", got, hours)
		}
	}
}

func TestAFileThatCannotBeReadStopsTheFunction(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path string
		want []string
	}{
		"no file":    {filepath.Join(t.TempDir(), "gone"), []string{clock.OffsetFileEnv, "cannot be read", "gone"}},
		"a folder":   {t.TempDir(), []string{clock.OffsetFileEnv, "cannot be read"}},
		"empty":      {offsetFile(t, ""), []string{"clock-offset", "a duration such as 15m0s"}},
		"no unit":    {offsetFile(t, "15"), []string{"clock-offset", "a duration such as 15m0s"}},
		"half a one": {offsetFile(t, "15m0"), []string{"clock-offset", "a duration such as 15m0s"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clock.FromEnv(env(tt.path)) // which itself does not read
			defer func() {
				said := fmt.Sprint(recover())
				for _, want := range tt.want {
					if !strings.Contains(said, want) {
						t.Errorf("the panic says %q, not %q", said, want)
					}
				}
			}()
			t.Errorf("the time is %v, from a file without one", c())
		})
	}
}
