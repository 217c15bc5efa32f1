package catalog

import (
	"github.com/flowgres/flowgres/planner/adt"
)

func (c *Catalog) loadTypes() {
	d := load("pg_type")
	n := len(d.cells) / len(d.columns)
	c.types = make(map[OID]*adt.Type, n+16)
	c.typeAt = make([]*adt.Type, firstNormalOID)
	c.typeNames = make(map[qname]*adt.Type, n+16)
	var (
		oid, name, ns, length     = d.col("oid"), d.col("typname"), d.col("typnamespace"), d.col("typlen")
		byval, kind, category     = d.col("typbyval"), d.col("typtype"), d.col("typcategory")
		preferred, delim, rel     = d.col("typispreferred"), d.col("typdelim"), d.col("typrelid")
		subscript, elem, array    = d.col("typsubscript"), d.col("typelem"), d.col("typarray")
		input, output             = d.col("typinput"), d.col("typoutput")
		receive, send             = d.col("typreceive"), d.col("typsend")
		modin, modout             = d.col("typmodin"), d.col("typmodout")
		notnull, base, basetypmod = d.col("typnotnull"), d.col("typbasetype"), d.col("typtypmod")
		collation                 = d.col("typcollation")
	)
	all := make([]adt.Type, 0, n)
	d.each(func(r row) {
		all = append(all, adt.Type{
			OID: r.oid(oid), Name: r.text(name), Schema: c.schemaNames[r.oid(ns)], Len: int16(r.int(length)),
			ByVal: r.bool(byval), Kind: r.char(kind), Category: r.char(category), Preferred: r.bool(preferred),
			Delim: r.char(delim), Relation: r.oid(rel), Elem: r.oid(elem), Array: r.oid(array),
			Base: r.oid(base), BaseTypmod: int32(r.int(basetypmod)), NotNull: r.bool(notnull), Collation: r.oid(collation),
			Input: c.body(r.oid(input)), Output: c.body(r.oid(output)),
			Receive: c.body(r.oid(receive)), Send: c.body(r.oid(send)),
			TypmodIn: c.body(r.oid(modin)), TypmodOut: c.body(r.oid(modout)),
		})
		t := &all[len(all)-1]
		if s := c.procs[r.oid(subscript)]; s != nil {
			t.Subscript = s.Name
			t.IsArray = s.Name == "array_subscript_handler" && t.Len == -1
		}
		c.addType(t)
	})
	c.loadRanges()
}

func (c *Catalog) addType(t *adt.Type) {
	c.types[t.OID] = t
	if t.OID < firstNormalOID {
		c.typeAt[t.OID] = t
	}
	c.typeNames[qname{t.Schema, t.Name}] = t
}

func (c *Catalog) loadRanges() {
	d := load("pg_range")
	c.ranges = map[OID]rangeType{}
	c.multiranges = map[OID]OID{}
	var (
		oid, sub, multi = d.col("rngtypid"), d.col("rngsubtype"), d.col("rngmultitypid")
		coll, subopc    = d.col("rngcollation"), d.col("rngsubopc")
	)
	d.each(func(r row) {
		c.ranges[r.oid(oid)] = rangeType{r.oid(sub), r.oid(multi), r.oid(coll), r.oid(subopc)}
		c.multiranges[r.oid(multi)] = r.oid(oid)
		t, m := c.types[r.oid(oid)], c.types[r.oid(multi)]
		t.Subtype, t.Multirange, m.RangeType = r.oid(sub), m.OID, t.OID
	})
}

// TypeByOID gives a type, or nil.
func (c *Catalog) TypeByOID(oid OID) *adt.Type {
	if oid < firstNormalOID {
		return c.typeAt[oid]
	}
	return c.types[oid]
}

// TypeByName gives the type of a schema or, with schema "", the first of the path.
func (c *Catalog) TypeByName(schema, name string, path []string) *adt.Type {
	if schema != "" {
		return c.typeNames[qname{schema, name}]
	}
	for _, s := range path {
		if t := c.typeNames[qname{s, name}]; t != nil {
			return t
		}
	}
	return nil
}

// ArrayTypeOf gives the array type over an element type, 0 when there is none.
func (c *Catalog) ArrayTypeOf(elem OID) OID {
	if t := c.types[elem]; t != nil {
		return t.Array
	}
	return 0
}

// ElemTypeOf gives the element type of a true array type or a domain over one,
// else 0 (get_base_element_type).
func (c *Catalog) ElemTypeOf(array OID) OID {
	if t := c.types[c.BaseType(array)]; t != nil && t.IsArray {
		return t.Elem
	}
	return 0
}

// BaseType gives the type a domain is over, through all domains between; any
// other type is its own (getBaseType).
func (c *Catalog) BaseType(oid OID) OID {
	for {
		t := c.types[oid]
		if t == nil || t.Kind != 'd' {
			return oid
		}
		oid = t.Base
	}
}

// TypeRelation gives the relation of a composite type, or nil.
func (c *Catalog) TypeRelation(typ OID) *Relation {
	if t := c.types[typ]; t != nil && t.Relation != 0 {
		return c.relations[t.Relation]
	}
	return nil
}

// RangeSubtype gives the element type of a range type, else 0.
func (c *Catalog) RangeSubtype(rangeType OID) OID { return c.ranges[rangeType].subtype }

// MultirangeOf gives the multirange type of a range type, else 0.
func (c *Catalog) MultirangeOf(rangeType OID) OID { return c.ranges[rangeType].multirange }

// RangeOf gives the range type of a multirange type, else 0.
func (c *Catalog) RangeOf(multirange OID) OID { return c.multiranges[multirange] }

// DomainHasConstraints tells whether values of a domain are checked at all:
// NOT NULL or CHECK, of the domain itself or one that it is over. A coercion to
// one that has none changes nothing but the type.
func (c *Catalog) DomainHasConstraints(oid OID) bool {
	for {
		t := c.types[oid]
		if t == nil || t.Kind != 'd' {
			return false
		}
		if t.NotNull || c.checkedDomains()[oid] {
			return true
		}
		oid = t.Base
	}
}

func loadCheckedDomains() map[OID]bool {
	d := load("pg_constraint")
	typ := d.col("contypid")
	out := map[OID]bool{}
	d.each(func(r row) { out[r.oid(typ)] = r.oid(typ) != 0 })
	return out
}
