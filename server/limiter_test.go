package server

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestLimiter walks an address through failures, a ban and its end.
func TestLimiter(t *testing.T) {
	l := newLimiter(Guessing{})
	now := time.Unix(1e9, 0)
	l.now = func() time.Time { return now }
	at := func(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip)} }
	for i := range 4 {
		wait, began := l.failed(at("192.0.2.1"), "ann")
		if want := []time.Duration{0, 250, 500, 1000}[i] * time.Millisecond; wait != want || began {
			t.Errorf("failure %d: %v %v", i+1, wait, began)
		}
	}
	if l.banned(at("192.0.2.1"), "ann") {
		t.Error("banned after four")
	}
	_, began := l.failed(at("192.0.2.1"), "ann")
	if !began || !l.banned(at("192.0.2.1"), "ann") || l.bans() != 1 {
		t.Error("no ban after five")
	}
	if l.banned(at("192.0.2.2"), "ann") || l.banned(at("192.0.2.1"), "bob") {
		t.Error("others are banned, too")
	}
	now = now.Add(14 * time.Minute)
	if !l.banned(at("192.0.2.1"), "ann") {
		t.Error("the ban ended early")
	}
	now = now.Add(2 * time.Minute)
	if l.banned(at("192.0.2.1"), "ann") {
		t.Error("the ban did not end")
	}
	// One customer's IPv6 network is one address.
	for i := range 5 {
		l.failed(at(fmt.Sprintf("2001:db8:1:2::%x", i+1)), "bob")
	}
	if !l.banned(at("2001:db8:1:2:ffff::1"), "bob") || l.banned(at("2001:db8:1:3::1"), "bob") {
		t.Error("IPv6 networks")
	}
	// A user guessed at from everywhere is answered slowly, and not locked out.
	var wait time.Duration
	for i := range 20 {
		wait, _ = l.failed(at(fmt.Sprintf("198.51.100.%d", i)), "carol")
	}
	if wait != longestDelay || l.banned(at("198.51.100.1"), "carol") {
		t.Error(wait)
	}
	l.failed(at("203.0.113.1"), "x")
	l.succeeded(at("203.0.113.1"), "x")
	if w, _ := l.failed(at("203.0.113.1"), "x"); w != 0 {
		t.Error("a success was not remembered")
	}
	// Who is on this machine waits and is never locked out.
	for _, a := range []net.Addr{at("127.0.0.1"), at("::1"), &net.UnixAddr{}} {
		for range 20 {
			if wait, began = l.failed(a, "dan"); began || l.banned(a, "dan") {
				t.Error(a, "banned")
			}
		}
		if wait != longestDelay {
			t.Error(a, wait)
		}
	}
	for i := range maxTracked + 1000 {
		l.failed(&net.TCPAddr{IP: net.IPv4(10, byte(i>>16), byte(i>>8), byte(i))}, fmt.Sprint("u", i))
	}
	if len(l.addrs) > maxTracked || len(l.users) > maxTracked || len(l.pairs) > maxTracked {
		t.Error(len(l.addrs), len(l.users), len(l.pairs))
	}
}

// TestBan checks that a banned user learns nothing: neither that it is
// banned, nor whether a password is right.
func TestBan(t *testing.T) {
	verifier, err := NewVerifier("secret")
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Config{Roles: map[string]Role{"app": {Verifier: verifier}}, Guessing: Guessing{Failures: 2, Ban: time.Minute}})
	s.limiter.local = func(netip.Prefix) bool { return false }
	want := `password authentication failed for user "app" (SQLSTATE 28P01)`
	for i, password := range []string{"wrong", "wrong", "secret"} {
		if _, err := pgxLogin(s.addr, "app", password, "sslmode=disable"); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(i, err)
		}
	}
}

// TestBanMeanwhile has a client ask on many connections before it guesses on any: the
// ban holds for those that are open, too.
func TestBanMeanwhile(t *testing.T) {
	verifier, err := NewVerifier("secret")
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Config{
		Auth: func(Login) Method { return Password }, Roles: map[string]Role{"app": {Verifier: verifier}}, Guessing: Guessing{Failures: 2, Ban: time.Minute},
	})
	s.limiter.local = func(netip.Prefix) bool { return false }
	var asked []*client
	for range 3 {
		c := dial(t, s.addr)
		c.startup("user=app", "database=aws")
		c.until("Authentication")
		asked = append(asked, c)
	}
	for i, password := range []string{"wrong", "wrong", "secret"} {
		asked[i].send(message('p', []byte(password+"\x00")))
		if got := asked[i].until("closed"); !strings.Contains(strings.Join(got, " "), "FATAL 28P01") {
			t.Errorf("%s: %q", password, got)
		}
	}
}
