package adt

import (
	"cmp"
	"math/bits"
	"net/netip"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// inet and cidr (network.c).

// Inet is a value of type inet or cidr.
type Inet struct {
	V6   bool
	Bits uint8    // of the network
	IP   [16]byte // an IPv4 address has the first four
}

// NewInet makes the inet of a host.
func NewInet(a netip.Addr) Inet {
	n := Inet{V6: !a.Unmap().Is4()}
	n.Bits = n.max()
	copy(n.IP[:], a.Unmap().AsSlice())
	return n
}

func (n Inet) max() uint8 {
	if n.V6 {
		return 128
	}
	return 32
}

// addr gives the address's bytes.
func (n *Inet) addr() []byte { return n.IP[:n.max()/8] }

// family is PGSQL_AF_INET or PGSQL_AF_INET6.
func (n Inet) family() byte {
	if n.V6 {
		return 3
	}
	return 2
}

func inetFuncs() Funcs {
	f := Funcs{
		"inet_in":   In(func(_ *Call, s string, _ int32) (Inet, error) { return inetIn(s, false) }),
		"cidr_in":   In(func(_ *Call, s string, _ int32) (Inet, error) { return inetIn(s, true) }),
		"inet_out":  Out(func(_ *Call, dst []byte, n Inet) ([]byte, error) { return n.append(dst, n.Bits != n.max()), nil }),
		"cidr_out":  Out(func(_ *Call, dst []byte, n Inet) ([]byte, error) { return n.append(dst, true), nil }),
		"inet_recv": Recv(func(_ *Call, b []byte, _ int32) (Inet, error) { return inetRecv(b, "inet") }),
		"cidr_recv": Recv(func(_ *Call, b []byte, _ int32) (Inet, error) { return inetRecv(b, "cidr") }),
		"inet_send": Send(func(_ *Call, dst []byte, n Inet) ([]byte, error) { return n.send(dst, 0), nil }),
		"cidr_send": Send(func(_ *Call, dst []byte, n Inet) ([]byte, error) { return n.send(dst, 1), nil }),

		"network_eq":      P2(func(a, b Inet) bool { return a == b }),
		"network_ne":      P2(func(a, b Inet) bool { return a != b }),
		"network_lt":      P2(func(a, b Inet) bool { return inetCompare(a, b) < 0 }),
		"network_le":      P2(func(a, b Inet) bool { return inetCompare(a, b) <= 0 }),
		"network_gt":      P2(func(a, b Inet) bool { return inetCompare(a, b) > 0 }),
		"network_ge":      P2(func(a, b Inet) bool { return inetCompare(a, b) >= 0 }),
		"network_cmp":     cmpDiff(inetCompare, inetDiff),
		"network_larger":  P2(func(a, b Inet) Inet { return pick(inetCompare(a, b) > 0, a, b) }),
		"network_smaller": P2(func(a, b Inet) Inet { return pick(inetCompare(a, b) < 0, a, b) }),
		"hashinet": hashOf(func(n Inet) int32 { return int32(hashBytes(n.bytes(nil))) },
			func(dst []byte, d Datum) []byte { return d.(Inet).bytes(dst) }),
		"hashinetextended": P2(func(n Inet, seed int64) int64 { return int64(hashBytesExtended(n.bytes(nil), uint64(seed))) }),

		"network_sub":      P2(func(a, b Inet) bool { return a.Bits > b.Bits && a.within(b) }),
		"network_subeq":    P2(func(a, b Inet) bool { return a.Bits >= b.Bits && a.within(b) }),
		"network_sup":      P2(func(a, b Inet) bool { return b.Bits > a.Bits && b.within(a) }),
		"network_supeq":    P2(func(a, b Inet) bool { return b.Bits >= a.Bits && b.within(a) }),
		"network_overlap":  P2(func(a, b Inet) bool { return a.V6 == b.V6 && a.common(b) >= min(a.Bits, b.Bits) }),
		"inet_same_family": P2(func(a, b Inet) bool { return a.V6 == b.V6 }),
		"inet_merge":       F2(inetMerge),

		"network_host": P1(func(n Inet) string { return string(n.append(nil, false)) }),
		"network_show": P1(func(n Inet) string { return string(n.append(nil, true)) }),
		"inet_abbrev":  P1(func(n Inet) string { return string(n.append(nil, n.Bits != n.max())) }),
		"cidr_abbrev":  P1(cidrAbbrev),
		"network_family": P1(func(n Inet) int32 {
			if n.V6 {
				return 6
			}
			return 4
		}),
		"network_masklen":   P1(func(n Inet) int32 { return int32(n.Bits) }),
		"network_network":   P1(Inet.network),
		"inet_to_cidr":      P1(Inet.network),
		"network_broadcast": P1(func(n Inet) Inet { return n.apply(n.mask(), func(a, m byte) byte { return a | ^m }) }),
		"network_netmask": P1(func(n Inet) Inet {
			m := n.mask()
			m.Bits = n.max()
			return m
		}),
		"network_hostmask": P1(func(n Inet) Inet {
			m := n.apply(n.mask(), func(_, m byte) byte { return ^m })
			m.Bits = n.max()
			return m
		}),
		"inet_set_masklen": F2(Inet.setMasklen),
		"cidr_set_masklen": F2(func(n Inet, bits int32) (Inet, error) {
			n, err := n.setMasklen(bits)
			return n.network(), err
		}),

		"inetnot": P1(func(n Inet) Inet { return n.apply(n, func(a, _ byte) byte { return ^a }) }),
		"inetand": inetBitwise("AND", func(a, b byte) byte { return a & b }),
		"inetor":  inetBitwise("OR", func(a, b byte) byte { return a | b }),
		"inetpl":  F2(inetAdd),
		"sql:int8pl_inet/int8,inet": F2(func(v int64, n Inet) (Inet, error) {
			return inetAdd(n, v)
		}),
		"inetmi_int8": F2(func(n Inet, v int64) (Inet, error) { return inetAdd(n, -v) }),
		"inetmi":      F2(inetSub),
	}
	return f
}

// bytes is the value as network.c stores it: family, bits, address.
func (n Inet) bytes(dst []byte) []byte {
	return append(append(dst, n.family(), n.Bits), n.addr()...)
}

func (n Inet) send(dst []byte, cidr byte) []byte {
	return append(append(dst, n.family(), n.Bits, cidr, n.max()/8), n.addr()...)
}

func inetIn(s string, cidr bool) (Inet, error) {
	n, ok := parseInet(s, cidr)
	typ := "inet"
	if cidr {
		typ = "cidr"
	}
	if !ok {
		return n, invalidInput(typ, s)
	}
	if cidr && n != n.network() {
		return n, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid cidr value: \"%s\"", s).
			Detailf("Value has bits set to right of mask.")
	}
	return n, nil
}

func inetRecv(b []byte, typ string) (n Inet, err error) {
	bad := func(what string) (Inet, error) {
		return n, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid %s in external \"%s\" value", what, typ)
	}
	r := binReader{b: b}
	switch r.byte() {
	case 2:
	case 3:
		n.V6 = true
	default:
		if r.err == nil {
			return bad("address family")
		}
	}
	if n.Bits = r.byte(); n.Bits > n.max() {
		return bad("bits")
	}
	r.byte() // is_cidr is ignored
	if size := r.byte(); r.err == nil && size != n.max()/8 {
		return bad("length")
	}
	for i := range n.addr() {
		n.IP[i] = r.byte()
	}
	if r.err != nil {
		return n, r.err
	}
	if typ == "cidr" && n != n.network() {
		return n, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid external \"cidr\" value").
			Detailf("Value has bits set to right of mask.")
	}
	if len(r.b) > 0 {
		return n, errLeftOver()
	}
	return n, nil
}

// common counts the leading bits that two addresses of one family share.
func (n Inet) common(m Inet) uint8 {
	a, b := n.addr(), m.addr()
	for i := range a {
		if x := a[i] ^ b[i]; x != 0 {
			return uint8(i*8 + bits.LeadingZeros8(x))
		}
	}
	return n.max()
}

// within tells whether n's address lies in the network m.
func (n Inet) within(m Inet) bool { return n.V6 == m.V6 && n.common(m) >= m.Bits }

func inetCompare(a, b Inet) int { return int(inetDiff(a, b)) }

// inetDiff is network_cmp_internal: the network's common bits, its size, then
// the whole address.
func inetDiff(a, b Inet) int32 {
	if a.V6 != b.V6 {
		return int32(a.family()) - int32(b.family())
	}
	if d := prefixDiff(a, b, min(a.Bits, b.Bits)); d != 0 {
		return d
	}
	if d := int32(a.Bits) - int32(b.Bits); d != 0 {
		return d
	}
	return prefixDiff(a, b, a.max())
}

// prefixDiff is bitncmp: what differs in whole bytes gives their difference.
func prefixDiff(a, b Inet, n uint8) int32 {
	same := a.common(b)
	if same >= n {
		return 0
	}
	if same < n/8*8 {
		return int32(a.IP[same/8]) - int32(b.IP[same/8])
	}
	return int32(cmp.Compare(a.IP[same/8], b.IP[same/8]))
}

// apply combines each byte of n with the one of m.
func (n Inet) apply(m Inet, op func(a, b byte) byte) Inet {
	for i := range n.addr() {
		n.IP[i] = op(n.IP[i], m.IP[i])
	}
	return n
}

// mask gives the netmask.
func (n Inet) mask() Inet {
	n.IP = [16]byte{}
	for i := range n.Bits {
		n.IP[i/8] |= 0x80 >> (i % 8)
	}
	return n
}

// network clears the bits of the host.
func (n Inet) network() Inet { return n.apply(n.mask(), func(a, m byte) byte { return a & m }) }

func (n Inet) setMasklen(bits int32) (Inet, error) {
	if bits == -1 {
		bits = int32(n.max())
	}
	if bits < 0 || bits > int32(n.max()) {
		return n, pgerr.New(pgerrcode.InvalidParameterValue, "invalid mask length: %d", bits)
	}
	n.Bits = uint8(bits)
	return n, nil
}

func inetMerge(a, b Inet) (Inet, error) {
	if a.V6 != b.V6 {
		return a, pgerr.New(pgerrcode.InvalidParameterValue, "cannot merge addresses from different families")
	}
	a.Bits = min(a.common(b), a.Bits, b.Bits)
	return a.network(), nil
}

func inetBitwise(verb string, op func(a, b byte) byte) Func {
	return F2(func(a, b Inet) (Inet, error) {
		if a.V6 != b.V6 {
			return a, pgerr.New(pgerrcode.InvalidParameterValue, "cannot %s inet values of different sizes", verb)
		}
		r := a.apply(b, op)
		r.Bits = max(a.Bits, b.Bits)
		return r, nil
	})
}

func errInetRange() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "result is out of range")
}

func inetAdd(n Inet, v int64) (Inet, error) {
	carry := int64(0)
	a := n.addr()
	for i := len(a) - 1; i >= 0; i-- {
		carry += int64(a[i]) + v&0xff
		a[i] = byte(carry)
		carry >>= 8
		v >>= 8
	}
	if !(v == 0 && carry == 0) && !(v == -1 && carry == 1) {
		return n, errInetRange()
	}
	return n, nil
}

func inetSub(n, m Inet) (int64, error) {
	if n.V6 != m.V6 {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "cannot subtract inet values of different sizes")
	}
	a, b := n.addr(), m.addr()
	res, carry, at := int64(0), int64(1), 0
	for i := len(a) - 1; i >= 0; i-- {
		carry += int64(a[i]) + int64(^b[i])
		digit := carry & 0xff
		if at < 8 {
			res |= digit << (8 * at)
		} else if res < 0 && digit != 0xff || res >= 0 && digit != 0 {
			return 0, errInetRange()
		}
		carry >>= 8
		at++
	}
	if at < 8 && carry == 0 { // extend the sign
		res |= -1 << (8 * at)
	}
	return res, nil
}
