package catalog

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// datums turns the dumped rows of a catalog into rows of values of its
// columns' types.
func (c *Catalog) datums(d rows, columns []fdw.Column) []adt.Row {
	types := make([]OID, len(columns))
	for i, col := range columns {
		types[i] = c.BaseType(col.Type)
	}
	return d.datums(types)
}

// datums decodes the cells as values of the columns' types, which are no domains.
func (d rows) datums(types []OID) []adt.Row {
	n := len(types)
	out := make([]adt.Row, 0, len(d.cells)/n)
	values := make([]adt.Datum, len(d.cells))
	last := make([]string, n) // neighbours are often equal: share their boxes
	prev := make([]adt.Datum, n)
	for i := 0; i+n <= len(d.cells); i += n {
		row := values[i : i+n : i+n]
		for j, cell := range d.cells[i : i+n] {
			if i == 0 || cell != last[j] {
				last[j], prev[j] = cell, datum(cell, types[j])
			}
			row[j] = prev[j]
		}
		out = append(out, row)
	}
	return out
}

// datum decodes one cell as a value of one of the types that catalogs use.
func datum(cell string, typ OID) adt.Datum {
	if cell == null {
		return nil
	}
	switch typ {
	case adt.BoolOID: // bool
		return cell == "t"
	case adt.CharOID: // "char"
		if cell == "" {
			return adt.Char(0)
		}
		return adt.Char(unescape(cell)[0])
	case adt.Int8OID:
		return int64(atoi(cell))
	case adt.Int2OID:
		return int16(atoi(cell))
	case adt.Int4OID:
		return int32(atoi(cell))
	case adt.RegProcOID, adt.OIDOID, adt.XIDOID, adt.CIDOID: // regproc, oid, xid, cid
		return OID(atoi(cell))
	case adt.Float4OID:
		return float32(float(cell))
	case adt.Int2VectorOID: // int2vector
		return vector(cell, 21, func(s string) adt.Datum { return int16(atoi(s)) })
	case adt.OIDVectorOID: // oidvector
		return vector(cell, 26, func(s string) adt.Datum { return OID(atoi(s)) })
	case adt.Int2ArrayOID: // int2[]
		return array(cell, 21, func(s string) adt.Datum { return int16(atoi(s)) })
	case adt.OIDArrayOID: // oid[]
		return array(cell, 26, func(s string) adt.Datum { return OID(atoi(s)) })
	case adt.CharArrayOID: // "char"[]
		return array(cell, 18, func(s string) adt.Datum { return adt.Char(s[0]) })
	case adt.TextArrayOID: // text[]
		return array(cell, 25, func(s string) adt.Datum { return s })
	case adt.ACLItemArrayOID: // aclitem[]
		return array(cell, 1033, parseACL)
	}
	return unescape(cell)
}

// vector makes an int2vector or oidvector, whose lower bound is 0.
func vector(cell string, elem OID, item func(string) adt.Datum) *adt.Array {
	var values []adt.Datum
	for _, s := range strings.Fields(cell) {
		values = append(values, item(s))
	}
	return newVector(elem, values)
}

func newVector(elem OID, values []adt.Datum) *adt.Array {
	return &adt.Array{Elem: elem, Dims: []adt.ArrayDim{{Len: int32(len(values))}}, Values: values}
}

func array(cell string, elem OID, item func(string) adt.Datum) *adt.Array {
	s := unescape(cell)
	if i := strings.Index(s, "={"); i >= 0 && s[0] == '[' {
		s = s[i+1:]
	}
	var values []adt.Datum
	for s = s[1 : len(s)-1]; s != ""; {
		var it string
		it, s = arrayItem(s)
		values = append(values, item(it))
	}
	return adt.NewArray(elem, values)
}
