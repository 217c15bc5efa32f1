package catalog

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// ownProc is a routine of this server's own: it is there when its schema is.
type ownProc struct {
	schema, name, src string
	args              []OID
	argNames          []string
	result            OID
	defaults          []string // of the last arguments
	of                string   // it is there when this relation is; empty: when the schema is
}

var ownProcs = []ownProc{
	{"flowgres", "resolve", "flowgres_resolve", []OID{25}, []string{"transaction"}, 16, nil, ""},
	{
		"pg_catalog", "pg_stat_statements_reset", "pg_stat_statements_reset",
		[]OID{26, 26, 20},
		[]string{"userid", "dbid", "queryid"},
		2278,
		[]string{"0", "0", "0"},
		"flowgres.pg_stat_statements",
	},
}

// loadOwnProcs adds them.
func (c *Catalog) loadOwnProcs(rels []fdw.Relation) {
	for _, o := range ownProcs {
		if _, ok := c.schemas[o.schema]; !ok {
			continue
		}
		if o.of != "" && !slices.ContainsFunc(rels, func(r fdw.Relation) bool { return r.Schema+"."+r.Name == o.of }) {
			continue
		}
		p := &Proc{
			OID: c.oids.take("function", o.schema+"."+o.name), Name: o.name, Schema: o.schema, Kind: 'f', Strict: true, Volatile: 'v',
			RetType: o.result, ArgTypes: o.args, ArgNames: o.argNames, Src: o.src, Language: 12, Cost: 1, Body: c.bodies[o.src],
			Defaults: len(o.defaults), DefaultSQL: o.defaults,
		}
		c.procs[p.OID] = p
		c.procNames[p.Name] = append(c.procNames[p.Name], p)
		c.ownProcs = append(c.ownProcs, p)
	}
}

// procRows are their rows in pg_proc.
func (c *Catalog) procRows() []adt.Row {
	var out []adt.Row
	for _, p := range c.ownProcs {
		args, names := make([]adt.Datum, len(p.ArgTypes)), make([]adt.Datum, len(p.ArgNames))
		for i, a := range p.ArgTypes {
			args[i] = a
		}
		for i, n := range p.ArgNames {
			names[i] = n
		}
		out = append(out, c.sysRow("pg_proc", values{
			"oid": p.OID, "proname": p.Name, "pronamespace": c.schemas[p.Schema], "proowner": bootstrapRole, "prolang": p.Language,
			"procost": float32(p.Cost), "prorows": float32(0), "provariadic": OID(0), "prosupport": OID(0), "prokind": adt.Char(p.Kind),
			"prosecdef": false, "proleakproof": false, "proisstrict": p.Strict, "proretset": false, "provolatile": adt.Char(p.Volatile),
			"proparallel": adt.Char('u'), "pronargs": int16(len(args)), "pronargdefaults": int16(p.Defaults), "prorettype": p.RetType, //nolint:gosec // few
			"proargtypes": newVector(adt.OIDOID, args), "proargnames": adt.NewArray(adt.TextOID, names), "prosrc": p.Src,
		}))
	}
	return out
}
