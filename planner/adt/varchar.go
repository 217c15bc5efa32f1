package adt

import (
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// varchar(n): varchar.c.

const (
	varHeader     = 4 // VARHDRSZ, which a character type's typmod includes
	maxCharLength = 10485760
)

func varcharFuncs() Funcs {
	return Funcs{
		"varcharin":        In(varcharIn),
		"varcharout":       Out(textOut),
		"varcharrecv":      Recv(varcharRecv),
		"varcharsend":      Send(textSend),
		"varchartypmodin":  F1(func(a *Array) (int32, error) { return charTypmodIn(a, "varchar") }),
		"varchartypmodout": P1(charTypmodOut),
		"varchar":          F3(varcharCast),
	}
}

func varcharIn(_ *Call, s string, typmod int32) (string, error) { return varcharFit(s, typmod, false) }

func varcharRecv(c *Call, b []byte, typmod int32) (string, error) {
	s, err := textRecv(c, b, -1)
	if err != nil {
		return "", err
	}
	return varcharFit(s, typmod, false)
}

func varcharCast(s string, typmod int32, explicit bool) (string, error) {
	return varcharFit(s, typmod, explicit)
}

// varcharFit cuts s to the length of typmod: silently in an explicit cast, else
// only blanks.
func varcharFit(s string, typmod int32, explicit bool) (string, error) {
	n := int(typmod) - varHeader
	if typmod < varHeader || len(s) <= n {
		return s, nil
	}
	cut := byteIndex(s, n)
	if !explicit && !allBlank(s[cut:]) {
		return "", pgerr.New(pgerrcode.StringDataRightTruncationDataException,
			"value too long for type character varying(%d)", n)
	}
	return s[:cut], nil
}

// byteIndex gives the byte offset of the n'th character, len(s) when there are
// not that many.
func byteIndex(s string, n int) int {
	if n <= 0 {
		return 0
	}
	i := 0
	for i < len(s) {
		if n == 0 {
			return i
		}
		n--
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, w := utf8.DecodeRuneInString(s[i:])
		i += w
	}
	return i
}

func allBlank(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != ' ' {
			return false
		}
	}
	return true
}

// charTypmodIn is anychar_typmodin: the modifier list of varchar(n) or char(n).
func charTypmodIn(a *Array, name string) (int32, error) {
	m, err := arrayTypmods(a)
	if err != nil {
		return 0, err
	}
	if len(m) != 1 {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "invalid type modifier")
	}
	if m[0] < 1 {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "length for type %s must be at least 1", name)
	}
	if m[0] > maxCharLength {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "length for type %s cannot exceed %d", name, maxCharLength)
	}
	return m[0] + varHeader, nil
}

func charTypmodOut(typmod int32) string {
	if typmod > varHeader {
		return "(" + itoa(int64(typmod-varHeader)) + ")"
	}
	return ""
}
