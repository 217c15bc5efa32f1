package daemon

import (
	"os"
	"syscall"
)

// stackSize is what threads that parse SQL get: PostgreSQL's parser is C and
// recurses. Texts that nest too deeply are refused before it sees them; this is
// the safety net below that.
const stackSize = 64 << 20

// stackRaised marks the process that RaiseStack started.
const stackRaised = "FLOWGRES_STACK_RAISED"

// RaiseStack runs the program anew with a larger stack for threads, which
// glibc takes from RLIMIT_STACK at its start. It returns when there is nothing
// to do, or nothing to be done.
func RaiseStack() {
	if os.Getenv(stackRaised) != "" {
		os.Unsetenv(stackRaised)
		return
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_STACK, &limit); err != nil || limit.Cur >= stackSize || limit.Max < stackSize {
		return
	}
	limit.Cur = stackSize
	if err := syscall.Setrlimit(syscall.RLIMIT_STACK, &limit); err != nil {
		return
	}
	self, err := os.Executable()
	if err != nil {
		return
	}
	_ = syscall.Exec(self, os.Args, append(os.Environ(), stackRaised+"=1")) // if it fails, go on as we are
}
