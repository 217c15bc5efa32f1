package analyze

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// operators gives the visible operators of a name.
func (ps *ParseState) operators(name []string, loc int) ([]*catalog.Operator, error) {
	schema, op, err := ps.splitExisting(name, loc)
	if err != nil {
		return nil, err
	}
	return ps.catalog.OperatorsByName(schema, op, ps.path()), nil
}

// exactOperator finds the operator for just these types, OpernameGetOprid.
func exactOperator(all []*catalog.Operator, left, right OID) *catalog.Operator {
	for _, o := range all {
		if o.Left == left && o.Right == right {
			return o
		}
	}
	return nil
}

// oper finds the binary operator that two argument types select.
func (ps *ParseState) oper(name []string, left, right OID, loc int) (*catalog.Operator, error) {
	all, err := ps.operators(name, loc)
	if err != nil {
		return nil, err
	}
	l, r := left, right
	// An unknown argument is first taken to be of the other's type.
	unknown := true
	switch {
	case l == adt.UnknownOID && r != 0:
		l = r
	case r == adt.UnknownOID && l != 0:
		r = l
	default:
		unknown = false
	}
	if o := exactOperator(all, l, r); o != nil {
		return o, nil
	}
	if base := ps.catalog.BaseType(l); unknown && base != l {
		if o := exactOperator(all, base, base); o != nil {
			return o, nil
		}
	}
	var list []*funcCandidate
	for _, o := range all {
		if o.Kind == 'b' {
			list = append(list, &funcCandidate{oid: o.OID, args: []OID{o.Left, o.Right}})
		}
	}
	return ps.pickOperator(name, left, right, []OID{left, right}, list, loc)
}

// leftOper finds the prefix operator that an argument type selects.
func (ps *ParseState) leftOper(name []string, arg OID, loc int) (*catalog.Operator, error) {
	all, err := ps.operators(name, loc)
	if err != nil {
		return nil, err
	}
	if o := exactOperator(all, 0, arg); o != nil {
		return o, nil
	}
	var list []*funcCandidate
	for _, o := range all {
		if o.Kind == 'l' {
			list = append(list, &funcCandidate{oid: o.OID, args: []OID{o.Right}})
		}
	}
	return ps.pickOperator(name, 0, arg, []OID{arg}, list, loc)
}

// pickOperator is oper_select_candidate with op_error.
func (ps *ParseState) pickOperator(name []string, left, right OID, types []OID, list []*funcCandidate, loc int) (*catalog.Operator, error) {
	list = ps.matchArgTypes(types, list)
	var c *funcCandidate
	switch len(list) {
	case 0:
		hint := "No operator matches the given name and argument types. You might need to add explicit type casts."
		if left == 0 || right == 0 {
			hint = "No operator matches the given name and argument type. You might need to add an explicit type cast."
		}
		return nil, pgerr.New(pgerrcode.UndefinedFunction, "operator does not exist: %s", ps.operSignature(name, left, right)).Hintf("%s", hint).At(loc)
	case 1:
		c = list[0]
	default:
		c = ps.selectCandidate(types, list)
	}
	if c == nil {
		return nil, pgerr.New(pgerrcode.AmbiguousFunction, "operator is not unique: %s", ps.operSignature(name, left, right)).
			Hintf("Could not choose a best candidate operator. You might need to add explicit type casts.").At(loc)
	}
	return ps.catalog.OperatorByOID(c.oid), nil
}

// operSignature writes an operator with its argument types, op_signature_string.
func (ps *ParseState) operSignature(name []string, left, right OID) string {
	s := dottedName(name) + " " + ps.format(right)
	if left != 0 {
		s = ps.format(left) + " " + s
	}
	return s
}

// compatibleOper finds an operator that takes the types as they stand.
func (ps *ParseState) compatibleOper(name []string, l, r OID, loc int) (*catalog.Operator, error) {
	o, err := ps.oper(name, l, r, loc)
	if err != nil {
		return nil, err
	}
	if ps.catalog.IsBinaryCoercible(l, o.Left) && ps.catalog.IsBinaryCoercible(r, o.Right) {
		return o, nil
	}
	return nil, pgerr.New(pgerrcode.UndefinedFunction, "operator requires run-time type coercion: %s", ps.operSignature(name, l, r)).At(loc)
}

// makeOp builds the call of an operator; l is nil for prefix operators.
func (ps *ParseState) makeOp(name []string, l, r, lastSRF nodes.Expr, loc int) (nodes.Expr, error) {
	if r == nil {
		return nil, pgerr.New(pgerrcode.SyntaxError, "postfix operators are not supported").At(loc)
	}
	var o *catalog.Operator
	var err error
	args, declared := []nodes.Expr{r}, []OID(nil)
	if l == nil {
		if o, err = ps.leftOper(name, exprType(r), loc); err == nil {
			declared = []OID{o.Right}
		}
	} else if o, err = ps.oper(name, exprType(l), exprType(r), loc); err == nil {
		args, declared = []nodes.Expr{l, r}, []OID{o.Left, o.Right}
	}
	if err != nil {
		return nil, err
	}
	actual := exprTypes(args)
	result, err := ps.resolveGeneric(actual, declared, o.Result, false)
	if err == nil {
		err = ps.makeFnArguments(args, actual, declared)
	}
	if err != nil {
		return nil, err
	}
	out := &nodes.OpExpr{Op: o.OID, Func: o.Code, Type: result, Args: args, Location: loc}
	if p := ps.catalog.ProcByOID(o.Code); p != nil && p.RetSet {
		out.ReturnsSet = true
		if err := ps.checkSRFPlacement(lastSRF, loc); err != nil {
			return nil, err
		}
		ps.lastSRF = out
	}
	return out, nil
}

// makeScalarArrayOp builds l op ANY (r), or ALL, over an array.
func (ps *ParseState) makeScalarArrayOp(name []string, useOr bool, l, r, _ nodes.Expr, loc int) (nodes.Expr, error) {
	ltype, atype := exprType(l), exprType(r)
	elem := atype
	if atype != adt.UnknownOID {
		if elem = ps.catalog.ElemTypeOf(atype); elem == 0 {
			return nil, pgerr.New(pgerrcode.WrongObjectType, "op ANY/ALL (array) requires array on right side").At(loc)
		}
	}
	o, err := ps.oper(name, ltype, elem, loc)
	if err != nil {
		return nil, err
	}
	declared := []OID{o.Left, o.Right}
	result, err := ps.resolveGeneric([]OID{ltype, elem}, declared, o.Result, false)
	if err != nil {
		return nil, err
	}
	if result != adt.BoolOID {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean").At(loc)
	}
	if p := ps.catalog.ProcByOID(o.Code); p != nil && p.RetSet {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "op ANY/ALL (array) requires operator not to return a set").At(loc)
	}
	if isPolymorphic(declared[1]) {
		declared[1] = atype
	} else if t := ps.catalog.ArrayTypeOf(declared[1]); t != 0 {
		declared[1] = t
	} else {
		return nil, pgerr.New(pgerrcode.UndefinedObject, "could not find array type for data type %s", ps.format(declared[1])).At(loc)
	}
	args := []nodes.Expr{l, r}
	if err := ps.makeFnArguments(args, []OID{ltype, atype}, declared); err != nil {
		return nil, err
	}
	return &nodes.ScalarArrayOpExpr{Op: o.OID, Func: o.Code, All: !useOr, Args: args, Location: loc}, nil
}

// sortGroupOperators gives the operators by which a type is sorted and
// grouped, and fails where = or another that is needed is missing
// (get_sort_group_operators).
func (ps *ParseState) sortGroupOperators(typ OID, needLT, needGT bool) (lt, eq, gt OID, hashable bool, err error) {
	lt, eq, gt, hashable = ps.catalog.SortOperators(typ)
	if needLT && lt == 0 || needGT && gt == 0 {
		return 0, 0, 0, false, pgerr.New(pgerrcode.UndefinedFunction, "could not identify an ordering operator for type %s", ps.format(typ)).
			Hintf("Use an explicit ordering operator or modify the query.")
	}
	if eq == 0 {
		return 0, 0, 0, false, pgerr.New(pgerrcode.UndefinedFunction, "could not identify an equality operator for type %s", ps.format(typ))
	}
	return lt, eq, gt, hashable, nil
}

func exprTypes(es []nodes.Expr) []OID {
	out := make([]OID, len(es))
	for i, e := range es {
		out[i] = exprType(e)
	}
	return out
}

// makeFnArguments coerces arguments in place to the declared types.
func (ps *ParseState) makeFnArguments(args []nodes.Expr, actual, declared []OID) error {
	for i, e := range args {
		if actual[i] == declared[i] {
			continue
		}
		c, err := ps.coerceType(e, actual[i], declared[i], -1, CoerceImplicit, nodes.ImplicitForm, -1)
		if err != nil {
			return err
		}
		args[i] = c
	}
	return nil
}
