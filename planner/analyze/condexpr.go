package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

func (ps *ParseState) transformCase(c *pg_query.CaseExpr) (nodes.Expr, error) {
	out := &nodes.CaseExpr{Location: int(c.Location)}
	before := ps.lastSRF
	var test *nodes.CaseTestExpr
	if c.Arg != nil {
		arg, err := ps.expr(c.Arg)
		if err != nil {
			return nil, err
		}
		if exprType(arg) == adt.UnknownOID {
			if arg, err = ps.coerceToCommonType(arg, adt.TextOID, "CASE"); err != nil {
				return nil, err
			}
		}
		if err := ps.assignExprCollations(arg); err != nil {
			return nil, err
		}
		i := nodes.TypeOf(arg)
		test = &nodes.CaseTestExpr{Type: i.Type, Typmod: i.Typmod, Collation: i.Collation}
		out.Arg = arg
	}
	var results []nodes.Expr
	for _, n := range c.Args {
		w := n.GetCaseWhen()
		when, err := ps.expr(w.Expr)
		if err == nil && test != nil {
			when, err = ps.makeOp([]string{"="}, test, when, ps.lastSRF, int(w.Location))
		}
		if err == nil {
			when, err = ps.coerceToBoolean(when, "CASE/WHEN")
		}
		if err != nil {
			return nil, err
		}
		then, err := ps.expr(w.Result)
		if err != nil {
			return nil, err
		}
		out.Whens = append(out.Whens, nodes.CaseWhen{When: when, Then: then})
		results = append(results, then)
	}
	if c.Defresult != nil {
		e, err := ps.expr(c.Defresult)
		if err != nil {
			return nil, err
		}
		out.Default = e
	} else {
		out.Default = &nodes.Const{Type: adt.UnknownOID, Typmod: -1, Location: -1}
	}
	// The ELSE counts first when the common type is chosen.
	typ, _, err := ps.selectCommonType(append([]nodes.Expr{out.Default}, results...), "CASE")
	if err != nil {
		return nil, err
	}
	out.Type = typ
	if out.Default, err = ps.coerceToCommonType(out.Default, typ, "CASE/ELSE"); err != nil {
		return nil, err
	}
	for i, w := range out.Whens {
		if out.Whens[i].Then, err = ps.coerceToCommonType(w.Then, typ, "CASE/WHEN"); err != nil {
			return nil, err
		}
	}
	return out, ps.noSets(before, "CASE")
}

func (ps *ParseState) transformCoalesce(c *pg_query.CoalesceExpr) (nodes.Expr, error) {
	before := ps.lastSRF
	args, typ, err := ps.commonArgs(c.Args, "COALESCE")
	if err != nil {
		return nil, err
	}
	return &nodes.CoalesceExpr{Type: typ, Args: args, Location: int(c.Location)}, ps.noSets(before, "COALESCE")
}

func (ps *ParseState) transformMinMax(m *pg_query.MinMaxExpr) (nodes.Expr, error) {
	least := m.Op == pg_query.MinMaxOp_IS_LEAST
	word := "GREATEST"
	if least {
		word = "LEAST"
	}
	args, typ, err := ps.commonArgs(m.Args, word)
	if err != nil {
		return nil, err
	}
	return &nodes.MinMaxExpr{Type: typ, Least: least, Args: args, Location: int(m.Location)}, nil
}

// commonArgs resolves expressions and brings them to one type.
func (ps *ParseState) commonArgs(list []*pg_query.Node, construct string) ([]nodes.Expr, OID, error) {
	args, err := ps.exprList(list)
	if err != nil {
		return nil, 0, err
	}
	typ, _, err := ps.selectCommonType(args, construct)
	if err != nil {
		return nil, 0, err
	}
	for i, a := range args {
		if args[i], err = ps.coerceToCommonType(a, typ, construct); err != nil {
			return nil, 0, err
		}
	}
	return args, typ, nil
}

func (ps *ParseState) transformSQLValueFunction(f *pg_query.SQLValueFunction) (nodes.Expr, error) {
	out := &nodes.SQLValueFunction{Typmod: -1, Location: int(f.Location)}
	switch f.Op {
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_DATE:
		out.Op, out.Type = nodes.CurrentDate, adt.DateOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:
		out.Op, out.Type = nodes.CurrentTime, adt.TimetzOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N:
		out.Op, out.Type = nodes.CurrentTimestamp, adt.TimestamptzOID
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N:
		out.Op, out.Type = nodes.LocalTime, adt.TimeOID
	case pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		out.Op, out.Type = nodes.LocalTimestamp, adt.TimestampOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:
		out.Op, out.Type = nodes.CurrentRole, adt.NameOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_USER:
		out.Op, out.Type = nodes.CurrentUser, adt.NameOID
	case pg_query.SQLValueFunctionOp_SVFOP_USER:
		out.Op, out.Type = nodes.User, adt.NameOID
	case pg_query.SQLValueFunctionOp_SVFOP_SESSION_USER:
		out.Op, out.Type = nodes.SessionUser, adt.NameOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:
		out.Op, out.Type = nodes.CurrentCatalog, adt.NameOID
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:
		out.Op, out.Type = nodes.CurrentSchema, adt.NameOID
	}
	switch f.Op {
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N,
		pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		out.Typmod = ps.timePrecision(f.Typmod, out.Type)
	}
	return out, nil
}

// timePrecision reduces the precision of a function that tells the time to what
// its type has, with a warning.
func (ps *ParseState) timePrecision(n int32, typ OID) int32 {
	const most = 6
	if n <= most {
		return n
	}
	name, zone := "TIME", ""
	if typ == adt.TimestampOID || typ == adt.TimestamptzOID {
		name = "TIMESTAMP"
	}
	if typ == adt.TimetzOID || typ == adt.TimestamptzOID {
		zone = " WITH TIME ZONE"
	}
	if ps.env.Session != nil {
		w := pgerr.New(pgerrcode.InvalidParameterValue, "%s(%d)%s precision reduced to maximum allowed, %d", name, n, zone, most)
		w.Severity = "WARNING"
		ps.env.Session.Notice(w)
	}
	return most
}

func (ps *ParseState) transformNullTest(t *pg_query.NullTest) (nodes.Expr, error) {
	var arg nodes.Expr
	var err error
	if p := t.Arg.GetParamRef(); p != nil {
		arg, err = ps.param(p)
	} else {
		arg, err = ps.expr(t.Arg)
	}
	if err != nil {
		return nil, err
	}
	return &nodes.NullTest{
		Arg: arg, Not: t.Nulltesttype == pg_query.NullTestType_IS_NOT_NULL,
		Row: ps.isRowType(exprType(arg)), Location: int(t.Location),
	}, nil
}

// isRowType is type_is_rowtype.
func (ps *ParseState) isRowType(t OID) bool {
	return t == adt.RecordOID || ps.catalog.TypeRelation(ps.catalog.BaseType(t)) != nil
}

func (ps *ParseState) transformBooleanTest(t *pg_query.BooleanTest) (nodes.Expr, error) {
	tests := map[pg_query.BoolTestType]struct {
		test nodes.BoolTest
		word string
	}{
		pg_query.BoolTestType_IS_TRUE:        {nodes.IsTrue, "IS TRUE"},
		pg_query.BoolTestType_IS_NOT_TRUE:    {nodes.IsNotTrue, "IS NOT TRUE"},
		pg_query.BoolTestType_IS_FALSE:       {nodes.IsFalse, "IS FALSE"},
		pg_query.BoolTestType_IS_NOT_FALSE:   {nodes.IsNotFalse, "IS NOT FALSE"},
		pg_query.BoolTestType_IS_UNKNOWN:     {nodes.IsUnknown, "IS UNKNOWN"},
		pg_query.BoolTestType_IS_NOT_UNKNOWN: {nodes.IsNotUnknown, "IS NOT UNKNOWN"},
	}
	k, ok := tests[t.Booltesttype]
	if !ok {
		return nil, pgerr.Internal("unrecognized booltesttype: %d", t.Booltesttype)
	}
	arg, err := ps.expr(t.Arg)
	if err == nil {
		arg, err = ps.coerceToBoolean(arg, k.word)
	}
	if err != nil {
		return nil, err
	}
	return &nodes.BooleanTest{Arg: arg, Test: k.test, Location: int(t.Location)}, nil
}
