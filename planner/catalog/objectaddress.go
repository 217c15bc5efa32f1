package catalog

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// objectTypes are the names of objects that pg_get_object_address knows but
// this catalog has none of, or no way to find.
var objectTypes = []string{
	"default acl", "default value", "domain constraint", "foreign table", "function of access method",
	"materialized view", "operator of access method", "parameter ACL", "policy", "publication namespace",
	"publication relation", "rule", "sequence", "statistics object", "toast table", "transform", "trigger",
	"user mapping", "foreign table column", "materialized view column", "sequence column", "composite type", "composite type column",
	"operator class", "operator family", "cast", "table constraint", "tablespace",
}

// address is get_object_address for what pg_get_object_address names.
func (c *Catalog) address(kind string, names, args, path []string) (class, obj OID, sub int32, err error) {
	one := func() error {
		if len(names) != 1 {
			return pgerr.New(pgerrcode.InvalidParameterValue, "name list length must be exactly %d", 1)
		}
		return nil
	}
	if !knownObjectType(kind) {
		return 0, 0, 0, pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized object type \"%s\"", kind)
	}
	if len(names) == 0 {
		return 0, 0, 0, pgerr.New(pgerrcode.InvalidParameterValue, "name list length must be at least %d", 1)
	}
	relation := func(names []string, want byte) (OID, error) {
		oid, err := c.regclassIn(names, "", path)
		if err != nil && len(names) > 1 {
			if missing := c.checkSchema(names[len(names)-2]); missing != nil {
				err = missing
			}
		}
		if err == nil {
			if k := c.classes().byOID[oid]; k.kind != want {
				what := map[byte]string{'r': "a table", 'i': "an index", 'v': "a view"}[want]
				err = pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not %s", k.name, what)
			}
		}
		return oid, err
	}
	what := strings.TrimSuffix(kind, " column")
	want := map[string]byte{"table": 'r', "index": 'i', "view": 'v'}[what]
	switch {
	case want != 0 && what == kind:
		obj, err = relation(names, want)
		return classClass, obj, 0, err
	case want != 0:
		if len(names) < 2 {
			return 0, 0, 0, pgerr.New(pgerrcode.SyntaxError, "column name must be qualified")
		}
		if obj, err = relation(names[:len(names)-1], want); err != nil {
			return 0, 0, 0, err
		}
		column := names[len(names)-1]
		for _, a := range append(systemColumns[:len(systemColumns):len(systemColumns)], c.attributes[obj]...) {
			if a.name == column {
				return classClass, obj, int32(a.num), nil
			}
		}
		return 0, 0, 0, pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", column, strings.Join(names[:len(names)-1], "."))
	}
	for oid, s := range simpleClasses {
		if s[1] != kind {
			continue
		}
		schema, name, err := schemaAndName(names)
		if err != nil {
			return 0, 0, 0, err
		}
		if objectKinds[s[0]][1] == "" {
			if err := one(); err != nil {
				return 0, 0, 0, err
			}
			for _, o := range c.objectsOf(s[0]).list {
				if o.name == name {
					return oid, o.oid, 0, nil
				}
			}
		} else if o, ok := c.objectsOf(s[0]).named(schema, name, path); ok {
			return oid, o.oid, 0, nil
		}
		return 0, 0, 0, pgerr.New(pgerrcode.UndefinedObject, "%s \"%s\" does not exist", kind, strings.Join(names, "."))
	}
	switch kind {
	case "type":
		if err = one(); err == nil {
			obj, err = c.parseType(names[0], path)
		}
		return typeClass, obj, 0, err
	case "schema":
		if err = one(); err == nil {
			obj, err = c.regnamespaceIn(names, "", path)
		}
		return namespaceClass, obj, 0, err
	case "role":
		if err = one(); err == nil {
			obj, err = c.regroleIn(names, "", path)
		}
		return authClass, obj, 0, err
	case "database":
		if err = one(); err == nil {
			for _, r := range c.databaseRows() {
				if r[1] == names[0] {
					return databaseClass, r[0].(OID), 0, nil
				}
			}
			err = pgerr.New(pgerrcode.InvalidCatalogName, "database \"%s\" does not exist", names[0])
		}
		return 0, 0, 0, err
	case "collation":
		obj, err = c.regcollationIn(names, "", path)
		return 3456, obj, 0, err
	case "function", "aggregate", "procedure", "routine":
		obj, err = c.routineAddress(kind, names, args, path)
		return procClass, obj, 0, err
	case "operator":
		obj, err = c.operatorAddress(names, args, path)
		return 2617, obj, 0, err
	case "event trigger", "foreign-data wrapper", "server", "publication", "subscription":
		if err = one(); err == nil { // there is none of these
			err = pgerr.New(pgerrcode.UndefinedObject, "%s \"%s\" does not exist", kind, names[0])
		}
		return 0, 0, 0, err
	case "large object":
		if err = one(); err == nil {
			if obj, err = adt.ParseOID(names[0], "oid"); err == nil {
				err = pgerr.New(pgerrcode.UndefinedObject, "large object %d does not exist", obj)
			}
		}
		return 0, 0, 0, err
	}
	return 0, 0, 0, pgerr.Unsupported("pg_get_object_address of type \"%s\" is not supported", kind)
}

// foundTypes are the names of objects that address finds, or knows that there
// are none of, besides simpleClasses.
var foundTypes = []string{
	"table", "index", "view", "table column", "index column", "view column", "type", "schema", "role", "database", "collation",
	"function", "aggregate", "procedure", "routine", "operator",
	"event trigger", "foreign-data wrapper", "server", "publication", "subscription", "large object",
}

func knownObjectType(kind string) bool {
	for _, s := range simpleClasses {
		if s[1] == kind {
			return true
		}
	}
	return slices.Contains(foundTypes, kind) || slices.Contains(objectTypes, kind)
}

func (c *Catalog) argTypes(args, path []string) ([]OID, error) {
	var out []OID
	for _, a := range args {
		t, err := c.parseType(a, path)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func (c *Catalog) routineAddress(kind string, names, args, path []string) (OID, error) {
	types, err := c.argTypes(args, path)
	if err != nil {
		return 0, err
	}
	schema, name, err := schemaAndName(names)
	if err != nil {
		return 0, err
	}
	sig := strings.Join(names, ".") + "("
	for i, t := range types {
		if i > 0 {
			sig += ", "
		}
		sig += c.formatType(t, -1, false, path)
	}
	sig += ")"
	for _, p := range c.ProcsByName(schema, name, path) {
		if !slices.Equal(p.ArgTypes, types) {
			continue
		}
		switch {
		case kind == "aggregate" && p.Kind != 'a':
			return 0, pgerr.New(pgerrcode.WrongObjectType, "function %s is not an aggregate", sig)
		case kind == "procedure" && p.Kind != 'p':
			return 0, pgerr.New(pgerrcode.WrongObjectType, "%s is not a procedure", sig)
		case kind == "function" && p.Kind == 'p':
			return 0, pgerr.New(pgerrcode.WrongObjectType, "%s is not a function", sig)
		}
		return p.OID, nil
	}
	return 0, pgerr.New(pgerrcode.UndefinedFunction, "%s %s does not exist", kind, sig)
}

func (c *Catalog) operatorAddress(names, args, path []string) (OID, error) {
	if len(args) != 2 {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "argument list length must be exactly %d", 2)
	}
	var types [2]OID
	for i, a := range args {
		var err error
		if types[i], err = c.parseType(a, path); err != nil {
			return 0, err
		}
	}
	schema, name, err := schemaAndName(names)
	if err != nil {
		return 0, err
	}
	for _, o := range c.OperatorsByName(schema, name, path) {
		if o.Left == types[0] && o.Right == types[1] {
			return o.OID, nil
		}
	}
	left := ""
	if types[0] != 0 {
		left = c.formatType(types[0], -1, false, path) + " "
	}
	return 0, pgerr.New(pgerrcode.UndefinedFunction, "operator does not exist: %s%s %s", left, strings.Join(names, "."), c.formatType(types[1], -1, false, path))
}
