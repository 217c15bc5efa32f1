package adt

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// append writes the address and, asked to, its bits.
func (n Inet) append(dst []byte, withBits bool) []byte {
	if n.V6 {
		dst = n.append6(dst)
	} else {
		dst = netip.AddrFrom4([4]byte(n.IP[:4])).AppendTo(dst)
	}
	if withBits {
		dst = append(dst, '/')
		dst = strconv.AppendUint(dst, uint64(n.Bits), 10)
	}
	return dst
}

// append6 writes an IPv6 address: the longest run of zero words is cut, and
// what looks like an IPv4 address within is written as one.
func (n Inet) append6(dst []byte) []byte {
	var words [8]uint16
	for i := range words {
		words[i] = binary.BigEndian.Uint16(n.IP[2*i:])
	}
	base, size := -1, 1
	for i := 0; i < 8; i++ {
		j := i
		for j < 8 && words[j] == 0 {
			j++
		}
		if j-i > size {
			base, size = i, j-i
		}
		i = max(i, j)
	}
	if base < 0 {
		size = 0
	}
	for i := 0; i < 8; i++ {
		if base >= 0 && i >= base && i < base+size {
			if i == base {
				dst = append(dst, ':')
			}
			continue
		}
		if i != 0 {
			dst = append(dst, ':')
		}
		if i == 6 && base == 0 && (size == 6 || size == 7 && words[7] != 1 || size == 5 && words[5] == 0xffff) {
			return netip.AddrFrom4([4]byte(n.IP[12:])).AppendTo(dst)
		}
		dst = strconv.AppendUint(dst, uint64(words[i]), 16)
	}
	if base >= 0 && base+size == 8 {
		dst = append(dst, ':')
	}
	return dst
}

// cidrAbbrev writes the network alone (inet_cidr_ntop).
func cidrAbbrev(n Inet) string {
	n = n.network()
	var b strings.Builder
	switch {
	case n.V6:
		n.abbrev6(&b)
	case n.Bits == 0:
		b.WriteByte('0')
	default:
		for i := range (n.Bits + 7) / 8 {
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(strconv.Itoa(int(n.IP[i])))
		}
	}
	b.WriteByte('/')
	b.WriteString(strconv.Itoa(int(n.Bits)))
	return b.String()
}

func (n Inet) abbrev6(b *strings.Builder) {
	if n.Bits == 0 {
		b.WriteString("::")
		return
	}
	s := n.IP[:]
	words := max((int(n.Bits)+15)/16, 2)
	start, size, from, run := 0, 0, 0, 0
	for i := range words {
		if s[2*i]|s[2*i+1] == 0 {
			if run == 0 {
				from = i
			}
			run++
		} else if run > size {
			start, size, run = from, run, 0
		}
	}
	if run > size {
		start, size = from, run
	}
	v4 := size != words && start == 0 && (size == 6 || size == 5 && s[10] == 0xff && s[11] == 0xff || size == 7 && s[14] != 0 && s[15] != 1)
	for p := range words {
		switch {
		case size != 0 && p >= start && p < start+size:
			if p == start {
				b.WriteByte(':')
			}
			if p == words-1 {
				b.WriteByte(':')
			}
		case v4 && p > 5:
			b.WriteByte(pick[byte](p == 6, ':', '.'))
			b.WriteString(strconv.Itoa(int(s[2*p])))
			if p != 7 || n.Bits > 120 {
				b.WriteByte('.')
				b.WriteString(strconv.Itoa(int(s[2*p+1])))
			}
		default:
			if b.Len() > 0 {
				b.WriteByte(':')
			}
			b.WriteString(strconv.FormatUint(uint64(s[2*p])<<8|uint64(s[2*p+1]), 16))
		}
	}
}
