// Package pubsub is the local cloud's Pub/Sub: Google's own in-memory fake (pubsub/v2/pstest) answers the API, and a
// pusher of our own delivers to push subscriptions, which the fake stores but never serves.
//
// Server is the two together. Pusher alone serves subscriptions that live in another broker, such as gcloud's
// emulator, over the public subscriber API. Its neighbours: emulator/clock gives the time that back-off is measured
// on, the local cloud's page and drain read Pending, NextDue, Seq and Topics, and the deployed functions are the
// endpoints that are pushed to.
package pubsub

import (
	"errors"
	"log/slog"
	"net/http"

	"sessionbridge.internal/emulator/clock"
)

// Options is what a Server or a Pusher needs of the world around it.
type Options struct {
	// Clock is the virtual time: of publish times shown to endpoints and of back-off. Required.
	Clock *clock.Clock
	// Token signs the OIDC token that a push carries when its subscription's push_config has an oidc_token. It is
	// asked anew for each push. Required only for such subscriptions.
	Token func(serviceAccountEmail, audience string) (string, error)
	// Client posts to the endpoints. Nil is a client of our own. Redirects are never followed: to Pub/Sub a redirect
	// is a refusal.
	Client *http.Client
	// Log receives one line per failed push: names, attempt and answer, never a message's content. Nil is silent.
	Log *slog.Logger
}

func (o Options) complete() (Options, error) {
	if o.Clock == nil {
		return o, errors.New("pubsub: Options.Clock is missing: give the local cloud's clock")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	client := http.Client{}
	if o.Client != nil {
		client = *o.Client
	}
	if client.Transport == nil {
		client.Transport = &http.Transport{MaxIdleConnsPerHost: maxPushes}
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	o.Client = &client
	return o, nil
}
