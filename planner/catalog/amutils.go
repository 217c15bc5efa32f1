package catalog

import (
	"math"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// amProperties are the properties of an index access method that
// pg_indexam_has_property and its like tell (amutils.c).
type amProperties struct {
	order, unique, multiCol, exclude, include, clusterable, indexScan, bitmapScan, backward bool
	returnable, searchArray, searchNulls                                                    bool
}

var indexAMs = map[string]amProperties{
	"btree":  {true, true, true, true, true, true, true, true, true, true, true, true},
	"hash":   {exclude: true, indexScan: true, bitmapScan: true, backward: true},
	"gist":   {multiCol: true, exclude: true, include: true, clusterable: true, indexScan: true, bitmapScan: true, searchNulls: true},
	"gin":    {multiCol: true, bitmapScan: true},
	"spgist": {exclude: true, include: true, indexScan: true, bitmapScan: true, searchNulls: true},
	"brin":   {multiCol: true, bitmapScan: true, searchNulls: true},
}

// property answers a question about a method, an index or (col > 0) a column.
func (c *Catalog) property(am OID, index OID, col int, name string) adt.Datum {
	p, ok := indexAMs[c.objectsOf("pg_am").byOID[am].name]
	if !ok {
		return nil
	}
	name = strings.ToLower(name)
	switch {
	case index == 0:
		switch name {
		case "can_order":
			return p.order
		case "can_unique":
			return p.unique
		case "can_multi_col":
			return p.multiCol
		case "can_exclude":
			return p.exclude
		case "can_include":
			return p.include
		}
		return nil
	case col == 0:
		switch name {
		case "clusterable":
			return p.clusterable
		case "index_scan":
			return p.indexScan
		case "bitmap_scan":
			return p.bitmapScan
		case "backward_scan":
			return p.backward
		}
		return nil
	}
	get, ok := c.tableRow("pg_index", "indexrelid", index)
	if !ok || col > int(get("indnatts").(int16)) {
		return nil
	}
	options := get("indoption").(*adt.Array).Values
	var opt int16
	if col <= len(options) {
		opt = options[col-1].(int16)
	}
	switch name {
	case "asc":
		return p.order && opt&1 == 0
	case "desc":
		return p.order && opt&1 != 0
	case "nulls_first":
		return p.order && opt&2 != 0
	case "nulls_last":
		return p.order && opt&2 == 0
	case "orderable":
		return p.order
	case "distance_orderable":
		return false
	case "returnable":
		return p.returnable
	case "search_array":
		return p.searchArray
	case "search_nulls":
		return p.searchNulls
	}
	return nil
}

// btreePhases are the steps of building an index (btbuildphasename).
var btreePhases = [...]string{
	"initializing", "scanning table", "sorting live tuples", "sorting dead tuples", "loading tuples in tree",
}

func (c *Catalog) indexFuncs() adt.Funcs {
	am := func(index OID) (OID, bool) {
		get, ok := c.tableRow("pg_class", "oid", index)
		if !ok || get("relkind") != adt.Char('i') {
			return 0, false
		}
		return get("relam").(OID), true
	}
	// maintain refuses upkeep of an index of another method; all are btree.
	maintain := func(method string) adt.Func {
		return adt.Func{Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			k, ok := c.classes().byOID[a[0].(OID)]
			if n, is := a[len(a)-1].(int64); is && (n < 0 || n > math.MaxUint32) {
				return nil, pgerr.New(pgerrcode.NumericValueOutOfRange, "block number out of range: %d", n)
			}
			switch {
			case !ok:
				return nil, pgerr.Internal("could not open relation with OID %d", a[0])
			case k.kind != 'i':
				return nil, pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not an index", k.name)
			}
			return nil, pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not a %s index", k.name, method)
		}}
	}
	return adt.Funcs{
		"btequalimage": constant(true),
		"amvalidate": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if _, ok := c.tableRow("pg_opclass", "oid", a[0].(OID)); !ok {
				return nil, pgerr.Internal("cache lookup failed for operator class %d", a[0])
			}
			return true, nil
		}},
		"gin_clean_pending_list":    maintain("GIN"),
		"brin_summarize_new_values": maintain("BRIN"),
		"brin_summarize_range":      maintain("BRIN"),
		"brin_desummarize_range":    maintain("BRIN"),
		"pg_indexam_progress_phasename": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if n := a[1].(int64); c.objectsOf("pg_am").byOID[a[0].(OID)].name == "btree" && n >= 1 && n <= 5 {
				return btreePhases[n-1], nil
			}
			return nil, nil
		}},
		"pg_indexam_has_property": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			return c.property(a[0].(OID), 0, 0, a[1].(string)), nil
		}},
		"pg_index_has_property": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if m, ok := am(a[0].(OID)); ok {
				return c.property(m, a[0].(OID), 0, a[1].(string)), nil
			}
			return nil, nil
		}},
		"pg_index_column_has_property": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			m, ok := am(a[0].(OID))
			if col := int(a[1].(int32)); ok && col > 0 {
				return c.property(m, a[0].(OID), col, a[2].(string)), nil
			}
			return nil, nil
		}},
	}
}
