package kustomer

import (
	"net/http"
	"time"

	"sessionbridge.internal/emulator/received"
)

// Request is one request as it was received.
type Request = received.Request

// keep wants the lock held.
func (k *Kustomer) keep(at time.Time, r *http.Request, body *received.Beginning, status int) {
	k.requests = received.Add(k.requests, received.Of(at, r, body, status))
}
