package adt

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// readDatetime is parse_datetime: it reads a text strictly by a template, whose
// fields tell the type of the result. zone is that of a timestamptz. What
// jsonpath may absorb is a *jpSoft.
func readDatetime(env *Env, s, format string) (d Datum, zone *time.Location, err error) {
	nodes, err := parseFormat(env, format, dateKeys)
	if err != nil {
		return nil, nil, err
	}
	if err := checkSeparators(format); err != nil {
		return nil, nil, err
	}
	t, west, precision, err := readByNodes(env, s, nodes, true)
	if err != nil {
		return nil, nil, &jpSoft{pgerr.From(err)}
	}
	soft := func(code, message string) (Datum, *time.Location, error) {
		return nil, nil, &jpSoft{pgerr.New(code, "%s", message)}
	}
	dated, timed, zoned := datetimeParts(nodes)
	typmod := int32(-1)
	if precision > 0 {
		typmod = int32(precision)
	}
	switch {
	case zoned && !timed && dated:
		return soft(pgerrcode.InvalidDatetimeFormat, "datetime format is zoned but not timed")
	case !dated && !timed:
		return soft(pgerrcode.InvalidDatetimeFormat, "datetime format is not dated and not timed")
	case zoned && west == nil:
		return soft(pgerrcode.InvalidDatetimeFormat, "missing time zone in input string for type "+pick(dated, "timestamptz", "timetz"))
	case dated && timed && zoned:
		r, ok := t.timestampTZ(*west)
		if !ok {
			return soft(pgerrcode.DatetimeFieldOverflow, "timestamptz out of range")
		}
		if r, err = roundTimestamp(r, typmod); err != nil {
			return nil, nil, &jpSoft{pgerr.From(err)}
		}
		return r, time.FixedZone("", -*west), nil
	case dated && timed:
		r, ok := t.timestamp()
		if !ok {
			return soft(pgerrcode.DatetimeFieldOverflow, "timestamp out of range")
		}
		if r, err = roundTimestamp(r, typmod); err != nil {
			return nil, nil, &jpSoft{pgerr.From(err)}
		}
		return r, nil, nil
	case dated:
		if validJulian(t.year, t.mon, t.mday) {
			if d, err := dateOf(int64(date2j(t.year, t.mon, t.mday)) - postgresEpochJDate); err == nil {
				return d, nil, nil
			}
		}
		return soft(pgerrcode.DatetimeFieldOverflow, "date out of range: \""+s+"\"")
	}
	clock := roundTime(Time(int64(t.hour*3600+t.min*60+t.sec)*usecsPerSec+int64(t.fsec)), typmod)
	if zoned {
		return TimeTZ{clock, int32(*west)}, nil, nil
	}
	return clock, nil, nil
}

// datetimeParts tells what a format speaks of (DCH_datetime_type).
func datetimeParts(nodes []formatNode) (dated, timed, zoned bool) {
	for _, n := range nodes {
		switch n.key {
		case "", "FX", "IW":
		case "A.M.", "P.M.", "AM", "PM", "HH", "HH12", "HH24", "MI", "SS", "MS", "US",
			"FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "SSSS", "SSSSS":
			timed = true
		case "TZ", "OF", "TZH", "TZM":
			zoned = true
		default:
			dated = true
		}
	}
	return dated, timed, zoned
}

// checkSeparators allows the separators of SQL's templates only, and quoted
// text.
func checkSeparators(format string) error {
	for s := format; s != ""; {
		if len(s) >= 2 && (s[:2] == "FM" || s[:2] == "fm" || s[:2] == "TM" || s[:2] == "tm") {
			s = s[2:]
			continue
		}
		if _, size := dateKeys.match(s); size > 0 {
			s = s[size:]
			if len(s) >= 2 && (s[:2] == "TH" || s[:2] == "th" || s[:2] == "SP") {
				s = s[2:]
			}
			continue
		}
		if s[0] == '"' {
			for s = s[1:]; s != "" && s[0] != '"'; s = s[1:] {
				if s[0] == '\\' && len(s) > 1 {
					s = s[1:]
				}
			}
			s = strings.TrimPrefix(s, "\"")
			continue
		}
		if !strings.ContainsRune("-./,':; ", rune(s[0])) {
			_, size := utf8.DecodeRuneInString(s)
			return badDateTime("invalid datetime format separator: \"%s\"", s[:size])
		}
		s = s[1:]
	}
	return nil
}
