package flow

import (
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

// Of is where the tasks of a kind of work go; ok is false where the settings want it done no more.
func (t Targets) Of(set settings.Settings, kind string) (to work.Target, ok bool) {
	switch kind {
	case work.CRM:
		if set.CRM == nil {
			return to, false
		}
		return work.Target{Queue: set.CRM.Queue, URL: t.CRMURL}, true
	case work.Metadata:
		return t.Metadata, true
	case work.Quality:
		return t.Quality, true
	}
	return t.Files, true
}
