package catalog

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
)

// samples are two different values of each type, in ascending order.
var samples = map[string][2]string{
	"bool": {"f", "t"}, "bytea": {`\x01`, `\x0102`}, "char": {"a", "b"}, "name": {"a", "b"}, "int8": {"-1", "2"},
	"int2": {"-1", "2"}, "int4": {"-1", "2"}, "text": {"a", "b"}, "oid": {"1", "4000000000"}, "tid": {"(0,1)", "(0,2)"},
	"xid": {"", ""}, "cid": {"", ""}, "oidvector": {"1 2", "1 3"}, "int2vector": {"1 2", "1 3"},
	"float4": {"-1", "2.5"}, "float8": {"-1", "2.5"}, "money": {"$1.00", "$2.00"},
	"macaddr": {"08:00:2b:01:02:03", "08:00:2b:01:02:04"}, "macaddr8": {"08:00:2b:01:02:03:04:05", "08:00:2b:01:02:03:04:06"},
	"inet": {"10.0.0.1", "10.0.0.2"}, "cidr": {"10.0.0.0/8", "11.0.0.0/8"}, "bpchar": {"a", "b"}, "varchar": {"a", "b"},
	"date": {"2020-01-01", "2020-01-02"}, "time": {"10:00", "11:00"}, "timestamp": {"2020-01-01 10:00", "2020-01-02 10:00"},
	"timestamptz": {"2020-01-01 10:00+00", "2020-01-02 10:00+00"}, "interval": {"1 day", "2 days"},
	"timetz": {"10:00+00", "11:00+00"}, "bit": {"01", "10"}, "varbit": {"0", "10"}, "numeric": {"-1.5", "2"},
	"uuid":   {"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"},
	"pg_lsn": {"0/1", "1/0"}, "xid8": {"1", "2"}, "jsonb": {"1", "2"}, "regclass": {"1", "2"}, "regproc": {"1", "2"},
	"regtype": {"1", "2"}, "regnamespace": {"1", "2"}, "regrole": {"1", "2"}, "regoper": {"1", "2"},
	"int4range": {"[1,2)", "[2,3)"}, "int4multirange": {"{[1,2)}", "{[2,3)}"}, "tsvector": {"'a'", "'b'"}, "tsquery": {"'a'", "'b'"},
}

// TestCompareAndKey orders and hashes values of every type by its Compare and Key.
func TestCompareAndKey(t *testing.T) {
	c := open(t)
	env := &adt.Env{Context: context.Background(), Types: c, SearchPath: defaultPath, ExtraFloatDigits: 1, TimeZone: time.UTC, LCMonetary: "C"}
	for name, s := range samples {
		typ := c.TypeByName("pg_catalog", name, nil)
		if typ == nil {
			t.Errorf("no type %s", name)
			continue
		}
		if typ.Input == nil || s[0] == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("panic: %v", r)
				}
			}()
			a, err := typ.InputText(env, s[0], -1)
			if err != nil {
				t.Fatal(err)
			}
			b, err := typ.InputText(env, s[1], -1)
			if err != nil {
				t.Fatal(err)
			}
			lt, _, _, hash := c.SortOperators(typ.OID)
			if (lt != 0) != (typ.Compare != nil) || hash != (typ.Key != nil) {
				t.Errorf("sorts %t, compare %t; hashes %t, key %t", lt != 0, typ.Compare != nil, hash, typ.Key != nil)
			}
			if typ.Compare != nil && (typ.Compare(a, b) >= 0 || typ.Compare(b, a) <= 0 || typ.Compare(a, a) != 0) {
				t.Error("wrong order")
			}
			if typ.Key != nil && (bytes.Equal(typ.Key(nil, a), typ.Key(nil, b)) || !bytes.Equal(typ.Key(nil, a), typ.Key(nil, a))) {
				t.Error("wrong keys")
			}
			array := c.TypeByOID(typ.Array)
			x, y := adt.NewArray(typ.OID, []adt.Datum{a}), adt.NewArray(typ.OID, []adt.Datum{a, b})
			if typ.Compare != nil && array.Compare(x, y) >= 0 {
				t.Error("wrong order of arrays")
			}
			if typ.Key != nil && bytes.Equal(array.Key(nil, x), array.Key(nil, y)) {
				t.Error("wrong keys of arrays")
			}
		})
	}
}
