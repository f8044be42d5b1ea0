package places_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/files/sftp"
	"sessionbridge.internal/shared/work"
)

func TestAPlaceIsCheckedAndLeftAsItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set.Storage.Folder = "calls/{YEAR}"
	for _, name := range work.Places(w.set.Storage) {
		if err := w.Check(t.Context(), w.set.Storage, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(w.company, "drop")); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestAPlaceThatCannotBeUsedIsNamed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*world)
		place  string
		want   error
	}{
		"no such bucket":   {func(w *world) { w.set.Storage.Bucket = "none" }, work.Bucket, gcs.ErrNoBucket},
		"a wrong password": {func(w *world) { w.set.Storage.SFTP.Password = "secret://wrong" }, work.SFTP, sftp.ErrSignIn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.change(w)
			if err := w.Check(t.Context(), w.set.Storage, tt.place); !errors.Is(err, tt.want) {
				t.Errorf("Check = %v, want %v", err, tt.want)
			}
		})
	}
}
