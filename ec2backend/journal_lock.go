//go:build unix

package ec2backend

import (
	"os"
	"syscall"
)

// lockFile takes a file for this process; the lock goes when the file is
// closed, however the process ends.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) //nolint:gosec // a descriptor fits
}
