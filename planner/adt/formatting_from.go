package adt

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// dateReader reads a date and time by a format (DCH_from_char).
type dateReader struct {
	s     string // what is left
	all   string
	nodes []formatNode
	std   bool // SQL's strict way, of jsonpath

	mode                             byte // 'g' Gregorian, 'i' ISO week
	hh, pm, mi, ss, ssss, d, dd, ddd int
	mm, ms, year, bc, ww, w, cc, j   int
	us, yearSize                     int
	clock12                          bool
	tzSign, tzh, tzm, ff             int
}

func badDateTime(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerrcode.InvalidDatetimeFormat, format, args...)
}

// calendarMode is the calendar that a pattern belongs to.
func calendarMode(key string) byte {
	switch key {
	case "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I":
		return 'i'
	case "DDD", "DD", "D", "MM", "MONTH", "MON", "RM", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y":
		return 'g'
	}
	return 0
}

// digitKey tells the patterns that are numbers.
func digitKey(key string) bool {
	switch key {
	case "CC", "DDD", "DD", "D", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MS", "Q",
		"SSSSS", "SSSS", "SS", "TZM", "US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y":
		return true
	}
	return false
}

// slurp tells that a number ends where its digits end: nothing numeric follows
// in the format.
func (r *dateReader) slurp(i int) bool {
	n := r.nodes[i]
	if n.fm || n.th != 0 || i+1 == len(r.nodes) {
		return true
	}
	next := r.nodes[i+1]
	if next.key != "" {
		return !digitKey(next.key)
	}
	return !(len(next.text) == 1 && isDigit(next.text[0]))
}

// patternName is a pattern as messages show it.
func (n formatNode) patternName() string {
	switch {
	case n.lower:
		return strings.ToLower(n.key)
	case n.title:
		return n.key[:1] + strings.ToLower(n.key[1:])
	}
	return n.key
}

// set stores a field's value, which may not contradict an earlier one.
func (r *dateReader) set(dest *int, v int, n formatNode) error {
	if *dest != 0 && *dest != v {
		return badDateTime("conflicting values for \"%s\" field in formatting string", n.patternName()).
			Detailf("This value contradicts a previous setting for the same field type.")
	}
	*dest = v
	return nil
}

// number reads an integer of at most width characters and gives how many it
// took (from_char_parse_int_len).
func (r *dateReader) number(dest *int, width, i int) (int, error) {
	n := r.nodes[i]
	init := r.s
	for r.s != "" && isSpace(r.s[0]) {
		r.s = r.s[1:]
	}
	part := r.s[:min(width, len(r.s))]
	var v int64
	var ok bool
	if r.slurp(i) {
		v, r.s, ok = strtoi64(init)
		if r.s == init {
			r.s = init
		}
	} else {
		if len(r.s) < width {
			return 0, badDateTime("source string too short for \"%s\" formatting field", n.patternName()).
				Detailf("Field requires %d characters, but only %d remain.", width, len(r.s)).
				Hintf("If your source string is not fixed-width, try using the \"FM\" modifier.")
		}
		var rest string
		v, rest, ok = strtoi64(part)
		used := len(part) - len(rest)
		if used > 0 && used < width {
			return 0, badDateTime("invalid value \"%s\" for \"%s\"", part, n.patternName()).
				Detailf("Field requires %d characters, but only %d could be parsed.", width, used).
				Hintf("If your source string is not fixed-width, try using the \"FM\" modifier.")
		}
		r.s = r.s[used:]
	}
	if r.s == init {
		return 0, badDateTime("invalid value \"%s\" for \"%s\"", part, n.patternName()).Detailf("Value must be an integer.")
	}
	if !ok || v < math.MinInt32 || v > math.MaxInt32 {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", n.patternName()).
			Detailf("Value must be in the range %d to %d.", math.MinInt32, math.MaxInt32)
	}
	if dest != nil {
		if err := r.set(dest, int(v), n); err != nil {
			return 0, err
		}
	}
	return len(init) - len(r.s), nil
}

// word reads one of a list of words in any case (from_char_seq_search).
func (r *dateReader) word(words []string, n formatNode) (int, error) {
	for i, w := range words {
		if len(r.s) >= len(w) && strings.EqualFold(r.s[:len(w)], w) {
			r.s = r.s[len(w):]
			return i, nil
		}
	}
	part := r.s
	if i := strings.IndexAny(part, " \t\n\r\f\v"); i >= 0 {
		part = part[:i]
	}
	return 0, badDateTime("invalid value \"%s\" for \"%s\"", part, n.patternName()).
		Detailf("The given value did not match any of the allowed values for this field.")
}

func (r *dateReader) skipSpace() (n int) {
	for r.s != "" && isSpace(r.s[0]) {
		r.s = r.s[1:]
		n++
	}
	return n
}

func (r *dateReader) skipChar() {
	_, size := utf8.DecodeRuneInString(r.s)
	r.s = r.s[size:]
}

// read matches the text with the format.
func (r *dateReader) read(env *Env) error {
	work := env.work()
	fixed := r.std // FX
	extra := 0     // characters skipped beyond what the format tells
	for i, n := range r.nodes {
		if err := work.done(50); err != nil {
			return err
		}
		if r.s == "" {
			if r.std {
				return badDateTime("input string is too short for datetime format")
			}
			break
		}
		if !fixed && n.key != "FX" && (n.key != "" || i == 0) {
			extra += r.skipSpace()
		}
		if n.key == "" {
			var err error
			if extra, err = r.literal(n, fixed, extra); err != nil {
				return err
			}
			continue
		}
		if m := calendarMode(n.key); m != 0 {
			if r.mode != 0 && r.mode != m {
				return badDateTime("invalid combination of date conventions").
					Hintf("Do not mix Gregorian and ISO week date conventions in a formatting template.")
			}
			r.mode = m
		}
		if n.key == "FX" {
			fixed = true
		} else if err := r.field(n, i, extra); err != nil {
			return err
		}
		if n.th != 0 && digitKey(n.key) {
			for range 2 {
				if r.s != "" {
					r.skipChar()
				}
			}
		}
		if !fixed {
			extra = r.skipSpace()
		}
	}
	if r.std {
		if r.skipSpace(); r.s != "" {
			return badDateTime("trailing characters remain in input string after datetime format")
		}
	}
	return nil
}

// literal passes over what stands for a character of the format; extra counts the
// characters skipped beyond what the format tells, before and after.
func (r *dateReader) literal(n formatNode, fixed bool, extra int) (int, error) {
	switch {
	case r.std:
		rest, ok := strings.CutPrefix(r.s, n.text)
		if !ok {
			return extra, badDateTime("unmatched format %s \"%s\"", pick(n.kind == 'c', "character", "separator"), n.text)
		}
		r.s = rest
	case fixed:
		r.skipChar()
	case n.kind != 'c':
		if c := r.s; c == "" || !isSpace(c[0]) && (c[0] <= ' ' || c[0] >= 0x7f || isAlpha(c[0]) || isDigit(c[0])) {
			return extra - 1, nil
		}
		r.s = r.s[1:]
	case extra > 0:
		return extra - 1, nil
	case r.s != "":
		r.skipChar()
	}
	return extra, nil
}

var (
	ampmWords = []string{"am", "pm"}
	ampmLong  = []string{"a.m.", "p.m."}
	eraWords  = []string{"ad", "bc"}
	eraLong   = []string{"a.d.", "b.c."}
)
