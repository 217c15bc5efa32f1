package catalog

import (
	"slices"
	"sync"
)

// class is a pg_class row of any kind, as regclass and its like name it.
type class struct {
	oid, table OID // table: of an index
	toast      OID
	schema     string
	name       string
	kind       byte
	shared     bool // of all databases
}

// classes are all pg_class rows by oid and name: unlike relations they hold
// indexes and toast tables.
type classes struct {
	byOID  map[OID]class
	byName map[qname]OID
	of     map[OID][]OID // the indexes of a table
	forks  map[OID]forks
}

// IndexesOf gives the indexes of a table.
func (c *Catalog) IndexesOf(table OID) []OID { return c.classes().of[table] }

// IsShared tells whether a relation is one that all databases share.
func (c *Catalog) IsShared(relation OID) bool { return c.classes().byOID[relation].shared }

func (c *Catalog) loadClasses() *classes {
	out := &classes{map[OID]class{}, map[qname]OID{}, map[OID][]OID{}, map[OID]forks{}}
	add := func(k class) {
		out.byOID[k.oid] = k
		out.byName[qname{k.schema, k.name}] = k.oid
		if k.table != 0 {
			out.of[k.table] = append(out.of[k.table], k.oid)
		}
	}
	tables := map[OID]OID{}
	load("pg_index").each(func(r row) { tables[r.oid(0)] = r.oid(1) })
	d := load("pg_class")
	oid, name, ns, kind, shared := d.col("oid"), d.col("relname"), d.col("relnamespace"), d.col("relkind"), d.col("relisshared")
	toast := d.col("reltoastrelid")
	d.each(func(r row) {
		add(class{r.oid(oid), tables[r.oid(oid)], r.oid(toast), c.schemaNames[r.oid(ns)], r.text(name), r.char(kind), r.bool(shared)})
	})
	for _, r := range c.Own() {
		add(class{r.OID, 0, 0, r.Schema, r.Name, r.Kind, false})
		if k, ok := c.keys[r.OID]; ok {
			add(class{k.index, r.OID, 0, r.Schema, k.name, 'i', false})
		}
	}
	load("relation_sizes").each(func(r row) {
		out.forks[r.oid(0)] = forks{"main": int64(r.int(1)), "fsm": int64(r.int(2)), "vm": int64(r.int(3))}
	})
	return out
}

// classByName finds a relation or index as RelationByName does.
func (c *Catalog) classByName(schema, name string, path []string) (OID, bool) {
	if schema != "" {
		path = []string{schema}
	}
	all := c.classes()
	for _, s := range path {
		if oid, ok := all.byName[qname{s, name}]; ok {
			return oid, true
		}
	}
	if r, _ := c.RelationByName(schema, name, path); r != nil {
		return r.OID, true
	}
	return 0, false
}

// object is what visibility and names need of any other kind of object.
type object struct {
	oid          OID
	schema, name string
	extra        OID // what else its identity has: an access method, an encoding
}

// objects are the objects of one catalog.
type objects struct {
	byOID map[OID]object
	list  []object
}

// visible tells whether an object is what its bare name finds along a path.
func (o *objects) visible(oid OID, path []string) bool {
	me := o.byOID[oid]
	for _, s := range path {
		if s == me.schema {
			return true
		}
		if slices.ContainsFunc(o.list, func(x object) bool { return x.schema == s && x.name == me.name && x.extra == me.extra }) {
			return false
		}
	}
	return false
}

// named finds an object by name.
func (o *objects) named(schema, name string, path []string) (object, bool) {
	if schema != "" {
		path = []string{schema}
	}
	for _, s := range path {
		for _, x := range o.list {
			if x.schema == s && x.name == name {
				return x, true
			}
		}
	}
	return object{}, false
}

// objectKinds are the catalogs of named objects and their columns.
var objectKinds = map[string][3]string{
	"pg_opclass":     {"opcname", "opcnamespace", "opcmethod"},
	"pg_opfamily":    {"opfname", "opfnamespace", "opfmethod"},
	"pg_conversion":  {"conname", "connamespace", ""},
	"pg_ts_config":   {"cfgname", "cfgnamespace", ""},
	"pg_ts_dict":     {"dictname", "dictnamespace", ""},
	"pg_ts_parser":   {"prsname", "prsnamespace", ""},
	"pg_ts_template": {"tmplname", "tmplnamespace", ""},
	"pg_am":          {"amname", "", ""},
	"pg_language":    {"lanname", "", ""},
	"pg_tablespace":  {"spcname", "", ""},
	"pg_extension":   {"extname", "", ""},
	"pg_constraint":  {"conname", "connamespace", "conrelid"},
	"pg_rewrite":     {"rulename", "", "ev_class"},
}

// objectsOf gives the objects of a catalog, read once.
func (c *Catalog) objectsOf(catalog string) *objects {
	c.objectsMu.Lock()
	defer c.objectsMu.Unlock()
	if o := c.objects[catalog]; o != nil {
		return o
	}
	cols := objectKinds[catalog]
	out := &objects{byOID: map[OID]object{}}
	d := load(catalog)
	oid, name := d.col("oid"), d.col(cols[0])
	d.each(func(r row) {
		o := object{oid: r.oid(oid), name: r.text(name)}
		if cols[1] != "" {
			o.schema = c.schemaNames[r.oid(d.col(cols[1]))]
		}
		if cols[2] != "" {
			o.extra = r.oid(d.col(cols[2]))
		}
		out.list = append(out.list, o)
		out.byOID[o.oid] = o
	})
	switch catalog {
	case "pg_constraint":
		for rel, k := range c.keys {
			r := c.relations[rel]
			out.byOID[k.constraint] = object{k.constraint, r.Schema, k.name, rel}
		}
	case "pg_rewrite":
		for rel, rule := range c.rules {
			out.byOID[rule] = object{rule, "", "_RETURN", rel}
		}
	}
	if c.objects == nil {
		c.objects = map[string]*objects{}
	}
	c.objects[catalog] = out
	return out
}

// lazy are parts of a Catalog that are made when first wanted.
type lazy struct {
	classes   func() *classes
	objectsMu sync.Mutex
	objects   map[string]*objects
}
