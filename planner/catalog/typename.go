package catalog

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// nameAndArgs reads "name(type, …)" (parseNameAndArgTypes); with allowNone the
// word NONE is type 0.
func (c *Catalog) nameAndArgs(s string, allowNone bool, path []string) (names []string, args []OID, err error) {
	open, quoted := -1, false
	for i := 0; i < len(s) && open < 0; i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '(' && !quoted:
			open = i
		}
	}
	if open < 0 {
		return nil, nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "expected a left parenthesis")
	}
	if names, err = splitName(s[:open]); err != nil {
		return nil, nil, err
	}
	rest := strings.TrimRight(s[open+1:], " \t\n\r\v\f")
	if !strings.HasSuffix(rest, ")") {
		return nil, nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "expected a right parenthesis")
	}
	rest = rest[:len(rest)-1]
	for more := false; ; {
		rest = strings.TrimLeft(rest, " \t\n\r\v\f")
		if rest == "" {
			if more {
				return nil, nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "expected a type name")
			}
			return names, args, nil
		}
		depth, end := 0, len(rest)
		quoted = false
		for i := range len(rest) {
			switch b := rest[i]; {
			case b == '"':
				quoted = !quoted
			case quoted:
			case b == '(' || b == '[':
				depth++
			case b == ')' || b == ']':
				depth--
			case b == ',' && depth == 0:
				end = i
			}
			if end == i {
				break
			}
		}
		word := strings.TrimSpace(rest[:end])
		if quoted || depth != 0 {
			return nil, nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "improper type name")
		}
		if allowNone && strings.EqualFold(word, "none") {
			args = append(args, 0)
		} else {
			typ, err := c.parseType(word, path)
			if err != nil {
				return nil, nil, err
			}
			args = append(args, typ)
		}
		if more = end < len(rest); more {
			end++
		}
		rest = rest[end:]
	}
}

// parseType reads a type's name and gives its oid.
func (c *Catalog) parseType(s string, path []string) (OID, error) {
	t, _, err := c.ParseType(s, path)
	if err != nil {
		return 0, err
	}
	return t.OID, nil
}

// ParseType reads a type as SQL writes it and finds it, with its modifier (parseTypeString):
// "character varying(10)[]", "pg_catalog.int4", "timestamp (3) with time zone".
// The errors of its syntax and of modifiers are thrown where those of input
// functions are caught.
func (c *Catalog) ParseType(s string, path []string) (t *adt.Type, typmod int32, err error) {
	parsed, err := parseTypeName(s)
	if err != nil {
		return nil, -1, err
	}
	schema, name, err := c.schemaAndName(parsed.names)
	if err != nil {
		return nil, -1, pgerr.Throw(err)
	}
	written := strings.Join(parsed.names, ".")
	t = c.TypeByName(schema, name, path)
	if t == nil {
		if err := c.checkSchema(schema); err != nil {
			return nil, -1, err
		}
		return nil, -1, pgerr.New(pgerrcode.UndefinedObject, `type "%s%s" does not exist`, written, pick(parsed.array, "[]", ""))
	}
	if typmod, err = c.typmodOf(t, written, parsed.mods); err != nil {
		return nil, -1, pgerr.Throw(err)
	}
	if parsed.array {
		if t = c.types[t.Array]; t == nil {
			return nil, -1, pgerr.New(pgerrcode.UndefinedObject, `type "%s[]" does not exist`, written)
		}
	}
	return t, typmod, nil
}

// typmodOf has the type's own function make a modifier; -1 without one.
func (c *Catalog) typmodOf(t *adt.Type, written string, mods []adt.Datum) (int32, error) {
	if len(mods) == 0 {
		return -1, nil
	}
	if t.TypmodIn == nil {
		if c.hasTypmodIn(t.OID) {
			return -1, pgerr.Unsupported("type modifier of type %s is not supported", t.Name)
		}
		return -1, pgerr.New(pgerrcode.SyntaxError, `type modifier is not allowed for type "%s"`, written)
	}
	d, err := t.TypmodIn.Call(&adt.Call{Name: t.Name, Args: []OID{1263}, Result: adt.Int4OID, Typmod: -1}, []adt.Datum{adt.NewArray(adt.CStringOID, mods)})
	if err != nil {
		return -1, err
	}
	return d.(int32), nil
}

func (c *Catalog) hasTypmodIn(oid OID) bool {
	found := false
	d := load("pg_type")
	modin := d.col("typmodin")
	d.each(func(r row) { found = found || r.oid(0) == oid && r.oid(modin) != 0 })
	return found
}

// The grammar's own names of types, without and with modifiers.
var (
	plainTypes = map[string]string{
		"int": "int4", "integer": "int4", "smallint": "int2", "bigint": "int8", "real": "float4", "boolean": "bool",
	}
	modTypes = map[string]string{"decimal": "numeric", "dec": "numeric", "numeric": "numeric", "varchar": "varchar"}
)
