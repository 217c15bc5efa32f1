package ec2backend

import (
	"time"

	"github.com/flowgres/flowgres/planner/adt"
)

// tag is a tag of a flow log.
type tag struct{ key, value string }

// destinationOptions are those of an S3 destination; nil is not given.
type destinationOptions struct {
	fileFormat    string
	hive, perHour *bool
}

// tagField names tags of resources that appear in the records.
type tagField struct {
	resourceType string
	keys         []string
}

// epoch is 2000-01-01 00:00:00 UTC in Unix microseconds.
const epoch = 946684800 * 1000000

func timestampOf(t time.Time) adt.TimestampTZ { return adt.TimestampTZ(t.UnixMicro() - epoch) }

// parseTimestamp reads the form that EC2 writes, 2006-01-02T15:04:05.000Z.
func parseTimestamp(b []byte) (adt.TimestampTZ, bool) {
	if len(b) != 24 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[19] != '.' || b[23] != 'Z' {
		return 0, false
	}
	num := func(from, to int) (n int) {
		for _, c := range b[from:to] {
			if c < '0' || c > '9' {
				return -1
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	y, mo, d, h, mi, s, ms := num(0, 4), num(5, 7), num(8, 10), num(11, 13), num(14, 16), num(17, 19), num(20, 23)
	if y < 0 || mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo) || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59 || ms < 0 {
		return 0, false
	}
	// Days from civil (Howard Hinnant's algorithm), counted from 1970-01-01.
	if mo <= 2 {
		y--
		mo += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(mo-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	days := era*146097 + doe - 719468
	sec := int64(days)*86400 + int64(h*3600+mi*60+s)
	return adt.TimestampTZ(sec*1000000 + int64(ms)*1000 - epoch), true
}

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// columnSet tells which columns a scan needs.
type columnSet [numColumns]bool

func columnsOf(list []int) (s columnSet) {
	for _, c := range list {
		if c >= 0 && c < numColumns {
			s[c] = true
		}
	}
	return s
}
