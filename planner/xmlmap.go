package planner

import (
	"cmp"
	"fmt"
	"iter"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Mapping tables, queries, cursors, schemas and the database to XML documents
// (documentation section "Mapping Tables to XML", xml.c).

const xmlSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

// xmlMap writes one document.
type xmlMap struct {
	s     *Session
	call  *adt.Call
	b     strings.Builder
	next  int // how long it may get until the query's limits are looked at
	err   error
	nulls bool // a NULL is an element with xsi:nil, not left out

	forest bool // rows stand alone instead of in a table's element
	target string
}

// xmlMapFuncs are the functions; each has what it maps as its first arguments, then how.
func xmlMapFuncs() adt.Funcs {
	f := adt.Funcs{}
	add := func(name string, write func(m *xmlMap, a []adt.Datum) error) {
		f[name] = adt.Raw(func(c *adt.Call, a []adt.Datum) (adt.Datum, error) {
			s, ok := c.Env.Session.(*Session)
			if !ok {
				return nil, pgerr.Unsupported("function %s is not supported outside of a session", c.Name)
			}
			n := len(a) - 3
			m := &xmlMap{s: s, call: c, nulls: a[n].(bool), forest: a[n+1].(bool), target: a[n+2].(string)}
			if err := cmp.Or(write(m, a[:n]), m.err); err != nil {
				return nil, err
			}
			return m.b.String(), nil
		})
	}
	for name, kind := range map[string]struct {
		data   func(m *xmlMap, a []adt.Datum, schema string) error
		schema func(m *xmlMap, a []adt.Datum) error
	}{
		"table":    {(*xmlMap).tableArg, (*xmlMap).tableSchema},
		"query":    {(*xmlMap).queryArg, (*xmlMap).querySchema},
		"cursor":   {(*xmlMap).cursorArg, (*xmlMap).cursorSchema},
		"schema":   {(*xmlMap).schemaArg, (*xmlMap).schemaSchema},
		"database": {(*xmlMap).databaseArg, (*xmlMap).databaseSchema},
	} {
		add(name+"_to_xml", func(m *xmlMap, a []adt.Datum) error { return kind.data(m, a, "") })
		add(name+"_to_xmlschema", kind.schema)
		if name == "cursor" {
			continue
		}
		add(name+"_to_xml_and_xmlschema", func(m *xmlMap, a []adt.Datum) error {
			if err := kind.schema(m, a); err != nil {
				return err
			}
			schema := m.b.String()
			m.b.Reset()
			m.next = 0
			return kind.data(m, a, schema)
		})
	}
	return f
}

func (m *xmlMap) printf(format string, args ...any) {
	if m.err == nil { // what is written again and again may be long
		m.write(fmt.Sprintf(format, args...))
	}
}

// write adds a text, unless that is more than the query may hold, or it has ended.
func (m *xmlMap) write(text string) {
	if n := m.b.Len() + len(text); n >= m.next && m.err == nil {
		m.next = n + 1<<18
		m.err = cmp.Or(m.call.Env.Interrupted(), m.call.Env.Room(int64(n)))
	}
	if m.err == nil {
		m.b.WriteString(text)
	}
}

// open begins a root element, or one in it (xmldata_root_element_start).
func (m *xmlMap) open(name, schema string, top bool) {
	m.printf("<%s", name)
	if top {
		m.printf(` xmlns:xsi="%s"`, xmlSchemaInstance)
	}
	if m.target != "" {
		m.printf(` xmlns="%s"`, m.target)
	}
	switch {
	case schema != "" && m.target != "":
		m.printf(` xsi:schemaLocation="%s #"`, m.target)
	case schema != "":
		m.printf(` xsi:noNamespaceSchemaLocation="#"`)
	}
	m.write(">\n")
}

// begin opens an element that has lines of its own around its contents, and the
// schema in it, if any.
func (m *xmlMap) begin(name, schema string, top bool) {
	m.open(name, schema, top)
	m.write("\n")
	m.schemaLines(schema)
}

func (m *xmlMap) schemaLines(schema string) {
	if schema != "" {
		m.write(schema + "\n\n")
	}
}

// rows writes a query's rows; name is their table's, "" for none (query_to_xml_internal).
func (m *xmlMap) rows(query, name, schema string, top bool) error {
	desc, rows, err := m.s.queryRows(query)
	if err != nil {
		return err
	}
	element := xmlNameOr(name, "table")
	if m.forest {
		m.schemaLines(schema)
	} else {
		m.begin(element, schema, top)
	}
	for row, err := range rows {
		if err == nil {
			err = m.row(desc, row, name, top)
		}
		if err != nil {
			return err
		}
	}
	if !m.forest {
		m.printf("</%s>\n", element)
	}
	return nil
}

func xmlNameOr(name, other string) string {
	if name == "" {
		return other
	}
	return adt.XMLName(name, true, false)
}

// row writes a row (SPI_sql_row_to_xmlelement).
func (m *xmlMap) row(desc *adt.RowDesc, row adt.Row, name string, top bool) error {
	element := xmlNameOr(name, "row")
	if m.forest {
		m.open(element, "", top)
	} else {
		m.write("<row>\n")
	}
	for i, f := range desc.Fields {
		column := adt.XMLName(f.Name, true, false)
		if row[i] == nil {
			if m.nulls {
				m.printf("  <%s xsi:nil=\"true\"/>\n", column)
			}
			continue
		}
		text, err := adt.XMLValue(m.call, row[i], f.Type, true)
		if err != nil {
			return err
		}
		m.printf("  <%s>%s</%s>\n", column, text, column)
	}
	if m.forest {
		m.printf("</%s>\n\n", element)
	} else {
		m.write("</row>\n\n")
	}
	return m.err
}

func (m *xmlMap) queryArg(a []adt.Datum, schema string) error {
	return m.rows(a[0].(string), "", schema, true)
}

func (m *xmlMap) tableArg(a []adt.Datum, schema string) error {
	r, err := m.relation(a[0].(adt.OID))
	if err != nil {
		return err
	}
	return m.rows(r.query(), r.name, schema, true)
}

// cursorArg writes a cursor's next rows.
func (m *xmlMap) cursorArg(a []adt.Datum, _ string) error {
	p, err := m.cursor(a)
	if err != nil {
		return err
	}
	if !m.forest {
		m.begin("table", "", true)
	}
	leave, err := m.s.nest()
	if err != nil {
		return err
	}
	defer leave()
	rest, err := p.activate()
	if err != nil {
		return err
	}
	defer rest()
	desc := p.desc()
	fetch := &analyze.Fetch{Name: p.name, Direction: analyze.FetchForward, Count: int64(a[1].(int32))}
	if _, err := m.s.move(m.call.Env.Context, p, fetch, func(row adt.Row) error { return m.row(desc, row, "", true) }); err != nil {
		return err
	}
	if !m.forest {
		m.write("</table>\n")
	}
	return nil
}

func (m *xmlMap) cursor(a []adt.Datum) (*portal, error) {
	p := m.s.portals[a[0].(string)]
	if p == nil {
		return nil, pgerr.New(pgerrcode.InvalidCursorName, "cursor \"%s\" does not exist", a[0])
	}
	if p.stmt.Query == nil || p.stmt.Query.Command != nodes.CmdSelect {
		return nil, pgerr.New(pgerrcode.SyntaxError, "portal \"%s\" does not return tuples", p.name)
	}
	return p, nil
}

// xmlRelation is a table as a document names it.
type xmlRelation struct {
	schema, name string
	desc         *adt.RowDesc
}

func (r xmlRelation) query() string {
	return "SELECT * FROM " + adt.QuoteIdent(r.schema) + "." + adt.QuoteIdent(r.name)
}

func (m *xmlMap) relation(oid adt.OID) (xmlRelation, error) {
	rel := m.s.db.catalog.RelationByOID(oid)
	if rel == nil {
		return xmlRelation{}, pgerr.New(pgerrcode.UndefinedTable, "could not open relation with OID %d", oid)
	}
	r := xmlRelation{rel.Schema, rel.Name, &adt.RowDesc{}}
	for _, c := range rel.Columns {
		r.desc.Fields = append(r.desc.Fields, adt.Field{Name: c.Name, Type: c.Type, Typmod: c.Typmod})
	}
	return r, nil
}

func (m *xmlMap) schemaArg(a []adt.Datum, schema string) error {
	return m.schema(a[0].(string), schema, true)
}

// schema writes the tables of a schema that the user may read.
func (m *xmlMap) schema(name, schema string, top bool) error {
	relations, err := m.relations(name)
	if err != nil {
		return err
	}
	element := adt.XMLName(name, true, false)
	m.begin(element, schema, top)
	for _, r := range relations {
		if err := m.rows(r.query(), r.name, "", false); err != nil {
			return err
		}
		m.write("\n")
	}
	m.printf("</%s>\n", element)
	return nil
}

func (m *xmlMap) relations(schema string) ([]xmlRelation, error) {
	oid, ok := m.s.db.catalog.SchemaByName(schema)
	if !ok {
		return nil, pgerr.New(pgerrcode.InvalidSchemaName, "schema \"%s\" does not exist", schema)
	}
	rows, err := m.oids(fmt.Sprintf(`SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = %d AND relkind IN ('r', 'm', 'v')
		AND pg_catalog.has_table_privilege(oid, 'SELECT') ORDER BY relname`, oid))
	if err != nil {
		return nil, err
	}
	var out []xmlRelation
	for _, d := range rows {
		r, err := m.relation(d.(adt.OID))
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// oids gives the first column of a query.
func (m *xmlMap) oids(query string) ([]adt.Datum, error) {
	_, rows, err := m.s.Query(query)
	if err != nil {
		return nil, err
	}
	return firsts(rows)
}

func firsts(rows iter.Seq2[adt.Row, error]) (out []adt.Datum, err error) {
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		out = append(out, row[0])
	}
	return out, nil
}

// schemas gives the schemas that a document of the database has.
func (m *xmlMap) schemas() ([]adt.Datum, error) {
	return m.oids(`SELECT nspname FROM pg_catalog.pg_namespace WHERE pg_catalog.has_schema_privilege(oid, 'USAGE')
		AND NOT (nspname ~ '^pg_' OR nspname = 'information_schema')`)
}

func (m *xmlMap) databaseArg(_ []adt.Datum, schema string) error {
	schemas, err := m.schemas()
	if err != nil {
		return err
	}
	element := adt.XMLName(m.s.o.Database, true, false)
	m.begin(element, schema, true)
	for _, name := range schemas {
		if err := m.schema(name.(string), "", false); err != nil {
			return err
		}
		m.write("\n")
	}
	m.printf("</%s>\n", element)
	return nil
}
