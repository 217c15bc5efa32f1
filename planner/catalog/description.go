package catalog

import (
	"github.com/flowgres/flowgres/planner/adt"
)

// descriptionFuncs are the comments of objects. They are SQL functions, and so
// go by signature.
func (c *Catalog) descriptionFuncs() adt.Funcs {
	find := func(obj, class OID, sub int32, anyClass bool) adt.Datum {
		t := c.pgTable("pg_description")
		for _, r := range t.find([]qual{{0, []adt.Datum{obj}, -1}}, nil) {
			if r[2] == sub && (anyClass || r[1] == class) {
				return r[3]
			}
		}
		return nil
	}
	class := func(name string) OID {
		if r := c.relationNames[qname{"pg_catalog", name}]; r != nil {
			return r.OID
		}
		return 0
	}
	return adt.Funcs{
		"obj_description(oid)": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			return find(a[0].(OID), 0, 0, true), nil
		}},
		"obj_description(oid,name)": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			return find(a[0].(OID), class(a[1].(string)), 0, false), nil
		}},
		"col_description(oid,int4)": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			return find(a[0].(OID), classClass, a[1].(int32), false), nil
		}},
		"shobj_description(oid,name)": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			for _, r := range c.pgTable("pg_shdescription").find([]qual{{0, []adt.Datum{a[0]}, -1}}, nil) {
				if r[1] == class(a[1].(string)) {
					return r[2], nil
				}
			}
			return nil, nil
		}},
	}
}
