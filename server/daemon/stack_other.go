//go:build !linux

package daemon

// RaiseStack does nothing: on this system threads' stacks do not follow
// RLIMIT_STACK.
func RaiseStack() {}
