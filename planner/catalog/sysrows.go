package catalog

import (
	"cmp"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
)

// freshXID is the first transaction after those that make a database: everything older is frozen in a fresh one.
const freshXID OID = 722

// Oids of the catalogs that object addresses name.
const (
	classClass      OID = 1259
	typeClass       OID = 1247
	procClass       OID = 1255
	namespaceClass  OID = 2615
	constraintClass OID = 2606
	databaseClass   OID = 1262
	authClass       OID = 1260
	rewriteClass    OID = 2618
	amopClass       OID = 2602
	amprocClass     OID = 2603
)

// values are a catalog row by column name; what is left out is NULL.
type values map[string]adt.Datum

// sysRow puts values in the order of a catalog's columns.
func (c *Catalog) sysRow(catalog string, v values) adt.Row {
	r := c.relationNames[qname{"pg_catalog", catalog}]
	out := make(adt.Row, len(r.Columns))
	n := 0
	for i, col := range r.Columns {
		if d, ok := v[col.Name]; ok {
			out[i] = d
			n++
		}
	}
	if n != len(v) {
		panic("no such column in " + catalog)
	}
	return out
}

// builtinRows decodes the dumped rows of a catalog.
func (c *Catalog) builtinRows(catalog string) []adt.Row {
	r := c.relationNames[qname{"pg_catalog", catalog}]
	return c.datums(load(catalog), r.Columns)
}

// Own gives this server's relations, those that are no system catalogs, ordered by name.
func (c *Catalog) Own() []*Relation {
	var out []*Relation
	for _, r := range c.relations {
		if !r.System {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *Relation) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// ownRows makes the rows of this server's objects in a catalog.
func (c *Catalog) ownRows(catalog string) []adt.Row {
	switch catalog {
	case "pg_database":
		return c.databaseRows()
	case "pg_namespace":
		return c.namespaceRows()
	case "pg_proc":
		return c.procRows()
	}
	var out []adt.Row
	for _, r := range c.Own() {
		var rows []adt.Row
		switch catalog {
		case "pg_class":
			rows = c.classRows(r)
		case "pg_attribute":
			rows = c.attributeRows(r)
		case "pg_type":
			rows = c.typeRows(r)
		case "pg_index":
			rows = c.indexRows(r)
		case "pg_constraint":
			rows = c.constraintRows(r)
		case "pg_description":
			rows = c.descriptionRows(r)
		case "pg_depend":
			rows = c.dependRows(r)
		case "pg_rewrite":
			rows = c.rewriteRows(r)
		}
		out = append(out, rows...)
	}
	return out
}

func (c *Catalog) namespaceRows() []adt.Row {
	var out []adt.Row
	for name, oid := range c.schemas {
		if oid >= firstNormalOID {
			out = append(out, c.sysRow("pg_namespace", values{"oid": oid, "nspname": name, "nspowner": bootstrapRole}))
		}
	}
	slices.SortFunc(out, func(a, b adt.Row) int { return cmp.Compare(a[1].(string), b[1].(string)) })
	return out
}

// classRows gives the pg_class rows of a relation and its index.
func (c *Catalog) classRows(r *Relation) []adt.Row {
	v := values{
		"oid": r.OID, "relname": r.Name, "relnamespace": c.schemas[r.Schema], "reltype": r.RowType, "reloftype": OID(0),
		"relowner": bootstrapRole, "relam": OID(2), "relfilenode": r.OID, "reltablespace": OID(0),
		"relpages": int32(0), "reltuples": float32(-1), "relallvisible": int32(0), "reltoastrelid": OID(0),
		"relhasindex": len(r.PrimaryKey) > 0, "relisshared": false, "relpersistence": adt.Char('p'), "relkind": adt.Char(r.Kind),
		"relnatts": int16(len(r.Columns)), "relchecks": int16(0), "relhasrules": r.Kind == 'v', "relhastriggers": false,
		"relhassubclass": false, "relrowsecurity": false, "relforcerowsecurity": false, "relispopulated": true,
		"relreplident": adt.Char('d'), "relispartition": false, "relrewrite": OID(0), "relfrozenxid": freshXID, "relminmxid": OID(1),
	}
	if r.Kind == 'v' {
		v["relam"], v["relfilenode"], v["relfrozenxid"], v["relminmxid"] = OID(0), OID(0), OID(0), OID(0)
		v["relreplident"] = adt.Char('n')
		return []adt.Row{c.sysRow("pg_class", v)}
	}
	out := []adt.Row{c.sysRow("pg_class", v)}
	if len(r.PrimaryKey) > 0 {
		k := c.keys[r.OID]
		v["oid"], v["relname"], v["reltype"], v["relam"], v["relfilenode"] = k.index, k.name, OID(0), BtreeAM, k.index
		v["reltuples"], v["relhasindex"], v["relkind"] = float32(0), false, adt.Char('i')
		v["relnatts"], v["relreplident"] = int16(len(r.PrimaryKey)), adt.Char('n')
		v["relfrozenxid"], v["relminmxid"] = OID(0), OID(0)
		out = append(out, c.sysRow("pg_class", v))
	}
	return out
}

// attributeRows gives the pg_attribute rows of a relation and its index.
func (c *Catalog) attributeRows(r *Relation) []adt.Row {
	var out []adt.Row
	if r.Kind == 'r' {
		out = append(out, c.systemAttributes(r.OID)...)
	}
	add := func(rel OID, a attribute) {
		t := c.layouts()[a.typ]
		out = append(out, c.sysRow("pg_attribute", attributeValues(rel, a, t)))
	}
	for _, a := range c.attributes[r.OID] {
		add(r.OID, a)
	}
	for i, col := range r.PrimaryKey {
		a := c.attributes[r.OID][col]
		a.num, a.notNull = int16(i+1), false
		add(c.keys[r.OID].index, a)
	}
	return out
}

func attributeValues(rel OID, a attribute, t layout) values {
	return values{
		"attrelid": rel, "attname": a.name, "atttypid": a.typ, "attlen": t.length, "attnum": a.num, "attcacheoff": int32(-1),
		"atttypmod": a.typmod, "attndims": t.dims, "attbyval": t.byVal, "attalign": t.align, "attstorage": t.storage,
		"attcompression": adt.Char(0), "attnotnull": a.notNull, "atthasdef": false, "atthasmissing": false,
		"attidentity": adt.Char(0), "attgenerated": adt.Char(0), "attisdropped": false, "attislocal": true,
		"attinhcount": int16(0), "attstattarget": int16(-1), "attcollation": a.collation,
	}
}

// systemColumns are the columns that every table has below its own.
var systemColumns = []attribute{
	{name: "tableoid", typ: 26, num: -6},
	{name: "cmax", typ: 29, num: -5},
	{name: "xmax", typ: 28, num: -4},
	{name: "cmin", typ: 29, num: -3},
	{name: "xmin", typ: 28, num: -2},
	{name: "ctid", typ: 27, num: -1},
}

func (c *Catalog) systemAttributes(rel OID) []adt.Row {
	var out []adt.Row
	for _, a := range systemColumns {
		a.typmod, a.notNull = -1, true
		v := attributeValues(rel, a, c.layouts()[a.typ])
		v["attstattarget"] = int16(0)
		out = append(out, c.sysRow("pg_attribute", v))
	}
	return out
}

// layout is what pg_attribute repeats of a column's type.
type layout struct {
	length         int16
	dims           int16
	byVal          bool
	align, storage adt.Char
}

func (c *Catalog) loadLayouts() map[OID]layout {
	d := load("pg_type")
	out := make(map[OID]layout, len(c.types))
	var (
		oid, length, byval = d.col("oid"), d.col("typlen"), d.col("typbyval")
		align, storage     = d.col("typalign"), d.col("typstorage")
	)
	d.each(func(r row) {
		l := layout{int16(r.int(length)), 0, r.bool(byval), adt.Char(r.char(align)), adt.Char(r.char(storage))}
		if t := c.types[r.oid(oid)]; t != nil && t.IsArray {
			l.dims = 1
		}
		out[r.oid(oid)] = l
	})
	return out
}

// typeRows gives the pg_type rows of a relation's row type and its array type.
func (c *Catalog) typeRows(r *Relation) []adt.Row {
	proc := func(name string) OID { return c.procNames[name][0].OID }
	t := c.types[r.RowType]
	v := values{
		"oid": t.OID, "typname": t.Name, "typnamespace": c.schemas[r.Schema], "typowner": bootstrapRole, "typlen": int16(-1),
		"typbyval": false, "typtype": adt.Char('c'), "typcategory": adt.Char('C'), "typispreferred": false,
		"typisdefined": true, "typdelim": adt.Char(','), "typrelid": r.OID, "typsubscript": OID(0), "typelem": OID(0),
		"typarray": t.Array, "typinput": proc("record_in"), "typoutput": proc("record_out"),
		"typreceive": proc("record_recv"), "typsend": proc("record_send"), "typmodin": OID(0), "typmodout": OID(0),
		"typanalyze": OID(0), "typalign": adt.Char('d'), "typstorage": adt.Char('x'), "typnotnull": false,
		"typbasetype": OID(0), "typtypmod": int32(-1), "typndims": int32(0), "typcollation": OID(0),
	}
	row := c.sysRow("pg_type", v)
	v["oid"], v["typname"], v["typtype"], v["typcategory"], v["typrelid"] = t.Array, c.types[t.Array].Name, adt.Char('b'), adt.Char('A'), OID(0)
	v["typsubscript"], v["typelem"], v["typarray"] = proc("array_subscript_handler"), t.OID, OID(0)
	v["typinput"], v["typoutput"], v["typreceive"], v["typsend"] = proc("array_in"), proc("array_out"), proc("array_recv"), proc("array_send")
	v["typanalyze"] = proc("array_typanalyze")
	return []adt.Row{row, c.sysRow("pg_type", v)}
}

func (c *Catalog) indexRows(r *Relation) []adt.Row {
	n := len(r.PrimaryKey)
	if n == 0 {
		return nil
	}
	var keys, colls, classes, options []adt.Datum
	for _, col := range r.PrimaryKey {
		a := c.attributes[r.OID][col]
		keys = append(keys, a.num)
		colls = append(colls, a.collation)
		classes = append(classes, c.defaultClass(BtreeAM, a.typ).oid)
		options = append(options, int16(0))
	}
	return []adt.Row{c.sysRow("pg_index", values{
		"indexrelid": c.keys[r.OID].index, "indrelid": r.OID, "indnatts": int16(n), "indnkeyatts": int16(n),
		"indisunique": true, "indnullsnotdistinct": false, "indisprimary": true, "indisexclusion": false, "indimmediate": true,
		"indisclustered": false, "indisvalid": true, "indcheckxmin": false, "indisready": true, "indislive": true,
		"indisreplident": false, "indkey": newVector(adt.Int2OID, keys), "indcollation": newVector(adt.OIDOID, colls),
		"indclass": newVector(adt.OIDOID, classes), "indoption": newVector(adt.Int2OID, options),
	})}
}

func (c *Catalog) constraintRows(r *Relation) []adt.Row {
	if len(r.PrimaryKey) == 0 {
		return nil
	}
	k := c.keys[r.OID]
	var cols []adt.Datum
	for _, col := range r.PrimaryKey {
		cols = append(cols, int16(col+1))
	}
	return []adt.Row{c.sysRow("pg_constraint", values{
		"oid": k.constraint, "conname": k.name, "connamespace": c.schemas[r.Schema], "contype": adt.Char('p'),
		"condeferrable": false, "condeferred": false, "convalidated": true, "conrelid": r.OID, "contypid": OID(0),
		"conindid": k.index, "conparentid": OID(0), "confrelid": OID(0), "confupdtype": adt.Char(' '),
		"confdeltype": adt.Char(' '), "confmatchtype": adt.Char(' '), "conislocal": true, "coninhcount": int16(0),
		"connoinherit": true, "conkey": adt.NewArray(adt.Int2OID, cols),
	})}
}

func (c *Catalog) descriptionRows(r *Relation) []adt.Row {
	var out []adt.Row
	add := func(sub int32, text string) {
		if text != "" {
			out = append(out, c.sysRow("pg_description", values{
				"objoid": r.OID, "classoid": classClass, "objsubid": sub, "description": text,
			}))
		}
	}
	add(0, r.Comment)
	for i, col := range r.Columns {
		add(int32(i+1), col.Comment)
	}
	return out
}

// dependRows tells what hangs on a relation: its schema, its row types, its key.
func (c *Catalog) dependRows(r *Relation) []adt.Row {
	var out []adt.Row
	add := func(class, obj, refClass, ref OID, refSub int32, kind byte) {
		out = append(out, c.sysRow("pg_depend", values{
			"classid": class, "objid": obj, "objsubid": int32(0),
			"refclassid": refClass, "refobjid": ref, "refobjsubid": refSub, "deptype": adt.Char(kind),
		}))
	}
	add(typeClass, c.types[r.RowType].Array, typeClass, r.RowType, 0, 'i')
	add(typeClass, r.RowType, classClass, r.OID, 0, 'i')
	add(classClass, r.OID, namespaceClass, c.schemas[r.Schema], 0, 'n')
	if len(r.PrimaryKey) > 0 {
		k := c.keys[r.OID]
		for _, col := range r.PrimaryKey {
			add(constraintClass, k.constraint, classClass, r.OID, int32(col+1), 'a')
		}
		add(classClass, k.index, constraintClass, k.constraint, 0, 'i')
	}
	if r.Kind == 'v' {
		rule := c.rules[r.OID]
		add(rewriteClass, rule, classClass, r.OID, 0, 'i')
		for _, u := range c.columnsOf(r).Uses {
			add(rewriteClass, rule, classClass, u.Relation, int32(u.Column), 'n')
		}
	}
	return out
}

func (c *Catalog) rewriteRows(r *Relation) []adt.Row {
	if r.Kind != 'v' {
		return nil
	}
	return []adt.Row{c.sysRow("pg_rewrite", values{
		"oid": c.rules[r.OID], "rulename": "_RETURN", "ev_class": r.OID, "ev_type": adt.Char('1'),
		"ev_enabled": adt.Char('O'), "is_instead": true, "ev_qual": "<>", "ev_action": viewAction(r, c.columnsOf(r).Origins),
	})}
}
