//go:build !unix

package official

import "os/exec"

// ownGroup does nothing: there are no process groups here.
func ownGroup(*exec.Cmd) {}

// killGroup ends the command. The emulators start no other.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
