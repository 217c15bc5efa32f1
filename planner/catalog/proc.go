package catalog

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

func (c *Catalog) loadProcs() {
	d := load("pg_proc")
	n := len(d.cells) / len(d.columns)
	c.procs = make(map[OID]*Proc, n)
	c.procNames = make(map[string][]*Proc, n)
	var (
		oid, name, ns, lang    = d.col("oid"), d.col("proname"), d.col("pronamespace"), d.col("prolang")
		cost, prows, variadic  = d.col("procost"), d.col("prorows"), d.col("provariadic")
		support, kind, strict  = d.col("prosupport"), d.col("prokind"), d.col("proisstrict")
		retset, volatile       = d.col("proretset"), d.col("provolatile")
		ndefaults, ret, args   = d.col("pronargdefaults"), d.col("prorettype"), d.col("proargtypes")
		allargs, modes, names  = d.col("proallargtypes"), d.col("proargmodes"), d.col("proargnames")
		src, sqlbody, defaults = d.col("prosrc"), d.col("prosqlbody"), loadDefaults()
	)
	all := make([]Proc, 0, n)
	d.each(func(r row) {
		all = append(all, Proc{
			OID: r.oid(oid), Name: r.text(name), Schema: c.schemaNames[r.oid(ns)], Kind: r.char(kind),
			Strict: r.bool(strict), RetSet: r.bool(retset), Volatile: r.char(volatile),
			Variadic: r.oid(variadic), Defaults: r.int(ndefaults), RetType: r.oid(ret),
			ArgTypes: r.oids(args), AllTypes: r.oids(allargs), ArgNames: r.texts(names),
			Src: r.text(src), Language: r.oid(lang), Cost: float(r.cells[cost]), Rows: float(r.cells[prows]),
			Support: r.oid(support) != 0,
		})
		p := &all[len(all)-1]
		for _, m := range r.texts(modes) {
			p.ArgModes = append(p.ArgModes, m[0])
		}
		if p.Defaults > 0 {
			p.DefaultSQL = defaults[p.OID]
		}
		if b := r.text(sqlbody); b != "" {
			p.Src = b
		}
		p.Body = c.bodies[p.Src]
		if p.Language == languageSQL {
			p.Body = nil
		}
		c.procs[p.OID] = p
		c.procNames[p.Name] = append(c.procNames[p.Name], p)
	})
}

// languageSQL is prolang of SQL-language functions.
const languageSQL = 14

// resolveSQLBodies gives SQL-language built-ins their Go bodies where there
// are any. Their prosrc is SQL, so that those go by signature:
// "obj_description(oid,name)" here, "sql:age/timestamp" in adt.
func (c *Catalog) resolveSQLBodies() {
	for _, p := range c.procs {
		if p.Language != languageSQL {
			continue
		}
		sig := c.signature(p)
		p.Body = c.bodies[sig]
		if p.Body == nil {
			p.Body = c.bodies["sql:"+p.Name+"/"+strings.TrimSuffix(sig[len(p.Name)+1:], ")")]
		}
	}
}

// Procs gives every routine, in the order of their oids.
func (c *Catalog) Procs() []*Proc {
	return slices.SortedFunc(maps.Values(c.procs), func(a, b *Proc) int { return cmp.Compare(a.OID, b.OID) })
}

// signature writes a routine's name with the catalog names of its argument types.
func (c *Catalog) signature(p *Proc) string {
	args := make([]string, len(p.ArgTypes))
	for i, a := range p.ArgTypes {
		if t := c.types[a]; t != nil {
			args[i] = t.Name
		}
	}
	return p.Name + "(" + strings.Join(args, ",") + ")"
}

func loadDefaults() map[OID][]string {
	d := load("proc_defaults")
	out := map[OID][]string{}
	d.each(func(r row) { out[r.oid(0)] = append(out[r.oid(0)], r.text(2)) })
	return out
}

func float(s string) float64 {
	switch s {
	case "0":
		return 0
	case "1":
		return 1
	}
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

// ProcByOID gives a routine, or nil.
func (c *Catalog) ProcByOID(oid OID) *Proc { return c.procs[oid] }

// ProcsByName gives the routines of a name that are visible: in the schema, or
// with schema "" in path order, without those that an earlier schema's routine
// with the same arguments hides (FuncnameGetCandidates).
func (c *Catalog) ProcsByName(schema, name string, path []string) []*Proc {
	all := c.procNames[name]
	if len(all) == 0 {
		return nil
	}
	return visible(all, schema, path, func(p *Proc) string { return p.Schema },
		func(a, b *Proc) bool { return slices.Equal(a.ArgTypes, b.ArgTypes) })
}

// visible picks of same-named objects those in schema, or along path without
// those that an earlier schema's object hides.
func visible[T any](all []T, schema string, path []string, schemaOf func(T) string, same func(a, b T) bool) []T {
	if schema != "" {
		path = []string{schema}
	}
	if len(path) > 0 && !slices.ContainsFunc(all, func(o T) bool { return schemaOf(o) != path[0] }) {
		return slices.Clip(all)
	}
	var out []T
	for i, s := range path {
		if slices.Contains(path[:i], s) {
			continue
		}
		earlier := out
		for _, o := range all {
			if schemaOf(o) == s && !slices.ContainsFunc(earlier, func(e T) bool { return same(e, o) }) {
				out = append(out, o)
			}
		}
	}
	return out
}
