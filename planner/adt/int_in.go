package adt

import "math"

// parseInt reads an integer as pg_strtoint16, 32 and 64 do: white space around,
// a sign, a decimal, hexadecimal (0x), octal (0o) or binary (0b) number, single
// underscores between digits.
func parseInt(s string, bits int, typ string) (int64, error) {
	i, n := 0, len(s)
	for i < n && isSpace(s[i]) {
		i++
	}
	neg := false
	if i < n && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	base := uint64(10)
	if i+1 < n && s[i] == '0' {
		switch s[i+1] {
		case 'x', 'X':
			base = 16
		case 'o', 'O':
			base = 8
		case 'b', 'B':
			base = 2
		}
	}
	if base != 10 {
		i += 2
	}
	limit := uint64(1) << (bits - 1) // magnitude of the least value
	var v uint64
	first := i
	for ; i < n; i++ {
		c := s[i]
		if c == '_' {
			// An underscore leads only after a base prefix and needs a digit after it.
			if base == 10 && i == first || i+1 >= n || digitValue(s[i+1]) >= base {
				return 0, invalidInput(typ, s)
			}
			continue
		}
		d := digitValue(c)
		if d >= base {
			break
		}
		if v > limit/base {
			return 0, inputRange(typ, s)
		}
		v = v*base + d
	}
	if i == first {
		return 0, invalidInput(typ, s)
	}
	for i < n && isSpace(s[i]) {
		i++
	}
	if i < n {
		return 0, invalidInput(typ, s)
	}
	if neg {
		if v > limit {
			return 0, inputRange(typ, s)
		}
		return -int64(v), nil
	}
	if v >= limit {
		return 0, inputRange(typ, s)
	}
	return int64(v), nil
}

// digitValue is the value of a digit in bases up to 16; math.MaxUint8 for other
// bytes.
func digitValue(c byte) uint64 {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0')
	case c >= 'a' && c <= 'f':
		return uint64(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return uint64(c-'A') + 10
	}
	return math.MaxUint8
}

// ParseInt32 reads an integer as its input function does.
func ParseInt32(s string) (int32, error) {
	v, err := parseInt(s, 32, "integer")
	return int32(v), err
}
