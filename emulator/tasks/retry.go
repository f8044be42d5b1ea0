package tasks

import (
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/protobuf/types/known/durationpb"
)

// RetryPolicy says when a failed task is tried again, and when no more. It is a queue's or a task's retry_config with
// every default filled in: https://cloud.google.com/tasks/docs/reference/rest/v2/RetryConfig.
type RetryPolicy struct {
	// MaxAttempts counts the first attempt too; -1 is unlimited.
	MaxAttempts int `json:"max_attempts"`
	// MaxDuration is the time from the first attempt; 0 is unlimited.
	MaxDuration time.Duration `json:"max_duration_ns"`
	// MinBackoff and MaxBackoff are the bounds of the wait after a failure.
	MinBackoff time.Duration `json:"min_backoff_ns"`
	MaxBackoff time.Duration `json:"max_backoff_ns"`
	// MaxDoublings is how often the wait doubles before it grows by equal steps.
	MaxDoublings int `json:"max_doublings"`
}

// defaultRetry is what a new queue has: https://cloud.google.com/tasks/docs/configuring-queues.
var defaultRetry = RetryPolicy{
	MaxAttempts:  100,
	MinBackoff:   100 * time.Millisecond,
	MaxBackoff:   time.Hour,
	MaxDoublings: 16,
}

// Backoff is the wait after the n-th failed attempt, n from 1: MinBackoff doubled up to MaxDoublings times, then growing
// by MinBackoff·2^MaxDoublings each time, never more than MaxBackoff. With 10 s, 300 s and 3 doublings it is 10, 20, 40,
// 80, 160, 240, 300, 300, … as in Google's example:
// https://cloud.google.com/tasks/docs/reference/rest/v2/RetryConfig#FIELDS.max_doublings.
func (p RetryPolicy) Backoff(n int) time.Duration {
	wait := p.MinBackoff
	if wait <= 0 || wait >= p.MaxBackoff {
		return min(wait, p.MaxBackoff)
	}
	for range min(n-1, p.MaxDoublings) {
		if wait > p.MaxBackoff/2 { // also what keeps the product from overflowing
			return p.MaxBackoff
		}
		wait *= 2
	}
	steps := time.Duration(max(n-p.MaxDoublings, 1))
	if wait > p.MaxBackoff/steps {
		return p.MaxBackoff
	}
	return wait * steps
}

// Exhausted says that a task with so many attempts, the first of them age ago, is not tried again. Both limits must be
// reached; one that is unlimited sets no condition, and where both are unlimited a task is tried for as long as it is
// kept.
func (p RetryPolicy) Exhausted(attempts int, age time.Duration) bool {
	if p.MaxAttempts < 0 && p.MaxDuration <= 0 {
		return false
	}
	return (p.MaxAttempts < 0 || attempts >= p.MaxAttempts) && (p.MaxDuration <= 0 || age >= p.MaxDuration)
}

// retryPolicy reads a retry_config; what it leaves out is taken from base. field names it in errors.
func retryPolicy(field string, c *cloudtaskspb.RetryConfig, base RetryPolicy) (RetryPolicy, error) {
	p := base
	if n := c.GetMaxAttempts(); n < -1 {
		return p, invalid("%s.max_attempts: %d must be -1 (unlimited) or more", field, n)
	} else if n != 0 {
		p.MaxAttempts = int(n)
	}
	if n := c.GetMaxDoublings(); n < 0 {
		return p, invalid("%s.max_doublings: %d must not be negative", field, n)
	} else if n != 0 {
		p.MaxDoublings = int(n)
	}
	for _, d := range []struct {
		name  string
		value *durationpb.Duration
		to    *time.Duration
	}{
		{"max_retry_duration", c.GetMaxRetryDuration(), &p.MaxDuration},
		{"min_backoff", c.GetMinBackoff(), &p.MinBackoff},
		{"max_backoff", c.GetMaxBackoff(), &p.MaxBackoff},
	} {
		if d.value == nil {
			continue
		}
		if d.value.CheckValid() != nil || d.value.AsDuration() < 0 {
			return p, invalid("%s.%s: %v must be a duration that is not negative", field, d.name, d.value.AsDuration())
		}
		*d.to = d.value.AsDuration()
	}
	if p.MinBackoff > p.MaxBackoff {
		return p, invalid("%s.min_backoff: %v must not be more than max_backoff, %v", field, p.MinBackoff, p.MaxBackoff)
	}
	return p, nil
}

// message is the policy as a queue shows it.
func (p RetryPolicy) message() *cloudtaskspb.RetryConfig {
	c := &cloudtaskspb.RetryConfig{
		MaxAttempts:  int32(p.MaxAttempts),
		MinBackoff:   durationpb.New(p.MinBackoff),
		MaxBackoff:   durationpb.New(p.MaxBackoff),
		MaxDoublings: int32(p.MaxDoublings),
	}
	if p.MaxDuration > 0 {
		c.MaxRetryDuration = durationpb.New(p.MaxDuration)
	}
	return c
}
