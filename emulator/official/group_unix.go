//go:build unix

package official

import (
	"os/exec"
	"syscall"
)

// ownGroup starts the command in a process group of its own: an interrupt typed at the terminal then ends us first, and
// we end the emulator in order.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends the command and all it started. Neither emulator keeps anything that an orderly end would save.
func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
