package qmfeed

import (
	"net/http"
	"strconv"
	"time"

	"sessionbridge.internal/shared/store"
)

// answer is what came of a request.
type answer struct {
	request    string // what was sent, without credentials, for people
	url        string // likewise
	status     int    // 0 when there was none
	response   string
	isPage     bool // see isPage
	retryAfter time.Duration
	began      time.Time
	took       time.Duration
	err        error // why there was no answer
	refused    bool  // we could not or would not send it: the settings are wrong; once they are mended it goes on
}

// judge is the one table of what an answer means. Every 2xx is good (Standard Webhooks, "deliverability and reliability"),
// but for a web page, with which a proxy asks to sign in or tells of maintenance. All else waits, a 401 or 404 too, and a redirect, which is not followed: while an application is wrongly set up nothing
// may be lost. But 410 Gone is how a receiver says that it wants nothing any more, where the specification has a sender stop; so
// a person must look, who may replay what was given up.
func judge(a answer) (v store.Verdict, problem string) {
	switch {
	case a.refused:
		return store.Waiting, "it was not sent: " + a.err.Error()
	case a.err != nil:
		return store.Waiting, "the application did not answer: " + a.err.Error()
	case a.status >= 200 && a.status < 300 && a.isPage:
		return store.Waiting, "the application answered " + strconv.Itoa(a.status) + " with a web page: it may be down for maintenance, or the URL leads to its sign-in page"
	case a.status >= 200 && a.status < 300:
		return store.Done, ""
	case a.status == http.StatusGone:
		return store.Dead, "the application answered 410 Gone: it wants no events any more"
	}
	return store.Waiting, "the application answered " + strconv.Itoa(a.status) + " " + http.StatusText(a.status)
}
