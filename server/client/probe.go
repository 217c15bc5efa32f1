package client

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Probe tells whether a server that speaks PostgreSQL's protocol answers at an
// address: host:port, or the path of a Unix socket.
func Probe(ctx context.Context, addr string) error {
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	d := net.Dialer{Timeout: 3 * time.Second}
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
		return err
	}
	// An SSLRequest is answered with one byte by whoever speaks PostgreSQL.
	if _, err := conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil {
		return err
	}
	var b [1]byte
	if _, err := io.ReadFull(conn, b[:]); err != nil {
		return err
	}
	if b[0] != 'S' && b[0] != 'N' {
		return fmt.Errorf("%s answered %q: it does not speak PostgreSQL's protocol", addr, b[0])
	}
	return nil
}
