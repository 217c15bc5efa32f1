package soak

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// bad is a network in between that is not good.
type bad struct {
	name            string
	latency, jitter time.Duration
	slice           int // bytes a packet
	rate            int // bytes a second
}

// relay passes connections on to an address over the bad network.
func (b bad) relay(t *testing.T, to string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			client, err := ln.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				return
			}
			go b.pass(client, server)
			go b.pass(server, client)
		}
	}()
	return ln.Addr().String()
}

// pass copies one direction; its end ends both.
func (b bad) pass(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	type packet struct {
		data []byte
		due  time.Time
	}
	packets := make(chan packet, 1024)
	go func() {
		defer close(packets)
		for {
			buf := make([]byte, 32<<10)
			n, err := from.Read(buf)
			if n > 0 {
				wait := b.latency
				if b.jitter > 0 {
					wait += rand.N(2*b.jitter) - b.jitter
				}
				packets <- packet{buf[:n], time.Now().Add(wait)}
			}
			if err != nil {
				return
			}
		}
	}()
	limit := rate.NewLimiter(rate.Limit(max(b.rate, 1)), 8<<10)
	for p := range packets {
		time.Sleep(time.Until(p.due))
		for len(p.data) > 0 {
			n := len(p.data)
			if b.slice > 0 {
				n = min(n, b.slice)
			}
			if b.rate > 0 {
				n = min(n, 4<<10)
				time.Sleep(limit.ReserveN(time.Now(), n).Delay())
			}
			if _, err := to.Write(p.data[:n]); err != nil {
				for range packets { // let the reader end
				}
				return
			}
			p.data = p.data[n:]
		}
	}
}

// smallBuffers makes a client that holds little of what it does not read.
func smallBuffers(_, _ string, c syscall.RawConn) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) }); e != nil {
		return e
	}
	return err
}

// host is another host, in a network namespace, with a cable to this one.
type host struct {
	t      *testing.T
	name   string
	client *exec.Cmd
}

func newHost(t *testing.T) *host {
	t.Helper()
	if _, err := exec.LookPath("psql"); err != nil {
		t.Skip("no psql")
	}
	h := &host{t: t, name: fmt.Sprintf("fg%d", os.Getpid()%100000)}
	t.Cleanup(func() {
		if h.client != nil {
			_ = h.client.Process.Kill()
			_ = h.client.Wait()
		}
		_ = exec.Command("ip", "netns", "del", h.name).Run()
	})
	for _, line := range []string{
		"netns add " + h.name,
		"link add " + h.name + " type veth peer name eth0 netns " + h.name,
		"addr add 10.231.7.1/24 dev " + h.name,
		"link set " + h.name + " up",
		"-n " + h.name + " addr add 10.231.7.2/24 dev eth0",
		"-n " + h.name + " link set eth0 up",
	} {
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			t.Skipf("another host cannot be made here: ip %s: %s", line, out)
		}
	}
	return h
}

// psql runs a statement from the host; the function gives what it printed.
func (h *host) psql(port, sql string) func() string {
	var out strings.Builder
	h.client = exec.Command("ip", "netns", "exec", h.name, "psql", "host=10.231.7.1 port="+port+" user=app dbname=aws sslmode=disable", "-c", sql)
	h.client.Stdout, h.client.Stderr = &out, &out
	if err := h.client.Start(); err != nil {
		h.t.Fatal(err)
	}
	return out.String
}

// dark pulls the cable: what either side sends is lost, and nobody says so.
func (h *host) dark() {
	h.t.Helper()
	if out, err := exec.Command("ip", "-n", h.name, "link", "set", "eth0", "down").CombinedOutput(); err != nil {
		h.t.Fatalf("%s", out)
	}
}
