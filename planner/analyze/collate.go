package analyze

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// collateStrength is how firmly an expression's collation was chosen.
type collateStrength uint8

const (
	collateNone     collateStrength = iota // not collatable
	collateImplicit                        // from a column, type or parameter
	collateConflict                        // from different implicit ones
	collateExplicit                        // from COLLATE
)

// collation is the collation of an expression, or of its arguments so far:
// PostgreSQL's assign_collations_context.
type collation struct {
	ps        *ParseState
	oid       OID
	strength  collateStrength
	location  int
	oid2      OID // of a conflict, the other one
	location2 int
}

func (ps *ParseState) newCollation() *collation {
	return &collation{ps: ps, location: -1, location2: -1}
}

// assignQueryCollations gives all expressions of a query level their
// collations. Subqueries in FROM and WITH have theirs already.
func (ps *ParseState) assignQueryCollations(q *nodes.Query) error {
	lists := [][]*nodes.TargetEntry{q.TargetList, q.Returning}
	actions := q.Actions()
	for _, a := range actions {
		lists = append(lists, a.TargetList)
	}
	for _, l := range lists {
		for _, t := range l {
			if err := ps.newCollation().target(t); err != nil {
				return err
			}
		}
	}
	var err error
	one := func(e nodes.Expr) {
		if err == nil {
			err = ps.assignExprCollations(e)
		}
	}
	for _, j := range q.From {
		walkJoins(j, one)
	}
	one(q.Where)
	for _, a := range actions {
		one(a.Qual)
	}
	one(q.Having)
	one(q.LimitOffset)
	one(q.LimitCount)
	for _, w := range q.Windows {
		one(w.Frame.StartOffset)
		one(w.Frame.EndOffset)
	}
	return err
}

// assignListCollations does each expression on its own.
func (ps *ParseState) assignListCollations(es []nodes.Expr) error {
	for _, e := range es {
		if err := ps.assignExprCollations(e); err != nil {
			return err
		}
	}
	return nil
}

// assignExprCollations gives an expression and all in it their collations.
func (ps *ParseState) assignExprCollations(e nodes.Expr) error { return ps.newCollation().assign(e) }

// selectCommonCollation finds the collation that an operation over all of es
// uses; a conflict is 0 with noneOK.
func (ps *ParseState) selectCommonCollation(es []nodes.Expr, noneOK bool) (OID, error) {
	c := ps.newCollation()
	if err := c.all(es); err != nil {
		return 0, err
	}
	if c.strength == collateConflict {
		if noneOK {
			return 0, nil
		}
		return 0, c.conflict()
	}
	return c.oid, nil
}

func (c *collation) name(oid OID) string {
	if k := c.ps.catalog.CollationByOID(oid); k != nil {
		return k.Name
	}
	return ""
}

func (c *collation) conflict() error {
	return pgerr.New(pgerrcode.CollationMismatch, "collation mismatch between implicit collations \"%s\" and \"%s\"", c.name(c.oid), c.name(c.oid2)).
		Hintf("You can choose the collation by applying the COLLATE clause to one or both expressions.").At(c.location2)
}

// merge takes an argument's collation into c, merge_collation_state.
func (c *collation) merge(a *collation) error {
	switch {
	case a.strength > c.strength:
		c.oid, c.strength, c.location = a.oid, a.strength, a.location
		if a.strength == collateConflict {
			c.oid2, c.location2 = a.oid2, a.location2
		}
	case a.strength < c.strength || a.oid == c.oid:
	case a.strength == collateImplicit:
		// Any other implicit collation beats the default one.
		if c.oid == adt.DefaultCollationOID {
			c.oid, c.location = a.oid, a.location
		} else if a.oid != adt.DefaultCollationOID {
			c.strength, c.oid2, c.location2 = collateConflict, a.oid, a.location
		}
	case a.strength == collateExplicit:
		return pgerr.New(pgerrcode.CollationMismatch, "collation mismatch between explicit collations \"%s\" and \"%s\"", c.name(c.oid), c.name(a.oid)).At(a.location)
	}
	return nil
}

func (c *collation) all(es []nodes.Expr) error {
	for _, e := range es {
		if err := c.assign(e); err != nil {
			return err
		}
	}
	return nil
}

// target does a target entry: sort and group keys must have a clear collation.
func (c *collation) target(t *nodes.TargetEntry) error {
	in := c.ps.newCollation()
	if err := in.assign(t.Expr); err != nil {
		return err
	}
	if in.strength == collateConflict && t.Ref != 0 {
		return in.conflict()
	}
	return c.merge(in)
}

// assign gives e and all in it their collations and takes e's into c
// (assign_collations_walker).
func (c *collation) assign(e nodes.Expr) error {
	if e == nil {
		return nil
	}
	ps := c.ps
	in := ps.newCollation() // of e's arguments
	out := ps.newCollation()
	implicit := func(oid OID) {
		if oid != 0 {
			out.oid, out.strength, out.location = oid, collateImplicit, exprLocation(e)
		}
	}
	var err error
	switch x := e.(type) {
	case *nodes.CollateExpr:
		err = in.assign(x.Arg)
		out.oid, out.strength, out.location = x.Collation, collateExplicit, x.Location
	case *nodes.FieldSelect:
		err = in.assign(x.Arg)
		implicit(x.Collation)
	case *nodes.RowExpr:
		// The columns do not bear on each other, and a row has no collation.
		return ps.assignListCollations(x.Args)
	case *nodes.RowCompareExpr:
		x.Collations = x.Collations[:0:0]
		for i := range x.Left {
			oid, err := ps.selectCommonCollation([]nodes.Expr{x.Left[i], x.Right[i]}, true)
			if err != nil {
				return err
			}
			x.Collations = append(x.Collations, oid)
		}
		return nil
	case *nodes.CoerceToDomain:
		if err = in.assign(x.Arg); err != nil {
			return err
		}
		switch typ := ps.typeCollation(x.Type); typ {
		case 0:
		case adt.DefaultCollationOID:
			*out = *in
		default:
			implicit(typ)
		}
		x.Collation = out.result()
	case *nodes.Var, *nodes.Const, *nodes.Param, *nodes.CaseTestExpr, *nodes.SetToDefault, *nodes.SubLinkParam, *nodes.Slot:
		implicit(nodes.TypeOf(e).Collation)
	default:
		if err = in.arguments(e); err != nil {
			return err
		}
		if typ := ps.typeCollation(nodes.TypeOf(e).Type); typ != 0 {
			if in.strength > collateNone {
				*out = *in
			} else {
				implicit(typ)
			}
		}
		setCollation(e, out.result(), in.result())
	}
	if err != nil {
		return err
	}
	out.oid2, out.location2 = in.oid2, in.location2
	return c.merge(out)
}

// result is the collation to store: a conflict is none, which fails when used.
func (c *collation) result() OID {
	if c.strength == collateConflict {
		return 0
	}
	return c.oid
}

// arguments takes in what contributes to the collation of e, and does the rest
// on its own.
func (c *collation) arguments(e nodes.Expr) error {
	ps := c.ps
	switch x := e.(type) {
	case *nodes.Aggref:
		if err := c.aggregate(x); err != nil {
			return err
		}
		return ps.assignExprCollations(x.Filter)
	case *nodes.WindowFunc:
		if err := c.all(x.Args); err != nil {
			return err
		}
		return ps.assignExprCollations(x.Filter)
	case *nodes.CaseExpr:
		// The tested expression has its collation, and is not the result's.
		for _, w := range x.Whens {
			if err := c.assign(w.When); err != nil {
				return err
			}
			if err := c.assign(w.Then); err != nil {
				return err
			}
		}
		return c.assign(x.Default)
	case *nodes.SubscriptingRef:
		if err := ps.assignListCollations(x.Upper); err != nil {
			return err
		}
		if err := ps.assignListCollations(x.Lower); err != nil {
			return err
		}
		if err := c.assign(x.Expr); err != nil {
			return err
		}
		return c.assign(x.Assign)
	case *nodes.SubLink:
		if err := c.assign(x.Test); err != nil {
			return err
		}
		// Its query counts as its first column.
		if x.Query == nil || len(x.Query.TargetList) == 0 || x.Query.TargetList[0].Resjunk {
			return nil
		}
		first := x.Query.TargetList[0].Expr
		return c.merge(&collation{oid: nodes.TypeOf(first).Collation, strength: collateImplicit, location: exprLocation(first), location2: -1})
	}
	return c.all(nodes.Children(e))
}

// aggregate takes in an aggregate's arguments.
func (c *collation) aggregate(a *nodes.Aggref) error {
	ps := c.ps
	if a.Kind != 'o' && a.Kind != 'h' {
		for _, t := range a.Args {
			in := c
			if t.Resjunk {
				in = ps.newCollation()
			}
			if err := in.target(t); err != nil {
				return err
			}
		}
		return nil
	}
	// The sort column's collation is the function's where there is just one.
	p := ps.catalog.ProcByOID(a.Func)
	one := len(a.Args) == 1 && p != nil && p.Variadic == 0
	if a.Kind == 'o' {
		if err := c.all(a.DirectArgs); err != nil {
			return err
		}
		for _, t := range a.Args {
			in := c
			if !one {
				in = ps.newCollation()
			}
			if err := in.target(t); err != nil {
				return err
			}
		}
		return nil
	}
	extra := max(len(a.DirectArgs)-len(a.Args), 0)
	if err := c.all(a.DirectArgs[:extra]); err != nil {
		return err
	}
	for i, h := range a.DirectArgs[extra:] {
		t := a.Args[i]
		pair := ps.newCollation()
		if err := pair.all([]nodes.Expr{h, t.Expr}); err != nil {
			return err
		}
		if pair.strength == collateConflict {
			return pair.conflict()
		}
		if info := nodes.TypeOf(t.Expr); pair.oid != 0 && pair.oid != info.Collation {
			t.Expr = &nodes.RelabelType{Arg: t.Expr, Type: info.Type, Typmod: info.Typmod, Collation: pair.oid, Form: nodes.ImplicitForm, Location: -1}
		}
		if one {
			if err := c.merge(pair); err != nil {
				return err
			}
		}
	}
	return nil
}

// setCollation stores an expression's collation and that of its inputs.
func setCollation(e nodes.Expr, out, in OID) {
	switch e := e.(type) {
	case *nodes.FuncExpr:
		e.Collation, e.InputCollation = out, in
	case *nodes.OpExpr:
		e.Collation, e.InputCollation = out, in
	case *nodes.DistinctExpr:
		e.Collation, e.InputCollation = out, in
	case *nodes.NullIfExpr:
		e.Collation, e.InputCollation = out, in
	case *nodes.ScalarArrayOpExpr:
		e.InputCollation = in
	case *nodes.Aggref:
		e.Collation, e.InputCollation = out, in
	case *nodes.WindowFunc:
		e.Collation, e.InputCollation = out, in
	case *nodes.MinMaxExpr:
		e.Collation, e.InputCollation = out, in
	case *nodes.SubscriptingRef:
		e.Collation = out
	case *nodes.SubLink:
		e.Collation = out
	case *nodes.RelabelType:
		e.Collation = out
	case *nodes.CoerceViaIO:
		e.Collation = out
	case *nodes.ArrayCoerceExpr:
		e.Collation = out
	case *nodes.CaseExpr:
		e.Collation = out
	case *nodes.ArrayExpr:
		e.Collation = out
	case *nodes.CoalesceExpr:
		e.Collation = out
	}
}
