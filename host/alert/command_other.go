//go:build !unix

package alert

import "os/exec"

// killGroup does nothing here: a program's children outlive it where there are no process groups.
func killGroup(*exec.Cmd) {}
