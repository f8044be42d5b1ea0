package store

import (
	"errors"
	"fmt"
)

// DocumentVersion is the newest version of session documents that this release may change. What a release adds to a document
// may be absent, and nothing that is there changes its type or goes away: so a release reads what a later one wrote. Changing it,
// it would lose what it does not know. Where that must not happen, because work would be done twice or never, the later release
// raises the version of the documents that have such a thing, and those alone.
const DocumentVersion = 1

// ErrNewer is a session that a later release has in hand: this one shows it and leaves it alone. It passes when the later
// release, to whose tasks and messages it will be due still, is deployed again.
var ErrNewer = errors.New("the session's document was written by a later release, which has to go on with it")

// writable says whether this release may change the document.
func (d *Document) writable() error {
	if d.Version > DocumentVersion {
		return fmt.Errorf("version %d, and this release knows up to %d: %w", d.Version, DocumentVersion, ErrNewer)
	}
	return nil
}
