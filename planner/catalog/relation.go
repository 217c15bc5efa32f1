package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// attribute is a pg_attribute row of a relation's own column.
type attribute struct {
	name      string
	typ       OID
	num       int16
	typmod    int32
	notNull   bool
	collation OID
}

func (c *Catalog) loadAttributes() {
	d := load("pg_attribute")
	n := len(d.cells) / len(d.columns)
	c.attributes = make(map[OID][]attribute, 512)
	var (
		rel, name, typ, num = d.col("attrelid"), d.col("attname"), d.col("atttypid"), d.col("attnum")
		typmod, notnull     = d.col("atttypmod"), d.col("attnotnull")
		collation           = d.col("attcollation")
	)
	all := make([]attribute, 0, n)
	first, last := 0, OID(0)
	d.each(func(r row) {
		if o := r.oid(rel); o != last {
			c.attributes[last] = slices.Clip(all[first:])
			first, last = len(all), o
		}
		all = append(all, attribute{
			r.text(name), r.oid(typ), int16(r.int(num)), int32(r.int(typmod)), r.bool(notnull), r.oid(collation),
		})
	})
	c.attributes[last] = all[first:]
	delete(c.attributes, 0)
}

func (c *Catalog) loadRelations() {
	d := load("pg_class")
	c.relations = map[OID]*Relation{}
	c.relationNames = map[qname]*Relation{}
	c.foldedNames = map[qname][]*Relation{}
	c.plainNames = map[string]*Relation{}
	oid, name, ns, kind, typ, acl := d.col("oid"), d.col("relname"), d.col("relnamespace"), d.col("relkind"), d.col("reltype"), d.col("relacl")
	d.each(func(r row) {
		if k := r.char(kind); k != 'r' && k != 'v' {
			return
		}
		rel := &Relation{
			OID: r.oid(oid), Schema: c.schemaNames[r.oid(ns)], Name: r.text(name), Kind: r.char(kind),
			RowType: r.oid(typ), System: true, Closed: !publicReads(r.text(acl)),
		}
		for _, a := range c.attributes[rel.OID] {
			rel.Columns = append(rel.Columns, fdw.Column{Name: a.name, Type: a.typ, Typmod: a.typmod, NotNull: a.notNull})
		}
		c.addRelation(rel)
	})
	d = load("pg_constraint")
	class, contype, key := d.col("conrelid"), d.col("contype"), d.col("conkey")
	d.each(func(r row) {
		rel := c.relations[r.oid(class)]
		if rel == nil || r.char(contype) != 'p' {
			return
		}
		for _, n := range strings.Split(strings.Trim(r.text(key), "{}"), ",") {
			rel.PrimaryKey = append(rel.PrimaryKey, atoi(n)-1)
		}
	})
	d = load("pg_index")
	table, unique, columns := d.col("indrelid"), d.col("indisunique"), d.col("indkey")
	d.each(func(r row) {
		rel := c.relations[r.oid(table)]
		if rel == nil || !r.bool(unique) {
			return
		}
		var key []int
		for _, n := range r.oids(columns) {
			key = append(key, int(n)-1)
		}
		rel.Unique = append(rel.Unique, key)
	})
}

func (c *Catalog) addRelation(r *Relation) {
	c.relations[r.OID] = r
	c.relationNames[qname{r.Schema, r.Name}] = r
	f := qname{fold(r.Schema), fold(r.Name)}
	c.foldedNames[f] = append(c.foldedNames[f], r)
}

// addRelations enters the tables of this server with their row types.
func (c *Catalog) addRelations(rels []fdw.Relation) error {
	rels = slices.SortedFunc(slices.Values(rels), func(a, b fdw.Relation) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
	})
	for _, r := range rels {
		full := r.Schema + "." + r.Name
		rel := &Relation{
			OID: c.oids.take("relation", full), Schema: r.Schema, Name: r.Name, Kind: 'r',
			RowType: c.oids.take("type", full), PrimaryKey: r.PrimaryKey, Comment: r.Comment, Table: r.Table,
		}
		switch {
		case r.ViewSQL != "":
			rel.Kind, rel.ViewSQL, rel.ViewPretty, rel.Columns = 'v', r.ViewSQL, r.ViewPretty, r.Columns
			c.rules[rel.OID] = c.oids.take("rule", full)
		case r.Table != nil:
			rel.Columns = r.Table.Columns()
		default:
			return fmt.Errorf("relation %s has neither a table nor a view's SQL", full)
		}
		if c.relationNames[qname{r.Schema, r.Name}] != nil {
			return fmt.Errorf("relation %s is there twice", full)
		}
		if len(r.PrimaryKey) > 0 {
			name := r.Name + "_pkey"
			rel.Unique = [][]int{r.PrimaryKey}
			c.keys[rel.OID] = key{name, c.oids.take("index", r.Schema+"."+name), c.oids.take("constraint", full+"."+name)}
		}
		c.addRelation(rel)
		if r.Plain {
			c.plainNames[r.Name] = rel
		}
		c.addRowType(rel)
		for i, col := range rel.Columns {
			t := c.types[col.Type]
			a := attribute{name: col.Name, typ: col.Type, num: int16(i + 1), typmod: col.Typmod, notNull: col.NotNull}
			if t != nil {
				a.collation = t.Collation
			}
			c.attributes[rel.OID] = append(c.attributes[rel.OID], a)
		}
	}
	return nil
}

// addRowType makes the composite type of a relation and its array type, with
// the routines that heap_create_with_catalog gives them.
func (c *Catalog) addRowType(r *Relation) {
	record := c.types[adt.RecordOID]
	t := &adt.Type{
		OID: r.RowType, Name: r.Name, Schema: r.Schema, Len: -1, Kind: 'c', Category: 'C', Delim: ',',
		Relation: r.OID, Array: c.oids.take("array type", r.Schema+"."+r.Name), BaseTypmod: -1,
		Input: record.Input, Output: record.Output, Receive: record.Receive, Send: record.Send,
	}
	a := &adt.Type{
		OID: t.Array, Name: "_" + r.Name, Schema: r.Schema, Len: -1, Kind: 'b', Category: 'A', Delim: ',',
		Elem: t.OID, BaseTypmod: -1, Subscript: "array_subscript_handler", IsArray: true,
		Input: c.bodies["array_in"], Output: c.bodies["array_out"],
		Receive: c.bodies["array_recv"], Send: c.bodies["array_send"],
	}
	c.addType(t)
	c.addType(a)
}

// describeTypes gives composite types their columns.
func (c *Catalog) describeTypes() {
	for _, t := range c.types {
		if t.Relation == 0 {
			continue
		}
		attrs := c.attributes[t.Relation]
		desc := &adt.RowDesc{Type: t.OID, Fields: make([]adt.Field, len(attrs))}
		for i, a := range attrs {
			desc.Fields[i] = adt.Field{Name: a.name, Type: a.typ, Typmod: a.typmod, Collation: a.collation}
		}
		t.Desc = desc
	}
}

// RelationByOID gives a table or view, or nil.
func (c *Catalog) RelationByOID(oid OID) *Relation { return c.relations[oid] }

// RelationByName gives the table or view of a name in a schema or, with schema
// "", the first along the path. When no name is exactly so, it is the only one
// that differs in case alone; ambiguous tells that there are several. The names of
// PostgreSQL's own schemas, all of lower case, are found as PostgreSQL finds them.
func (c *Catalog) RelationByName(schema, name string, path []string) (r *Relation, ambiguous bool) {
	if schema != "" {
		path = []string{schema}
	}
	for _, s := range path {
		if r := c.relationNames[qname{s, name}]; r != nil {
			return r, false
		}
	}
	var found []*Relation
	for i, s := range path {
		if f := fold(s); !slices.Contains(path[:i], s) && f != "pg_catalog" && f != "information_schema" {
			found = append(found, c.foldedNames[qname{f, fold(name)}]...)
		}
	}
	switch len(found) {
	case 0:
		return nil, false
	case 1:
		return found[0], false
	}
	return nil, true
}

// PlainRelation gives the relation of a name that is Plain, or nil.
func (c *Catalog) PlainRelation(name string) *Relation { return c.plainNames[name] }
