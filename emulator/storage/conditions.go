package storage

import (
	"net/http"
	"strconv"
)

// conditions are the preconditions of one request (cloud.google.com/storage/docs/request-preconditions). A nil one is
// not set; an object that does not exist has generation and metageneration 0.
type conditions struct {
	generation        *int64 // the version meant, not a condition: another one is not found
	generationIs      *int64
	generationIsNot   *int64
	metagenerationIs  *int64
	metagenerationNot *int64
}

// readConditions takes them from where the JSON API has them, the query, or else from the headers of the XML API, which
// knows two of them only.
func readConditions(r *http.Request) (c conditions, err error) {
	for _, p := range []struct {
		query, header string
		to            **int64
	}{
		{"generation", "", &c.generation},
		{"ifGenerationMatch", "X-Goog-If-Generation-Match", &c.generationIs},
		{"ifGenerationNotMatch", "", &c.generationIsNot},
		{"ifMetagenerationMatch", "X-Goog-If-Metageneration-Match", &c.metagenerationIs},
		{"ifMetagenerationNotMatch", "", &c.metagenerationNot},
	} {
		text := r.URL.Query().Get(p.query)
		if text == "" {
			text = r.Header.Get(p.header)
		}
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return c, badRequest("%s: %q is no number", p.query, text)
		}
		*p.to = &n
	}
	return c, nil
}

// check holds c against the live object, nil where there is none.
func (c conditions) check(o *object) error {
	var generation, metageneration int64
	if o != nil {
		generation, metageneration = o.Generation, o.Metageneration
	}
	switch {
	case c.generationIs != nil && *c.generationIs != generation:
		return unmet("ifGenerationMatch", *c.generationIs, generation)
	case c.generationIsNot != nil && *c.generationIsNot == generation:
		return unmet("ifGenerationNotMatch", *c.generationIsNot, generation)
	case c.metagenerationIs != nil && *c.metagenerationIs != metageneration:
		return unmet("ifMetagenerationMatch", *c.metagenerationIs, metageneration)
	case c.metagenerationNot != nil && *c.metagenerationNot == metageneration:
		return unmet("ifMetagenerationNotMatch", *c.metagenerationNot, metageneration)
	}
	return nil
}

// checkLive is check for a request that needs the object to be there.
func (c conditions) checkLive(o *object, bucket, name string) error {
	if o == nil || c.generation != nil && *c.generation != o.Generation {
		return notFound("no such object: %s/%s", bucket, name)
	}
	return c.check(o)
}
