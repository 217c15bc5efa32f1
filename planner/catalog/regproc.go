package catalog

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// regFuncs are the input and output of the reg* types and their to_reg*
// functions (regproc.c).
func (c *Catalog) regFuncs() adt.Funcs {
	out := adt.Funcs{}
	for _, r := range []struct {
		name string
		zero string // how oid 0 is written, and read where it is "-"
		in   func(names []string, s string, path []string) (OID, error)
		out  func(oid OID, path []string) (string, bool)
	}{
		{"regproc", "-", c.regprocIn, c.regprocOut},
		{"regprocedure", "-", c.regprocedureIn, c.formatProcedure},
		{"regoper", "0", c.regoperIn, c.regoperOut},
		{"regoperator", "0", c.regoperatorIn, c.formatOperator},
		{"regclass", "-", c.regclassIn, c.regclassOut},
		{"regtype", "-", c.regtypeIn, c.regtypeOut},
		{"regcollation", "-", c.regcollationIn, c.regcollationOut},
		{"regrole", "-", c.regroleIn, c.regroleOut},
		{"regnamespace", "-", c.regnamespaceIn, c.regnamespaceOut},
		{"regconfig", "-", c.tsIn("pg_ts_config", "configuration"), c.objectOut("pg_ts_config")},
		{"regdictionary", "-", c.tsIn("pg_ts_dict", "dictionary"), c.objectOut("pg_ts_dict")},
	} {
		whole := r.name == "regprocedure" || r.name == "regoperator" || r.name == "regtype"
		input := func(call *adt.Call, s string, _ int32) (OID, error) {
			if s == "-" && r.zero == "-" || s == "0" {
				return 0, nil
			}
			if oid, ok, err := numericOID(s); ok {
				return oid, err
			}
			var names []string
			if !whole {
				var err error
				if names, err = splitName(s); err != nil {
					return 0, err
				}
			}
			return r.in(names, s, path(call))
		}
		output := func(call *adt.Call, dst []byte, oid OID) ([]byte, error) {
			if oid == 0 {
				return append(dst, r.zero...), nil
			}
			if s, ok := r.out(oid, path(call)); ok {
				return append(dst, s...), nil
			}
			return strconv.AppendUint(dst, uint64(oid), 10), nil
		}
		maps.Copy(out, adt.Funcs{
			r.name + "in":   adt.In(input),
			r.name + "out":  adt.Out(output),
			r.name + "recv": adt.Recv(recvOID),
			r.name + "send": adt.Send(sendOID),
			"to_" + r.name: {Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
				oid, err := input(call, a[0].(string), -1)
				switch e := pgerr.From(err); {
				case e == nil:
					return oid, nil
				case e.Code == pgerrcode.FeatureNotSupported, e.Thrown:
					return nil, err
				}
				return nil, nil
			}},
		})
	}
	out["text_regclass"] = adt.C1(c.textRegclass)
	return out
}

// textRegclass is the cast of text to regclass: a name, never an oid in digits
// (text_regclass).
func (c *Catalog) textRegclass(call *adt.Call, s string) (OID, error) {
	names, err := splitName(s)
	if err != nil {
		return 0, err
	}
	if len(names) == 2 {
		if _, ok := c.SchemaByName(names[0]); !ok {
			return 0, pgerr.New(pgerrcode.InvalidSchemaName, `schema "%s" does not exist`, names[0])
		}
	}
	return c.regclassIn(names, s, path(call))
}

func recvOID(_ *adt.Call, b []byte, _ int32) (OID, error) {
	switch {
	case len(b) < 4:
		return 0, pgerr.New(pgerrcode.ProtocolViolation, "insufficient data left in message")
	case len(b) > 4:
		return 0, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "incorrect binary data format")
	}
	return binary.BigEndian.Uint32(b), nil
}

func sendOID(_ *adt.Call, dst []byte, oid OID) ([]byte, error) {
	return binary.BigEndian.AppendUint32(dst, oid), nil
}

// numericOID reads an oid in digits; ok tells that the text is all digits.
func numericOID(s string) (oid OID, ok bool, err error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false, nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, true, pgerr.New(pgerrcode.NumericValueOutOfRange, `value "%s" is out of range for type %s`, s, "oid")
	}
	return OID(n), true, nil
}

func (c *Catalog) regprocIn(names []string, s string, path []string) (OID, error) {
	schema, name, err := c.schemaAndName(names)
	if err != nil {
		return 0, err
	}
	procs := c.ProcsByName(schema, name, path)
	switch len(procs) {
	case 0:
		return 0, pgerr.New(pgerrcode.UndefinedFunction, `function "%s" does not exist`, s)
	case 1:
		return procs[0].OID, nil
	}
	return 0, pgerr.New(pgerrcode.AmbiguousFunction, `more than one function named "%s"`, s)
}

func (c *Catalog) regprocOut(oid OID, path []string) (string, bool) {
	p := c.procs[oid]
	if p == nil {
		return "", false
	}
	if all := c.ProcsByName("", p.Name, path); len(all) == 1 && all[0] == p {
		return quoteIdent(p.Name), true
	}
	return qualified(p.Schema, p.Name), true
}

func (c *Catalog) regprocedureIn(_ []string, s string, path []string) (OID, error) {
	names, args, err := c.nameAndArgs(s, false, path)
	if err != nil {
		return 0, err
	}
	schema, name, err := c.schemaAndName(names)
	if err != nil {
		return 0, err
	}
	for _, p := range c.ProcsByName(schema, name, path) {
		if slices.Equal(p.ArgTypes, args) {
			return p.OID, nil
		}
	}
	return 0, pgerr.New(pgerrcode.UndefinedFunction, `function "%s" does not exist`, s)
}

// procVisible tells whether a call by bare name can mean the routine
// (FunctionIsVisible).
func (c *Catalog) procVisible(p *Proc, path []string) bool {
	return slices.Contains(c.ProcsByName("", p.Name, path), p)
}

// formatProcedure is format_procedure: name(types).
func (c *Catalog) formatProcedure(oid OID, path []string) (string, bool) {
	p := c.procs[oid]
	if p == nil {
		return "", false
	}
	schema := p.Schema
	if c.procVisible(p, path) {
		schema = ""
	}
	args := make([]string, len(p.ArgTypes))
	for i, a := range p.ArgTypes {
		args[i] = c.formatType(a, -1, false, path)
	}
	return qualified(schema, p.Name) + "(" + strings.Join(args, ",") + ")", true
}

func (c *Catalog) regoperIn(names []string, s string, path []string) (OID, error) {
	schema, name, err := c.schemaAndName(names)
	if err != nil {
		return 0, err
	}
	ops := c.OperatorsByName(schema, name, path)
	switch len(ops) {
	case 0:
		return 0, pgerr.New(pgerrcode.UndefinedFunction, "operator does not exist: %s", s)
	case 1:
		return ops[0].OID, nil
	}
	return 0, pgerr.New(pgerrcode.AmbiguousFunction, "more than one operator named %s", s)
}

func (c *Catalog) regoperOut(oid OID, path []string) (string, bool) {
	o := c.operators[oid]
	if o == nil {
		return "", false
	}
	if all := c.OperatorsByName("", o.Name, path); len(all) == 1 && all[0] == o {
		return o.Name, true
	}
	return quoteIdent(o.Schema) + "." + o.Name, true
}

func (c *Catalog) regoperatorIn(_ []string, s string, path []string) (OID, error) {
	names, args, err := c.nameAndArgs(s, true, path)
	if err != nil {
		return 0, err
	}
	switch {
	case len(args) == 1:
		return 0, pgerr.New(pgerrcode.UndefinedParameter, "missing argument").
			Hintf("Use NONE to denote the missing argument of a unary operator.")
	case len(args) != 2:
		return 0, pgerr.New(pgerrcode.TooManyArguments, "too many arguments").
			Hintf("Provide two argument types for operator.")
	}
	schema, name, err := c.schemaAndName(names)
	if err != nil {
		return 0, err
	}
	for _, o := range c.OperatorsByName(schema, name, path) {
		if o.Left == args[0] && o.Right == args[1] {
			return o.OID, nil
		}
	}
	return 0, pgerr.New(pgerrcode.UndefinedFunction, "operator does not exist: %s", s)
}

// operatorVisible tells whether the bare name with these arguments finds the
// operator (OperatorIsVisible).
func (c *Catalog) operatorVisible(o *Operator, path []string) bool {
	return slices.Contains(c.OperatorsByName("", o.Name, path), o)
}

// formatOperator is format_operator: name(left,right).
func (c *Catalog) formatOperator(oid OID, path []string) (string, bool) {
	o := c.operators[oid]
	if o == nil {
		return "", false
	}
	s := ""
	if !c.operatorVisible(o, path) {
		s = quoteIdent(o.Schema) + "."
	}
	left := "NONE"
	if o.Left != 0 {
		left = c.formatType(o.Left, -1, false, path)
	}
	return s + o.Name + "(" + left + "," + c.formatType(o.Right, -1, false, path) + ")", true
}

func (c *Catalog) regclassIn(names []string, _ string, path []string) (OID, error) {
	switch {
	case len(names) > 3: // makeRangeVarFromNameList
		return 0, pgerr.Throw(pgerr.New(pgerrcode.SyntaxError, "improper relation name (too many dotted names): %s", strings.Join(names, ".")))
	case len(names) == 3 && names[0] != c.database.Name:
		return 0, pgerr.New(pgerrcode.FeatureNotSupported, `cross-database references are not implemented: "%s"`, strings.Join(names, "."))
	}
	schema, name, err := c.schemaAndName(names)
	if err != nil {
		return 0, err
	}
	if oid, ok := c.classByName(schema, name, path); ok {
		return oid, nil
	}
	if schema != "" {
		name = schema + "." + name
	}
	return 0, pgerr.New(pgerrcode.UndefinedTable, `relation "%s" does not exist`, name).By("regclassin")
}

func (c *Catalog) regclassOut(oid OID, path []string) (string, bool) {
	k, ok := c.classes().byOID[oid]
	if !ok {
		return "", false
	}
	if found, _ := c.classByName("", k.name, path); found == oid {
		return quoteIdent(k.name), true
	}
	return qualified(k.schema, k.name), true
}

func (c *Catalog) regtypeIn(_ []string, s string, path []string) (OID, error) {
	return c.parseType(s, path)
}

func (c *Catalog) regtypeOut(oid OID, path []string) (string, bool) {
	if c.types[oid] == nil {
		return "", false
	}
	return c.formatType(oid, -1, false, path), true
}

func (c *Catalog) regcollationIn(names []string, _ string, path []string) (OID, error) {
	schema, name, err := c.schemaAndName(names)
	if err != nil {
		return 0, err
	}
	if k := c.CollationByName(schema, name, path); k != nil {
		return k.OID, nil
	}
	return 0, pgerr.New(pgerrcode.UndefinedObject, `collation "%s" for encoding "%s" does not exist`, strings.Join(names, "."), "UTF8")
}

func (c *Catalog) regcollationOut(oid OID, path []string) (string, bool) {
	k := c.collations[oid]
	if k == nil {
		return "", false
	}
	if c.CollationByName("", k.Name, path) == k {
		return quoteIdent(k.Name), true
	}
	return qualified(k.Schema, k.Name), true
}

func (c *Catalog) regroleIn(names []string, _ string, _ []string) (OID, error) {
	if len(names) != 1 {
		return 0, errNameSyntax()
	}
	if oid, ok := c.roleByName(names[0]); ok {
		return oid, nil
	}
	return 0, errNoRole(names[0])
}

func errNoRole(name string) error {
	return pgerr.New(pgerrcode.UndefinedObject, `role "%s" does not exist`, name)
}

func (c *Catalog) regroleOut(oid OID, _ []string) (string, bool) {
	n, ok := c.cluster.roles.Load().byOID[oid]
	return quoteIdent(n), ok
}

func (c *Catalog) regnamespaceIn(names []string, _ string, _ []string) (OID, error) {
	if len(names) != 1 {
		return 0, errNameSyntax()
	}
	if err := c.checkSchema(names[0]); err != nil {
		return 0, err
	}
	return c.schemas[names[0]], nil
}

func (c *Catalog) regnamespaceOut(oid OID, _ []string) (string, bool) {
	n, ok := c.schemaNames[oid]
	return quoteIdent(n), ok
}

// tsIn is the input of regconfig and regdictionary.
func (c *Catalog) tsIn(catalog, what string) func([]string, string, []string) (OID, error) {
	return func(names []string, _ string, path []string) (OID, error) {
		schema, name, err := c.schemaAndName(names)
		if err != nil {
			return 0, err
		}
		if o, ok := c.objectsOf(catalog).named(schema, name, path); ok {
			return o.oid, nil
		}
		return 0, pgerr.New(pgerrcode.UndefinedObject, `text search %s "%s" does not exist`, what, strings.Join(names, "."))
	}
}

func (c *Catalog) objectOut(catalog string) func(OID, []string) (string, bool) {
	return func(oid OID, path []string) (string, bool) {
		all := c.objectsOf(catalog)
		o, ok := all.byOID[oid]
		if !ok {
			return "", false
		}
		if all.visible(oid, path) {
			return quoteIdent(o.name), true
		}
		return qualified(o.schema, o.name), true
	}
}
