package catalog

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// argTypes finds the types that all arguments name.
func (c *Catalog) argTypes(o *objectRef) (out []OID, err error) {
	for _, a := range o.args {
		t, err := c.parseType(a, o.path)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// routineAddress finds an aggregate, function or procedure by its arguments.
func (c *Catalog) routineAddress(o *objectRef) (OID, OID, int32, error) {
	return found(procClass)(c.routineNamed(o))
}

func (c *Catalog) routineNamed(o *objectRef) (OID, error) {
	kind, names, path := o.kind, o.names, o.path
	types, err := c.argTypes(o)
	if err != nil {
		return 0, err
	}
	schema, name, err := c.existingSchema(names)
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
	if kind == "aggregate" && len(types) == 0 {
		sig += "*"
	}
	sig += ")"
	for _, p := range c.ProcsByName(schema, name, path) {
		if !slices.Equal(p.ArgTypes, types) {
			continue
		}
		switch {
		case kind == "aggregate" && p.Kind != 'a':
			return 0, pgerr.New(pgerrcode.WrongObjectType, "function %s is not an aggregate", strings.Replace(sig, "(*)", "()", 1))
		case kind == "procedure" && p.Kind != 'p':
			return 0, pgerr.New(pgerrcode.WrongObjectType, "%s is not a procedure", sig)
		case kind == "function" && p.Kind == 'p':
			return 0, pgerr.New(pgerrcode.WrongObjectType, "%s is not a function", sig)
		}
		return p.OID, nil
	}
	return 0, pgerr.New(pgerrcode.UndefinedFunction, "%s %s does not exist", kind, sig)
}

// operatorAddress finds an operator by the types of its arguments.
func (c *Catalog) operatorAddress(o *objectRef) (OID, OID, int32, error) {
	types, err := c.argTypes(o)
	if err != nil {
		return 0, 0, 0, err
	}
	schema, name, err := c.schemaAndName(o.names)
	if err != nil {
		return 0, 0, 0, err
	}
	for _, op := range c.OperatorsByName(schema, name, o.path) {
		if op.Left == types[0] && op.Right == types[1] {
			return 2617, op.OID, 0, nil
		}
	}
	left, right := c.formatType(types[0], -1, false, o.path), c.formatType(types[1], -1, false, o.path)
	return 0, 0, 0, pgerr.New(pgerrcode.UndefinedFunction, "operator does not exist: %s %s %s", left, strings.Join(o.names, "."), right)
}
