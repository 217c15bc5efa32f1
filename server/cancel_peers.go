package server

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// Behind a load balancer a CancelRequest may reach another copy of the server
// than its session's. That copy passes it on to all copies, which act on it but
// do not pass it on: codePeerCancel in place of CancelRequest's code says so.
// It grants nothing that a CancelRequest would not.
const codePeerCancel = 1234<<16 | 5690

const (
	// peerTimeout is how long the copies may take together.
	peerTimeout = 3 * time.Second
	// maxPassing is how many requests are passed on at a time: each is as many
	// connections as there are copies.
	maxPassing = 16
)

// parsePeers reads the setting cancel_peers.
func parsePeers(list string) (addresses []string) {
	for a := range strings.SplitSeq(list, ",") {
		if a = strings.TrimSpace(a); a != "" {
			addresses = append(addresses, a)
		}
	}
	return addresses
}

func checkPeers(addresses []string) error {
	for _, a := range addresses {
		if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" {
			return fmt.Errorf("invalid cancel_peers: %q is not host:port", a)
		}
	}
	return nil
}

// passOn sends a cancel request's process id and key to every address of every
// peer, this server's own among them if it has them, and waits for the
// answer, which is the end of the connection.
func (c *conn) passOn(request []byte) {
	select {
	case c.srv.passing <- struct{}{}:
		defer func() { <-c.srv.passing }()
	default:
		c.log.Warn("cancel request dropped: too many are being passed on")
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), peerTimeout)
	defer stop()
	packet := binary.BigEndian.AppendUint32(nil, 16)
	packet = binary.BigEndian.AppendUint32(packet, codePeerCancel)
	packet = append(packet, request...)
	var wg sync.WaitGroup
	for _, peer := range c.cfg.CancelPeers {
		host, port, err := net.SplitHostPort(peer)
		if err != nil {
			continue // checkPeers lets none through
		}
		addresses, err := net.DefaultResolver.LookupHost(ctx, host)
		if err != nil {
			c.log.Warn("a copy of the server is not found", "peer", peer, "error", err)
		}
		for _, a := range addresses {
			wg.Go(func() {
				if err := send(ctx, net.JoinHostPort(a, port), packet); err != nil {
					c.log.Warn("a cancel request did not reach a copy of the server", "address", a, "error", err)
				}
			})
		}
	}
	wg.Wait()
}

// send writes a packet and reads to the end.
func send(ctx context.Context, address string, packet []byte) error {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer nc.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := nc.SetDeadline(end); err != nil {
			return err
		}
	}
	if _, err := nc.Write(packet); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, nc)
	return err
}
