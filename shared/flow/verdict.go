package flow

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// answer is what came of sending a step's request.
type answer struct {
	crm.Answer               // status 0 when there was none; the body is at most maxAnswer
	retryAfter time.Duration // how long it asks to wait before it is asked again
	next       time.Duration // and before anything else is asked
	took       time.Duration
	err        error // why there was no answer
	notSent    bool  // the request certainly did not reach the CRM
	refused    bool  // we could not or would not send it: the settings are wrong, or the sign-in fails; once that is mended it goes on
}

// verdict says what follows from an answer.
type verdict struct {
	outcome store.Verdict
	known   bool   // whether it is known that the CRM did nothing; meaningless when done
	problem string // for people; empty when done
	nobody  bool   // a search was answered that there is nobody
	exists  bool   // a create was answered that it is there already
	lacking bool   // it is not the CRM that said no, but whoever has the file, or takes it for the CRM
	gaveUp  bool   // it is done with, and was not done
	unfit   bool   // it is the file that is refused, for good, and not all that the session has
}

// judge is the one table of what an answer means. By default only 400 is tried again (docs.cloud.google.com, CCAI
// Platform, "Custom CRM", errors); the preset "safe" also tries again what passes by itself, and the settings may name
// their own set. What the endpoint's own settings say of an answer goes first.
func judge(c *settings.CRM, s Step, a answer) verdict {
	if a.err == nil {
		switch crm.MeaningOf(s.endpoint, a.Answer) {
		case settings.MeansDone:
			return verdict{outcome: store.Done}
		case settings.MeansRetry:
			return verdict{outcome: store.Waiting, known: a.Status < 500 || a.Status == http.StatusServiceUnavailable, problem: refusal(a)}
		case settings.MeansRefused:
			return verdict{outcome: store.Dead, known: true, problem: refusal(a)}
		case settings.MeansExists:
			if s.adds() {
				return verdict{outcome: store.Done}
			}
			return verdict{exists: true}
		case settings.MeansNotFound:
			return verdict{nobody: true}
		}
	}
	var m misplaced
	if errors.As(a.err, &m) {
		return m.verdict
	}
	again := store.Dead
	if triedAgain(c, a) {
		again = store.Waiting
	}
	switch {
	case a.refused && errors.Is(a.err, files.ErrNotToBeHad):
		return verdict{outcome: store.Waiting, known: true, lacking: true, problem: a.err.Error()}
	case a.refused:
		return verdict{outcome: store.Waiting, known: true, problem: "it was not sent: " + a.err.Error()}
	case a.err != nil && a.notSent:
		return verdict{outcome: again, known: true, problem: "the CRM cannot be reached: " + a.err.Error()}
	case a.err != nil:
		return verdict{outcome: again, problem: "the CRM did not answer: " + a.err.Error()}
	case a.Status >= 200 && a.Status < 300 && !s.searches() && !s.creates() && crm.WebPage(a.Answer): // those two say so themselves
		return ofWebPage(c)
	case a.Status >= 200 && a.Status < 300:
		return verdict{outcome: store.Done}
	case a.Status == http.StatusNotFound && s.searches() && crm.ByID(s.endpoint):
		return verdict{nobody: true}
	case a.Status >= 500 && a.Status != http.StatusServiceUnavailable: // a gateway may have lost the answer of a CRM that did the work
		return verdict{outcome: again, problem: refusal(a)}
	case a.Status >= 300 && a.Status < 400: // 303 may be the answer to a create that was done (RFC 9110, section 15.4.4)
		return verdict{outcome: store.Dead, known: a.Status != http.StatusSeeOther, problem: refusal(a) + "; a redirect mostly means that the credentials or the URL are wrong"}
	}
	return verdict{outcome: again, known: true, problem: refusal(a)}
}

// ofWebPage is what follows from a page for people with a status of success: whoever is in front of the CRM answered in its
// place, and nobody knows what became of the request. That is a lost answer, and is tried again where one is.
func ofWebPage(c *settings.CRM) verdict {
	v := verdict{outcome: store.Dead, problem: crm.ErrWebPage.Error()}
	if slices.Contains(triedAgainOn(c), settings.NoAnswer) {
		v.outcome = store.Waiting
	}
	return v
}

// triedAgainOn are the answers that are tried again for a week, as the settings' retry_on has them.
func triedAgainOn(c *settings.CRM) []string {
	return map[string][]string{
		settings.RetryDocumented: {"400"},
		settings.RetrySafe:       {"400", "408", "425", "429", "5xx", settings.NoAnswer},
		settings.RetryCustom:     c.RetryOn,
	}[c.RetryPreset()]
}

// triedAgain says whether an answer, or none, is tried again for a week.
func triedAgain(c *settings.CRM, a answer) bool {
	set := triedAgainOn(c)
	if a.err != nil {
		return slices.Contains(set, settings.NoAnswer)
	}
	status := strconv.Itoa(a.Status)
	return slices.Contains(set, status) || slices.Contains(set, status[:1]+"xx")
}

func refusal(a answer) string {
	return "the CRM answered " + strconv.Itoa(a.Status) + " " + http.StatusText(a.Status)
}
