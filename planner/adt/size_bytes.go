package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// sizeBytes is pg_size_bytes: a number with a unit.
func sizeBytes(s string) (int64, error) {
	bad := func() *pgerr.Error { return pgerr.New(pgerrcode.InvalidParameterValue, "invalid size: \"%s\"", s) }
	text := strings.TrimLeft(s, " \t\n\v\f\r")
	i := 0
	digits := func() bool {
		from := i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		return i > from
	}
	if text != "" && (text[0] == '-' || text[0] == '+') {
		i++
	}
	ok := digits()
	if i < len(text) && text[i] == '.' {
		i++
		ok = digits() || ok
	}
	if !ok {
		return 0, bad()
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		end := i
		if i++; i < len(text) && (text[i] == '-' || text[i] == '+') {
			i++
		}
		if !digits() {
			i = end
		}
	}
	n, err := parseNumeric(text[:i])
	if err != nil {
		return 0, err
	}
	if unit := trimSpace(text[i:]); unit != "" {
		bits := int32(-1)
		for _, u := range sizeUnits {
			if strings.EqualFold(unit, u.name) {
				bits = u.bits
			}
		}
		switch {
		case strings.EqualFold(unit, "B"):
			bits = 0
		case bits < 0:
			return 0, bad().Detailf("Invalid size unit: \"%s\".", unit).
				Hintf("Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")
		}
		if bits > 0 {
			if n, err = numericMul(NumericFromInt64(1<<bits), n); err != nil {
				return 0, err
			}
		}
	}
	return numericToInt[int64](n)
}
