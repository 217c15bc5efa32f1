package exec

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// subplan is a compiled plan.SubPlan.
type subplan struct {
	rows   rows
	params []int // set before each run
	deps   []int // parameters it reads that the caller does not set
	width  int
	first  OID // type of the first column, 0: not known

	value eval // of one without parameters, for all places that name it
	kept  kept // the rows below
	saved *store
}

// subplan compiles a subquery of expressions, once.
func (c *compiler) subplan(id int) *subplan {
	if id < 0 || id >= len(c.subplans) {
		return &subplan{rows: failRows(pgerr.Internal("no subplan %d", id))}
	}
	s := c.subplans[id]
	if s == nil {
		p := c.plan.SubPlans[id]
		s = &subplan{params: p.Params, width: p.Plan.Common().Width}
		if t := p.Plan.Common().Targets; len(t) > 0 {
			s.first = nodes.TypeOf(t[0]).Type
		}
		c.subplans[id] = s
		test, sub := c.caseTest, c.sublink
		c.caseTest, c.sublink = nil, nil
		s.deps = c.track(func() { s.rows = c.node(p.Plan, true) }, p.Params...)
		c.caseTest, c.sublink = test, sub
		s.kept = kept{x: c.x, deps: s.deps}
	}
	c.uses(s.deps)
	return s
}

// all gives the subquery's rows, kept while what they depend on stays.
func (s *subplan) all() (*store, error) {
	if s.kept.fresh() {
		return s.saved, nil
	}
	if s.saved == nil {
		s.saved = &store{x: s.kept.x}
	}
	s.saved.reset()
	s.kept.valid = false
	for r, err := range s.rows {
		if err == nil {
			err = s.saved.add(r)
		}
		if err != nil {
			return nil, err
		}
	}
	s.kept.mark()
	return s.saved, nil
}

// each visits the subquery's rows: kept ones when it takes no arguments, else
// as they come.
func (s *subplan) each() rows {
	if len(s.params) > 0 {
		return s.rows
	}
	return func(yield func(adt.Row, error) bool) {
		all, err := s.all()
		if err != nil {
			yield(nil, err)
			return
		}
		all.all()(yield)
	}
}

// subPlanExpr is a subquery in an expression (ExecSubPlan).
func (c *compiler) subPlanExpr(e *plan.SubPlanExpr) eval {
	s := c.subplan(e.ID)
	f := c.subPlanKind(e, s)
	if f == nil {
		return fail(pgerr.Internal("unrecognized subLinkType: %d", e.Link.Kind))
	}
	args, x := c.exprs(e.Args), c.x
	if len(args) != len(s.params) {
		return fail(pgerr.Internal("subplan %d takes %d arguments, not %d", e.ID, len(s.params), len(args)))
	}
	if len(args) == 0 {
		switch e.Link.Kind {
		case nodes.ExistsSubLink, nodes.ExprSubLink, nodes.ArraySubLink:
			if s.value == nil {
				s.value = keptValue(kept{x: x, deps: s.deps}, f)
			}
			return s.value
		}
		return f
	}
	return func(row adt.Row) (adt.Datum, error) {
		for i, a := range args {
			v, err := a(row)
			if err != nil {
				return nil, err
			}
			x.set(s.params[i], v)
		}
		v, err := f(row)
		if err != nil {
			return nil, err
		}
		return v, x.make(longSize(v))
	}
}

// keptValue evaluates once for as long as the result stays right.
func keptValue(k kept, f eval) eval {
	var val adt.Datum
	return func(row adt.Row) (adt.Datum, error) {
		if k.fresh() {
			return val, nil
		}
		v, err := f(row)
		if err != nil {
			return nil, err
		}
		k.x.release(longSize(val))
		val = v
		k.mark()
		return v, k.x.hold(longSize(v))
	}
}

func (c *compiler) subPlanKind(e *plan.SubPlanExpr, s *subplan) eval {
	switch e.Link.Kind {
	case nodes.ExistsSubLink:
		return func(adt.Row) (adt.Datum, error) {
			for _, err := range s.rows {
				return err == nil, err
			}
			return false, nil
		}
	case nodes.ExprSubLink:
		return func(adt.Row) (adt.Datum, error) {
			row, err := s.single()
			if err != nil || row == nil {
				return nil, err
			}
			return row[0], nil
		}
	case nodes.RowCompareSubLink:
		cells, test := c.linkTest(e, s.width)
		return func(row adt.Row) (adt.Datum, error) {
			sub, err := s.single()
			if err != nil || sub == nil {
				return nil, err
			}
			fill(cells, sub)
			v, err := test(row)
			return v.datum(), err
		}
	case nodes.ArraySubLink:
		return c.arraySubLink(e, s)
	case nodes.AnySubLink, nodes.AllSubLink:
		if e.HashLeft != nil && e.Link.Kind == nodes.AnySubLink && len(s.params) == 0 {
			if f := c.hashedAny(e, s); f != nil {
				return f
			}
		}
		return c.quantified(e, s)
	}
	return nil
}

// single gives the only row, nil if there is none.
func (s *subplan) single() (adt.Row, error) {
	var row adt.Row
	for r, err := range s.rows {
		if err != nil {
			return nil, err
		}
		if row != nil {
			return nil, pgerr.New(pgerrcode.CardinalityViolation, "more than one row returned by a subquery used as an expression")
		}
		row = r
	}
	return row, nil
}

// linkTest compiles a SubLink's Test; the cells stand for the subquery's columns.
func (c *compiler) linkTest(e *plan.SubPlanExpr, width int) ([]*adt.Datum, test) {
	outer := c.sublink
	cells := make([]*adt.Datum, width)
	for i := range cells {
		cells[i] = new(adt.Datum)
	}
	c.sublink = cells
	t := c.test(e.Link.Test)
	c.sublink = outer
	return cells, t
}

func fill(cells []*adt.Datum, row adt.Row) {
	for i, c := range cells {
		if i < len(row) {
			*c = row[i]
		}
	}
}

// quantified is op ANY and op ALL of a subquery, row by row.
func (c *compiler) quantified(e *plan.SubPlanExpr, s *subplan) eval {
	cells, test := c.linkTest(e, s.width)
	decided := is(e.Link.Kind == nodes.AnySubLink)
	each, x := s.each(), c.x
	return func(row adt.Row) (adt.Datum, error) {
		out := decided.not()
		for sub, err := range each {
			if err == nil {
				err = x.tick()
			}
			if err != nil {
				return nil, err
			}
			fill(cells, sub)
			v, err := test(row)
			if err != nil {
				return nil, err
			}
			if v == decided {
				return v.datum(), nil
			}
			if v == unknown {
				out = unknown
			}
		}
		return out.datum(), nil
	}
}

func (c *compiler) arraySubLink(e *plan.SubPlanExpr, s *subplan) eval {
	elem := c.cat.ElemTypeOf(e.Link.Type)
	scalar := c.cat.ElemTypeOf(elem) != 0 // vectors, which are elements of arrays
	return func(adt.Row) (adt.Datum, error) {
		b := &arrayBuilder{elem: elem}
		multi := !scalar && s.first != 0 && c.cat.ElemTypeOf(s.first) != 0
		var vals []adt.Datum
		held := int64(0)
		defer func() { c.x.release(held) }()
		for row, err := range s.rows {
			if err != nil {
				return nil, err
			}
			v := row[0]
			if _, ok := v.(*adt.Array); ok && !scalar {
				multi = true
			}
			if err := c.x.tick(); err != nil {
				return nil, err
			}
			size := 16 + adt.MemorySize(v)
			held += size
			if err := c.x.hold(size); err != nil {
				return nil, err
			}
			vals = append(vals, v)
		}
		if !multi || len(vals) == 0 {
			return adt.NewArray(elem, vals), nil
		}
		for i, v := range vals {
			if v == nil {
				return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "cannot accumulate null arrays")
			}
			if i == 0 && len(v.(*adt.Array).Dims) == 0 {
				return nil, pgerr.New(pgerrcode.ArraySubscriptError, "cannot accumulate empty arrays")
			}
			if err := b.sub(v); i == 0 && err != nil {
				return nil, err
			} else if err != nil || b.empty {
				return nil, pgerr.New(pgerrcode.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
			}
		}
		return b.multi()
	}
}

// rightType gives the right operand's type of a key's = operator: the
// operator's own, unless that is polymorphic.
func (c *compiler) rightType(k *plan.KeyColumn, left OID) OID {
	if o := c.cat.OperatorByOID(k.Eq); o != nil && o.Left != o.Right {
		return o.Right
	}
	if k.Type != 0 {
		return k.Type
	}
	return left
}
