package store_test

import (
	"fmt"
	"sync"
	"testing"
)

// A function in a process of its own has the emulator's address in its environment, where Google's client finds it by itself
// and dials without the options it was given. The test is not parallel, as the environment is the whole process's.
func TestConflictsAreResolvedWhereTheClientFindsTheEmulatorItself(t *testing.T) {
	addr, err := address()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("FIRESTORE_EMULATOR_HOST", addr)
	s := open(t, "conflicts")
	const writers = 8
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { ring(t, s, "demo", "ada", fmt.Sprint("+", n)) })
	}
	all.Wait()
	if got, err := s.Desk(t.Context(), "demo", "ada"); err != nil || len(got.Commands) != writers {
		t.Errorf("the desk has %v, %v", numbers(got), err)
	}
}
