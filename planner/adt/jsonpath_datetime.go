package adt

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// datetime() of jsonpath. Without a template it tries ISO's forms, in the order
// of executeDateTimeMethod.

type jpDatetimeForm struct {
	re    *regexp.Regexp
	input string // the type's input function
	typ   OID
}

var jpDatetimeForms = func() []jpDatetimeForm {
	const date, clock, zone = `\d{1,4}-\d{1,2}-\d{1,2}`, `\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d{1,6})?`, `[+-]\d{1,2}(?::\d{1,2})?`
	form := func(re, input string, typ OID) jpDatetimeForm {
		return jpDatetimeForm{regexp.MustCompile(`^` + re + `$`), input, typ}
	}
	return []jpDatetimeForm{
		form(date, "date_in", 1082),
		form(clock+zone, "timetz_in", 1266),
		form(clock, "time_in", 1083),
		form(date+`[ T]`+clock+zone, "timestamptz_in", 1184),
		form(date+`[ T]`+clock, "timestamp_in", 1114),
	}
}()

func (x *jpExec) datetime(n *jpNode, v jpVal, emit jpEmit) error {
	if v.dt != nil || v.j.Kind != JSONString {
		return jpErr(pgerrcode.InvalidArgumentForSQLJSONDatetimeFunction,
			"jsonpath item method .%s() can only be applied to a string", n.str)
	}
	if n.left != nil {
		return pgerr.Unsupported("datetime() with a template in jsonpath is not supported")
	}
	for _, f := range jpDatetimeForms {
		if !f.re.MatchString(v.j.Str) {
			continue
		}
		in, ok := hashTable()[f.input]
		if !ok {
			return pgerr.Unsupported("datetime() in jsonpath is not supported")
		}
		d, err := in.Call(&Call{Env: x.call.Env}, []Datum{v.j.Str, f.typ, int32(-1)})
		if err != nil {
			return &jpSoft{pgerr.From(err)}
		}
		val := jpVal{dt: d}
		if f.typ == 1184 && x.call.Env != nil {
			val.tz = jpZone(v.j.Str)
		}
		return x.next(n, val, emit)
	}
	return &jpSoft{pgerr.New(pgerrcode.InvalidArgumentForSQLJSONDatetimeFunction,
		`datetime format is not recognized: "%s"`, v.j.Str).
		Hintf("Use a datetime template argument to specify the input data format.")}
}

// jpZone gives the zone at the end of a timestamp: ±h, ±hh or ±hh:mm.
func jpZone(s string) *time.Location {
	i := strings.LastIndexAny(s, "+-")
	h, m, _ := strings.Cut(s[i+1:], ":")
	hours, _ := strconv.Atoi(h)
	minutes, _ := strconv.Atoi(m)
	seconds := hours*3600 + minutes*60
	if s[i] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds)
}

// compareDatetime is compareDatetime; ok is false for kinds that don't compare.
func (x *jpExec) compareDatetime(a, b Datum) (r int, ok bool, err error) {
	ta, tb := datetimeType(a), datetimeType(b)
	clock := func(t OID) bool { return t == 1083 || t == 1266 }
	if clock(ta) != clock(tb) {
		return 0, false, nil
	}
	zoned := func(t OID) bool { return t == 1266 || t == 1184 }
	if zoned(ta) != zoned(tb) && !x.tz {
		from, to := ta, tb
		if zoned(ta) {
			from, to = tb, ta
		}
		name := map[OID]string{1082: "date", 1083: "time", 1266: "timetz", 1114: "timestamp", 1184: "timestamptz"}
		return 0, false, pgerr.New(pgerrcode.FeatureNotSupported,
			"cannot convert value from %s to %s without time zone usage", name[from], name[to]).
			Hintf("Use *_tz() function for time zone support.")
	}
	// Both sides become the wider type by PostgreSQL's casts.
	to := ta
	rank := map[OID]int{1082: 0, 1114: 1, 1184: 2, 1083: 0, 1266: 1}
	if rank[tb] > rank[ta] {
		to = tb
	}
	if a, err = x.castDatetime(a, ta, to); err != nil {
		return 0, false, err
	}
	if b, err = x.castDatetime(b, tb, to); err != nil {
		return 0, false, err
	}
	cmp, err := comparer(x.call, to)
	if err != nil {
		return 0, false, err
	}
	return cmp(a, b), true, nil
}

func (x *jpExec) castDatetime(d Datum, from, to OID) (Datum, error) {
	if from == to {
		return d, nil
	}
	name := map[[2]OID]string{
		{1082, 1114}: "date_timestamp", {1082, 1184}: "date_timestamptz",
		{1114, 1184}: "timestamp_timestamptz", {1083, 1266}: "time_timetz",
	}[[2]OID{from, to}]
	f, ok := hashTable()[name]
	if !ok {
		return nil, pgerr.Unsupported("comparison of datetime values in jsonpath is not supported")
	}
	return f.Call(&Call{Env: x.call.Env}, []Datum{d})
}
