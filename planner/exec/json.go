package exec

import (
	"encoding/json"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// jsonConstructor is JSON_OBJECT and JSON_ARRAY, done by json_build_object and
// its like over the arguments that ABSENT ON NULL leaves; the aggregates
// among the constructors have their work done by Func.
func (c *compiler) jsonConstructor(e *nodes.JSONConstructorExpr) eval {
	if e.Func != nil {
		return c.expr(e.Func)
	}
	format, name := "json", ""
	if e.JSONB {
		format = "jsonb"
	}
	switch e.Kind {
	case nodes.JSONObject:
		name = format + "_build_object"
	case nodes.JSONArray:
		name = format + "_build_array"
	default:
		return fail(pgerr.Internal("invalid JsonConstructorExpr type %d", e.Kind))
	}
	types := typesOf(e.Args)
	r := c.byName(name, nil)
	if r.err == nil && r.proc.Variadic == 0 { // the overload without arguments
		for _, p := range c.cat.ProcsByName("pg_catalog", name, nil) {
			if p.Variadic != 0 {
				r = c.routine(p.OID, site{})
			}
		}
	}
	body := c.plain(r)
	if body == nil {
		return fail(r.err)
	}
	step := 1
	if e.Kind == nodes.JSONObject {
		step = 2
	}
	args := c.exprs(e.Args)
	keys := make([]func(adt.Datum) (string, error), len(args))
	for i := 0; step == 2 && i < len(args); i += step {
		keys[i] = c.textOf(types[i])
	}
	return func(row adt.Row) (adt.Datum, error) {
		call := *r.call
		call.Args = nil
		var vals []adt.Datum
		seen := map[string]bool{}
		for i := 0; i+step <= len(args); i += step {
			pair := make([]adt.Datum, step)
			for j := range pair {
				v, err := args[i+j](row)
				if err != nil {
					return nil, err
				}
				pair[j] = v
			}
			if step == 2 {
				if pair[0] == nil && e.JSONB {
					return nil, pgerr.New(pgerrcode.InvalidParameterValue, "argument %d: key must not be null", i+1)
				}
				if pair[0] == nil {
					return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null value not allowed for object key")
				}
				if e.Unique {
					k, err := keys[i](pair[0])
					if err != nil {
						return nil, err
					}
					if seen[k] {
						return nil, duplicateKey(k, e.JSONB)
					}
					seen[k] = true
				}
			}
			if e.AbsentOnNull && pair[step-1] == nil {
				continue
			}
			vals = append(vals, pair...)
			call.Args = append(call.Args, types[i:i+step]...)
		}
		return body(&call, vals)
	}
}

func duplicateKey(key string, jsonb bool) error {
	if jsonb {
		return pgerr.New(pgerrcode.DuplicateJSONObjectKeyValue, "duplicate JSON object key value")
	}
	b, _ := json.Marshal(key) // a string always has a form
	return pgerr.New(pgerrcode.DuplicateJSONObjectKeyValue, "duplicate JSON object key value: %s", b)
}

// jsonIs is IS JSON: text that is not JSON is no error but false.
func (c *compiler) jsonIs(e *nodes.JSONIsPredicate) eval {
	arg, typ := c.expr(e.Arg), c.cat.BaseType(nodes.TypeOf(e.Arg).Type)
	text := c.textOf(typ)
	in := c.fromText(jsonOID, -1)
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		if err != nil || v == nil {
			return nil, err
		}
		s, err := text(v)
		if err != nil {
			return nil, err
		}
		if typ != jsonOID && typ != jsonbOID {
			if _, err := in(s); err != nil {
				if code := pgerr.From(err).Code; code[:2] == "22" {
					return false, nil
				}
				return nil, err
			}
		}
		first := strings.TrimLeft(s, " \t\r\n")[:1]
		switch e.Kind {
		case nodes.JSONAnyObject:
			if first != "{" {
				return false, nil
			}
		case nodes.JSONAnyArray:
			if first != "[" {
				return false, nil
			}
		case nodes.JSONAnyScalar:
			if first == "{" || first == "[" {
				return false, nil
			}
		}
		return !e.Unique || typ == jsonbOID || uniqueKeys(s), nil
	}
}

// uniqueKeys tells whether no object of a valid JSON text has a key twice.
func uniqueKeys(s string) bool {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var stack []map[string]bool // nil: an array
	key := false                // the next string is a key
	for {
		t, err := d.Token()
		if err != nil {
			return true
		}
		switch t := t.(type) {
		case json.Delim:
			switch t {
			case '{':
				stack = append(stack, map[string]bool{})
				key = true
				continue
			case '[':
				stack = append(stack, nil)
				key = false
				continue
			}
			stack = stack[:len(stack)-1]
		case string:
			if key {
				top := stack[len(stack)-1]
				if top[t] {
					return false
				}
				top[t] = true
				key = false
				continue
			}
		}
		key = len(stack) > 0 && stack[len(stack)-1] != nil
	}
}
