package catalog

import (
	"maps"

	"github.com/flowgres/flowgres/planner/adt"
)

// visibleFuncs tell whether a bare name finds an object (namespace.c).
func (c *Catalog) visibleFuncs() adt.Funcs {
	out := adt.Funcs{
		"pg_table_is_visible": visibleFunc(func(oid OID, path []string) (bool, bool) {
			k, ok := c.classes().byOID[oid]
			if !ok {
				return false, false
			}
			found, _ := c.classByName("", k.name, path)
			return found == oid, true
		}),
		"pg_type_is_visible": visibleFunc(func(oid OID, path []string) (bool, bool) {
			t := c.types[oid]
			return t != nil && c.TypeByName("", t.Name, path) == t, t != nil
		}),
		"pg_function_is_visible": visibleFunc(func(oid OID, path []string) (bool, bool) {
			p := c.procs[oid]
			return p != nil && c.procVisible(p, path), p != nil
		}),
		"pg_operator_is_visible": visibleFunc(func(oid OID, path []string) (bool, bool) {
			o := c.operators[oid]
			return o != nil && c.operatorVisible(o, path), o != nil
		}),
		"pg_collation_is_visible": visibleFunc(func(oid OID, path []string) (bool, bool) {
			k := c.collations[oid]
			return k != nil && c.CollationByName("", k.Name, path) == k, k != nil
		}),
		// There are no extended statistics.
		"pg_statistics_obj_is_visible": visibleFunc(func(OID, []string) (bool, bool) { return false, false }),
	}
	for name, catalog := range map[string]string{
		"pg_opclass_is_visible": "pg_opclass", "pg_opfamily_is_visible": "pg_opfamily",
		"pg_conversion_is_visible": "pg_conversion", "pg_ts_config_is_visible": "pg_ts_config",
		"pg_ts_dict_is_visible": "pg_ts_dict", "pg_ts_parser_is_visible": "pg_ts_parser",
		"pg_ts_template_is_visible": "pg_ts_template",
	} {
		maps.Copy(out, adt.Funcs{name: visibleFunc(func(oid OID, path []string) (bool, bool) {
			all := c.objectsOf(catalog)
			_, ok := all.byOID[oid]
			return ok && all.visible(oid, path), ok
		})})
	}
	return out
}

func visibleFunc(f func(oid OID, path []string) (visible, exists bool)) adt.Func {
	return adt.Func{Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
		if v, ok := f(a[0].(OID), path(call)); ok {
			return v, nil
		}
		return nil, nil
	}}
}
