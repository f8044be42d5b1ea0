package files

import "errors"

// ErrNotToBeHad says that whoever has a file says that there is none, or none that may be taken: asking again soon changes
// nothing, as it may where a server is only away.
var ErrNotToBeHad = errors.New("the file is not to be had")
