package store

import (
	"time"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/shared/session"
)

// How long what has personal data in it is kept. A TTL policy deletes a document at some time after its expires_at, mostly within a
// day (docs.cloud.google.com/firestore/native/docs/ttl): until then it is as any other, and who writes it anew puts it off.
const (
	// AsideKept is how long what needs a person is kept at least, however few days a tenant wants: a session of which something was
	// given up, a message that was set aside, an event nobody understood. The watch tells of it for a week; who has not looked after a
	// quarter of a year does not, and what is never deleted is kept longest of all.
	AsideKept = 90 * day
	// SilentKept is how long a session whose end nobody told is kept at least after its last change. Nobody talks for a year without a
	// word: its end was lost.
	SilentKept = 365 * day
	// StaffKept is how long what is known of an agent's place and state is kept after its last change. It is made anew once more
	// is heard of them.
	StaffKept = 90 * day
	// SavedKept is how long a version of the settings is kept, which names who made it.
	SavedKept = 2 * 365 * day
)

const day = 24 * time.Hour

// expiresAt is when a session that changed last at the given time may be deleted; nil: not yet. It follows from the row alone, and
// each write sets it anew: so what comes late puts it off, and what is owed again takes it back.
func (r *row) expiresAt(changed time.Time) *time.Time {
	keep := time.Duration(r.KeepDays) * day
	switch state := session.CRMState(r.CRMState); {
	case r.KeepDays == 0, r.DueAt != nil, state == session.CRMPending, state == session.CRMWaiting:
		return nil
	case !over(session.Status(r.Status)):
		keep = max(keep, SilentKept)
	case state == session.CRMDead:
		keep = max(keep, AsideKept)
	}
	at := changed.Add(keep).UTC()
	return &at
}

// over says whether the session has ended.
func over(s session.Status) bool {
	return s == session.StatusEnded || s == session.StatusWrapUp || s == session.StatusFinished
}

// What is below a session's document does not go with it. It is dated when it is written, so that this takes no write of its own: to
// outlive every session whose last change comes within afterward of it. The few sessions that go on for longer are found by
// renew_at, a while before, and what is below them is dated anew (Store.Renew).
const (
	afterward = 21 * day
	ahead     = 7 * day
)

// belowUntil is when what is written now below a session may be deleted; nil: never.
func belowUntil(keepDays int, now time.Time) *time.Time {
	if keepDays == 0 {
		return nil
	}
	at := now.Add(time.Duration(keepDays)*day + afterward).UTC()
	return &at
}

// date sets the times that follow from the rest of the row, which stands in the place of before; what is below a new session will be
// dated as it is written, and that of one whose days are others has to be dated anew at once.
func (r *row) date(before *row, now time.Time) {
	r.ExpiresAt, r.RenewAt = r.expiresAt(now), before.RenewAt
	switch {
	case r.KeepDays == before.KeepDays:
	case before.Key == "":
		r.RenewAt = renewal(belowUntil(r.KeepDays, now))
	default:
		at := now.UTC()
		r.RenewAt = &at
	}
}

// renewal is when to look at a session again below which the first documents may be deleted at the given time.
func renewal(until *time.Time) *time.Time {
	if until == nil {
		return nil
	}
	at := until.Add(-ahead)
	return &at
}

// retention are the row's fields that date writes.
func (r *row) retention() []firestore.Update {
	return []firestore.Update{
		{Path: "keep_days", Value: r.KeepDays}, {Path: "expires_at", Value: r.ExpiresAt}, {Path: "renew_at", Value: r.RenewAt},
	}
}
