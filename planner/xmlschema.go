package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
)

// XML Schema documents that describe what xmlmap.go writes.

func (m *xmlMap) querySchema(a []adt.Datum) error {
	desc, _, err := m.s.Query(a[0].(string))
	if err != nil {
		return err
	}
	m.describe(xmlRelation{desc: desc})
	return nil
}

func (m *xmlMap) cursorSchema(a []adt.Datum) error {
	p, err := m.cursor(a)
	if err != nil {
		return err
	}
	m.describe(xmlRelation{desc: p.desc()})
	return nil
}

func (m *xmlMap) tableSchema(a []adt.Datum) error {
	r, err := m.relation(a[0].(adt.OID))
	if err != nil {
		return err
	}
	m.describe(r)
	return nil
}

// describe writes the schema of one table or of rows without one
// (map_sql_table_to_xmlschema).
func (m *xmlMap) describe(r xmlRelation) {
	element, tableType, rowType := "table", "TableType", "RowType"
	switch {
	case r.name != "":
		element = adt.XMLName(r.name, true, false)
		tableType, rowType = m.typeName("TableType", r.schema, r.name), m.typeName("RowType", r.schema, r.name)
	case m.forest:
		element = "row"
	}
	m.beginSchema()
	m.types(r)
	m.printf("<xsd:complexType name=\"%s\">\n  <xsd:sequence>\n", rowType)
	for _, f := range r.desc.Fields {
		absent := ` minOccurs="0"`
		if m.nulls {
			absent = ` nillable="true"`
		}
		m.printf("    <xsd:element name=\"%s\" type=\"%s\"%s></xsd:element>\n", adt.XMLName(f.Name, true, false), m.sqlType(f.Type, -1), absent)
	}
	m.printf("  </xsd:sequence>\n</xsd:complexType>\n\n")
	if m.forest {
		m.element(element, rowType)
	} else {
		m.printf("<xsd:complexType name=\"%s\">\n  <xsd:sequence>\n", tableType)
		m.printf("    <xsd:element name=\"row\" type=\"%s\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>\n", rowType)
		m.printf("  </xsd:sequence>\n</xsd:complexType>\n\n")
		m.element(element, tableType)
	}
	m.endSchema()
}

func (m *xmlMap) beginSchema() {
	m.printf("<xsd:schema\n    xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"")
	if m.target != "" {
		m.printf("\n    targetNamespace=\"%s\"\n    elementFormDefault=\"qualified\"", m.target)
	}
	m.printf(">\n\n")
}

func (m *xmlMap) endSchema() { m.write("</xsd:schema>") }

func (m *xmlMap) element(name, typ string) {
	m.printf("<xsd:element name=\"%s\" type=\"%s\"/>\n\n", name, typ)
}

// typeName names a type of a document
// (map_multipart_sql_identifier_to_xml_name).
func (m *xmlMap) typeName(kind string, parts ...string) string {
	out := []string{kind, adt.XMLName(m.s.o.Database, true, true)}
	for _, p := range parts {
		out = append(out, adt.XMLName(p, true, true))
	}
	return strings.Join(out, ".")
}

// types writes the types of columns, each once, and the base types of domains
// (map_sql_typecoll_to_xmlschema_types).
func (m *xmlMap) types(relations ...xmlRelation) {
	var list []adt.OID
	add := func(t adt.OID) {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	for _, r := range relations {
		for _, f := range r.desc.Fields {
			add(f.Type)
		}
	}
	for i := 0; i < len(list); i++ {
		add(m.s.db.catalog.BaseType(list[i]))
	}
	for _, t := range list {
		m.sqlTypeSchema(t)
	}
}

// xsdTypes are the types with a schema of their own: the base, what restricts it line by
// line, and whether the restriction is written on one line.
var xsdTypes = map[adt.OID]struct {
	base   string
	inside []string
	short  bool
}{
	1042: {base: "string"}, 1043: {base: "string"}, 25: {base: "string"},
	21: {base: "short", inside: []string{`maxInclusive value="32767"`, `minInclusive value="-32768"`}},
	23: {base: "int", inside: []string{`maxInclusive value="2147483647"`, `minInclusive value="-2147483648"`}},
	20: {base: "long", inside: []string{`maxInclusive value="9223372036854775807"`, `minInclusive value="-9223372036854775808"`}},

	700: {base: "float", short: true}, 701: {base: "double", short: true}, 16: {base: "boolean", short: true},

	1083: {base: "time", inside: []string{xsdPattern(xsdTime)}},
	1266: {base: "time", inside: []string{xsdPattern(xsdTime + xsdZone)}},
	1114: {base: "dateTime", inside: []string{xsdPattern(xsdDate + "T" + xsdTime)}},
	1184: {base: "dateTime", inside: []string{xsdPattern(xsdDate + "T" + xsdTime + xsdZone)}},
	1082: {base: "date", inside: []string{xsdPattern(xsdDate)}},
}

const (
	xsdTime = `\p{Nd}{2}:\p{Nd}{2}:\p{Nd}{2}(.\p{Nd}+)?`
	xsdDate = `\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2}`
	xsdZone = `(\+|-)\p{Nd}{2}:\p{Nd}{2}`
)

func xsdPattern(p string) string { return `pattern value="` + p + `"` }

// sqlTypeSchema writes the schema of a type (map_sql_type_to_xmlschema_type).
func (m *xmlMap) sqlTypeSchema(oid adt.OID) {
	if oid == 142 {
		m.printf("<xsd:complexType mixed=\"true\">\n  <xsd:sequence>\n")
		m.printf("    <xsd:any name=\"element\" minOccurs=\"0\" maxOccurs=\"unbounded\" processContents=\"skip\"/>\n")
		m.printf("  </xsd:sequence>\n</xsd:complexType>\n\n")
		return
	}
	m.printf("<xsd:simpleType name=\"%s\">\n", m.sqlType(oid, -1))
	x, ok := xsdTypes[oid]
	if oid == 17 {
		x.base, ok = "base64Binary", true
		if m.s.guc.Text("xmlbinary") == "hex" {
			x.base = "hexBinary"
		}
	}
	switch t := m.s.db.catalog.TypeByOID(oid); {
	case ok && x.short:
		m.printf("  <xsd:restriction base=\"xsd:%s\"></xsd:restriction>\n", x.base)
	case ok:
		m.printf("  <xsd:restriction base=\"xsd:%s\">\n", x.base)
		for _, line := range x.inside {
			m.printf("    <xsd:%s/>\n", line)
		}
		m.printf("  </xsd:restriction>\n")
	case t != nil && t.Kind == 'd':
		typmod := int32(-1)
		for t.Base != 0 {
			typmod = max(typmod, t.BaseTypmod)
			t = m.s.db.catalog.TypeByOID(t.Base)
		}
		m.printf("  <xsd:restriction base=\"%s\"/>\n", m.sqlType(t.OID, typmod))
	}
	m.printf("</xsd:simpleType>\n\n")
}

// sqlTypeNames are SQL's own names of types, with their modifiers' offset.
var sqlTypeNames = map[adt.OID]struct {
	name   string
	offset int32 // what to take off a modifier; -1: there is none
}{
	1042: {"CHAR", 4}, 1043: {"VARCHAR", 4}, 1700: {"NUMERIC", 4}, 23: {"INTEGER", -1}, 21: {"SMALLINT", -1}, 20: {"BIGINT", -1},
	700: {"REAL", -1}, 701: {"DOUBLE", -1}, 16: {"BOOLEAN", -1}, 1083: {"TIME", 0}, 1266: {"TIME_WTZ", 0},
	1114: {"TIMESTAMP", 0}, 1184: {"TIMESTAMP_WTZ", 0}, 1082: {"DATE", -1}, 142: {"XML", -1},
}

// sqlType names a type (map_sql_type_to_xml_name).
func (m *xmlMap) sqlType(oid adt.OID, typmod int32) string {
	n, ok := sqlTypeNames[oid]
	switch {
	case ok && (typmod < 0 || n.offset < 0):
		return n.name
	case ok && oid == 1700:
		return fmt.Sprintf("%s_%d_%d", n.name, (typmod-4)>>16&0xffff, (typmod-4)&0xffff)
	case ok:
		return fmt.Sprintf("%s_%d", n.name, typmod-n.offset)
	}
	t := m.s.db.catalog.TypeByOID(oid)
	if t == nil {
		return ""
	}
	if t.Kind == 'd' {
		return m.typeName("Domain", t.Schema, t.Name)
	}
	return m.typeName("UDT", t.Schema, t.Name)
}

// schemaSchema writes the schema of a schema's tables.
func (m *xmlMap) schemaSchema(a []adt.Datum) error {
	name := a[0].(string)
	relations, err := m.relations(name)
	if err != nil {
		return err
	}
	m.beginSchema()
	m.types(relations...)
	typ, group, kind, often := m.typeName("SchemaType", name), "all", "TableType", ""
	if m.forest {
		group, kind, often = "sequence", "RowType", ` minOccurs="0" maxOccurs="unbounded"`
	}
	m.printf("<xsd:complexType name=\"%s\">\n  <xsd:%s>\n", typ, group)
	for _, r := range relations {
		m.printf("    <xsd:element name=\"%s\" type=\"%s\"%s/>\n", adt.XMLName(r.name, true, false), m.typeName(kind, r.schema, r.name), often)
	}
	m.printf("  </xsd:%s>\n</xsd:complexType>\n\n", group)
	m.element(adt.XMLName(name, true, false), typ)
	m.endSchema()
	return nil
}

// databaseSchema writes the schema of all schemas' tables.
func (m *xmlMap) databaseSchema(_ []adt.Datum) error {
	schemas, err := m.schemas()
	if err != nil {
		return err
	}
	var relations []xmlRelation
	for _, name := range schemas {
		l, err := m.relations(name.(string))
		if err != nil {
			return err
		}
		relations = append(relations, l...)
	}
	m.beginSchema()
	m.types(relations...)
	typ := m.typeName("CatalogType")
	m.printf("<xsd:complexType name=\"%s\">\n  <xsd:all>\n", typ)
	for _, name := range schemas {
		m.printf("    <xsd:element name=\"%s\" type=\"%s\"/>\n", adt.XMLName(name.(string), true, false), m.typeName("SchemaType", name.(string)))
	}
	m.printf("  </xsd:all>\n</xsd:complexType>\n\n")
	m.element(adt.XMLName(m.s.o.Database, true, false), typ)
	m.endSchema()
	return nil
}
