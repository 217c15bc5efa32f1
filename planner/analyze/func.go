package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// maxFuncArgs is FUNC_MAX_ARGS.
const maxFuncArgs = 100

// funcCall is a call while it is resolved.
type funcCall struct {
	ps       *ParseState
	name     []string
	args     []nodes.Expr
	types    []OID    // of args
	argNames []string // of the last arguments
	raw      *pg_query.FuncCall
	isColumn bool // written as a column, row.name
	filter   nodes.Expr
	lastSRF  nodes.Expr
	loc      int

	detail   funcDetail
	variadic bool // the last argument is a VARIADIC array
}

// parseFuncOrColumn resolves a call, or with call nil a column of a row
// written row.name, which may be the call name(row): ParseFuncOrColumn. For columns, nil says
// that there is no such thing. Arguments are transformed; the names of named
// ones are those of call.Args.
func (ps *ParseState) parseFuncOrColumn(fn []string, args []nodes.Expr, call *pg_query.FuncCall, lastSRF nodes.Expr, procCall bool, loc int) (nodes.Expr, error) {
	c := &funcCall{ps: ps, name: fn, args: args, raw: call, isColumn: call == nil, lastSRF: lastSRF, loc: loc}
	if call == nil {
		c.raw = &pg_query.FuncCall{}
	}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	projection := len(c.args) == 1 && !procCall && len(c.raw.AggOrder) == 0 && c.filter == nil && !c.raw.AggStar && !c.raw.AggDistinct &&
		c.raw.Over == nil && !c.raw.FuncVariadic && len(c.argNames) == 0 && len(fn) == 1 &&
		(c.types[0] == adt.RecordOID || ps.isComplex(c.types[0]))
	if projection && c.isColumn {
		if e, err := ps.complexProjection(fn[0], c.args[0], loc); e != nil || err != nil {
			return e, err
		}
	}
	var err error
	literal := false
	if len(c.args) == 1 && c.types[0] == adt.UnknownOID {
		_, literal = c.args[0].(*nodes.Const)
	}
	if c.detail, err = ps.funcDetail(fn, c.argNames, c.types, literal, !c.raw.FuncVariadic, loc); err != nil {
		return nil, pgerr.Place(err, loc)
	}
	if err := c.checkKind(procCall); err != nil {
		return nil, err
	}
	switch c.detail.kind {
	case funcCoercion:
		return ps.coerceType(c.args[0], c.types[0], c.detail.target.OID, -1, CoerceExplicit, nodes.CallForm, loc)
	case funcMultiple, funcNotFound:
		if c.isColumn {
			return nil, nil
		}
		if projection && c.detail.kind == funcNotFound {
			if e, err := ps.complexProjection(fn[0], c.args[0], loc); e != nil || err != nil {
				return e, err
			}
		}
		return nil, c.notFound(procCall)
	}
	return c.build()
}

// prepare transforms FILTER and checks the argument list.
func (c *funcCall) prepare() error {
	ps := c.ps
	if c.raw.AggFilter != nil {
		var err error
		if c.filter, err = ps.transformWhere(c.raw.AggFilter, KindFilter, "FILTER"); err != nil {
			return err
		}
	}
	if len(c.args) > maxFuncArgs {
		return pgerr.New(pgerrcode.TooManyArguments, "cannot pass more than %d arguments to a function", maxFuncArgs).At(c.loc)
	}
	var args []nodes.Expr
	for i, a := range c.args {
		typ := exprType(a)
		// JDBC's mark for an OUT parameter: no argument at all.
		if _, ok := a.(*nodes.Param); ok && typ == adt.VoidOID && !c.isColumn && !c.raw.AggWithinGroup {
			continue
		}
		args, c.types = append(args, a), append(c.types, typ)
		var named *pg_query.NamedArgExpr
		if i < len(c.raw.Args) { // and not what WITHIN GROUP sorts by
			named = c.raw.Args[i].GetNamedArgExpr()
		}
		if named == nil {
			if len(c.argNames) > 0 {
				return pgerr.New(pgerrcode.SyntaxError, "positional argument cannot follow named argument").At(exprLocation(a))
			}
			continue
		}
		for _, n := range c.argNames {
			if n == named.Name {
				return pgerr.New(pgerrcode.SyntaxError, "argument name \"%s\" used more than once", n).At(int(named.Location))
			}
		}
		c.argNames = append(c.argNames, named.Name)
	}
	c.args = args
	return nil
}

func (c *funcCall) wrongKind(format string, args ...any) error {
	return pgerr.New(pgerrcode.WrongObjectType, format, args...).At(c.loc)
}

// checkKind refuses what was written for another kind of routine.
func (c *funcCall) checkKind(procCall bool) error {
	k := c.detail.kind
	signature := func() string { return c.ps.funcSignature(c.name, c.argNames, c.types) }
	if procCall && (k == funcNormal || k == funcAggregate || k == funcWindow || k == funcCoercion) {
		return pgerr.New(pgerrcode.WrongObjectType, "%s is not a procedure", signature()).Hintf("To call a function, use SELECT.").At(c.loc)
	}
	if k == funcProcedure && !procCall {
		return pgerr.New(pgerrcode.WrongObjectType, "%s is a procedure", signature()).Hintf("To call a procedure, use CALL.").At(c.loc)
	}
	name := dottedName(c.name)
	switch k {
	case funcNormal, funcProcedure, funcCoercion:
		switch {
		case c.raw.AggStar:
			return c.wrongKind("%s(*) specified, but %s is not an aggregate function", name, name)
		case c.raw.AggDistinct:
			return c.wrongKind("DISTINCT specified, but %s is not an aggregate function", name)
		case c.raw.AggWithinGroup:
			return c.wrongKind("WITHIN GROUP specified, but %s is not an aggregate function", name)
		case len(c.raw.AggOrder) > 0:
			return c.wrongKind("ORDER BY specified, but %s is not an aggregate function", name)
		case c.filter != nil:
			return c.wrongKind("FILTER specified, but %s is not an aggregate function", name)
		case c.raw.Over != nil:
			return c.wrongKind("OVER specified, but %s is not a window function nor an aggregate function", name)
		}
	case funcAggregate:
		return c.checkAggregate()
	case funcWindow:
		if c.raw.Over == nil {
			return c.wrongKind("window function %s requires an OVER clause", name)
		}
		if c.raw.AggWithinGroup {
			return c.wrongKind("window function %s cannot have WITHIN GROUP", name)
		}
	}
	return nil
}

// notFound is the error for a call that means no routine or several.
func (c *funcCall) notFound(procCall bool) error {
	kind, s := "function", c.ps.funcSignature(c.name, c.argNames, c.types)
	if procCall {
		kind = "procedure"
	}
	if c.detail.kind == funcMultiple {
		return pgerr.New(pgerrcode.AmbiguousFunction, "%s %s is not unique", kind, s).
			Hintf("Could not choose a best candidate %s. You might need to add explicit type casts.", kind).At(c.loc)
	}
	e := pgerr.New(pgerrcode.UndefinedFunction, "%s %s does not exist", kind, s).At(c.loc)
	if len(c.raw.AggOrder) > 1 && !c.raw.AggWithinGroup {
		return e.Hintf("No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY must appear after all regular arguments of the aggregate.")
	}
	return e.Hintf("No %s matches the given name and argument types. You might need to add explicit type casts.", kind)
}

// build coerces the arguments and makes the node of the call.
func (c *funcCall) build() (nodes.Expr, error) {
	ps, d := c.ps, &c.detail
	nargs := len(c.args)
	var defaults []nodes.Expr
	actual := c.types
	for i := nargs; i < nargs+d.defaults; i++ {
		param := i
		if d.order != nil {
			param = d.order[i]
		}
		e, err := ps.defaultArg(d.proc, param)
		if err != nil {
			return nil, err
		}
		defaults = append(defaults, e)
		actual = append(actual[:len(actual):len(actual)], exprType(e))
	}
	result, err := ps.resolveGeneric(actual, d.declared[:len(actual)], d.proc.RetType, false)
	if err != nil {
		return nil, err
	}
	args := append(c.args[:nargs:nargs], defaults...)
	if err := ps.makeFnArguments(args, actual, d.declared); err != nil {
		return nil, err
	}
	if d.order != nil {
		sorted := make([]nodes.Expr, len(args))
		for i, p := range d.order {
			sorted[p] = args[i]
		}
		args = sorted
	}
	c.variadic = c.raw.FuncVariadic && d.proc.Variadic != 0
	if d.nvargs > 0 && d.proc.Variadic != adt.AnyOID {
		if args, err = c.variadicArray(args); err != nil {
			return nil, err
		}
	}
	if nargs > 0 && d.proc.Variadic == adt.AnyOID && c.variadic && ps.catalog.ElemTypeOf(actual[nargs-1]) == 0 {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "VARIADIC argument must be an array").At(exprLocation(args[len(args)-1]))
	}
	if d.proc.RetSet {
		if err := ps.checkSRFPlacement(c.lastSRF, c.loc); err != nil {
			return nil, err
		}
	}
	var out nodes.Expr
	switch {
	case d.kind == funcAggregate && c.raw.Over == nil:
		out, err = c.buildAggregate(args, result)
	case d.kind == funcAggregate || d.kind == funcWindow:
		out, err = c.buildWindow(args, result)
	default:
		out = &nodes.FuncExpr{
			Func: d.proc.OID, Type: result, ReturnsSet: d.proc.RetSet, Variadic: c.variadic,
			Form: callForm(c.raw.Funcformat), Args: args, Location: c.loc,
		}
	}
	if err != nil {
		return nil, err
	}
	if d.proc.RetSet {
		ps.lastSRF = out
	}
	return out, nil
}

func callForm(f pg_query.CoercionForm) nodes.CoercionForm {
	switch f {
	case pg_query.CoercionForm_COERCE_SQL_SYNTAX:
		return nodes.SQLSyntaxForm
	case pg_query.CoercionForm_COERCE_EXPLICIT_CAST:
		return nodes.CastForm
	case pg_query.CoercionForm_COERCE_IMPLICIT_CAST:
		return nodes.ImplicitForm
	}
	return nodes.CallForm
}

// variadicArray gathers the arguments of the VARIADIC parameter into an array.
func (c *funcCall) variadicArray(args []nodes.Expr) ([]nodes.Expr, error) {
	ps := c.ps
	n := len(args) - c.detail.nvargs
	rest := args[n:]
	elem := exprType(rest[0])
	array := ps.catalog.ArrayTypeOf(elem)
	loc := listLocation(rest)
	if array == 0 {
		return nil, pgerr.New(pgerrcode.UndefinedObject, "could not find array type for data type %s", ps.format(elem)).At(loc)
	}
	c.variadic = true
	return append(args[:n:n], &nodes.ArrayExpr{Type: array, Elem: elem, Elements: rest, Location: loc}), nil
}

// buildAggregate makes the node of an aggregate without OVER.
func (c *funcCall) buildAggregate(args []nodes.Expr, result OID) (nodes.Expr, error) {
	ps, raw := c.ps, c.raw
	agg := ps.catalog.AggregateByOID(c.detail.proc.OID)
	if len(args) == 0 && !raw.AggStar && !raw.AggWithinGroup {
		return nil, c.wrongKind("%s(*) must be used to call a parameterless aggregate function", dottedName(c.name))
	}
	if c.detail.proc.RetSet {
		return nil, pgerr.New(pgerrcode.InvalidFunctionDefinition, "aggregates cannot return sets").At(c.loc)
	}
	if len(c.argNames) > 0 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "aggregates cannot use named arguments").At(c.loc)
	}
	out := &nodes.Aggref{Func: c.detail.proc.OID, Type: result, Filter: c.filter, Star: raw.AggStar, Variadic: c.variadic, Kind: agg.Kind, Location: c.loc}
	return out, ps.transformAggregateCall(out, args, raw.AggOrder, raw.AggDistinct)
}

// buildWindow makes the node of a call with OVER.
func (c *funcCall) buildWindow(args []nodes.Expr, result OID) (nodes.Expr, error) {
	ps, raw := c.ps, c.raw
	out := &nodes.WindowFunc{
		Func: c.detail.proc.OID, Type: result, Args: args, Filter: c.filter, Star: raw.AggStar,
		Agg: c.detail.kind == funcAggregate, Location: c.loc,
	}
	unsupported := func(message string) error {
		return pgerr.New(pgerrcode.FeatureNotSupported, "%s", message).At(c.loc)
	}
	switch {
	case raw.AggDistinct:
		return nil, unsupported("DISTINCT is not implemented for window functions")
	case out.Agg && len(args) == 0 && !raw.AggStar:
		return nil, c.wrongKind("%s(*) must be used to call a parameterless aggregate function", dottedName(c.name))
	case len(raw.AggOrder) > 0:
		return nil, unsupported("aggregate ORDER BY is not implemented for window functions")
	case !out.Agg && c.filter != nil:
		return nil, unsupported("FILTER is not implemented for non-aggregate window functions")
	case ps.lastSRF != c.lastSRF:
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "window function calls cannot contain set-returning function calls").
			Hintf("You might be able to move the set-returning function into a LATERAL FROM item.").At(exprLocation(ps.lastSRF))
	case c.detail.proc.RetSet:
		return nil, pgerr.New(pgerrcode.InvalidFunctionDefinition, "window functions cannot return sets").At(c.loc)
	}
	return out, ps.transformWindowFuncCall(out, raw.Over)
}
