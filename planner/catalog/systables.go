package catalog

import (
	"embed"
	"sort"
	"strings"
	"sync"

	"github.com/flowgres/flowgres/planner/adt"
)

//go:embed views/*.sql
var viewFiles embed.FS

// dumped are the catalogs whose built-in rows are in the data files.
var dumped = map[string]bool{
	"pg_aggregate": true, "pg_am": true, "pg_amop": true, "pg_amproc": true, "pg_attribute": true,
	"pg_auth_members": true, "pg_authid": true, "pg_cast": true, "pg_class": true, "pg_collation": true,
	"pg_constraint": true, "pg_conversion": true, "pg_depend": true, "pg_description": true, "pg_extension": true, "pg_index": true,
	"pg_init_privs": true, "pg_language": true, "pg_namespace": true, "pg_opclass": true, "pg_operator": true,
	"pg_opfamily": true, "pg_proc": true, "pg_range": true, "pg_rewrite": true, "pg_shdescription": true, "pg_tablespace": true,
	"pg_ts_config": true, "pg_ts_config_map": true, "pg_ts_dict": true, "pg_ts_parser": true,
	"pg_ts_template": true, "pg_type": true,
}

// attachTables gives the system relations their contents: views that we have
// SQL for that SQL, everything else a table.
func (c *Catalog) attachTables() {
	sql := loadViews()
	for _, r := range c.relations {
		if !r.System {
			continue
		}
		if text, ok := sql[qname{r.Schema, r.Name}]; ok && r.Kind == 'v' {
			r.ViewSQL = c.castColumns(r, text)
			continue
		}
		t := &table{columns: r.Columns}
		if r.Kind == 'r' {
			t.fixed = sync.OnceValue(func() []adt.Row { return c.tableRows(r) })
		}
		r.Table = t
	}
}

// tableRows makes all rows of a catalog: PostgreSQL's and ours.
func (c *Catalog) tableRows(r *Relation) []adt.Row {
	if r.Schema != "pg_catalog" {
		return c.datums(load(r.Name), r.Columns)
	}
	var out []adt.Row
	if dumped[r.Name] {
		out = c.builtinRows(r.Name)
	}
	if r.Name == "pg_attribute" {
		out = c.withSystemAttributes(out)
	}
	return append(out, c.ownRows(r.Name)...)
}

// castColumns wraps a view's SELECT so that it has the relation's columns with
// their very types: those that the text names by AS are cast, the others are
// NULL.
func (c *Catalog) castColumns(r *Relation, text string) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	for i, col := range r.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		name, typ := quoteIdent(col.Name), c.FormatType(col.Type, col.Typmod)
		if selects(text, name) {
			b.WriteString("v." + name + "::" + typ + " AS " + name)
		} else {
			b.WriteString("NULL::" + typ + " AS " + name)
		}
	}
	b.WriteString("\nFROM (" + text + ") AS v")
	return b.String()
}

// selects tells whether a SELECT gives a column a name with AS.
func selects(text, name string) bool {
	for {
		i := strings.Index(text, " AS "+name)
		if i < 0 {
			return false
		}
		text = text[i+len(" AS ")+len(name):]
		if text == "" || strings.ContainsRune(", \n", rune(text[0])) {
			return true
		}
	}
}

// withSystemAttributes adds the system columns of built-in tables, which are
// the same for all and so not in the data.
func (c *Catalog) withSystemAttributes(rows []adt.Row) []adt.Row {
	d := load("pg_class")
	oid, kind := d.col("oid"), d.col("relkind")
	var tables []OID
	d.each(func(r row) {
		if k := r.char(kind); k == 'r' || k == 't' {
			tables = append(tables, r.oid(oid))
		}
	})
	for _, rel := range tables {
		rows = append(rows, c.systemAttributes(rel)...)
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i][0].(OID) < rows[j][0].(OID) })
	return rows
}

// loadViews reads the view definitions: files of a schema, in which each view
// follows a line "-- name".
func loadViews() map[qname]string {
	out := map[qname]string{}
	entries, err := viewFiles.ReadDir("views")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		b, err := viewFiles.ReadFile("views/" + e.Name())
		if err != nil {
			panic(err)
		}
		schema, _, _ := strings.Cut(e.Name(), ".")
		for _, part := range strings.Split("\n"+string(b), "\n-- ")[1:] {
			name, text, _ := strings.Cut(part, "\n")
			out[qname{schema, strings.TrimSpace(name)}] = strings.TrimRight(strings.TrimSpace(text), ";")
		}
	}
	return out
}

// pgTable is a catalog that is a table.
func (c *Catalog) pgTable(name string) *table {
	return c.relationNames[qname{"pg_catalog", name}].Table.(*table)
}
