package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
)

// HBA is a parsed pg_hba.conf: who may log in from where, and how they prove who they are.
// It is immutable. The syntax, the messages and the order of the checks are those of PostgreSQL 16's hba.c.
type HBA struct {
	rules []rule
}

// rule is a line of pg_hba.conf (HbaLine).
type rule struct {
	file      string
	line      int
	kind      string // local, host, hostssl, hostnossl, hostgssenc, hostnogssenc
	databases []pattern
	users     []pattern
	addr      address
	method    Method
	name      string // of the method, as written

	usermap    string // map=
	clientCert string // clientcert=: "", verify-ca, verify-full
	clientDN   bool   // clientname=DN
}

// pattern is a name of a list, a keyword, or a regular expression (AuthToken).
type pattern struct {
	token
	re *regexp.Regexp // of /...
}

// address is what a client's address is compared with.
type address struct {
	keyword string // all, samehost, samenet
	ip      netip.Addr
	mask    []byte // of ip's length; ones need not be on the left
	host    string // a name, or .suffix
}

// Peer is a client that wants to log in, as pg_hba.conf sees it.
type Peer struct {
	User, Database string
	Addr           net.Addr
	TLS            bool
}

// roleSet tells of roles what pg_hba.conf asks.
type roleSet map[string]Role

// memberOf tells whether a role is another or a member of it, directly or not
// (is_member).
func (r roleSet) memberOf(user, group string) bool {
	if _, known := r[user]; !known {
		return false
	}
	seen := map[string]bool{}
	var in func(name string) bool
	in = func(name string) bool {
		if name == group {
			return true
		}
		if seen[name] {
			return false
		}
		seen[name] = true
		return slices.ContainsFunc(r[name].MemberOf, in)
	}
	return in(user)
}

// match finds the first rule for a client (check_hba), nil: there is none.
func (h *HBA) match(p Peer, roles roleSet) *rule {
	for i := range h.rules {
		if r := &h.rules[i]; r.fits(p, roles) {
			return r
		}
	}
	return nil
}

func (r *rule) fits(p Peer, roles roleSet) bool {
	ip, isIP := clientIP(p.Addr)
	if r.kind == "local" {
		if isIP {
			return false
		}
	} else {
		switch {
		case !isIP, r.kind == "hostssl" && !p.TLS, r.kind == "hostnossl" && p.TLS, r.kind == "hostgssenc":
			return false
		case !r.addr.contains(ip):
			return false
		}
	}
	return slices.ContainsFunc(r.databases, func(t pattern) bool { return t.database(p, roles) }) &&
		slices.ContainsFunc(r.users, func(t pattern) bool { return t.role(p.User, roles) })
}

// database tells whether a pattern of the database column fits (check_db).
func (t pattern) database(p Peer, roles roleSet) bool {
	switch {
	case t.re != nil:
		return t.re.MatchString(p.Database)
	case t.is("all"):
		return true
	case t.is("sameuser"):
		return p.Database == p.User
	case t.is("samegroup"), t.is("samerole"):
		return roles.memberOf(p.User, p.Database)
	case t.is("replication"):
		return false // we have no such connections
	}
	return t.text == p.Database
}

// role tells whether a pattern of the user column fits (check_role).
func (t pattern) role(user string, roles roleSet) bool {
	switch {
	case t.re != nil:
		return t.re.MatchString(user)
	case !t.quoted && strings.HasPrefix(t.text, "+"):
		return roles.memberOf(user, t.text[1:])
	case t.is("all"):
		return true
	}
	return t.text == user
}

// clientIP gives a peer's address; false: it came by a Unix socket.
func clientIP(a net.Addr) (netip.Addr, bool) {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	ip, ok := netip.AddrFromSlice(t.IP)
	return ip.Unmap().WithZone(""), ok
}

// contains tells whether an address is among those of a rule.
func (a address) contains(ip netip.Addr) bool {
	switch {
	case a.keyword == "all":
		return true
	case a.keyword != "":
		return ofThisMachine(ip, a.keyword == "samenet")
	case a.host != "":
		return named(ip, a.host)
	}
	if a.ip.BitLen() != ip.BitLen() { // no IPv4 client is in a range of IPv6 addresses
		return false
	}
	want, got := a.ip.AsSlice(), ip.AsSlice()
	for i, m := range a.mask {
		if (want[i]^got[i])&m != 0 {
			return false
		}
	}
	return true
}

// ofThisMachine tells whether an address is one of this machine's, or in one of
// its networks.
func ofThisMachine(ip netip.Addr, network bool) bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		p = netip.PrefixFrom(p.Addr().WithZone(""), p.Bits())
		if p.Addr() == ip || network && p.Contains(ip) {
			return true
		}
	}
	return false
}

// nameTimeout bounds the lookups for one rule.
const nameTimeout = 2 * time.Second

// named tells whether an address resolves to a name (or, from a dot on, to a
// name with that end) that resolves to the address again (check_hostname).
func named(ip netip.Addr, host string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), nameTimeout)
	defer cancel()
	names, err := net.DefaultResolver.LookupAddr(ctx, ip.String())
	if err != nil {
		return false
	}
	for _, name := range names {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		want := strings.ToLower(host)
		if name != want && !(want[0] == '.' && strings.HasSuffix(name, want)) {
			continue
		}
		back, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		if err != nil {
			continue
		}
		if slices.ContainsFunc(back, func(b netip.Addr) bool { return b.Unmap() == ip }) {
			return true
		}
	}
	return false
}

// HBAError is what is wrong with lines of an authentication file.
type HBAError struct {
	File string
	Line int
	Msg  string
	Hint string
}

func (e *HBAError) Error() string {
	s := e.Msg
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, s)
}

// LoadHBA reads pg_hba.conf. trustAnywhere allows trust from other machines.
// The error lists all bad lines.
func LoadHBA(path string, trustAnywhere bool) (*HBA, error) {
	rows, err := hbaLines(path, trustAnywhere, readAuthFile)
	if err != nil {
		return nil, err
	}
	h := &HBA{}
	var errs []error
	for _, r := range rows {
		if r.err != nil {
			errs = append(errs, r.err)
			continue
		}
		h.rules = append(h.rules, r.rule)
	}
	if len(errs) == 0 && len(h.rules) == 0 {
		errs = append(errs, fmt.Errorf("configuration file \"%s\" contains no entries", path))
	}
	return h, errors.Join(errs...)
}

// hbaLine is a parsed line, or what is wrong with it.
type hbaLine struct {
	rule rule
	err  *HBAError
}

func hbaLines(path string, trustAnywhere bool, open func(string) ([]byte, error)) ([]hbaLine, error) {
	r := authReader{open: open}
	if err := r.read(path, 0); err != nil {
		return nil, err
	}
	out := make([]hbaLine, 0, len(r.lines))
	for _, l := range r.lines {
		parsed := hbaLine{rule: rule{file: l.file, line: l.line}}
		if l.err != nil {
			parsed.err = &HBAError{File: l.file, Line: l.line, Msg: l.err.Error()}
		} else if e := parsed.rule.parse(l.fields, trustAnywhere); e != nil {
			e.File, e.Line = l.file, l.line
			parsed.err = e
		}
		out = append(out, parsed)
	}
	return out, nil
}
