package adt

import (
	"math"
	"strconv"
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
func (r *dateReader) read() error {
	fixed := r.std // FX
	extra := 0     // characters skipped beyond what the format tells
	for i, n := range r.nodes {
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
			switch {
			case r.std:
				rest, ok := strings.CutPrefix(r.s, n.text)
				if !ok {
					return badDateTime("unmatched format %s \"%s\"", pick(n.kind == 'c', "character", "separator"), n.text)
				}
				r.s = rest
			case fixed:
				r.skipChar()
			case n.kind != 'c':
				extra--
				if c := r.s; c != "" && (isSpace(c[0]) || c[0] > ' ' && c[0] < 0x7f && !isAlpha(c[0]) && !isDigit(c[0])) {
					r.s = r.s[1:]
					extra++
				}
			case extra > 0:
				extra--
			case r.s != "":
				r.skipChar()
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

var (
	ampmWords = []string{"am", "pm"}
	ampmLong  = []string{"a.m.", "p.m."}
	eraWords  = []string{"ad", "bc"}
	eraLong   = []string{"a.d.", "b.c."}
)

func (r *dateReader) field(n formatNode, i, extra int) error {
	num := func(dest *int, width int) error {
		_, err := r.number(dest, width, i)
		return err
	}
	word := func(dest *int, words []string, value func(int) int) error {
		v, err := r.word(words, n)
		if err != nil {
			return err
		}
		return r.set(dest, value(v), n)
	}
	same := func(v int) int { return v }
	next := func(v int) int { return v + 1 }
	switch n.key {
	case "A.M.", "P.M.":
		r.clock12 = true
		return word(&r.pm, ampmLong, same)
	case "AM", "PM":
		r.clock12 = true
		return word(&r.pm, ampmWords, same)
	case "A.D.", "B.C.":
		return word(&r.bc, eraLong, same)
	case "AD", "BC":
		return word(&r.bc, eraWords, same)
	case "HH", "HH12":
		r.clock12 = true
		return num(&r.hh, 2)
	case "HH24":
		return num(&r.hh, 2)
	case "MI":
		return num(&r.mi, 2)
	case "SS":
		return num(&r.ss, 2)
	case "SSSS", "SSSSS":
		return num(&r.ssss, len(n.key))
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		dest, width, full := &r.us, 6, 6
		if n.key == "MS" {
			dest, width, full = &r.ms, 3, 3
		} else if n.key != "US" {
			r.ff = int(n.key[2] - '0')
			width = r.ff
		}
		used, err := r.number(dest, width, i)
		for ; used < full; used++ {
			*dest *= 10
		}
		return err
	case "TZ", "OF":
		return pgerr.Unsupported("formatting field \"%s\" is only supported in to_char", n.patternName())
	case "TZH":
		r.tzSign = 1
		if c := r.s; c != "" && (c[0] == '+' || c[0] == '-' || c[0] == ' ') {
			if c[0] == '-' {
				r.tzSign = -1
			}
			r.s = r.s[1:]
		} else if at := len(r.all) - len(r.s); extra > 0 && at > 0 && r.all[at-1] == '-' {
			r.tzSign = -1
		}
		return num(&r.tzh, 2)
	case "TZM":
		if r.tzSign == 0 {
			r.tzSign = 1
		}
		return num(&r.tzm, 2)
	case "MONTH":
		return word(&r.mm, fullMonths[:], next)
	case "MON":
		return word(&r.mm, monthNames[:], next)
	case "MM":
		return num(&r.mm, 2)
	case "DAY", "DY":
		words := fullDays[:]
		if n.key == "DY" {
			words = dayNames[:]
		}
		err := word(&r.d, words, same)
		r.d++
		return err
	case "DDD", "IDDD":
		return num(&r.ddd, 3)
	case "DD":
		return num(&r.dd, 2)
	case "D":
		return num(&r.d, 1)
	case "ID":
		err := num(&r.d, 1)
		if r.d++; r.d > 7 {
			r.d = 1
		}
		return err
	case "WW", "IW":
		return num(&r.ww, 2)
	case "Q":
		return num(nil, 1)
	case "CC":
		return num(&r.cc, 2)
	case "Y,YYY":
		return r.commaYear(n)
	case "YYYY", "IYYY":
		r.yearSize = 4
		return num(&r.year, 4)
	case "YYY", "IYY", "YY", "IY", "Y", "I":
		r.yearSize = len(n.key)
		used, err := r.number(&r.year, len(n.key), i)
		if err == nil && used < 4 {
			r.year = completeYear(r.year)
		}
		return err
	case "RM":
		return word(&r.mm, romanMonths[:], func(v int) int { return 12 - v })
	case "W":
		return num(&r.w, 1)
	case "J":
		return num(&r.j, 1)
	}
	return nil
}

// commaYear reads 1,999.
func (r *dateReader) commaYear(n formatNode) error {
	bad := func() error { return badDateTime("invalid input string for \"Y,YYY\"") }
	thousands, rest, ok := strtoint(r.s)
	if !ok || rest == r.s || !strings.HasPrefix(rest, ",") {
		return bad()
	}
	rest = rest[1:]
	k := 0
	for k < len(rest) && k < 3 && isDigit(rest[k]) {
		k++
	}
	years, err := strconv.Atoi(rest[:k])
	if err != nil {
		return bad()
	}
	r.s = rest[k:]
	r.yearSize = 4
	return r.set(&r.year, thousands*1000+years, n)
}

// completeYear puts years of up to three digits near 2020.
func completeYear(y int) int {
	switch {
	case y < 70:
		return y + 2000
	case y < 100:
		return y + 1900
	case y < 520:
		return y + 2000
	case y < 1000:
		return y + 1000
	}
	return y
}

// readByFormat is do_to_timestamp: the fields of a text, the offset west that it
// names (nil: none) and the precision of its fraction.
func readByFormat(s, format string) (t tm, west *int, precision int, err error) {
	return readByNodes(s, parseFormat(format, dateKeys), false)
}

func readByNodes(s string, nodes []formatNode, std bool) (t tm, west *int, precision int, err error) {
	r := &dateReader{s: s, all: s, nodes: nodes, std: std}
	if len(nodes) > 0 {
		if err = r.read(); err != nil {
			return t, nil, 0, err
		}
	}
	t = tm{year: 0, mon: 1, mday: 1, isdst: -1}
	mask := 0
	if r.ssss != 0 {
		t.hour, t.min, t.sec = r.ssss/3600, r.ssss/60%60, r.ssss%60
	}
	if r.ss != 0 {
		t.sec = r.ss
	}
	if r.mi != 0 {
		t.min = r.mi
	}
	if r.hh != 0 {
		t.hour = r.hh
	}
	if r.clock12 {
		if t.hour < 1 || t.hour > 12 {
			return t, nil, 0, badDateTime("hour \"%d\" is invalid for the 12-hour clock", t.hour).
				Hintf("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		if r.pm != 0 && t.hour < 12 {
			t.hour += 12
		} else if r.pm == 0 && t.hour == 12 {
			t.hour = 0
		}
	}
	if r.setYear(&t) {
		mask |= bit(tokYear)
	}
	if r.j != 0 {
		t.year, t.mon, t.mday = j2date(r.j)
		mask |= dateMask
	}
	if r.ww != 0 {
		if r.mode == 'i' {
			j := isoWeek2j(t.year, r.ww)
			if r.d > 1 {
				j += r.d - 2
			} else if r.d != 0 {
				j += 6
			}
			t.year, t.mon, t.mday = j2date(j)
			mask |= dateMask
		} else {
			r.ddd = (r.ww-1)*7 + 1
		}
	}
	if r.w != 0 {
		r.dd = (r.w-1)*7 + 1
	}
	if r.dd != 0 {
		t.mday = r.dd
		mask |= bit(tokDay)
	}
	if r.mm != 0 {
		t.mon = r.mm
		mask |= bit(tokMonth)
	}
	if r.ddd != 0 && (t.mon <= 1 || t.mday <= 1) {
		if t.year == 0 && r.bc == 0 {
			return t, nil, 0, badDateTime("cannot calculate day of year without year information")
		}
		if r.mode == 'i' {
			t.year, t.mon, t.mday = j2date(isoWeek2j(t.year, 1) - 1 + r.ddd)
			mask |= dateMask
		} else {
			month, before := 1, 0
			for month <= 12 && r.ddd > before+daysInMonth(t.year, month) {
				before += daysInMonth(t.year, month)
				month++
			}
			if t.mon <= 1 {
				t.mon = month
			}
			if t.mday <= 1 {
				t.mday = r.ddd - before
			}
			mask |= bit(tokMonth) | bit(tokDay)
		}
	}
	t.fsec = r.ms*1000 + r.us
	if mask != 0 && t.validateDate(mask, true, false, false) != dtOK ||
		t.hour < 0 || t.hour >= 24 || t.min < 0 || t.min >= 60 || t.sec < 0 || t.sec >= 60 || t.fsec < 0 || t.fsec >= usecsPerSec {
		return t, nil, 0, dtFieldOverflow.err("", s, "timestamp")
	}
	if r.tzSign != 0 {
		if r.tzh < 0 || r.tzh > 15 || r.tzm < 0 || r.tzm >= 60 {
			return t, nil, 0, dtZoneOverflow.err("", s, "timestamp")
		}
		w := -r.tzSign * (r.tzh*60 + r.tzm) * 60
		west = &w
	}
	return t, west, r.ff, nil
}

// setYear works the year out of year, century and era; false when there is none.
func (r *dateReader) setYear(t *tm) bool {
	if r.bc != 0 && r.cc != 0 && (r.year == 0 || r.yearSize <= 2) {
		r.cc = -r.cc
	}
	switch {
	case r.year != 0 && r.cc != 0 && r.yearSize <= 2:
		t.year = r.year % 100
		switch {
		case t.year != 0 && r.cc >= 0:
			t.year += (r.cc - 1) * 100
		case t.year != 0:
			t.year = (r.cc+1)*100 - t.year + 1
		case r.cc >= 0:
			t.year = r.cc * 100
		default:
			t.year = r.cc*100 + 1
		}
	case r.year != 0:
		t.year = r.year
		if r.bc != 0 {
			t.year = -t.year
		}
		if t.year < 0 {
			t.year++
		}
	case r.cc > 0:
		t.year = (r.cc-1)*100 + 1
	case r.cc < 0:
		t.year = r.cc*100 + 1
	default:
		return false
	}
	return true
}

func toTimestamp(c *Call, s, format string) (TimestampTZ, error) {
	t, west, precision, err := readByFormat(s, format)
	if err != nil {
		return 0, err
	}
	if west == nil {
		w := t.zoneOffset(c.Env.zone())
		west = &w
	}
	r, ok := t.timestampTZ(*west)
	if !ok {
		return 0, timestampRange()
	}
	if precision > 0 {
		return roundTimestamp(r, int32(precision))
	}
	return r, nil
}

func toDate(_ *Call, s, format string) (Date, error) {
	t, _, _, err := readByFormat(s, format)
	if err != nil {
		return 0, err
	}
	if validJulian(t.year, t.mon, t.mday) {
		if d, err := dateOf(int64(date2j(t.year, t.mon, t.mday)) - postgresEpochJDate); err == nil {
			return d, nil
		}
	}
	return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range: \"%s\"", s)
}
