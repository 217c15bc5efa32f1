package adt

import (
	"strings"
)

// boolFuncs are the routines of type bool (PostgreSQL's bool.c).
func boolFuncs() Funcs {
	return Funcs{
		"boolin":            In(boolIn),
		"boolout":           Out(boolOut),
		"boolrecv":          Recv(boolRecv),
		"boolsend":          Send(boolSend),
		"booltext":          P1(boolText),
		"booleq":            P2(func(a, b bool) bool { return a == b }),
		"boolne":            P2(func(a, b bool) bool { return a != b }),
		"boollt":            P2(func(a, b bool) bool { return !a && b }),
		"boolgt":            P2(func(a, b bool) bool { return a && !b }),
		"boolle":            P2(func(a, b bool) bool { return !a || b }),
		"boolge":            P2(func(a, b bool) bool { return a || !b }),
		"btboolcmp":         Cmp(boolCmp),
		"bool_int4":         P1(boolInt4),
		"int4_bool":         P1(func(a int32) bool { return a != 0 }),
		"booland_statefunc": P2(func(a, b bool) bool { return a && b }),
		"boolor_statefunc":  P2(func(a, b bool) bool { return a || b }),
	}
}

// ParseBool reads a boolean as parse_bool does: any unambiguous prefix of true,
// false, yes and no, or on, off, 1 and 0, in any case.
func ParseBool(s string) (v, ok bool) {
	if s == "" {
		return false, false
	}
	prefix := func(word string, least int) bool {
		return len(s) >= least && len(s) <= len(word) && strings.EqualFold(s, word[:len(s)])
	}
	switch s[0] {
	case 't', 'T':
		return true, prefix("true", 1)
	case 'f', 'F':
		return false, prefix("false", 1)
	case 'y', 'Y':
		return true, prefix("yes", 1)
	case 'n', 'N':
		return false, prefix("no", 1)
	case 'o', 'O':
		if prefix("on", 2) {
			return true, true
		}
		return false, prefix("off", 2)
	case '1':
		return true, len(s) == 1
	case '0':
		return false, len(s) == 1
	}
	return false, false
}

func boolIn(_ *Call, s string, _ int32) (bool, error) {
	if v, ok := ParseBool(trimSpace(s)); ok {
		return v, nil
	}
	return false, invalidInput("boolean", s)
}

func boolOut(_ *Call, dst []byte, v bool) ([]byte, error) {
	if v {
		return append(dst, 't'), nil
	}
	return append(dst, 'f'), nil
}

func boolRecv(_ *Call, b []byte, _ int32) (bool, error) {
	if err := wantBytes(b, 1); err != nil {
		return false, err
	}
	return b[0] != 0, nil
}

func boolSend(_ *Call, dst []byte, v bool) ([]byte, error) {
	if v {
		return append(dst, 1), nil
	}
	return append(dst, 0), nil
}

func boolText(v bool) string {
	if v {
		return "true"
	}
	return "false"
}

func boolInt4(v bool) int32 {
	if v {
		return 1
	}
	return 0
}

// byteOf is a "char" or a bool as hashchar sees it.
func byteOf(d Datum) byte {
	if v, ok := d.(bool); ok {
		return byte(boolInt4(v))
	}
	return byte(d.(Char))
}

func boolCmp(a, b bool) int { return int(boolInt4(a) - boolInt4(b)) }
