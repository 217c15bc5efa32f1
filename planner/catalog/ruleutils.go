package catalog

import (
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// ruleFuncs deparse constraints, indexes, views and expressions (ruleutils.c).
func (c *Catalog) ruleFuncs() adt.Funcs {
	null := adt.Func{Call: func(*adt.Call, []adt.Datum) (adt.Datum, error) { return nil, nil }}
	expr := adt.Func{Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
		if rel := a[1].(OID); rel != 0 {
			if _, ok := c.classes().byOID[rel]; !ok {
				return nil, nil
			}
		}
		return a[0], nil // our pg_node_tree holds SQL text
	}}
	constraint := adt.Func{Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
		return orNull(c.constraintDef(a[0].(OID), prettyArg(a)))
	}}
	index := func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
		col, pretty := 0, false
		if len(a) > 1 {
			col, pretty = int(a[1].(int32)), a[2].(bool)
		}
		return orNull(c.indexDef(a[0].(OID), col, pretty, path(call)))
	}
	view := func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
		return orNull(c.viewDef(a[0].(OID), prettyArg(a), path(call)))
	}
	viewName := func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
		oid, err := c.relationArg(a[0].(string), path(call))
		if err != nil {
			return nil, err
		}
		return orNull(c.viewDef(oid, prettyArg(a), path(call)))
	}
	rule := adt.Func{Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
		return orNull(c.ruleDef(a[0].(OID), prettyArg(a), path(call)))
	}}
	return adt.Funcs{
		"pg_get_expr": expr, "pg_get_expr_ext": expr,
		"pg_get_constraintdef": constraint, "pg_get_constraintdef_ext": constraint,
		"pg_get_indexdef": {Call: index}, "pg_get_indexdef_ext": {Call: index},
		"pg_get_viewdef": {Call: view}, "pg_get_viewdef_ext": {Call: view}, "pg_get_viewdef_wrap": {Call: view},
		"pg_get_viewdef_name": {Call: viewName}, "pg_get_viewdef_name_ext": {Call: viewName},
		"pg_get_ruledef": rule, "pg_get_ruledef_ext": rule,
		// There are none of these to find.
		"pg_get_triggerdef": null, "pg_get_triggerdef_ext": null, "pg_get_partkeydef": null,
		"pg_get_partition_constraintdef": null, "pg_get_statisticsobjdef": null,
		"pg_get_statisticsobjdef_columns": null, "pg_get_statisticsobjdef_expressions": null,
		"pg_get_userbyid": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if n, ok := c.cluster.roles.Load().byOID[a[0].(OID)]; ok {
				return n, nil
			}
			return "unknown (OID=" + c.roleName(a[0].(OID)) + ")", nil
		}},
		"pg_get_serial_sequence": {Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			oid, err := c.relationArg(a[0].(string), path(call))
			if err != nil {
				return nil, err
			}
			if c.attributeNamed(oid, a[1].(string)) == nil {
				return nil, errNoColumn(a[1].(string), c.classes().byOID[oid].name)
			}
			return nil, nil
		}},
	}
}

func orNull(s string, ok bool) (adt.Datum, error) {
	if !ok {
		return nil, nil
	}
	return s, nil
}

func errNoColumn(column, relation string) error {
	return pgerr.New(pgerrcode.UndefinedColumn, `column "%s" of relation "%s" does not exist`, column, relation)
}

// relationArg finds a relation named by a text argument
// (textToQualifiedNameList and RangeVarGetRelid).
func (c *Catalog) relationArg(s string, path []string) (OID, error) {
	names, err := splitName(s)
	if err != nil {
		return 0, err
	}
	if len(names) == 2 {
		if err := c.checkSchema(names[len(names)-2]); err != nil {
			return 0, err
		}
	}
	return c.regclassIn(names, s, path)
}

// attributeNamed finds a relation's column by name, as columns are found: an
// exact match, else the only one that differs in case alone.
func (c *Catalog) attributeNamed(rel OID, name string) *attribute {
	attrs := c.attributes[rel]
	var found *attribute
	several := false
	for i := range attrs {
		if attrs[i].name == name {
			return &attrs[i]
		}
		if fold(attrs[i].name) == fold(name) {
			several = found != nil
			found = &attrs[i]
		}
	}
	if found == nil {
		for i := range systemColumns {
			if systemColumns[i].name == name {
				return &systemColumns[i]
			}
		}
	}
	if several {
		return nil
	}
	return found
}

// allColumns are a relation's columns and, of one that has rows of its own, the
// system's before them.
func (c *Catalog) allColumns(rel OID) []attribute {
	switch c.classes().byOID[rel].kind {
	case 'r', 't':
		return append(systemColumns[:len(systemColumns):len(systemColumns)], c.attributes[rel]...)
	}
	return c.attributes[rel]
}

// tableRow finds the row of a catalog by one of its oid columns.
func (c *Catalog) tableRow(catalog, key string, oid OID) (func(string) adt.Datum, bool) {
	if rows := c.tableRowsWith(catalog, key, oid); len(rows) > 0 {
		return rows[0], true
	}
	return nil, false
}

// tableRowsWith finds all rows of a catalog with an oid in a column.
func (c *Catalog) tableRowsWith(catalog, key string, oid OID) (out []func(string) adt.Datum) {
	r := c.relationNames[qname{"pg_catalog", catalog}]
	t := r.Table.(*table)
	column := slices.IndexFunc(r.Columns, func(col fdw.Column) bool { return col.Name == key })
	for _, row := range t.find([]qual{{column, []adt.Datum{oid}, -1}}, nil) {
		out = append(out, rowOf(r, row))
	}
	return out
}

// prettyChecks are the CHECK constraints as pg_get_constraintdef writes them
// with the fewest parentheses.
var prettyChecks = sync.OnceValue(func() map[OID]string {
	out := map[OID]string{}
	load("constraint_pretty").each(func(r row) { out[r.oid(0)] = r.text(1) })
	return out
})

// constraintDef is pg_get_constraintdef.
func (c *Catalog) constraintDef(oid OID, pretty bool) (string, bool) {
	if def := prettyChecks()[oid]; pretty && def != "" {
		return def, true
	}
	get, ok := c.tableRow("pg_constraint", "oid", oid)
	if !ok {
		return "", false
	}
	rel := get("conrelid").(OID)
	columns := func() string {
		var names []string
		for _, v := range get("conkey").(*adt.Array).Values {
			names = append(names, quoteIdent(c.attributes[rel][v.(int16)-1].name))
		}
		return strings.Join(names, ", ")
	}
	switch get("contype").(adt.Char) {
	case 'p':
		return "PRIMARY KEY (" + columns() + ")", true
	case 'u':
		return "UNIQUE (" + columns() + ")", true
	case 'c':
		return "CHECK (" + get("conbin").(string) + ")", true
	}
	return "", false
}

// indexDef is pg_get_indexdef: the whole index, or one of its columns.
func (c *Catalog) indexDef(oid OID, col int, pretty bool, path []string) (string, bool) {
	get, ok := c.tableRow("pg_index", "indexrelid", oid)
	if !ok {
		return "", false
	}
	ix := c.classes().byOID[oid]
	rel := c.classes().byOID[ix.table]
	keys := get("indkey").(*adt.Array).Values
	classes := get("indclass").(*adt.Array).Values
	colls := get("indcollation").(*adt.Array).Values
	options := get("indoption").(*adt.Array).Values
	var parts []string
	for i, k := range keys {
		a := c.attributes[rel.oid][k.(int16)-1]
		s := quoteIdent(a.name)
		if col != 0 {
			if i+1 == col {
				return s, true
			}
			continue
		}
		if i < len(classes) {
			if coll := colls[i].(OID); coll != 0 && coll != a.collation {
				name, _ := c.regcollationOut(coll, path)
				s += " COLLATE " + name
			}
			if class := classes[i].(OID); class != c.defaultClass(BtreeAM, a.typ).oid {
				name, _ := c.objectOut("pg_opclass")(class, path)
				s += " " + name
			}
			switch opt := options[i].(int16); {
			case opt&3 == 3:
				s += " DESC"
			case opt&1 != 0:
				s += " DESC NULLS LAST"
			case opt&2 != 0:
				s += " NULLS FIRST"
			}
		}
		parts = append(parts, s)
	}
	if col != 0 {
		return "", true
	}
	s := "CREATE "
	if get("indisunique").(bool) {
		s += "UNIQUE "
	}
	table := qualified(rel.schema, rel.name)
	if pretty {
		table, _ = c.regclassOut(rel.oid, path)
	}
	s += "INDEX " + quoteIdent(ix.name) + " ON " + table + " USING btree (" + strings.Join(parts, ", ") + ")"
	if pred, ok := get("indpred").(string); ok {
		s += " WHERE " + pred
	}
	return s, true
}
