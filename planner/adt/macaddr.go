package adt

import (
	"bytes"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// macaddr and macaddr8 (mac.c, mac8.c).

// MACAddr is a value of type macaddr.
type MACAddr [6]byte

// MACAddr8 is a value of type macaddr8.
type MACAddr8 [8]byte

func macFuncs() Funcs {
	f := Funcs{
		"macaddr_in":    In(macIn),
		"macaddr_out":   Out(func(_ *Call, dst []byte, m MACAddr) ([]byte, error) { return macOut(dst, m[:]), nil }),
		"macaddr_recv":  Recv(macRecv),
		"macaddr_send":  Send(func(_ *Call, dst []byte, m MACAddr) ([]byte, error) { return append(dst, m[:]...), nil }),
		"macaddr_trunc": P1(func(m MACAddr) MACAddr { return MACAddr{m[0], m[1], m[2]} }),
		"macaddrtomacaddr8": P1(func(m MACAddr) MACAddr8 {
			return MACAddr8{m[0], m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}
		}),

		"macaddr8_in":       In(mac8In),
		"macaddr8_out":      Out(func(_ *Call, dst []byte, m MACAddr8) ([]byte, error) { return macOut(dst, m[:]), nil }),
		"macaddr8_recv":     Recv(mac8Recv),
		"macaddr8_send":     Send(func(_ *Call, dst []byte, m MACAddr8) ([]byte, error) { return append(dst, m[:]...), nil }),
		"macaddr8_trunc":    P1(func(m MACAddr8) MACAddr8 { return MACAddr8{m[0], m[1], m[2]} }),
		"macaddr8_set7bit":  P1(func(m MACAddr8) MACAddr8 { m[0] |= 2; return m }),
		"macaddr8tomacaddr": F1(mac8ToMac),
	}
	macOps(f, "", func(m MACAddr) []byte { return m[:] }, func(b []byte) MACAddr { return MACAddr(b) })
	macOps(f, "8", func(m MACAddr8) []byte { return m[:] }, func(b []byte) MACAddr8 { return MACAddr8(b) })
	return f
}

// macOps adds what the two types have alike.
func macOps[M comparable](f Funcs, size string, raw func(M) []byte, of func([]byte) M) {
	compare := func(a, b M) int { return bytes.Compare(raw(a), raw(b)) }
	bitwise := func(op func(a, b byte) byte) Func {
		return P2(func(a, b M) M {
			x, y := raw(a), raw(b)
			r := make([]byte, len(x))
			for i := range r {
				r[i] = op(x[i], y[i])
			}
			return of(r)
		})
	}
	name := "macaddr" + size + "_"
	f[name+"eq"] = P2(func(a, b M) bool { return a == b })
	f[name+"ne"] = P2(func(a, b M) bool { return a != b })
	f[name+"lt"] = P2(func(a, b M) bool { return compare(a, b) < 0 })
	f[name+"le"] = P2(func(a, b M) bool { return compare(a, b) <= 0 })
	f[name+"gt"] = P2(func(a, b M) bool { return compare(a, b) > 0 })
	f[name+"ge"] = P2(func(a, b M) bool { return compare(a, b) >= 0 })
	f[name+"cmp"] = Cmp(compare)
	f[name+"and"] = bitwise(func(a, b byte) byte { return a & b })
	f[name+"or"] = bitwise(func(a, b byte) byte { return a | b })
	f[name+"not"] = P1(func(m M) M {
		r := bytes.Clone(raw(m))
		for i := range r {
			r[i] = ^r[i]
		}
		return of(r)
	})
	f["hashmacaddr"+size] = hashOf(func(m M) int32 { return int32(hashBytes(raw(m))) },
		func(dst []byte, d Datum) []byte { return append(dst, raw(d.(M))...) })
	f["hashmacaddr"+size+"extended"] = P2(func(m M, seed int64) int64 { return int64(hashBytesExtended(raw(m), uint64(seed))) })
}

// macFormats are the forms that macaddr_in tries in turn: an x is a
// hexadecimal number of any length, 2 one of at most two digits.
var macFormats = []string{"x:x:x:x:x:x", "x-x-x-x-x-x", "222:222", "222-222", "22.22.22", "22-22-22", "222222"}

func macIn(_ *Call, s string, _ int32) (m MACAddr, err error) {
	for _, format := range macFormats {
		v, ok := scanMAC(s, format)
		if !ok {
			continue
		}
		for i, n := range v {
			if n < 0 || n > 255 {
				return m, pgerr.New(pgerrcode.NumericValueOutOfRange, "invalid octet value in \"macaddr\" value: \"%s\"", s)
			}
			m[i] = byte(n)
		}
		return m, nil
	}
	return m, invalidInput("macaddr", s)
}

// scanMAC reads s by a format as C's sscanf does; only white space may follow.
func scanMAC(s, format string) (v [6]int32, ok bool) {
	n := 0
	for _, c := range []byte(format) {
		if c == ':' || c == '-' || c == '.' {
			if s == "" || s[0] != c {
				return v, false
			}
			s = s[1:]
			continue
		}
		width := len(s) + 1
		s = strings.TrimLeft(s, " \t\n\v\f\r")
		if c == '2' {
			width = 2
		}
		if v[n], s, ok = scanHex(s, width); !ok {
			return v, false
		}
		n++
	}
	return v, trimSpace(s) == ""
}

// scanHex is sscanf's %x: a sign and 0x may come first, and count.
func scanHex(s string, width int) (v int32, rest string, ok bool) {
	head, neg := s, false
	if len(head) > width {
		head = head[:width]
	}
	i := 0
	if i < len(head) && (head[i] == '-' || head[i] == '+') {
		neg = head[i] == '-'
		i++
	}
	found := false
	if i+1 < len(head) && head[i] == '0' && head[i+1]|0x20 == 'x' {
		i += 2
		found = i >= len(head) // the 0 alone is a number
	}
	n := uint64(0)
	for ; i < len(head) && hexDigit(head[i]) >= 0; i++ {
		found = true
		if n>>60 != 0 {
			n = 1<<64 - 1
			continue
		}
		n = n<<4 | uint64(hexDigit(head[i]))
	}
	if neg {
		n = -n
	}
	return int32(n), s[i:], found
}

func macOut(dst, m []byte) []byte {
	const digits = "0123456789abcdef"
	for i, b := range m {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}

func macRecv(_ *Call, b []byte, _ int32) (m MACAddr, err error) {
	err = macBytes(m[:], b)
	return m, err
}

func macBytes(m, b []byte) error {
	r := binReader{b: b}
	for i := range m {
		m[i] = r.byte()
	}
	if r.err == nil && len(r.b) > 0 {
		return errLeftOver()
	}
	return r.err
}

// byte reads one byte (pq_getmsgbyte).
func (r *binReader) byte() byte {
	if r.err == nil && len(r.b) == 0 {
		r.err = pgerr.New(pgerrcode.ProtocolViolation, "no data left in message")
	}
	if r.err != nil {
		return 0
	}
	b := r.b[0]
	r.b = r.b[1:]
	return b
}

func mac8Recv(_ *Call, b []byte, _ int32) (m MACAddr8, err error) {
	if len(b) == 6 {
		return MACAddr8{b[0], b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5]}, nil
	}
	err = macBytes(m[:], b)
	return m, err
}

// mac8In reads pairs of digits with one kind of spacer between any of them.
func mac8In(_ *Call, s string, _ int32) (m MACAddr8, err error) {
	bad := func() (MACAddr8, error) { return m, invalidInput("macaddr8", s) }
	p := strings.TrimLeft(s, " \t\n\v\f\r")
	n, spacer := 0, byte(0)
	for len(p) >= 2 {
		if n == len(m) {
			return bad()
		}
		hi, lo := hexDigit(p[0]), hexDigit(p[1])
		if hi < 0 || lo < 0 {
			return bad()
		}
		m[n] = byte(hi<<4 | lo)
		n++
		p = p[2:]
		if p != "" && (p[0] == ':' || p[0] == '-' || p[0] == '.') {
			if spacer != 0 && spacer != p[0] {
				return bad()
			}
			spacer = p[0]
			p = p[1:]
		}
		if (n == 6 || n == 8) && p != "" && isSpace(p[0]) {
			if trimSpace(p) != "" {
				return bad()
			}
			p = ""
		}
	}
	switch n {
	case 6:
		return MACAddr8{m[0], m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}, nil
	case 8:
		return m, nil
	}
	return bad()
}

func mac8ToMac(m MACAddr8) (MACAddr, error) {
	if m[3] != 0xff || m[4] != 0xfe {
		return MACAddr{}, pgerr.New(pgerrcode.NumericValueOutOfRange, "macaddr8 data out of range to convert to macaddr").
			Hintf("Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.")
	}
	return MACAddr{m[0], m[1], m[2], m[5], m[6], m[7]}, nil
}
