//go:build !linux

package server

import "time"

// hungUp needs POLLRDHUP, which only Linux has; elsewhere a lost client is
// noticed by the next write.
func hungUp(uintptr) bool { return false }

func setUserTimeout(uintptr, time.Duration) {}
