package kustomer

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// retryAfter are the waits between the attempts at one delivery, and so their number; after the last the webhook is
// disabled (https://developer.kustomer.com/docs/events/delivery-and-retries).
var retryAfter = []time.Duration{time.Minute, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// Bounds of deliveries.
const (
	maxPending = 1000            // beyond, an event is given up unsent
	atOnce     = 8               // requests under way
	patience   = 5 * time.Second // of real time, for an answer
)

// delivery is a Delivery with what is sent. Only Run's goroutines and emit touch it, with the lock held.
type delivery struct {
	Delivery
	hook string
	body []byte
}

// newClient follows no redirect: what answers with one has not taken the event.
func newClient() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// send queues a delivery.
func (k *Kustomer) send(d *delivery) {
	out := k.deliveries[d.hook]
	out.newest = append(out.newest, d)
	out.newest = out.newest[max(0, len(out.newest)-maxDeliveries):]
	if k.pending >= maxPending {
		d.GivenUp = true
		return
	}
	k.pending++
	k.queue <- d // there is room: it holds as many as may be pending
}

// Run delivers to the webhooks until the context ends: each event at least once, in no order.
func (k *Kustomer) Run(ctx context.Context) {
	var under sync.WaitGroup
	defer under.Wait()
	places := make(chan struct{}, atOnce)
	for {
		select {
		case d := <-k.queue:
			under.Go(func() { k.deliver(ctx, d, places) })
		case <-ctx.Done():
			return
		}
	}
}

// Pending is how many deliveries are under way or wait to be tried again.
func (k *Kustomer) Pending() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pending
}

// deliver tries until an answer is 2xx or the attempts are used up.
func (k *Kustomer) deliver(ctx context.Context, d *delivery, places chan struct{}) {
	for n := 0; ; n++ {
		places <- struct{}{}
		done := k.attempt(ctx, d, n == len(retryAfter))
		<-places
		if done || k.rest(ctx, d, retryAfter[n]) != nil {
			return
		}
	}
}

// attempt sends once, and is whether that was all there is to do.
func (k *Kustomer) attempt(ctx context.Context, d *delivery, last bool) (done bool) {
	req, cancel := k.request(ctx, d)
	defer cancel()
	if req == nil {
		return k.settle(d, nil, true)
	}
	made := Attempt{Time: k.now()}
	if resp, err := k.o.Deliver(req); err == nil {
		_, _ = io.CopyN(io.Discard, resp.Body, maxBody) // so that the connection can be used again
		_ = resp.Body.Close()
		made.Status = resp.StatusCode
	}
	return k.settle(d, &made, last)
}

// request is signed with the webhook's token; nil where the webhook is gone or disabled.
func (k *Kustomer) request(ctx context.Context, d *delivery) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	k.mu.Lock()
	hook := k.get("outbound_webhook", d.hook)
	k.mu.Unlock()
	if hook == nil || hook.Attributes["enabled"] != true {
		return nil, cancel
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.Text("url"), bytes.NewReader(d.body))
	if err != nil { // the address was parsed when it came
		return nil, cancel
	}
	own, _ := hook.Attributes["headers"].([]any)
	for _, item := range own {
		header := item.(map[string]any)
		req.Header.Set(header["name"].(string), header["value"].(string))
	}
	mac := hmac.New(sha256.New, []byte(hook.Text("token")))
	_, _ = mac.Write(d.body)
	maps.Copy(req.Header, http.Header{"Content-Type": {"application/json"}, "X-Kustomer-Webhook-Event": {d.Event},
		"X-Kustomer-Webhook-Signature": {hex.EncodeToString(mac.Sum(nil))}})
	return req, cancel
}

// settle keeps what came of an attempt; nil: there was none.
func (k *Kustomer) settle(d *delivery, made *Attempt, last bool) (done bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.attempts++
	if made != nil {
		d.Attempts = append(d.Attempts, *made)
		d.Delivered = made.Status >= 200 && made.Status < 300
	}
	d.GivenUp = last && !d.Delivered
	if d.GivenUp && made != nil {
		k.disable(d.hook)
	}
	if d.Delivered || d.GivenUp {
		k.pending--
		return true
	}
	return false
}

func (k *Kustomer) disable(id string) {
	if hook := k.get("outbound_webhook", id); hook != nil {
		attributes := overlay(hook.Attributes, nil)
		attributes["enabled"] = false
		k.replace(hook, attributes, "")
	}
}
