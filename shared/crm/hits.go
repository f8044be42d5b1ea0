package crm

import (
	"fmt"
	"slices"

	"sessionbridge.internal/shared/settings"
)

// ReadHits reads the answer to a search that a person made by one thing they know, such as a number, and chooses of themselves:
// all hits that may be believed, at most 20, and neither Choose nor VerifyChosen picks one; more says that the CRM has others.
// Of Verify, what has a variable that is not known here, such as the menu of a session, is not asked for. MaxHits counts only
// where nothing verifies that the hits have what the person knows, as no check does that is the same for every search: then more of
// them are everybody, as ReadSearch has it, and none is listed.
//
// The error is for an answer that cannot be read and for wrong settings.
func ReadHits(e *settings.Endpoint, v Vars, a Answer) (list []Candidate, more bool, err error) {
	r, err := newReader(e, v)
	if err != nil {
		return nil, false, fmt.Errorf("crm: %w", err)
	}
	doc, err := decode(a)
	if err != nil {
		return nil, false, fmt.Errorf("crm: %w", err)
	}
	r.checks = slices.DeleteFunc(r.checks, func(c check) bool { return c.text == "" })
	var f Found
	objects := r.objects(doc)
	f.Hits = max(len(objects), r.total(doc))
	told := slices.ContainsFunc(r.checks, func(c check) bool { return !c.fixed })
	if e.MaxHits > 0 && f.Hits > e.MaxHits && !told {
		return nil, true, nil
	}
	found := r.verified(objects, &f)
	return candidates(found), len(found) > maxCandidates || len(found) > 0 && f.Hits > len(objects), nil
}
