package webhook

import (
	"maps"
	"slices"
	"testing"

	"sessionbridge.internal/shared/settings"
)

// Settings may open the doors there are, and no other.
func TestSettingsKnowTheDoors(t *testing.T) {
	t.Parallel()
	if got, want := slices.Sorted(maps.Keys(doors)), slices.Sorted(slices.Values(settings.SourceNames())); !slices.Equal(got, want) {
		t.Errorf("the doors are %q, and settings know %q", got, want)
	}
}
