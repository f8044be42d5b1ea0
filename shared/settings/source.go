package settings

import (
	"maps"
	"slices"
)

// signedSource is the one whose senders sign what they send. It may have a password beside: a step of a workflow in Kustomer
// signs nothing, and can send a header.
const signedSource = "kustomer"

// validateSources holds each doorway to a way of proving who sends.
func (c *checker) validateSources(sources map[string]Source) {
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		s, path := sources[name], join("sources", name)
		c.check(s.Signature == "" || name == signedSource, path+".signature",
			`is only for the source "`+signedSource+`": the others sign in with a user name and password`)
		if s.Signature != "" && s.Username == "" && s.Password == "" {
			continue
		}
		want := "is required"
		if name == signedSource {
			want = "is required, or a signature alone"
		}
		c.check(s.Username != "", path+".username", want)
		c.check(s.Password != "", path+".password", want+": "+secretRef.says)
	}
}
