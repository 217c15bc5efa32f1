package catalog

import (
	"fmt"

	"github.com/flowgres/flowgres/planner/adt"
)

// fileFuncs tell in which files relations would be. Nothing here is in files, but
// clients put what they hear together with what backups hold, so every relation
// that PostgreSQL keeps in one has the number that a fresh database gives it.
func (c *Catalog) fileFuncs() adt.Funcs {
	return adt.Funcs{
		"pg_relation_filenode": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if node, _ := c.filenode(a[0].(OID)); node != 0 {
				return node, nil
			}
			return nil, nil
		}},
		"pg_relation_filepath": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			oid := a[0].(OID)
			node, _ := c.filenode(oid)
			switch {
			case node == 0:
				return nil, nil
			case c.IsShared(oid):
				return fmt.Sprintf("global/%d", node), nil
			}
			return fmt.Sprintf("base/%d/%d", c.database.OID, node), nil
		}},
		"pg_filenode_relation": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			shared := a[0] == globalTablespace
			for oid, k := range c.classes().byOID {
				node, mapped := c.filenode(oid)
				if node == 0 || node != a[1] || k.shared != shared {
					continue
				}
				if mapped || a[0] == defaultTablespace || a[0] == OID(0) {
					return oid, nil
				}
			}
			return nil, nil
		}},
	}
}

// The tablespaces that there always are.
const (
	defaultTablespace OID = 1663
	globalTablespace  OID = 1664
)

// filenode is the number of a relation's file, 0 if it has none; mapped are the
// catalogs that PostgreSQL keeps a map for, which have their oid.
func (c *Catalog) filenode(oid OID) (node OID, mapped bool) {
	switch c.classes().byOID[oid].kind {
	case 'r', 'i', 't':
	default:
		return 0, false
	}
	if get, ok := c.tableRow("pg_class", "oid", oid); ok && get("relfilenode") != OID(0) {
		return get("relfilenode").(OID), false
	}
	return oid, true
}
