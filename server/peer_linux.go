package server

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// peerUID gives the user at the other end of a Unix socket.
func peerUID(nc net.Conn) (uid int, err error) {
	u, ok := nc.(*net.UnixConn)
	if !ok {
		return 0, errors.New("not a Unix socket")
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var inner error
	err = raw.Control(func(fd uintptr) { cred, inner = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err = errors.Join(err, inner); err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
