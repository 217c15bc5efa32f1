package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
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

// invalidInput is the error of an input function for text it cannot read.
func invalidInput(typ, s string) error {
	return pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typ, s)
}

// inputRange is the error of an input function for a value it cannot hold.
func inputRange(typ, s string) error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, typ)
}

// outOfRange is the error of arithmetic that leaves a type's range.
func outOfRange(typ string) error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "%s out of range", typ)
}

func divisionByZero() error {
	return pgerr.New(pgerrcode.DivisionByZero, "division by zero")
}

// wantBytes checks that a receive function was given exactly n bytes.
func wantBytes(b []byte, n int) error {
	if err := atLeast(b, n); err != nil {
		return err
	}
	return noMore(b, n)
}

// atLeast checks that a receive function was given n bytes or more. One that
// looks at what they say asks for noMore after that.
func atLeast(b []byte, n int) error {
	if len(b) >= n {
		return nil
	}
	if n == 1 { // pq_getmsgbyte
		return pgerr.New(pgerrcode.ProtocolViolation, "no data left in message")
	}
	return errNoData()
}

// noMore checks that nothing follows the n bytes that a receive function has read.
func noMore(b []byte, n int) error {
	if len(b) > n {
		return errLeftOver()
	}
	return nil
}

const leftOver = "incorrect binary data format"

// errLeftOver is the complaint of whoever calls a receive function that leaves
// bytes unread.
func errLeftOver() error { return pgerr.New(pgerrcode.InvalidBinaryRepresentation, leftOver) }

// improper names the n'th part of a value, whose receive function has left
// bytes unread.
func improper(err error, format string, n int) error {
	if pgerr.From(err).Message == leftOver {
		return pgerr.New(pgerrcode.InvalidBinaryRepresentation, format, n)
	}
	return err
}

// isSpace is C's isspace in the C locale.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// trimSpace drops C's white space at both ends.
func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}
