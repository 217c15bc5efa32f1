package catalog

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
)

// foreignKeyRows is pg_get_catalog_foreign_keys: which columns of catalogs hold
// the keys of which.
func foreignKeyRows(call *adt.Call, _ []adt.Datum) iter.Seq2[adt.Datum, error] {
	names := func(list []string) *adt.Array {
		out := make([]adt.Datum, len(list))
		for i, s := range list {
			out[i] = s
		}
		return adt.NewArray(adt.TextOID, out)
	}
	return func(yield func(adt.Datum, error) bool) {
		d := load("catalog_foreign_keys")
		for n, i := len(d.columns), 0; i+n <= len(d.cells); i += n {
			r := row{d.cells[i : i+n]}
			values := adt.Row{r.oid(0), names(r.texts(1)), r.oid(2), names(r.texts(3)), r.bool(4), r.bool(5)}
			if !yield(&adt.Record{Desc: call.Desc, Values: values}, nil) {
				return
			}
		}
	}
}
