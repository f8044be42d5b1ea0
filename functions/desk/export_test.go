package desk

import (
	"time"

	"sessionbridge.internal/shared/function"
)

// NewPaced is New with streams of another pace.
func NewPaced(env *function.Env, beat, life time.Duration) (*function.Function, error) {
	return newDesk(env, pace{beat, life})
}

// Streams is how many streams of commands a process has at most.
const Streams = streams
