package export

import "time"

// SetPace has runs last no longer than limit and tell each beat that they live; 0: as in earnest.
func (r *Runner) SetPace(limit, beat time.Duration) { r.pace = pace{limit, beat} }
