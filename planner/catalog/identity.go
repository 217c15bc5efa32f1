package catalog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// identity is an object as scripts can name it (getObjectIdentityParts).
type identity struct {
	kind         string // table column, function, …
	schema, name string // quoted; the name only where it is unique in its schema
	text         string // "": there is no such object
	names, args  []string
}

// identityFuncs are pg_identify_object, pg_identify_object_as_address and
// pg_get_object_address (objectaddress.c).
func (c *Catalog) identityFuncs() adt.Funcs {
	text := func(s string) adt.Datum {
		if s == "" {
			return nil
		}
		return s
	}
	array := func(list []string) adt.Datum {
		values := make([]adt.Datum, len(list))
		for i, s := range list {
			values[i] = s
		}
		return adt.NewArray(adt.TextOID, values)
	}
	return adt.Funcs{
		"pg_identify_object": {Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			id, err := c.identify(a[0].(OID), a[1].(OID), a[2].(int32))
			if err != nil {
				return nil, err
			}
			row := adt.Row{id.kind, nil, nil, nil}
			if id.text != "" {
				row = adt.Row{id.kind, text(id.schema), text(id.name), id.text}
			}
			return &adt.Record{Desc: call.Desc, Values: row}, nil
		}},
		"pg_identify_object_as_address": {Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			id, err := c.identify(a[0].(OID), a[1].(OID), a[2].(int32))
			if err != nil {
				return nil, err
			}
			row := adt.Row{id.kind, nil, nil}
			if id.text != "" {
				row = adt.Row{id.kind, array(id.names), array(id.args)}
			}
			return &adt.Record{Desc: call.Desc, Values: row}, nil
		}},
		"pg_get_object_address": {Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			class, obj, sub, err := c.address(a[0].(string), a[1].(*adt.Array), a[2].(*adt.Array), path(call))
			if err != nil {
				return nil, err
			}
			return &adt.Record{Desc: call.Desc, Values: adt.Row{class, obj, sub}}, nil
		}},
	}
}

// relationKinds are the names of relkind.
var relationKinds = map[byte]string{'r': "table", 'i': "index", 't': "toast table", 'v': "view", 'c': "composite type"}

// simpleClasses are catalogs whose objects are named by their name alone, with
// a schema where they have one.
var simpleClasses = map[OID][2]string{
	2612: {"pg_language", "language"}, 2601: {"pg_am", "access method"}, 1213: {"pg_tablespace", "tablespace"},
	3079: {"pg_extension", "extension"}, 2607: {"pg_conversion", "conversion"}, 3602: {"pg_ts_config", "text search configuration"},
	3600: {"pg_ts_dict", "text search dictionary"}, 3601: {"pg_ts_parser", "text search parser"},
	3764: {"pg_ts_template", "text search template"},
}

// unusedClasses are kinds of objects of which there are none here.
var unusedClasses = map[OID]string{
	826: "default acl", 1417: "server", 1418: "user mapping", 2328: "foreign-data wrapper", 2604: "default value",
	2613: "large object", 2620: "trigger", 3256: "policy", 3381: "statistics object", 3466: "event trigger", 3576: "transform",
	6100: "subscription", 6104: "publication", 6106: "publication relation", 6237: "publication namespace", 6243: "parameter ACL",
}

// checkClass refuses parts of objects that have none (getObjectClass).
func checkClass(class OID, sub int32) error {
	if class != classClass && sub != 0 {
		return pgerr.New(pgerrcode.InternalError, "invalid non-zero objectSubId for object class %d", class)
	}
	return nil
}

// identify gives an object's identity; names are always qualified.
func (c *Catalog) identify(class, obj OID, sub int32) (identity, error) {
	if err := checkClass(class, sub); err != nil {
		return identity{}, err
	}
	if kind, ok := unusedClasses[class]; ok {
		return identity{kind: kind}, nil
	}
	unique := func(kind, schema, name string, ok bool) identity {
		if !ok {
			return identity{kind: kind}
		}
		id := identity{kind: kind, name: quoteIdent(name), text: qualified(schema, name), names: []string{name}}
		if schema != "" {
			id.schema, id.names = quoteIdent(schema), []string{schema, name}
		}
		return id
	}
	if s, ok := simpleClasses[class]; ok {
		o, found := c.objectsOf(s[0]).byOID[obj]
		return unique(s[1], o.schema, o.name, found), nil
	}
	nowhere := []string{} // along which every name needs its schema
	typeName := func(oid OID) string { return c.formatType(oid, -1, false, nowhere) }
	switch class {
	case classClass:
		k, ok := c.classes().byOID[obj]
		kind := relationKinds[k.kind]
		if !ok {
			kind = "relation"
		}
		id := unique(kind, k.schema, k.name, ok)
		if sub == 0 || !ok {
			return id, nil
		}
		id.kind += " column"
		for _, a := range c.allColumns(obj) {
			if int32(a.num) == sub {
				id.text += "." + quoteIdent(a.name)
				id.names = append(id.names, a.name)
				return id, nil
			}
		}
		return identity{kind: id.kind}, nil
	case procClass:
		p := c.procs[obj]
		if p == nil {
			return identity{kind: "routine"}, nil
		}
		id := identity{kind: "function", schema: quoteIdent(p.Schema), names: []string{p.Schema, p.Name}}
		if kind := map[byte]string{'a': "aggregate", 'p': "procedure"}[p.Kind]; kind != "" {
			id.kind = kind
		}
		id.text, _ = c.formatProcedure(obj, nowhere)
		for _, a := range p.ArgTypes {
			id.args = append(id.args, typeName(a))
		}
		return id, nil
	case typeClass:
		t := c.types[obj]
		if t == nil {
			return identity{kind: "type"}, nil
		}
		id := unique("type", t.Schema, t.Name, true)
		id.text = typeName(obj)
		id.names = []string{id.text}
		return id, nil
	case namespaceClass:
		n, ok := c.schemaNames[obj]
		return unique("schema", "", n, ok), nil
	case authClass:
		n, ok := c.cluster.roles.Load().byOID[obj]
		return unique("role", "", n, ok), nil
	case databaseClass:
		d, ok := c.cluster.databaseByOID(obj)
		return unique("database", "", d.Name, ok), nil
	case 3456:
		k := c.collations[obj]
		if k == nil {
			return identity{kind: "collation"}, nil
		}
		return unique("collation", k.Schema, k.Name, true), nil
	case 2617:
		o := c.operators[obj]
		if o == nil {
			return identity{kind: "operator"}, nil
		}
		left, args := "NONE", []string{typeName(o.Right)}
		if o.Left != 0 {
			left = typeName(o.Left)
			args = []string{left, args[0]}
		}
		return identity{
			kind: "operator", schema: quoteIdent(o.Schema),
			text:  quoteIdent(o.Schema) + "." + o.Name + "(" + left + "," + typeName(o.Right) + ")",
			names: []string{o.Schema, o.Name}, args: args,
		}, nil
	case 2616, 2753:
		catalog, kind := "pg_opclass", "operator class"
		if class == 2753 {
			catalog, kind = "pg_opfamily", "operator family"
		}
		o, ok := c.objectsOf(catalog).byOID[obj]
		if !ok {
			return identity{kind: kind}, nil
		}
		am := c.objectsOf("pg_am").byOID[o.extra].name
		return identity{
			kind: kind, schema: quoteIdent(o.schema), name: quoteIdent(o.name), text: qualified(o.schema, o.name) + " USING " + quoteIdent(am),
			names: []string{am, o.schema, o.name},
		}, nil
	case constraintClass, rewriteClass:
		catalog, kind := "pg_constraint", "table constraint"
		if class == rewriteClass {
			catalog, kind = "pg_rewrite", "rule"
		}
		o, ok := c.objectsOf(catalog).byOID[obj]
		k, on := c.classes().byOID[o.extra]
		switch {
		case !ok:
			return identity{kind: strings.TrimPrefix(kind, "table ")}, nil
		case !on:
			get, _ := c.tableRow("pg_constraint", "oid", obj)
			domain := typeName(get("contypid").(OID))
			return identity{
				kind: "domain constraint", schema: quoteIdent(o.schema), text: quoteIdent(o.name) + " on " + domain,
				names: []string{domain}, args: []string{o.name},
			}, nil
		}
		id := identity{kind: kind, text: quoteIdent(o.name) + " on " + qualified(k.schema, k.name), names: []string{k.schema, k.name, o.name}}
		if class == constraintClass {
			id.schema = quoteIdent(o.schema)
		}
		return id, nil
	case amopClass, amprocClass:
		m, ok := c.familyMember(class, obj)
		kind := m.what + " of access method"
		if !ok {
			return identity{kind: kind}, nil
		}
		f := c.objectsOf("pg_opfamily").byOID[m.family]
		am := c.objectsOf("pg_am").byOID[f.extra].name
		left, right := typeName(m.left), typeName(m.right)
		return identity{
			kind: kind, text: fmt.Sprintf("%s %d (%s, %s) of %s USING %s", m.what, m.number, left, right, qualified(f.schema, f.name), quoteIdent(am)),
			names: []string{am, f.schema, f.name, strconv.Itoa(int(m.number))}, args: []string{left, right},
		}, nil
	case 1261:
		text, _ := c.membership(obj)
		return identity{kind: "role membership", text: text}, nil
	case 2605:
		for _, k := range c.casts {
			if k.OID == obj {
				from, to := typeName(k.Source), typeName(k.Target)
				return identity{kind: "cast", text: "(" + from + " AS " + to + ")", names: []string{from}, args: []string{to}}, nil
			}
		}
		return identity{kind: "cast"}, nil
	}
	return identity{}, pgerr.New(pgerrcode.InternalError, "unrecognized object class: %d", class)
}
