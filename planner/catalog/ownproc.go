package catalog

import "github.com/flowgres/flowgres/planner/adt"

// ownProc is a routine of this server's own: it is there when its schema is.
type ownProc struct {
	schema, name, src string
	args              []OID
	argNames          []string
	result            OID
}

var ownProcs = []ownProc{
	{"flowgres", "resolve", "flowgres_resolve", []OID{25}, []string{"transaction"}, 16},
}

// loadOwnProcs adds them.
func (c *Catalog) loadOwnProcs() {
	for _, o := range ownProcs {
		if _, ok := c.schemas[o.schema]; !ok {
			continue
		}
		p := &Proc{
			OID: c.oids.take("function", o.schema+"."+o.name), Name: o.name, Schema: o.schema, Kind: 'f', Strict: true, Volatile: 'v',
			RetType: o.result, ArgTypes: o.args, ArgNames: o.argNames, Src: o.src, Language: 12, Cost: 1, Body: c.bodies[o.src],
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
			"proparallel": adt.Char('u'), "pronargs": int16(len(args)), "pronargdefaults": int16(0), "prorettype": p.RetType, //nolint:gosec // few
			"proargtypes": newVector(26, args), "proargnames": adt.NewArray(25, names), "prosrc": p.Src,
		}))
	}
	return out
}
