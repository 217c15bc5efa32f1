package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// datetime() of jsonpath. Without a template it tries ISO's forms, in the order
// of executeDateTimeMethod.

var jpDatetimeForms = []string{
	"yyyy-mm-dd",
	"HH24:MI:SS.USTZH:TZM", "HH24:MI:SS.USTZH", "HH24:MI:SSTZH:TZM", "HH24:MI:SSTZH", "HH24:MI:SS.US", "HH24:MI:SS",
	"yyyy-mm-dd HH24:MI:SS.USTZH:TZM", "yyyy-mm-dd HH24:MI:SS.USTZH", "yyyy-mm-dd HH24:MI:SSTZH:TZM", "yyyy-mm-dd HH24:MI:SSTZH",
	`yyyy-mm-dd"T"HH24:MI:SS.USTZH:TZM`, `yyyy-mm-dd"T"HH24:MI:SS.USTZH`, `yyyy-mm-dd"T"HH24:MI:SSTZH:TZM`, `yyyy-mm-dd"T"HH24:MI:SSTZH`,
	"yyyy-mm-dd HH24:MI:SS.US", "yyyy-mm-dd HH24:MI:SS", `yyyy-mm-dd"T"HH24:MI:SS.US`, `yyyy-mm-dd"T"HH24:MI:SS`,
}

func (x *jpExec) datetime(n *jpNode, v jpVal, emit jpEmit) error {
	if v.dt != nil || v.j.Kind != JSONString {
		return jpErr(pgerrcode.InvalidArgumentForSQLJSONDatetimeFunction,
			"jsonpath item method .%s() can only be applied to a string", n.str)
	}
	if n.left != nil {
		d, zone, err := readDatetime(x.call.Env, v.j.Str, n.left.str)
		if err != nil {
			return err
		}
		return x.next(n, jpVal{dt: d, tz: zone}, emit)
	}
	for _, form := range jpDatetimeForms {
		if d, zone, err := readDatetime(x.call.Env, v.j.Str, form); err == nil {
			return x.next(n, jpVal{dt: d, tz: zone}, emit)
		}
	}
	return &jpSoft{pgerr.New(pgerrcode.InvalidArgumentForSQLJSONDatetimeFunction,
		`datetime format is not recognized: "%s"`, v.j.Str).
		Hintf("Use a datetime template argument to specify the input data format.")}
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
	// A date may be later than any timestamp, though not earlier than all.
	if a, err = x.castDatetime(a, ta, to); err != nil {
		return 1, true, nil
	}
	if b, err = x.castDatetime(b, tb, to); err != nil {
		return -1, true, nil
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
