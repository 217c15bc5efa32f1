package catalog

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
)

// schemaFuncs are information_schema's own functions. They are SQL functions,
// and so go by signature.
func (c *Catalog) schemaFuncs() adt.Funcs {
	typed := func(f func(typ OID, typmod int32) (int32, bool)) adt.Func {
		return adt.Func{Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if a[0] == nil || a[1] == nil {
				return nil, nil
			}
			if n, ok := f(a[0].(OID), a[1].(int32)); ok {
				return n, nil
			}
			return nil, nil
		}}
	}
	return adt.Funcs{
		"_pg_char_max_length(oid,int4)":         typed(charMaxLength),
		"_pg_char_octet_length(oid,int4)":       typed(charOctetLength),
		"_pg_numeric_precision(oid,int4)":       typed(numericPrecision),
		"_pg_numeric_precision_radix(oid,int4)": typed(numericRadix),
		"_pg_numeric_scale(oid,int4)":           typed(numericScale),
		"_pg_datetime_precision(oid,int4)":      typed(datetimePrecision),
		"_pg_interval_type(oid,int4)": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			typmod, ok := a[1].(int32)
			if a[0] != OID(1186) || !ok {
				return nil, nil
			}
			if err := c.checkTypmodOut(1186, typmod); err != nil {
				return nil, err
			}
			return intervalFields(c, typmod), nil
		}},
		"_pg_truetypid(pg_attribute,pg_type)": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			att, typ := recordGet(c, "pg_attribute", a[0]), recordGet(c, "pg_type", a[1])
			if typ("typtype") == adt.Char('d') {
				return typ("typbasetype"), nil
			}
			return att("atttypid"), nil
		}},
		"_pg_truetypmod(pg_attribute,pg_type)": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			att, typ := recordGet(c, "pg_attribute", a[0]), recordGet(c, "pg_type", a[1])
			if typ("typtype") == adt.Char('d') {
				return typ("typtypmod"), nil
			}
			return att("atttypmod"), nil
		}},
		"_pg_index_position(oid,int2)": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			get, ok := c.tableRow("pg_index", "indexrelid", a[0].(OID))
			if !ok {
				return nil, nil
			}
			for i, k := range get("indkey").(*adt.Array).Values {
				if k == a[1] {
					return int32(i + 1), nil
				}
			}
			return nil, nil
		}},
		"_pg_expandarray(anyarray)": {Set: func(call *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
			arr, ok := a[0].(*adt.Array)
			return func(yield func(adt.Datum, error) bool) {
				if !ok || len(arr.Dims) != 1 {
					return
				}
				desc := outDesc(call, adt.Field{Name: "x", Type: arr.Elem, Typmod: -1}, adt.Field{Name: "n", Type: adt.Int4OID, Typmod: -1})
				for i, v := range arr.Values {
					if !yield(&adt.Record{Desc: desc, Values: adt.Row{v, int32(i + 1)}}, nil) {
						return
					}
				}
			}
		}},
	}
}

// recordGet reads columns of a catalog row passed as a value.
func recordGet(c *Catalog, catalog string, d adt.Datum) func(string) adt.Datum {
	rec, _ := d.(*adt.Record)
	cols := c.relationNames[qname{"pg_catalog", catalog}].Columns
	return func(name string) adt.Datum {
		for i := range cols {
			if cols[i].Name == name && rec != nil && i < len(rec.Values) {
				return rec.Values[i]
			}
		}
		return nil
	}
}

// The lengths and precisions below are those of information_schema.sql.

func charMaxLength(typ OID, typmod int32) (int32, bool) {
	switch {
	case typmod == -1:
		return 0, false
	case typ == adt.BpcharOID || typ == adt.VarcharOID:
		return typmod - 4, true
	case typ == adt.BitOID || typ == adt.VarbitOID:
		return typmod, true
	}
	return 0, false
}

func charOctetLength(typ OID, typmod int32) (int32, bool) {
	if typ != 25 && typ != 1042 && typ != 1043 {
		return 0, false
	}
	if typmod == -1 {
		return 1 << 30, true
	}
	n, ok := charMaxLength(typ, typmod)
	return 4 * n, ok // UTF8
}

func numericPrecision(typ OID, typmod int32) (int32, bool) {
	switch typ {
	case adt.Int2OID:
		return 16, true
	case adt.Int4OID:
		return 32, true
	case adt.Int8OID:
		return 64, true
	case adt.Float4OID:
		return 24, true
	case adt.Float8OID:
		return 53, true
	case adt.NumericOID:
		if typmod != -1 {
			return (typmod - 4) >> 16 & 0xFFFF, true
		}
	}
	return 0, false
}

func numericRadix(typ OID, _ int32) (int32, bool) {
	switch typ {
	case adt.Int8OID, adt.Int2OID, adt.Int4OID, adt.Float4OID, adt.Float8OID:
		return 2, true
	case adt.NumericOID:
		return 10, true
	}
	return 0, false
}

func numericScale(typ OID, typmod int32) (int32, bool) {
	switch typ {
	case adt.Int8OID, adt.Int2OID, adt.Int4OID:
		return 0, true
	case adt.NumericOID:
		if typmod != -1 {
			return (typmod - 4) & 0xFFFF, true
		}
	}
	return 0, false
}

func datetimePrecision(typ OID, typmod int32) (int32, bool) {
	switch typ {
	case adt.DateOID:
		return 0, true
	case adt.TimeOID, adt.TimestampOID, adt.TimestamptzOID, adt.TimetzOID:
		if typmod < 0 {
			return 6, true
		}
		return typmod, true
	case adt.IntervalOID:
		if typmod < 0 || typmod&0xFFFF == 0xFFFF {
			return 6, true
		}
		return typmod & 0xFFFF, true
	}
	return 0, false
}

// intervalFields writes the fields of an interval type, such as DAY TO SECOND,
// as format_type shows them.
func intervalFields(c *Catalog, typmod int32) adt.Datum {
	name := c.FormatType(adt.IntervalOID, typmod)
	if len(name) <= len("interval ") || name[len("interval")] != ' ' {
		return nil
	}
	out := []byte(name[len("interval "):])
	for i, b := range out {
		if b >= 'a' && b <= 'z' {
			out[i] = b - 'a' + 'A'
		}
	}
	return string(out)
}
