package catalog

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
)

// computedViews are the system views that are nothing but a function's rows,
// each with that function and its alias in the view.
var computedViews = map[string][2]string{
	"pg_backend_memory_contexts":   {"pg_get_backend_memory_contexts", "pg_get_backend_memory_contexts"},
	"pg_config":                    {"pg_config", "pg_config"},
	"pg_cursors":                   {"pg_cursor", "c"},
	"pg_file_settings":             {"pg_show_all_file_settings", "a"},
	"pg_hba_file_rules":            {"pg_hba_file_rules", "a"},
	"pg_ident_file_mappings":       {"pg_ident_file_mappings", "a"},
	"pg_locks":                     {"pg_lock_status", "l"},
	"pg_prepared_statements":       {"pg_prepared_statement", "p"},
	"pg_replication_origin_status": {"pg_show_replication_origin_status", "pg_show_replication_origin_status"},
	"pg_settings":                  {"pg_show_all_settings", "a"},
	"pg_shmem_allocations":         {"pg_get_shmem_allocations", "pg_get_shmem_allocations"},
	"pg_stat_io":                   {"pg_stat_get_io", "b"},
	"pg_stat_recovery_prefetch":    {"pg_stat_get_recovery_prefetch", "s"},
	"pg_stat_slru":                 {"pg_stat_get_slru", "s"},
	"pg_timezone_abbrevs":          {"pg_timezone_abbrevs", "pg_timezone_abbrevs"},
	"pg_timezone_names":            {"pg_timezone_names", "pg_timezone_names"},
}

// prettyArg tells whether a deparsing function is asked to pretty-print: by its
// second argument, a flag or a width to wrap at.
func prettyArg(a []adt.Datum) bool {
	if len(a) < 2 {
		return false
	}
	flag, isBool := a[1].(bool)
	return flag || !isBool
}

// viewDef is pg_get_viewdef.
func (c *Catalog) viewDef(oid OID, pretty bool, path []string) (string, bool) {
	r := c.relations[oid]
	if r == nil || r.Kind != 'v' {
		return "", false
	}
	if r.ViewSQL == "" {
		return c.computedDef(r), true
	}
	def := r.ViewSQL
	if pretty && r.ViewPretty != "" {
		def = r.ViewPretty
	}
	if !r.System { // tables are named as the search path finds them
		for _, t := range c.own() {
			name, _ := c.regclassOut(t.OID, path)
			def = strings.ReplaceAll(def, "FROM "+qualified(t.Schema, t.Name)+" ", "FROM "+name+" ")
		}
	}
	return " " + strings.TrimRight(strings.TrimSpace(def), ";") + ";", true
}

// computedDef is the definition of a system view that the server computes: a
// selection from the function that PostgreSQL has for it, or of nothing where
// there is never a row.
func (c *Catalog) computedDef(r *Relation) string {
	f, ok := computedViews[r.Name]
	if !ok || r.Schema != "pg_catalog" {
		var columns []string
		for _, col := range r.Columns {
			columns = append(columns, "NULL::"+c.FormatType(col.Type, col.Typmod)+" AS "+quoteIdent(col.Name))
		}
		return " SELECT " + strings.Join(columns, ",\n    ") + "\n  WHERE false;"
	}
	var columns, names []string
	for _, col := range r.Columns {
		columns = append(columns, quoteIdent(col.Name))
	}
	p := c.procNames[f[0]][0]
	for i, name := range p.ArgNames {
		if p.ArgModes != nil && p.ArgModes[i] == 'o' {
			names = append(names, quoteIdent(name))
		}
	}
	return " SELECT " + strings.Join(columns, ",\n    ") + "\n   FROM " + f[0] + "() " + f[1] + "(" + strings.Join(names, ", ") + ");"
}

// ruleDef is pg_get_ruledef.
func (c *Catalog) ruleDef(oid OID, pretty bool, path []string) (string, bool) {
	o, ok := c.objectsOf("pg_rewrite").byOID[oid]
	if !ok {
		return "", false
	}
	k := c.classes().byOID[o.extra]
	name := qualified(k.schema, k.name)
	if pretty {
		name, _ = c.regclassOut(k.oid, path)
	}
	head := "CREATE RULE " + quoteIdent(o.name) + " AS\n    ON "
	switch o.name { // the rules that make pg_settings one that UPDATE sets
	case "pg_settings_u":
		return head + "UPDATE TO " + name + "\n   WHERE " + pick(pretty, "new.name = old.name", "(new.name = old.name)") +
			" DO  SELECT set_config(old.name, new.setting, false) AS set_config;", true
	case "pg_settings_n":
		return head + "UPDATE TO " + name + " DO INSTEAD NOTHING;", true
	}
	def, ok := c.viewDef(k.oid, pretty, path)
	return head + "SELECT TO " + name + " DO INSTEAD " + def, ok
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
