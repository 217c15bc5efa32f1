package adt

import (
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Units of time, in microseconds where not said otherwise.
const (
	usecsPerSec  = 1000000
	usecsPerMin  = 60 * usecsPerSec
	usecsPerHour = 60 * usecsPerMin
	usecsPerDay  = 24 * usecsPerHour
	secsPerDay   = 86400
	secsPerHour  = 3600

	daysPerMonth = 30 // as interval arithmetic assumes
	daysPerYear  = 365.25

	postgresEpochJDate = 2451545 // 2000-01-01
	unixEpochJDate     = 2440588 // 1970-01-01
	unixEpoch          = (unixEpochJDate - postgresEpochJDate) * usecsPerDay

	minTimestamp  = -211813488000000000 // 4714-11-24 BC
	endTimestamp  = 9223371331200000000 // first beyond 294276-12-31
	minDatetimeJD = 0                   // as minTimestamp
	dateEndJD     = 2147483494          // first beyond 5874897-12-31
	timestampEndJ = 109203528           // first beyond 294276-12-31
)

// Infinities of the types.
const (
	DateInfinity            Date        = math.MaxInt32
	DateNegInfinity         Date        = math.MinInt32
	TimestampInfinity       Timestamp   = math.MaxInt64
	TimestampNegInfinity    Timestamp   = math.MinInt64
	TimestampTZInfinity     TimestampTZ = math.MaxInt64
	TimestampTZNegInfinity  TimestampTZ = math.MinInt64
	maxTimePrecision                    = 6
	maxTimezoneDisplacement             = 15*3600 + 59*60 + 59
)

// tm is a broken-down time (struct pg_tm and its fraction).
type tm struct {
	year, mon, mday, hour, min, sec int // year 0 is 1 BC; mon is 1 to 12
	fsec                            int // microseconds
	wday, yday                      int
	isdst                           int // -1: unknown
	gmtoff                          int // seconds east
	zone                            string
	hasZone                         bool
}

// date2j gives the Julian day of a date of the (proleptic) Gregorian calendar.
func date2j(y, m, d int) int {
	if m > 2 {
		m, y = m+1, y+4800
	} else {
		m, y = m+13, y+4799
	}
	century := y / 100
	j := y*365 - 32167
	j += y/4 - century + century/4
	return j + 7834*m/256 + d
}

// j2date is date2j's inverse, in the unsigned arithmetic of PostgreSQL.
func j2date(jd int) (year, month, day int) {
	julian := uint32(jd) + 32044
	quad := julian / 146097
	extra := (julian-quad*146097)*4 + 3
	julian += 60 + quad*3 + extra/146097
	quad = julian / 1461
	julian -= quad * 1461
	y := int32(julian * 4 / 1461)
	if y != 0 {
		julian = (julian + 305) % 365
	} else {
		julian = (julian + 306) % 366
	}
	julian += 123
	y += int32(quad * 4)
	year = int(y) - 4800
	quad = julian * 2141 / 65536
	day = int(julian - 7834*quad/256)
	month = int((quad+10)%12) + 1
	return year, month, day
}

// j2day is the day of the week, 0 for Sunday.
func j2day(jd int) int {
	d := (jd + 1) % 7
	if d < 0 {
		d += 7
	}
	return d
}

func isLeap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

var monthDays = [2][12]int{
	{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31},
	{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31},
}

func daysInMonth(y, m int) int {
	if isLeap(y) {
		return monthDays[1][m-1]
	}
	return monthDays[0][m-1]
}

// validJulian is IS_VALID_JULIAN: whether date2j can be trusted with the date.
func validJulian(y, m, _ int) bool {
	return (y > -4713 || y == -4713 && m >= 11) && (y < 5874898 || y == 5874898 && m < 6)
}

func validTimestamp[T Timestamp | TimestampTZ | int64](t T) bool {
	return int64(t) >= minTimestamp && int64(t) < endTimestamp
}

func timeOfDay(hour, min, sec, fsec int) int64 {
	return ((int64(hour)*60+int64(min))*60+int64(sec))*usecsPerSec + int64(fsec)
}

// splitTime breaks up microseconds within a day (dt2time).
func (t *tm) splitTime(usec int64) {
	t.hour = int(usec / usecsPerHour)
	usec -= int64(t.hour) * usecsPerHour
	t.min = int(usec / usecsPerMin)
	usec -= int64(t.min) * usecsPerMin
	t.sec = int(usec / usecsPerSec)
	t.fsec = int(usec - int64(t.sec)*usecsPerSec)
}

// splitDay breaks a timestamp into the Julian day and the time of day.
func splitDay(t int64) (jd int, usec int64) {
	day := t / usecsPerDay
	usec = t - day*usecsPerDay
	if usec < 0 {
		usec += usecsPerDay
		day--
	}
	return int(day) + postgresEpochJDate, usec
}

// split breaks up a finite timestamp without zone (timestamp2tm).
func (t Timestamp) split() tm {
	jd, usec := splitDay(int64(t))
	var r tm
	r.year, r.mon, r.mday = j2date(jd)
	r.splitTime(usec)
	r.isdst = -1
	return r
}

// timestamp makes a timestamp of its fields (tm2timestamp without zone).
func (t *tm) timestamp() (Timestamp, bool) {
	if !validJulian(t.year, t.mon, t.mday) {
		return 0, false
	}
	day := int64(date2j(t.year, t.mon, t.mday) - postgresEpochJDate)
	usec := timeOfDay(t.hour, t.min, t.sec, t.fsec)
	d, ok := mul64(day, usecsPerDay)
	if !ok {
		return 0, false
	}
	r, ok := add64(d, usec)
	if !ok || !validTimestamp(r) {
		return 0, false
	}
	return Timestamp(r), true
}

// timestampTZ makes a timestamp with zone of its fields and the zone's offset
// west of UTC in seconds.
func (t *tm) timestampTZ(west int) (TimestampTZ, bool) {
	if !validJulian(t.year, t.mon, t.mday) {
		return 0, false
	}
	day := int64(date2j(t.year, t.mon, t.mday) - postgresEpochJDate)
	d, ok := mul64(day, usecsPerDay)
	if !ok {
		return 0, false
	}
	r, ok := add64(d, timeOfDay(t.hour, t.min, t.sec, t.fsec))
	if !ok {
		return 0, false
	}
	r, ok = add64(r, int64(west)*usecsPerSec)
	if !ok || !validTimestamp(r) {
		return 0, false
	}
	return TimestampTZ(r), true
}

// isoWeek2j is the Julian day of the first day of an ISO week.
func isoWeek2j(year, week int) int {
	day4 := date2j(year, 1, 4)
	return (week-1)*7 + day4 - j2day(day4-1)
}

// isoYearWeek numbers a date's ISO week and the year that it belongs to
// (date2isoweek, date2isoyear).
func isoYearWeek(year, mon, mday int) (isoYear, week int) {
	day, first := date2j(year, mon, mday), isoWeek2j(year, 1)
	if day < first {
		year--
		first = isoWeek2j(year, 1)
	}
	week = (day-first)/7 + 1
	if week >= 52 {
		if next := isoWeek2j(year+1, 1); day >= next {
			return year + 1, (day-next)/7 + 1
		}
	}
	return year, week
}

func isoYear(year, mon, mday int) int {
	year, _ = isoYearWeek(year, mon, mday)
	return year
}

func isoWeek(year, mon, mday int) int {
	_, week := isoYearWeek(year, mon, mday)
	return week
}

// isoYearDay is the day's number in its ISO year (date2isoyearday).
func isoYearDay(year, mon, mday int) int {
	return date2j(year, mon, mday) - isoWeek2j(isoYear(year, mon, mday), 1) + 1
}

func timestampRange() error {
	return pgerr.New(pgerrcode.DatetimeFieldOverflow, "timestamp out of range")
}

func dateRange() error {
	return pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range")
}

func intervalRange() error {
	return pgerr.New(pgerrcode.DatetimeFieldOverflow, "interval out of range")
}
