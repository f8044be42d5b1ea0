// Package clock is where every function gets the time from, so that a laptop and a test can move it.
package clock

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Clock tells the time. Functions are given one; none calls time.Now itself.
type Clock func() time.Time

// OffsetFileEnv names the environment variable through which the local cloud shares its virtual clock with functions
// that run in processes of their own. Its value is the path of a file that holds a Go duration: how far the virtual
// time is ahead of the machine's. It is never set in production.
const OffsetFileEnv = "CLOCK_OFFSET_FILE"

// FromEnv is the machine's clock, or the local cloud's where OffsetFileEnv names its file. The file is read at every
// call: a few microseconds, and no process can fall behind the others.
func FromEnv(getenv func(string) string) Clock {
	path := getenv(OffsetFileEnv)
	if path == "" {
		return time.Now
	}
	return func() time.Time { return time.Now().Add(readOffset(path)) }
}

// readOffset panics when the file cannot be read: going on with the wrong time would write wrong data.
func readOffset(path string) time.Duration {
	b, err := os.ReadFile(path)
	if err != nil {
		panic(fmt.Sprintf("clock: %s is set but its file cannot be read: %v", OffsetFileEnv, err))
	}
	d, err := time.ParseDuration(strings.TrimSpace(string(b)))
	if err != nil {
		panic(fmt.Sprintf("clock: %s must hold a duration such as 15m0s: %v", path, err))
	}
	return d
}
