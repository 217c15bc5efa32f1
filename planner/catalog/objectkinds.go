package catalog

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// relationWords are the kinds of relations that have addresses.
var relationWords = map[string]struct {
	kind byte
	what string
}{
	"table": {'r', "a table"}, "index": {'i', "an index"}, "view": {'v', "a view"}, "sequence": {'S', "a sequence"},
	"materialized view": {'m', "a materialized view"}, "foreign table": {'f', "a foreign table"},
}

// relationNamed opens a relation by its list of names.
func (c *Catalog) relationNamed(names, path []string) (OID, error) {
	oid, err := c.regclassIn(names, "", path)
	if err != nil && len(names) == 2 {
		if missing := c.checkSchema(names[0]); missing != nil {
			return 0, missing
		}
	}
	return oid, err
}

func (c *Catalog) relationAddress(o *objectRef) (OID, OID, int32, error) {
	oid, err := c.relationNamed(o.names, o.path)
	if err == nil {
		want := relationWords[o.kind]
		if k := c.classes().byOID[oid]; k.kind != want.kind {
			err = pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not %s", k.name, want.what)
		}
	}
	return found(classClass)(oid, err)
}

// column finds the relation and the number of a column, 0 if it has none so named.
func (c *Catalog) column(o *objectRef) (rel OID, num int32, err error) {
	last := len(o.names) - 1
	if last == 0 {
		return 0, 0, pgerr.New(pgerrcode.SyntaxError, "column name must be qualified")
	}
	if rel, err = c.relationNamed(o.names[:last], o.path); err != nil {
		return 0, 0, err
	}
	for _, a := range c.allColumns(rel) {
		if a.name == o.names[last] {
			return rel, int32(a.num), nil
		}
	}
	return rel, 0, nil
}

func (c *Catalog) columnAddress(o *objectRef) (OID, OID, int32, error) {
	rel, num, err := c.column(o)
	if err == nil && num == 0 {
		err = o.columnError("column")
	}
	if err != nil {
		return 0, 0, 0, err
	}
	return classClass, rel, num, nil
}

// defaultAddress finds no default: no column here has one.
func (c *Catalog) defaultAddress(o *objectRef) (OID, OID, int32, error) {
	_, _, err := c.column(o)
	if err == nil {
		err = o.columnError("default value for column")
	}
	return 0, 0, 0, err
}

func (o *objectRef) columnError(what string) error {
	last := len(o.names) - 1
	return pgerr.New(pgerrcode.UndefinedColumn, "%s \"%s\" of relation \"%s\" does not exist", what, o.names[last], strings.Join(o.names[:last], "."))
}

// relationParts are what belongs to a relation: the class that it is in, the
// catalog that lists those that there are, and how errors call the relation.
var relationParts = map[string]struct {
	class         OID
	catalog       string
	what, ofWhich string
}{
	"rule":             {rewriteClass, "pg_rewrite", "rule", "relation"},
	"table constraint": {constraintClass, "pg_constraint", "constraint", "table"},
	"trigger":          {what: "trigger", ofWhich: "table"},
	"policy":           {what: "policy", ofWhich: "table"},
}

func (c *Catalog) partAddress(o *objectRef) (OID, OID, int32, error) {
	last := len(o.names) - 1
	if last == 0 {
		return 0, 0, 0, pgerr.New(pgerrcode.SyntaxError, "must specify relation and object name")
	}
	rel, err := c.relationNamed(o.names[:last], o.path)
	if err != nil {
		return 0, 0, 0, err
	}
	part := relationParts[o.kind]
	if part.catalog != "" {
		for _, x := range c.objectsOf(part.catalog).byOID {
			if x.extra == rel && x.name == o.names[last] {
				return part.class, x.oid, 0, nil
			}
		}
	}
	return 0, 0, 0, pgerr.New(pgerrcode.UndefinedObject, "%s \"%s\" for %s \"%s\" does not exist", part.what, o.names[last], part.ofWhich, c.classes().byOID[rel].name)
}

// simpleAddress finds what is named by its name alone, with a schema where there are some.
func (c *Catalog) simpleAddress(o *objectRef) (OID, OID, int32, error) {
	for class, s := range simpleClasses {
		if s[1] != o.kind {
			continue
		}
		if objectKinds[s[0]][1] == "" {
			for _, x := range c.objectsOf(s[0]).list {
				if x.name == o.names[0] {
					return class, x.oid, 0, nil
				}
			}
			break
		}
		schema, name, err := c.existingSchema(o.names)
		if err != nil {
			return 0, 0, 0, err
		}
		if x, ok := c.objectsOf(s[0]).named(schema, name, o.path); ok {
			return class, x.oid, 0, nil
		}
	}
	return 0, 0, 0, errNoObject(o.kind, strings.Join(o.names, "."))
}

// existingSchema takes a name apart whose schema must be there.
func (c *Catalog) existingSchema(names []string) (schema, name string, err error) {
	if schema, name, err = c.schemaAndName(names); err == nil {
		err = c.checkSchema(schema)
	}
	return schema, name, err
}

func (c *Catalog) statisticsAddress(o *objectRef) (OID, OID, int32, error) {
	if _, _, err := c.existingSchema(o.names); err != nil {
		return 0, 0, 0, err
	}
	return 0, 0, 0, errNoObject(o.kind, strings.Join(o.names, "."))
}

func (c *Catalog) collationAddress(o *objectRef) (OID, OID, int32, error) {
	if _, _, err := c.existingSchema(o.names); err != nil {
		return 0, 0, 0, err
	}
	return found(3456)(c.regcollationIn(o.names, "", o.path))
}

func (c *Catalog) databaseAddress(o *objectRef) (OID, OID, int32, error) {
	if d, ok := c.cluster.Database(o.names[0]); ok {
		return databaseClass, d.OID, 0, nil
	}
	return 0, 0, 0, pgerr.New(pgerrcode.InvalidCatalogName, "database \"%s\" does not exist", o.names[0])
}

func (c *Catalog) largeObjectAddress(o *objectRef) (OID, OID, int32, error) {
	oid, err := adt.ParseOID(o.names[0], "oid")
	if err == nil {
		err = pgerr.New(pgerrcode.UndefinedObject, "large object %d does not exist", oid)
	}
	return 0, 0, 0, err
}

func (c *Catalog) typeAddress(o *objectRef) (OID, OID, int32, error) {
	return found(typeClass)(c.parseType(o.names[0], o.path))
}

func (c *Catalog) castAddress(o *objectRef) (OID, OID, int32, error) {
	from, err := c.parseType(o.names[0], o.path)
	if err != nil {
		return 0, 0, 0, err
	}
	to, err := c.parseType(o.args[0], o.path)
	if err != nil {
		return 0, 0, 0, err
	}
	if k := c.CastBetween(from, to); k != nil {
		return 2605, k.OID, 0, nil
	}
	return 0, 0, 0, pgerr.New(pgerrcode.UndefinedObject, "cast from type %s to type %s does not exist",
		c.formatType(from, -1, false, o.path), c.formatType(to, -1, false, o.path))
}

func (c *Catalog) domainConstraintAddress(o *objectRef) (OID, OID, int32, error) {
	typ, err := c.parseType(o.names[0], o.path)
	if err != nil {
		return 0, 0, 0, err
	}
	if c.types[typ].Kind != 'd' {
		return 0, 0, 0, pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not a domain", writtenType(o.names[0]))
	}
	for oid, x := range c.objectsOf("pg_constraint").byOID {
		if x.name != o.args[0] || x.extra != 0 {
			continue
		}
		if get, ok := c.tableRow("pg_constraint", "oid", oid); ok && get("contypid") == typ {
			return constraintClass, oid, 0, nil
		}
	}
	return 0, 0, 0, pgerr.New(pgerrcode.UndefinedObject, "constraint \"%s\" for domain %s does not exist", o.args[0], writtenType(o.names[0]))
}

// writtenType gives a well-formed type's name without quotes and modifiers (TypeNameToString).
func writtenType(s string) string {
	t, _ := parseTypeName(s)
	return strings.Join(t.names, ".") + pick(t.array, "[]", "")
}

func (c *Catalog) transformAddress(o *objectRef) (OID, OID, int32, error) {
	typ, err := c.parseType(o.names[0], o.path)
	if err != nil {
		return 0, 0, 0, err
	}
	if _, _, _, err := c.simpleAddress(&objectRef{kind: "language", names: o.args}); err != nil {
		return 0, 0, 0, err
	}
	return 0, 0, 0, pgerr.New(pgerrcode.UndefinedObject, "transform for type %s language \"%s\" does not exist", c.formatType(typ, -1, false, o.path), o.args[0])
}

// familyAddress finds an operator class or family of an access method.
func (c *Catalog) familyAddress(o *objectRef) (OID, OID, int32, error) {
	_, am, _, err := c.simpleAddress(&objectRef{kind: "access method", names: o.names[:1]})
	if err != nil {
		return 0, 0, 0, err
	}
	catalog, class := "pg_opclass", OID(2616)
	if o.kind == "operator family" {
		catalog, class = "pg_opfamily", 2753
	}
	schema, name, err := c.existingSchema(o.names[1:])
	if err != nil {
		return 0, 0, 0, err
	}
	if schema != "" {
		o.path = []string{schema}
	}
	for _, s := range o.path {
		for _, x := range c.objectsOf(catalog).list {
			if x.schema == s && x.name == name && x.extra == am {
				return class, x.oid, 0, nil
			}
		}
	}
	return 0, 0, 0, pgerr.New(pgerrcode.UndefinedObject, "%s \"%s\" does not exist for access method \"%s\"", o.kind, strings.Join(o.names[1:], "."), o.names[0])
}

// memberAddress finds an operator or a function that a family has for two types.
func (c *Catalog) memberAddress(o *objectRef) (OID, OID, int32, error) {
	last := len(o.names) - 1
	_, family, _, err := c.familyAddress(&objectRef{kind: "operator family", names: o.names[:last], path: o.path})
	if err != nil {
		return 0, 0, 0, err
	}
	types, err := c.argTypes(o)
	if err != nil {
		return 0, 0, 0, err
	}
	class := amopClass
	if o.kind == "function of access method" {
		class = amprocClass
	}
	number := leadingInt(o.names[last])
	for _, m := range c.membersWith(class, "family", family) {
		if m.left == types[0] && m.right == types[1] && int(m.number) == number {
			return class, m.oid, 0, nil
		}
	}
	of, _, err := c.describe(2753, family, 0, o.path)
	if err != nil {
		return 0, 0, 0, err
	}
	return 0, 0, 0, pgerr.New(pgerrcode.UndefinedObject, "%s %d (%s, %s) of %s does not exist",
		strings.TrimSuffix(o.kind, " of access method"), number, writtenType(o.args[0]), writtenType(o.args[1]), of)
}

// leadingInt reads the number that a text begins with, 0 if it has none (atoi).
func leadingInt(s string) int {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, _ := strconv.ParseInt(s[:end], 10, 32) // what is out of range is no number of a member
	return int(int32(n))
}

func (c *Catalog) userMappingAddress(o *objectRef) (OID, OID, int32, error) {
	if _, ok := c.roleByName(o.names[0]); !ok && o.names[0] != "public" {
		return 0, 0, 0, pgerr.New(pgerrcode.UndefinedObject, "user mapping for user \"%s\" on server \"%s\" does not exist", o.names[0], o.args[0])
	}
	return 0, 0, 0, errNoObject("server", o.args[0])
}

func (c *Catalog) publicationAddress(o *objectRef) (OID, OID, int32, error) {
	err := error(nil)
	if o.kind == "publication relation" {
		_, err = c.relationNamed(o.names, o.path)
	} else {
		err = c.checkSchema(o.names[0])
	}
	if err == nil {
		err = errNoObject("publication", o.args[0])
	}
	return 0, 0, 0, err
}

// defaultACLAddress tells that there are no default privileges.
func (c *Catalog) defaultACLAddress(o *objectRef) (OID, OID, int32, error) {
	of := map[byte]string{'r': "tables", 'S': "sequences", 'f': "functions", 'T': "types", 'n': "schemas"}
	letter := o.args[0] + "\x00"
	what := of[letter[0]]
	if what == "" {
		return 0, 0, 0, pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized default ACL object type \"%c\"", letter[0]).
			Hintf(`Valid object types are "r", "S", "f", "T", "n".`)
	}
	where := ""
	if len(o.names) > 1 {
		where = " in schema \"" + o.names[1] + "\""
	}
	return 0, 0, 0, pgerr.New(pgerrcode.UndefinedObject, "default ACL for user \"%s\"%s on %s does not exist", o.names[0], where, what)
}
