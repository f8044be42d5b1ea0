package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"sessionbridge.internal/shared/store"
)

func TestEverySaveIsKeptWithWhoAndWhen(t *testing.T) {
	t.Parallel()
	s := open(t, "history")
	if err := s.PutSettings(t.Context(), "demo", []byte("seeded")); err != nil {
		t.Fatal(err)
	}
	for _, doc := range []string{"second", "third"} {
		if err := s.SaveSettings(t.Context(), "demo", "", []byte(doc), "ada@example.com", start); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.SettingsHistory(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, v := range all {
		told = append(told, fmt.Sprint(v.Number, v.By, v.Document))
		one, err := s.SavedSettings(t.Context(), "demo", v.Number)
		if err != nil || v.By != "" && !one.At.Equal(start) {
			t.Errorf("version %d: %+v, %v", v.Number, one, err)
		}
		told = append(told, one.Document)
	}
	if got := strings.Join(told, " "); got != "3ada@example.com third 2ada@example.com second 1 seeded" {
		t.Errorf("kept are %s", got)
	}
	if doc, err := s.Settings(t.Context(), "demo"); err != nil || string(doc) != "third" {
		t.Errorf("the settings are %q, %v", doc, err)
	}
	if _, err := s.SavedSettings(t.Context(), "demo", 4); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a version of none: %v", err)
	}
}

func TestTheHistoryNamesWhatASaveChanges(t *testing.T) {
	t.Parallel()
	s := open(t, "history-changes")
	s.Compare = func(before, after []byte) []string { return strings.Fields(string(before) + " " + string(after)) }
	for _, doc := range []string{"a", "b c", "d e f g h"} {
		if err := s.SaveSettings(t.Context(), "demo", "", []byte(doc), "ada@example.com", start); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.SettingsHistory(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, v := range all {
		told = append(told, fmt.Sprint(v.Number, v.Changed, v.More))
	}
	if got := strings.Join(told, " "); got != "3 [b c d e f] 2 2 [a b c] 0 1 [] 0" {
		t.Errorf("the versions changed %s", got)
	}
}

func TestSettingsAreSavedOnlyOverTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	s := open(t, "history-versions")
	save := func(version, doc string) error {
		return s.SaveSettings(t.Context(), "demo", version, []byte(doc), "ada@example.com", start)
	}
	if err := save("2026-01-05T09:00:00Z", "of none"); !errors.Is(err, store.ErrChanged) {
		t.Errorf("over none: %v", err)
	}
	if err := save("", "first"); err != nil {
		t.Fatal(err)
	}
	_, version, err := s.SettingsVersion(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	if err := save(version, "second"); err != nil {
		t.Error(err)
	}
	if err := save(version, "third"); !errors.Is(err, store.ErrChanged) {
		t.Errorf("over another's: %v", err)
	}
	if err := save("yesterday", "third"); !errors.Is(err, store.ErrChanged) {
		t.Errorf("over no version: %v", err)
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	t.Parallel()
	s := open(t, "history-bounded")
	for i := range store.MaxHistory + 3 {
		if err := s.SaveSettings(t.Context(), "demo", "", fmt.Append(nil, i), "ada@example.com", start); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.SettingsHistory(t.Context(), "demo")
	if err != nil || len(all) != store.MaxHistory || all[0].Number != store.MaxHistory+3 {
		t.Errorf("kept are %d, %v", len(all), err)
	}
	if _, err := s.SavedSettings(t.Context(), "demo", 3); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the oldest: %v", err)
	}
}

// Two who save at the same moment without having read a version both have their place in the history.
func TestSavesAtTheSameMomentAreAllKept(t *testing.T) {
	t.Parallel()
	s := open(t, "history-race")
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			if err := s.SaveSettings(t.Context(), "demo", "", fmt.Append(nil, i), "ada@example.com", start); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if kept, err := s.SettingsHistory(t.Context(), "demo"); err != nil || len(kept) != 5 {
		t.Errorf("kept are %v, %v", kept, err)
	}
}
