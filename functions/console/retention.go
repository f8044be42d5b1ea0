package console

import (
	"time"

	"sessionbridge.internal/shared/settings"
)

// mayBeGone says whether sessions of a day that ended at until may have been deleted since, as the tenant's retention has it: a report
// of such a day accounts for those that are left.
func mayBeGone(set settings.Settings, until, now time.Time) bool {
	return set.KeepDays() > 0 && !until.AddDate(0, 0, set.KeepDays()).After(now)
}
