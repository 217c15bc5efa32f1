package adt

import (
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// dterr is why a date, time or interval cannot be read (DTERR_…).
type dterr int

const (
	dtOK dterr = iota
	dtBadFormat
	dtFieldOverflow
	dtMDFieldOverflow // may be the wrong DateOrder
	dtIntervalOverflow
	dtZoneOverflow
	dtBadZone
	dtTimeOnly // a time without date
)

// err makes the error for a text of a type (DateTimeParseError).
func (e dterr) err(zone, s, typ string) error {
	switch e {
	case dtFieldOverflow:
		return pgerr.New(pgerrcode.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s)
	case dtMDFieldOverflow:
		return pgerr.New(pgerrcode.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s).
			Hintf("Perhaps you need a different \"datestyle\" setting.")
	case dtIntervalOverflow:
		return pgerr.New(pgerrcode.IntervalFieldOverflow, "interval field value out of range: \"%s\"", s)
	case dtZoneOverflow:
		return pgerr.New(pgerrcode.InvalidTimeZoneDisplacementValue, "time zone displacement out of range: \"%s\"", s)
	case dtBadZone:
		return unknownZone(zone)
	}
	return pgerr.New(pgerrcode.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typ, s)
}

// strtoint reads an int as C's strtol does from the start of s: a sign and
// digits. rest is what follows; rest == s when there is no number.
func strtoint(s string) (v int, rest string, ok bool) {
	n, rest, ok := strtoi64(s)
	if n > math.MaxInt32 || n < math.MinInt32 {
		return 0, rest, false
	}
	return int(n), rest, ok
}

func strtoi64(s string) (v int64, rest string, ok bool) {
	i := 0
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	neg := false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	start := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == start {
		return 0, s, true
	}
	u, err := strconv.ParseUint(s[start:i], 10, 64)
	switch {
	case err != nil || !neg && u > math.MaxInt64 || neg && u > 1<<63:
		return 0, s[i:], false
	case neg:
		return int64(-u), s[i:], true
	}
	return int64(u), s[i:], true
}

// atoi is C's atoi on digits: it keeps the low half of a long.
func atoi(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	v, _ := strconv.ParseInt(s[:n], 10, 64) // out of range: the largest
	return int(int32(v))
}

// parseFraction reads a fraction that starts at its point (ParseFraction).
func parseFraction(s string) (float64, dterr) {
	if len(s) == 1 {
		return 0, dtOK
	}
	n, kind := scanFloat(s)
	if n != len(s) || kind != 'n' {
		return 0, dtBadFormat
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, dtBadFormat
	}
	return v, dtOK
}

// parseFractionalSecond gives a fraction in microseconds (ParseFractionalSecond).
func parseFractionalSecond(s string) (int, dterr) {
	v, e := parseFraction(s)
	return int(math.RoundToEven(v * usecsPerSec)), e
}

// decodeClock reads hours, minutes and seconds (DecodeTimeCommon). The hour may
// be of any size, for intervals.
func decodeClock(s string, minuteToSecond bool) (hour int64, min, sec, fsec int, e dterr) {
	fail := func(e dterr) (int64, int, int, int, dterr) { return 0, 0, 0, 0, e }
	hour, rest, ok := strtoi64(s)
	if !ok {
		return fail(dtFieldOverflow)
	}
	if rest == "" || rest[0] != ':' {
		return fail(dtBadFormat)
	}
	min, rest, ok = strtoint(rest[1:])
	if !ok {
		return fail(dtFieldOverflow)
	}
	shift := func() bool { // the two fields are minutes and seconds
		if hour > math.MaxInt32 || hour < math.MinInt32 {
			return false
		}
		sec, min, hour = min, int(hour), 0
		return true
	}
	switch {
	case rest == "":
		if minuteToSecond && !shift() {
			return fail(dtFieldOverflow)
		}
	case rest[0] == '.':
		if fsec, e = parseFractionalSecond(rest); e != dtOK {
			return fail(e)
		}
		if !shift() {
			return fail(dtFieldOverflow)
		}
	case rest[0] == ':':
		if sec, rest, ok = strtoint(rest[1:]); !ok {
			return fail(dtFieldOverflow)
		}
		if rest != "" {
			if rest[0] != '.' {
				return fail(dtBadFormat)
			}
			if fsec, e = parseFractionalSecond(rest); e != dtOK {
				return fail(e)
			}
		}
	default:
		return fail(dtBadFormat)
	}
	if hour < 0 || min < 0 || min > 59 || sec < 0 || sec > 60 || fsec < 0 || fsec > usecsPerSec {
		return fail(dtFieldOverflow)
	}
	return hour, min, sec, fsec, dtOK
}

// decodeTime reads a time of day (DecodeTime).
func (t *tm) decodeTime(s string, minuteToSecond bool) dterr {
	hour, min, sec, fsec, e := decodeClock(s, minuteToSecond)
	if e != dtOK {
		return e
	}
	if hour > math.MaxInt32 {
		return dtFieldOverflow
	}
	t.hour, t.min, t.sec, t.fsec = int(hour), min, sec, fsec
	return dtOK
}

// timeOverflows tells whether fields are no time of day; 24:00:00 is one.
func (t *tm) timeOverflows() bool {
	return t.hour < 0 || t.hour > 24 || t.min < 0 || t.min >= 60 || t.sec < 0 || t.sec > 60 ||
		t.fsec < 0 || t.fsec > usecsPerSec || timeOfDay(t.hour, t.min, t.sec, t.fsec) > usecsPerDay
}

// decodeTimezone reads a numeric zone (DecodeTimezone) as seconds west of UTC.
func decodeTimezone(s string) (west int, e dterr) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, dtBadFormat
	}
	hr, rest, ok := strtoint(s[1:])
	if !ok {
		return 0, dtZoneOverflow
	}
	min, sec := 0, 0
	if strings.HasPrefix(rest, ":") {
		if min, rest, ok = strtoint(rest[1:]); !ok {
			return 0, dtZoneOverflow
		}
		if strings.HasPrefix(rest, ":") {
			if sec, rest, ok = strtoint(rest[1:]); !ok {
				return 0, dtZoneOverflow
			}
		}
	} else if rest == "" && len(s) > 3 {
		hr, min = hr/100, hr%100
	}
	if hr < 0 || hr > 15 || min < 0 || min >= 60 || sec < 0 || sec >= 60 {
		return 0, dtZoneOverflow
	}
	if rest != "" {
		return 0, dtBadFormat
	}
	east := (hr*60+min)*60 + sec
	if s[0] == '-' {
		east = -east
	}
	return -east, dtOK
}
