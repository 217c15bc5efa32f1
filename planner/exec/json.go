package exec

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// jsonConstructor is JSON_OBJECT and JSON_ARRAY; the aggregates among the
// constructors have their work done by Func.
func (c *compiler) jsonConstructor(e *nodes.JSONConstructorExpr) eval {
	if e.Func != nil {
		return c.expr(e.Func)
	}
	var build adt.JSONBuilder
	switch {
	case e.Kind == nodes.JSONObject && e.JSONB:
		build = adt.BuildJSONBObject
	case e.Kind == nodes.JSONObject:
		build = adt.BuildJSONObject
	case e.Kind == nodes.JSONArray && e.JSONB:
		build = adt.BuildJSONBArray
	case e.Kind == nodes.JSONArray:
		build = adt.BuildJSONArray
	default:
		return fail(pgerr.Internal("invalid JsonConstructorExpr type %d", e.Kind))
	}
	rules := adt.JSONRules{AbsentOnNull: e.AbsentOnNull, UniqueKeys: e.Unique}
	types, args := typesOf(e.Args), c.exprs(e.Args)
	call := &adt.Call{Env: c.x.run.Env, Name: "json", Args: types}
	typ := func(i int) adt.OID { return types[i] }
	return func(row adt.Row) (adt.Datum, error) {
		vals := make([]adt.Datum, len(args))
		for i, arg := range args {
			v, err := arg(row)
			if err != nil {
				return nil, err
			}
			vals[i] = v
		}
		return build(call, vals, typ, rules)
	}
}

// jsonIs is IS JSON: text that is not JSON is no error but false.
func (c *compiler) jsonIs(e *nodes.JSONIsPredicate) eval {
	arg, typ := c.expr(e.Arg), c.cat.BaseType(nodes.TypeOf(e.Arg).Type)
	text := c.textOf(typ)
	in := c.fromText(adt.JSONOID, -1)
	return func(row adt.Row) (adt.Datum, error) {
		v, err := arg(row)
		if err != nil || v == nil {
			return nil, err
		}
		s, err := text(v)
		if err != nil {
			return nil, err
		}
		if typ != adt.JSONOID && typ != adt.JSONBOID {
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
		if !e.Unique || typ == adt.JSONBOID {
			return true, nil
		}
		return uniqueKeys(c.env, s)
	}
}

// uniqueKeys tells whether no object of a valid JSON text has a key twice.
func uniqueKeys(env *adt.Env, s string) (bool, error) {
	const look = 4096 // tokens between two looks at whether the statement has ended
	const entry = 64  // bytes of a map for a key, beside its text
	tokens, held := 0, int64(0)
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var stack []map[string]bool // nil: an array
	key := false                // the next string is a key
	for {
		t, err := d.Token()
		if err != nil {
			return true, nil
		}
		if tokens++; tokens%look == 0 {
			if err := cmp.Or(env.Interrupted(), env.Room(held)); err != nil {
				return false, err
			}
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
					return false, nil
				}
				top[t] = true
				held += entry + int64(len(t))
				key = false
				continue
			}
		}
		key = len(stack) > 0 && stack[len(stack)-1] != nil
	}
}
