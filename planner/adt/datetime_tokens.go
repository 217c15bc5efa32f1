package adt

import "strings"

// tokenMaxLen is how much of a word the token tables look at.
const tokenMaxLen = 10

// tokenType is the meaning of a word in a date, time or interval; as a bit it
// marks which fields have been seen.
type tokenType int

const (
	tokReserved tokenType = iota
	tokMonth
	tokYear
	tokDay
	tokJulian
	tokTZ
	tokDTZ
	tokDynTZ
	tokIgnore
	tokAMPM
	tokHour
	tokMinute
	tokSecond
	tokMillisecond
	tokMicrosecond
	tokDOY
	tokDOW
	tokUnits
	tokADBC
	tokAgo
	tokAbsBefore
	tokAbsAfter
	tokISODate
	tokISOTime
	tokWeek
	tokDecade
	tokCentury
	tokMillennium
	tokDTZMod
	tokUnknown tokenType = 31
)

func bit(t tokenType) int { return 1 << t }

const (
	secsMask = 1<<tokSecond | 1<<tokMillisecond | 1<<tokMicrosecond
	dateMask = 1<<tokYear | 1<<tokMonth | 1<<tokDay
	timeMask = 1<<tokHour | 1<<tokMinute | secsMask
)

// unit is a field of a date, time or interval, or a special value (DTK_…).
type unit int

const (
	unitNone unit = iota
	unitNumber
	unitString
	unitDate
	unitTime
	unitTZ
	unitAgo
	unitSpecial
	unitEarly
	unitLate
	unitEpoch
	unitNow
	unitYesterday
	unitToday
	unitTomorrow
	unitZulu
	unitDelta
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitQuarter
	unitYear
	unitDecade
	unitCentury
	unitMillennium
	unitMillisec
	unitMicrosec
	unitJulian
	unitDOW
	unitDOY
	unitTZHour
	unitTZMinute
	unitISOYear
	unitISODOW
)

const (
	merAM = iota
	merPM
	merHR24
	eraAD = 0
	eraBC = 1
)

type token struct {
	typ tokenType
	val int
}

// dateTokens are the words of dates and times (datetktbl).
var dateTokens = map[string]token{
	"+infinity": {tokReserved, int(unitLate)}, "-infinity": {tokReserved, int(unitEarly)},
	"infinity": {tokReserved, int(unitLate)}, "epoch": {tokReserved, int(unitEpoch)},
	"now": {tokReserved, int(unitNow)}, "today": {tokReserved, int(unitToday)},
	"tomorrow": {tokReserved, int(unitTomorrow)}, "yesterday": {tokReserved, int(unitYesterday)},
	"allballs": {tokReserved, int(unitZulu)},
	"ad":       {tokADBC, eraAD}, "bc": {tokADBC, eraBC},
	"am": {tokAMPM, merAM}, "pm": {tokAMPM, merPM},
	"at": {tokIgnore, 0}, "on": {tokIgnore, 0},
	"dst": {tokDTZMod, secsPerHour},
	"d":   {tokUnits, int(unitDay)}, "dow": {tokUnits, int(unitDOW)}, "doy": {tokUnits, int(unitDOY)},
	"h": {tokUnits, int(unitHour)}, "isodow": {tokUnits, int(unitISODOW)}, "isoyear": {tokUnits, int(unitISOYear)},
	"j": {tokUnits, int(unitJulian)}, "jd": {tokUnits, int(unitJulian)}, "julian": {tokUnits, int(unitJulian)},
	"m": {tokUnits, int(unitMonth)}, "mm": {tokUnits, int(unitMinute)}, "s": {tokUnits, int(unitSecond)},
	"y": {tokUnits, int(unitYear)}, "t": {tokISOTime, int(unitTime)},
	"jan": {tokMonth, 1}, "january": {tokMonth, 1}, "feb": {tokMonth, 2}, "february": {tokMonth, 2},
	"mar": {tokMonth, 3}, "march": {tokMonth, 3}, "apr": {tokMonth, 4}, "april": {tokMonth, 4},
	"may": {tokMonth, 5}, "jun": {tokMonth, 6}, "june": {tokMonth, 6}, "jul": {tokMonth, 7}, "july": {tokMonth, 7},
	"aug": {tokMonth, 8}, "august": {tokMonth, 8}, "sep": {tokMonth, 9}, "sept": {tokMonth, 9},
	"september": {tokMonth, 9}, "oct": {tokMonth, 10}, "october": {tokMonth, 10}, "nov": {tokMonth, 11},
	"november": {tokMonth, 11}, "dec": {tokMonth, 12}, "december": {tokMonth, 12},
	"sun": {tokDOW, 0}, "sunday": {tokDOW, 0}, "mon": {tokDOW, 1}, "monday": {tokDOW, 1},
	"tue": {tokDOW, 2}, "tues": {tokDOW, 2}, "tuesday": {tokDOW, 2}, "wed": {tokDOW, 3}, "weds": {tokDOW, 3},
	"wednesday": {tokDOW, 3}, "thu": {tokDOW, 4}, "thur": {tokDOW, 4}, "thurs": {tokDOW, 4}, "thursday": {tokDOW, 4},
	"fri": {tokDOW, 5}, "friday": {tokDOW, 5}, "sat": {tokDOW, 6}, "saturday": {tokDOW, 6},
}

// deltaTokens are the words of intervals (deltatktbl).
var deltaTokens = map[string]token{
	"@": {tokIgnore, 0}, "ago": {tokAgo, 0},
	"c": {tokUnits, int(unitCentury)}, "cent": {tokUnits, int(unitCentury)}, "centuries": {tokUnits, int(unitCentury)}, "century": {tokUnits, int(unitCentury)},
	"d": {tokUnits, int(unitDay)}, "day": {tokUnits, int(unitDay)}, "days": {tokUnits, int(unitDay)},
	"dec": {tokUnits, int(unitDecade)}, "decade": {tokUnits, int(unitDecade)}, "decades": {tokUnits, int(unitDecade)}, "decs": {tokUnits, int(unitDecade)},
	"h": {tokUnits, int(unitHour)}, "hour": {tokUnits, int(unitHour)}, "hours": {tokUnits, int(unitHour)}, "hr": {tokUnits, int(unitHour)}, "hrs": {tokUnits, int(unitHour)},
	"m": {tokUnits, int(unitMinute)}, "min": {tokUnits, int(unitMinute)}, "mins": {tokUnits, int(unitMinute)}, "minute": {tokUnits, int(unitMinute)}, "minutes": {tokUnits, int(unitMinute)},
	"microsecon": {tokUnits, int(unitMicrosec)}, "us": {tokUnits, int(unitMicrosec)}, "usec": {tokUnits, int(unitMicrosec)}, "usecs": {tokUnits, int(unitMicrosec)}, "usecond": {tokUnits, int(unitMicrosec)}, "useconds": {tokUnits, int(unitMicrosec)},
	"mil": {tokUnits, int(unitMillennium)}, "millennia": {tokUnits, int(unitMillennium)}, "millennium": {tokUnits, int(unitMillennium)}, "mils": {tokUnits, int(unitMillennium)},
	"millisecon": {tokUnits, int(unitMillisec)}, "ms": {tokUnits, int(unitMillisec)}, "msec": {tokUnits, int(unitMillisec)}, "msecond": {tokUnits, int(unitMillisec)}, "mseconds": {tokUnits, int(unitMillisec)}, "msecs": {tokUnits, int(unitMillisec)},
	"mon": {tokUnits, int(unitMonth)}, "mons": {tokUnits, int(unitMonth)}, "month": {tokUnits, int(unitMonth)}, "months": {tokUnits, int(unitMonth)},
	"qtr": {tokUnits, int(unitQuarter)}, "quarter": {tokUnits, int(unitQuarter)},
	"s": {tokUnits, int(unitSecond)}, "sec": {tokUnits, int(unitSecond)}, "second": {tokUnits, int(unitSecond)}, "seconds": {tokUnits, int(unitSecond)}, "secs": {tokUnits, int(unitSecond)},
	"timezone": {tokUnits, int(unitTZ)}, "timezone_h": {tokUnits, int(unitTZHour)}, "timezone_m": {tokUnits, int(unitTZMinute)},
	"w": {tokUnits, int(unitWeek)}, "week": {tokUnits, int(unitWeek)}, "weeks": {tokUnits, int(unitWeek)},
	"y": {tokUnits, int(unitYear)}, "year": {tokUnits, int(unitYear)}, "years": {tokUnits, int(unitYear)}, "yr": {tokUnits, int(unitYear)}, "yrs": {tokUnits, int(unitYear)},
}

// findToken looks a lower-case word up; only its first tokenMaxLen bytes count.
func findToken(table map[string]token, word string) (token, bool) {
	if len(word) > tokenMaxLen {
		word = word[:tokenMaxLen]
	}
	t, ok := table[word]
	return t, ok
}

// decodeSpecial gives the meaning of a word in a date or time (DecodeSpecial).
func decodeSpecial(word string) (tokenType, int) {
	t, ok := findToken(dateTokens, word)
	if !ok {
		return tokUnknown, 0
	}
	return t.typ, t.val
}

// decodeUnits gives the meaning of a word in an interval (DecodeUnits).
func decodeUnits(word string) (tokenType, int) {
	t, ok := findToken(deltaTokens, word)
	if !ok {
		return tokUnknown, 0
	}
	return t.typ, t.val
}

// lowerUnits folds a field name as downcase_truncate_identifier does.
func lowerUnits(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
	return clipName(s)
}
