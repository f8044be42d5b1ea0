package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Version is what documents of this release say of themselves in version. It grows with a change after which an older release
// would take a document for another than it is: a setting that has gone, another name, another meaning. A new setting that may
// be absent is none: to older releases it is an unknown key, which they refuse by themselves.
const Version = 1

// migration makes a document of one version one of the next. It changes the document, with numbers as json.Number, and does nothing
// else: the same document is upgraded at each reading until somebody saves it. What is not as it should be it leaves alone,
// for Parse to tell.
type migration func(doc map[string]any)

// steps are all there ever were: the first makes version 2 of version 1. What is in one is never changed again, since there are
// documents that it is for.
var steps = []migration{}

// Upgrade returns the document in this release's Version: itself, byte by byte, where it is that already. Of a newer one the
// error is a *Problem that says what to do. A text that is no settings document is returned as it is, for Parse to tell why.
func Upgrade(doc []byte) ([]byte, error) { return upgrade(doc, steps) }

func upgrade(doc []byte, steps []migration) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var all map[string]any
	if len(doc) > MaxBytes || d.Decode(&all) != nil || d.More() {
		return doc, nil
	}
	newest := len(steps) + 1
	version, ok := versionOf(all)
	switch {
	case !ok || version == newest:
		return doc, nil
	case version > newest:
		return nil, &Problem{"version", fmt.Sprintf("is %d, of a later release; this one knows versions up to %d: deploy the release that "+
			"saved the document, or restore a document from before it in the settings' history", version, newest)}
	}
	for _, s := range steps[version-1:] {
		s(all)
	}
	all["version"] = newest
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(all); err != nil {
		return nil, fmt.Errorf("settings: writing version %d: %w", newest, err) // not known to happen: it was JSON
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// versionOf is the document's version; ok is false of what is none.
func versionOf(doc map[string]any) (version int, ok bool) {
	v, present := doc["version"]
	if !present {
		return 1, doc != nil // as documents were before there was a version
	}
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	if i == 0 && err == nil {
		return 1, true // the same as absent, as everywhere
	}
	return int(min(i, 1<<30)), err == nil && i > 0
}
