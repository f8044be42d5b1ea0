package flow

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// answer is what came of sending a step's request.
type answer struct {
	status     int    // 0 when there was no answer
	body       []byte // at most maxAnswer
	truncated  bool   // there was more of it
	retryAfter time.Duration
	took       time.Duration
	err        error // why there was no answer
	notSent    bool  // the request certainly did not reach the CRM
	refused    bool  // we could not or would not send it: the settings are wrong, and once they are mended it goes on
}

// verdict says what follows from an answer.
type verdict struct {
	outcome store.Verdict
	known   bool   // whether it is known that the CRM did nothing; meaningless when done
	problem string // for people; empty when done
}

// judge is the one table of what an answer means. By default only 400 is tried again (docs.cloud.google.com, CCAI
// Platform, "Custom CRM", errors); the preset "safe" also tries again what passes by itself.
func judge(preset string, a answer) verdict {
	safe := preset == settings.RetrySafe
	again := func(is bool) store.Verdict {
		if is {
			return store.Waiting
		}
		return store.Dead
	}
	switch {
	case a.refused:
		return verdict{store.Waiting, true, "it was not sent, mend the settings: " + a.err.Error()}
	case a.err != nil && a.notSent:
		return verdict{again(safe), true, "the CRM cannot be reached: " + a.err.Error()}
	case a.err != nil:
		return verdict{again(safe), false, "the CRM did not answer: " + a.err.Error()}
	case a.status >= 200 && a.status < 300:
		return verdict{outcome: store.Done}
	case a.status == http.StatusBadRequest:
		return verdict{store.Waiting, true, refusal(a)}
	case a.status == http.StatusRequestTimeout, a.status == http.StatusTooEarly, a.status == http.StatusTooManyRequests,
		a.status == http.StatusServiceUnavailable:
		return verdict{again(safe), true, refusal(a)}
	case a.status >= 500: // a gateway may have lost the answer of a CRM that did the work
		return verdict{again(safe), false, refusal(a)}
	case a.status >= 300 && a.status < 400:
		return verdict{store.Dead, true, refusal(a) + "; a redirect mostly means that the credentials or the URL are wrong"}
	}
	return verdict{store.Dead, true, refusal(a)}
}

func refusal(a answer) string {
	return "the CRM answered " + strconv.Itoa(a.status) + " " + http.StatusText(a.status)
}

// retryAfter reads a Retry-After header, in seconds or as a date (RFC 9110, section 10.2.3); 0 when there is none.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if n, err := strconv.Atoi(header); err == nil && n > 0 && n < 1<<30 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(header); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}
