package server

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Guessing bounds how often a client may give wrong passwords. Zero values
// mean the defaults named.
type Guessing struct {
	Failures int           // of a user from an address within Window until they are banned; 5, negative: no limit
	Window   time.Duration // 5 min
	Ban      time.Duration // 15 min
}

const (
	firstDelay   = 250 * time.Millisecond // of the answer to the second failure; then twice as long each
	longestDelay = 2 * time.Second
	userFailures = 10 // of a user from anywhere, until each answer takes longestDelay
	maxTracked   = 1 << 16
)

// limiter counts failed logins by address, by user name and by both, so that
// guessing passwords takes too long from one address and from many. A user
// banned at an address is not told: the logins go on as any other and fail, with
// the right password too. Others are not locked out by those failures, neither
// users of the same address nor the user elsewhere. Who is on the same machine
// already is slowed down and never banned.
type limiter struct {
	cfg   Guessing
	now   func() time.Time
	local func(netip.Prefix) bool

	mu    sync.Mutex
	addrs map[netip.Prefix]*failures
	users map[string]*failures
	pairs map[attempt]*failures
}

// attempt is what a ban is about: a user at an address.
type attempt struct {
	from netip.Prefix
	user string
}

type failures struct {
	n      int
	since  time.Time // of the first in the window
	banned time.Time // until
}

func newLimiter(cfg Guessing) *limiter {
	cfg.Failures = orDefault(cfg.Failures, 5)
	cfg.Window = orDefault(cfg.Window, 5*time.Minute)
	cfg.Ban = orDefault(cfg.Ban, 15*time.Minute)
	return &limiter{
		cfg: cfg, now: time.Now, local: isLocalhost,
		addrs: map[netip.Prefix]*failures{}, users: map[string]*failures{}, pairs: map[attempt]*failures{},
	}
}

// isLocalhost tells of the addresses by which programs reach their own machine.
func isLocalhost(p netip.Prefix) bool {
	return p.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || p.Addr() == netip.IPv6Loopback()
}

// source gives what a client's failures count for: its address, of IPv6 the
// network that one customer has. All Unix sockets are one address, of the
// machine itself.
func source(a net.Addr) (netip.Prefix, bool) {
	if _, unix := a.(*net.UnixAddr); unix {
		return netip.PrefixFrom(netip.IPv6Loopback(), 128), true
	}
	ip, ok := clientIP(a)
	if !ok {
		return netip.Prefix{}, false
	}
	bits := ip.BitLen()
	if ip.Is6() && !ip.IsLoopback() {
		bits = 64
	}
	p, err := ip.Prefix(bits)
	return p, err == nil
}

// banned tells whether a user may not log in from an address now.
func (l *limiter) banned(a net.Addr, user string) bool {
	src, ok := source(a)
	if !ok || l.cfg.Failures < 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.pairs[attempt{src, user}]
	return f != nil && l.now().Before(f.banned)
}

// failed counts a failure and gives how long to wait before telling the client.
// began tells that this one caused a ban.
func (l *limiter) failed(a net.Addr, user string) (wait time.Duration, began bool) {
	src, ok := source(a)
	if !ok || l.cfg.Failures < 0 {
		return 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if f := count(l, l.pairs, attempt{src, user}, now); f.n >= l.cfg.Failures && !now.Before(f.banned) && !l.local(src) {
		f.banned, began = now.Add(l.cfg.Ban), true
	}
	if n := count(l, l.addrs, src, now).n; n > 1 {
		wait = min(firstDelay<<min(n-2, 8), longestDelay)
	}
	if count(l, l.users, user, now).n > userFailures {
		wait = longestDelay
	}
	return wait, began
}

// succeeded forgets the failures of a user at an address, and those that slow
// the address down.
func (l *limiter) succeeded(a net.Addr, user string) {
	src, ok := source(a)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.addrs, src)
	delete(l.pairs, attempt{src, user})
}

// bans gives the number of bans in force now.
func (l *limiter) bans() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.pairs {
		if l.now().Before(f.banned) {
			n++
		}
	}
	return n
}

// count counts a failure of a key. Old ones go when there are too many keys;
// if that does not help, all but the banned go.
func count[K comparable](l *limiter, m map[K]*failures, k K, now time.Time) *failures {
	f := m[k]
	if f == nil {
		for _, age := range []time.Duration{l.cfg.Window, 0} {
			if len(m) < maxTracked {
				break
			}
			for k, f := range m {
				if !now.Before(f.banned) && now.Sub(f.since) >= age {
					delete(m, k)
				}
			}
		}
		f = &failures{since: now}
		m[k] = f
	}
	if now.Sub(f.since) > l.cfg.Window && !now.Before(f.banned) {
		f.n, f.since = 0, now
	}
	f.n++
	return f
}
