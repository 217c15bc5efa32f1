package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// pg_input_is_valid() and pg_input_error_info() (misc.c).

// typesByName is what these routines also want of Env.Types: the catalog offers
// it.
type typesByName interface {
	TypeByName(schema, name string, path []string) *Type
}

func inputCheckFuncs() Funcs {
	return Funcs{
		"pg_input_is_valid": C2(func(c *Call, s, typ string) (bool, error) {
			bad, err := checkInput(c, s, typ)
			return bad == nil, err
		}),
		"pg_input_error_info": Raw(func(c *Call, a []Datum) (Datum, error) {
			bad, err := checkInput(c, a[0].(string), a[1].(string))
			if err != nil {
				return nil, err
			}
			r := &Record{Desc: c.Desc, Values: make(Row, 4)}
			if r.Desc == nil {
				r.Desc = &RowDesc{Type: RecordOID}
				for _, n := range []string{"message", "detail", "hint", "sql_error_code"} {
					r.Desc.Fields = append(r.Desc.Fields, Field{Name: n, Type: textOID, Typmod: -1})
				}
			}
			if bad != nil {
				for i, s := range []string{bad.Message, bad.Detail, bad.Hint, bad.Code} {
					if s != "" {
						r.Values[i] = s
					}
				}
			}
			return r, nil
		}),
	}
}

// checkInput runs a type's input function; bad is its complaint.
func checkInput(c *Call, s, name string) (bad *pgerr.Error, err error) {
	t, typmod, err := parseTypeName(c, name)
	if err != nil {
		return nil, err
	}
	if _, err := t.InputText(c.Env, s, typmod); err != nil {
		e := pgerr.From(err)
		if e.Code == pgerrcode.FeatureNotSupported || strings.HasPrefix(e.Code, "XX") {
			return nil, e
		}
		return e, nil
	}
	return nil, nil
}

// parseTypeName reads a type name as parseTypeString does, of the forms that
// format_type prints.
func parseTypeName(c *Call, text string) (*Type, int32, error) {
	missing := func() (*Type, int32, error) {
		return nil, -1, pgerr.New(pgerrcode.UndefinedObject, `type "%s" does not exist`, text)
	}
	names, ok := c.Env.Types.(typesByName)
	if !ok {
		return nil, -1, pgerr.Unsupported("type names in %s are not supported", c.Name)
	}
	rest := strings.TrimSpace(text)
	array := false
	for strings.HasSuffix(rest, "[]") {
		rest, array = strings.TrimSpace(rest[:len(rest)-2]), true
	}
	var mods []Datum
	tail := ""
	if i := strings.IndexByte(rest, '('); i >= 0 {
		j := strings.IndexByte(rest[i:], ')')
		if j < 0 {
			return nil, -1, pgerr.New(pgerrcode.SyntaxError, "syntax error at end of input")
		}
		for _, m := range strings.Split(rest[i+1:i+j], ",") {
			mods = append(mods, strings.TrimSpace(m))
		}
		tail = rest[i+j+1:]
		rest = rest[:i]
	}
	rest = strings.Join(strings.Fields(rest+tail), " ")
	schema, name := "", rest
	if !strings.HasPrefix(rest, `"`) {
		name = downcaseIdent(rest)
	}
	if i := strings.IndexByte(name, '.'); i >= 0 && !strings.HasPrefix(name, `"`) {
		schema, name = name[:i], name[i+1:]
	}
	if schema == "" {
		name = catalogTypeName(name)
	}
	if n := len(name); n > 1 && name[0] == '"' && name[n-1] == '"' {
		name = strings.ReplaceAll(name[1:n-1], `""`, `"`)
	}
	t := names.TypeByName(schema, name, c.Env.SearchPath)
	if t == nil {
		return missing()
	}
	typmod := int32(-1)
	if mods != nil {
		if t.TypmodIn == nil || t.TypmodIn.Call == nil {
			return nil, -1, pgerr.New(pgerrcode.SyntaxError, `type modifier is not allowed for type "%s"`, text)
		}
		d, err := t.TypmodIn.Call(&Call{Env: c.Env, Name: t.Name}, []Datum{NewArray(2275, mods)})
		if err != nil {
			return nil, -1, err
		}
		typmod = d.(int32)
	}
	if array {
		if t = c.Env.Types.TypeByOID(t.Array); t == nil {
			return missing()
		}
	}
	return t, typmod, nil
}

// catalogTypeName gives the catalog's name for SQL's own type names.
func catalogTypeName(name string) string {
	switch name {
	case "boolean":
		return "bool"
	case "smallint":
		return "int2"
	case "integer", "int":
		return "int4"
	case "bigint":
		return "int8"
	case "real":
		return "float4"
	case "double precision", "float":
		return "float8"
	case "decimal", "dec":
		return "numeric"
	case "character", "char", "nchar", "national character":
		return "bpchar"
	case "character varying", "char varying":
		return "varchar"
	case "bit varying":
		return "varbit"
	case "time without time zone":
		return "time"
	case "time with time zone":
		return "timetz"
	case "timestamp without time zone":
		return "timestamp"
	case "timestamp with time zone":
		return "timestamptz"
	}
	return name
}
