package catalog

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// forks are the bytes of a relation's forks. What initdb makes has the sizes
// that its rows, which are the same here, take in PostgreSQL's files; what lies
// at AWS takes none.
type forks map[string]int64

func (f forks) total() (n int64) {
	for _, size := range f {
		n += size
	}
	return n
}

// tableSize is calculate_table_size: a relation with its toast table and that
// one's index.
func (k *classes) tableSize(oid OID) int64 {
	n := k.forks[oid].total()
	if toast := k.byOID[oid].toast; toast != 0 {
		n += k.forks[toast].total() + k.indexesSize(toast)
	}
	return n
}

func (k *classes) indexesSize(table OID) (n int64) {
	for _, index := range k.of[table] {
		n += k.forks[index].total()
	}
	return n
}

// databaseSize adds up what belongs to one database, or what all share.
func (k *classes) databaseSize(shared bool) (n int64) {
	for oid, f := range k.forks {
		if k.byOID[oid].shared == shared {
			n += f.total()
		}
	}
	return n
}

// sizeFuncs answer how much storage objects take.
func (c *Catalog) sizeFuncs() adt.Funcs {
	of := func(size func(*classes, OID) int64) adt.Func {
		return adt.Func{Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			all, oid := c.classes(), a[0].(OID)
			if _, ok := all.byOID[oid]; !ok {
				return nil, nil
			}
			return size(all, oid), nil
		}}
	}
	byName := func(kind string, size func(OID) int64) adt.Func {
		return adt.Func{Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			oid, ok, err := c.privilegeObject(kind, a[0], path(call))
			if err != nil || !ok {
				return nil, err
			}
			return size(oid), nil
		}}
	}
	database := byName("database", func(OID) int64 { return c.classes().databaseSize(false) })
	tablespace := byName("tablespace", func(oid OID) int64 {
		if oid == globalTablespace {
			return c.classes().databaseSize(true)
		}
		return int64(len(c.cluster.databases)) * c.classes().databaseSize(false)
	})
	return adt.Funcs{
		"pg_relation_size": {Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			fork := a[1].(string)
			switch _, ok := c.classes().byOID[a[0].(OID)]; fork {
			case "main", "fsm", "vm", "init":
			default:
				if !ok {
					return nil, nil
				}
				return nil, pgerr.New(pgerrcode.InvalidParameterValue, "invalid fork name").
					Hintf(`Valid fork names are "main", "fsm", "vm", and "init".`)
			}
			return of(func(k *classes, oid OID) int64 { return k.forks[oid][fork] }).Call(call, a)
		}},
		"pg_relation_size(regclass)": of(func(k *classes, oid OID) int64 { return k.forks[oid]["main"] }),
		"pg_table_size":              of((*classes).tableSize),
		"pg_indexes_size":            of((*classes).indexesSize),
		"pg_total_relation_size":     of(func(k *classes, oid OID) int64 { return k.tableSize(oid) + k.indexesSize(oid) }),
		"pg_database_size_oid":       database, "pg_database_size_name": database,
		"pg_tablespace_size_oid": tablespace, "pg_tablespace_size_name": tablespace,
	}
}
