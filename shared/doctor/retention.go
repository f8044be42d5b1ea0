package doctor

import (
	"context"
	"fmt"

	"sessionbridge.internal/shared/settings"
)

// retention tells of a tenant whose sessions are kept for good, since nobody has decided otherwise.
func (d *Doctor) retention(set settings.Settings) []check {
	return []check{{"How long sessions are kept", "retention", func(context.Context) finding {
		if days := set.KeepDays(); days > 0 {
			return fine(fmt.Sprintf("for %d days after their last change, once they are over", days))
		}
		return finding{Warning, "for good: personal data may be kept no longer than it is needed",
			`Set "retention", such as {"days": 90}. What is in the CRM and in the company's storage stays.`}
	}}}
}
