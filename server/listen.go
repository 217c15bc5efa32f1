package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
)

// Listen listens on an address: host:port, or the path of a Unix socket, which
// gets the given permissions. A socket file that no server answers is replaced.
func Listen(addr string, mode fs.FileMode) (net.Listener, error) {
	if !strings.HasPrefix(addr, "/") && !strings.HasPrefix(addr, "@") {
		return net.Listen("tcp", addr)
	}
	if strings.HasPrefix(addr, "/") {
		if err := removeStale(addr); err != nil {
			return nil, err
		}
	}
	ln, err := net.Listen("unix", addr)
	if err != nil || addr[0] == '@' {
		return ln, err
	}
	if err := os.Chmod(addr, mode); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("listen on %s: the file exists and is not a socket", path)
	}
	if nc, err := net.Dial("unix", path); err == nil {
		nc.Close()
		return fmt.Errorf("listen on %s: another server uses the socket", path)
	}
	return os.Remove(path)
}

// loopback tells whether an address is of this machine.
func loopback(a net.Addr) bool {
	switch a := a.(type) {
	case *net.UnixAddr:
		return true
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	}
	return false
}
