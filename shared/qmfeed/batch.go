package qmfeed

import (
	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const (
	// maxBatch bounds the body of a request with several events.
	maxBatch = 1 << 20
	// maxKeptBodies bounds what the session's document keeps of a request's events. It has a row of Firestore to fit into.
	maxKeptBodies = 32 << 10
)

// next is the request that goes next, which the document remembers: one that was begun and not taken goes again as it was,
// the same events under the same id, whatever is known of the session since; so a repeat is known for one, and what was
// taken of it is never told under another id.
func (u *run) next(d *store.Document) []quality.Payload {
	size := u.set.Quality.For(string(d.Session.Channel)).Size()
	owed := work.QualityOwed(u.set.Quality, d)
	batch := again(d.Quality.Request, owed, d, u.id)
	if len(batch) == 0 || len(batch) > size { // the settings may want smaller ones now
		batch = u.first(owed, size)
	}
	d.Quality.Request = kept(batch)
	return batch
}

// first are the first events that the run is to tell, and that fit one request. One that does not fit holds up those behind
// it, however short.
func (u *run) first(owed []quality.Payload, size int) (batch []quality.Payload) {
	bytes := 0
	for _, p := range owed {
		if !u.due[store.Mark(p.ID)] {
			continue
		}
		if bytes += len(p.Body); len(batch) == size || len(batch) > 0 && bytes > maxBatch {
			break
		}
		batch = append(batch, p)
	}
	return batch
}

// again are the events of a request that was begun, as it was. Of one that was too long to be kept they are made anew, as
// far as they are owed still: where one is not any more, the rest goes under another id.
func again(request []store.Told, owed []quality.Payload, d *store.Document, id store.ID) (batch []quality.Payload) {
	anew := map[string]quality.Payload{}
	for _, p := range owed {
		anew[p.ID] = p
	}
	for _, t := range request {
		p, isOwed := anew[t.ID]
		if len(t.Body) > 0 {
			p, isOwed = quality.Payload{ID: t.ID, Key: id.String(), At: t.At, Channel: d.Session.Channel, Body: t.Body}, true
		}
		if isOwed {
			batch = append(batch, p)
		}
	}
	return batch
}

// kept is what the document remembers of a request.
func kept(batch []quality.Payload) (request []store.Told) {
	bytes := 0
	for _, p := range batch {
		bytes += len(p.Body)
	}
	for _, p := range batch {
		t := store.Told{ID: p.ID, At: p.At}
		if bytes <= maxKeptBodies {
			t.Body = p.Body
		}
		request = append(request, t)
	}
	return request
}

func marks(batch []quality.Payload) (all []string) {
	for _, p := range batch {
		all = append(all, store.Mark(p.ID))
	}
	return all
}
