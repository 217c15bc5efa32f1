//go:build !linux

package server

import (
	"errors"
	"net"
)

// peerUID is not known on this system.
func peerUID(net.Conn) (int, error) {
	return 0, errors.New("peer authentication is not supported on this platform")
}
