package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func regexpCount(c *Call, a []Datum) (Datum, error) {
	start, err := intArg(a, 2, "start", 1, 1)
	if err != nil {
		return nil, err
	}
	re, _, err := regexArg(c, a, 3, "regexp_count()")
	if err != nil {
		return nil, err
	}
	n := int32(0)
	s := a[0].(string)
	err = eachMatch(c, re, s, startOffset(s, start), true, func([]int) bool { n++; return true })
	return n, err
}

// nthMatch finds the n'th match, nil when there are not so many.
func nthMatch(c *Call, re *Regex, s string, start, n int32) ([]int, error) {
	var found []int
	err := eachMatch(c, re, s, startOffset(s, start), true, func(m []int) bool {
		n--
		if n == 0 {
			found = m
		}
		return n > 0
	})
	return found, err
}

// nthGroup does what regexp_instr and regexp_substr share: it reads the arguments
// start and n, flags at an index, subexpr behind them and, when there is room,
// endoption before them, and gives the match and the number of the group that are
// asked for. A group < 0: there is none.
func nthGroup(c *Call, a []Datum, name string, flags int) (m []int, group int, end int32, err error) {
	start, err := intArg(a, 2, "start", 1, 1)
	if err != nil {
		return nil, -1, 0, err
	}
	n, err := intArg(a, 3, "n", 1, 1)
	if err != nil {
		return nil, -1, 0, err
	}
	if flags > 4 {
		end, err = intArg(a, 4, "endoption", 0, 0)
		if err == nil && end > 1 {
			err = pgerr.New(pgerrcode.InvalidParameterValue, `invalid value for parameter "%s": %d`, "endoption", end)
		}
		if err != nil {
			return nil, -1, 0, err
		}
	}
	sub, err := intArg(a, flags+1, "subexpr", 0, 0)
	if err != nil {
		return nil, -1, 0, err
	}
	re, _, err := regexArg(c, a, flags, name)
	if err != nil {
		return nil, -1, 0, err
	}
	m, err = nthMatch(c, re, a[0].(string), start, n)
	if sub = re.part(sub); err != nil || m == nil || int(sub) > re.groups || m[2*sub] < 0 {
		return nil, -1, 0, err
	}
	return m, int(sub), end, nil
}

func regexpInstr(c *Call, a []Datum) (Datum, error) {
	m, group, end, err := nthGroup(c, a, "regexp_instr()", 5)
	if group < 0 {
		return int32(0), err
	}
	return runeLen(a[0].(string)[:m[2*group+int(end)]]) + 1, nil
}

func regexpSubstr(c *Call, a []Datum) (Datum, error) {
	m, group, _, err := nthGroup(c, a, "regexp_substr()", 4)
	if group < 0 {
		return nil, err
	}
	return groupText(a[0].(string), m, group), nil
}

// part gives the group of a subexpr argument: an expression without groups is
// itself the first (setup_regexp_matches).
func (r *Regex) part(subexpr int32) int32 {
	if r.groups == 0 && subexpr == 1 {
		return 0
	}
	return subexpr
}
