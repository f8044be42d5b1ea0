package crm

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"sessionbridge.internal/shared/settings"
)

// Found is what a search found. ID is the object to take; empty means nobody, or, where there are Candidates, that a
// person chooses.
type Found struct {
	ID         string      `json:"id,omitempty"`
	Hits       int         `json:"hits"`                 // how many the CRM found, also those its answer only counts
	Unverified int         `json:"unverified,omitempty"` // how many of those in the answer did not have what Verify asks for, or no id
	Candidates []Candidate `json:"candidates,omitempty"` // at most 20, in the order of the answer
}

// Candidate is an object that a person may choose.
type Candidate struct {
	ID    string `json:"id"`
	Label string `json:"label,omitempty"` // its name, subject or title; a customer's, so nothing for logs
}

const (
	maxCandidates = 20
	maxLabel      = 80 // characters
)

// hit is one object of an answer that was verified.
type hit struct {
	id     string
	object any
}

// ReadSearch reads the answer to a search. The hits are the elements of the list at response_data_location, or the one
// object there; nothing there, and an empty answer, is nobody. A location that leads into a list, as "items[0]" does, takes one
// hit of as many as the list has. A hit counts if it has all that Verify asks for and an id. More than MaxHits hits, before any
// is verified, are nobody: a CRM that ignores a filter it does not know answers with everybody.
//
// The error is for an answer that cannot be read, ErrWebPage among these, and for wrong settings.
func ReadSearch(e *settings.Endpoint, v Vars, a Answer) (Found, error) {
	r, err := newReader(e, v)
	if err != nil {
		return Found{}, fmt.Errorf("crm: %w", err)
	}
	doc, err := decode(a)
	if err != nil {
		return Found{}, fmt.Errorf("crm: %w", err)
	}
	objects := r.objects(doc)
	f := Found{Hits: max(len(objects), r.total(doc))}
	if len(objects) > 0 { // what is nowhere was not found, whatever lists there are
		f.Hits = max(f.Hits, longest(doc, r.response.steps))
	}
	if e.MaxHits > 0 && f.Hits > e.MaxHits {
		return f, nil
	}
	hits := r.verified(objects, &f)
	if e.Choose == chooseAgent && (len(hits) > 1 || len(hits) == 1 && f.Hits > len(objects)) {
		f.Candidates = candidates(hits)
		return f, nil
	}
	if f.ID = r.choose(hits); f.ID == "" && len(hits) > 0 {
		f.Unverified++
	}
	return f, nil
}

// reader is a search's settings, parsed.
type reader struct {
	endpoint *settings.Endpoint
	response location
	id       location
	checks   []check
	ofChosen []check
	by       []location
}

func newReader(e *settings.Endpoint, v Vars) (r reader, err error) {
	r.endpoint = e
	if e.ID == inHeader {
		return r, fmt.Errorf("custom_id_location of a search must be a field of its hits; the Location header is for creates")
	}
	if r.response, err = parseLocation(e.Response); err != nil {
		return r, fmt.Errorf("response_data_location: %w", err)
	}
	if r.id, err = parseLocation(orDefault(e.ID, "id")); err != nil {
		return r, fmt.Errorf("custom_id_location: %w", err)
	}
	if r.checks, err = newChecks("verify", e.Verify, v); err != nil {
		return r, err
	}
	if r.ofChosen, err = newChecks("verify_chosen", e.VerifyChosen, v); err != nil {
		return r, err
	}
	r.by, err = choosers(e)
	return r, err
}

// objects are the hits of an answer, as they stand.
func (r reader) objects(doc any) (hits []any) {
	found, _ := first(doc, r.response.steps)
	switch found := found.(type) {
	case []any:
		for _, v := range found {
			if v != nil {
				hits = append(hits, v)
			}
		}
	case map[string]any:
		if len(found) > 0 {
			hits = append(hits, found)
		}
	}
	return hits
}

// longest is the length of the longest list that the steps go through; of one out of which they select, what they select.
func longest(v any, steps []locationStep) int {
	if len(steps) == 0 {
		return 0
	}
	step := steps[0]
	switch v := v.(type) {
	case map[string]any:
		return longest(v[step.key], steps[1:])
	case []any:
		at, isIndex := step.index()
		switch {
		case step.selects:
			fitting := slices.DeleteFunc(slices.Clone(v), func(element any) bool { return !step.isFor(element) })
			return max(len(fitting), longestOfFirst(fitting, steps[1:]))
		case !isIndex:
			return max(len(v), longestOfFirst(v, steps))
		case at < len(v):
			return max(len(v), longest(v[at], steps[1:]))
		}
	}
	return 0
}

func longestOfFirst(list []any, steps []locationStep) int {
	if len(list) == 0 {
		return 0
	}
	return longest(list[0], steps)
}

// total is how many hits the answer says there are, beside the list it has of them; 0 if it does not.
func (r reader) total(doc any) int {
	steps := r.response.steps
	for len(steps) > 0 && steps[len(steps)-1].within() {
		steps = steps[:len(steps)-1] // of "items.0" the list is "items"
	}
	if len(steps) == 0 {
		return 0
	}
	if list, _ := first(doc, steps); !isList(list) {
		return 0
	}
	parent, _ := first(doc, steps[:len(steps)-1])
	for isList(parent) { // it stood for its first element
		parent = parent.([]any)[0]
	}
	object, _ := parent.(map[string]any)
	most := 0
	for _, key := range []string{"total", "count", "totalSize"} {
		most = max(most, countOf(object[key]))
	}
	return most
}

// within says whether the step leads to an element of a list.
func (s locationStep) within() bool {
	_, isIndex := s.index()
	return isIndex || s.selects
}

func isList(v any) bool {
	_, ok := v.([]any)
	return ok
}

// countOf is a number of hits, which some CRMs write as a text; 0 for anything else.
func countOf(v any) int {
	text, _ := scalar(v)
	n, _ := strconv.ParseFloat(text, 64) // infinite if out of range
	if !(n > 0) {
		return 0
	}
	return int(min(n, math.MaxInt32))
}

// verified are the hits that may be believed, each object once.
func (r reader) verified(objects []any, f *Found) (hits []hit) {
	seen := map[string]bool{}
	for _, object := range objects {
		id, ok := idAt(object, r.id)
		if !ok || !allHold(r.checks, object) {
			f.Unverified++
			continue
		}
		if !seen[id] {
			seen[id] = true
			hits = append(hits, hit{id, object})
		}
	}
	return hits
}

func candidates(hits []hit) (list []Candidate) {
	for _, h := range hits[:min(len(hits), maxCandidates)] {
		list = append(list, Candidate{ID: h.id, Label: label(h.object)})
	}
	return list
}

// labels are the keys under which CRMs have what a person knows an object by.
var labels = []string{"name", "Name", "displayName", "Full_Name", "subject", "Subject", "title", "Title"}

// label is what a person knows an object by. It may be among the object's attributes (jsonapi.org/format, section 7.2).
func label(object any) string {
	m, _ := object.(map[string]any)
	for _, key := range labels {
		if text, _ := m[key].(string); shorten(text, maxLabel) != "" {
			return shorten(text, maxLabel)
		}
	}
	if m["attributes"] != nil {
		return label(m["attributes"])
	}
	return ""
}
