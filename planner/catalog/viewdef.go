package catalog

import (
	"slices"
	"strings"
	"sync"

	"github.com/flowgres/flowgres/planner/adt"
)

// viewText is a system view's definition: as pg_get_viewdef gives it, and with
// the fewest parentheses.
type viewText struct{ plain, pretty string }

// systemViews are the definitions that PostgreSQL's own views have. What this
// server runs for them differs, but clients compare and show these.
var systemViews = sync.OnceValue(func() map[OID]viewText {
	out := map[OID]viewText{}
	load("view_definitions").each(func(r row) { out[r.oid(0)] = viewText{r.text(1), r.text(2)} })
	return out
})

// prettyArg tells whether a deparsing function is asked to pretty-print: by its
// second argument, a flag or a width to wrap at.
func prettyArg(a []adt.Datum) bool {
	if len(a) < 2 {
		return false
	}
	flag, isBool := a[1].(bool)
	return flag || !isBool
}

// ViewDefinition gives what pg_get_viewdef does, every name with its schema.
func (c *Catalog) ViewDefinition(oid OID) (string, bool) { return c.viewDef(oid, false, nil) }

// viewDef is pg_get_viewdef.
func (c *Catalog) viewDef(oid OID, pretty bool, path []string) (string, bool) {
	r := c.relations[oid]
	if r == nil || r.Kind != 'v' {
		return "", false
	}
	if r.System {
		def := systemViews()[oid]
		text := pick(pretty, def.pretty, def.plain)
		if slices.Contains(path, r.Schema) { // its types and routines need no schema there
			text = strings.ReplaceAll(text, r.Schema+".", "")
		}
		return text, true
	}
	def := r.ViewSQL
	if pretty && r.ViewPretty != "" {
		def = r.ViewPretty
	}
	for _, t := range c.Own() { // tables are named as the search path finds them
		name, _ := c.regclassOut(t.OID, path)
		def = strings.ReplaceAll(def, "FROM "+qualified(t.Schema, t.Name)+" ", "FROM "+name+" ")
	}
	return " " + strings.TrimRight(strings.TrimSpace(def), ";") + ";", true
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
