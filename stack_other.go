//go:build !linux

package main

// raiseStack does nothing: on this system threads' stacks do not follow
// RLIMIT_STACK.
func raiseStack() {}
