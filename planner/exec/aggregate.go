package exec

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// aggState is the state of one aggregate in one group.
type aggState struct {
	val   adt.Datum
	empty bool    // a strict transition has not got its first value
	n     int64   // count
	first adt.Row // the group's first input row, for direct arguments
}

// aggregator is a compiled aggregate call: its pg_aggregate row with the
// routines bound to the call's types.
type aggregator struct {
	x    *state
	agg  *catalog.Aggregate
	err  error // it cannot be run
	args []eval
	nins int // aggregated arguments that the transition function gets

	filter test
	count  byte                     // 's': count(*), 'c': count(x): no calls needed
	best   func(a, b adt.Datum) int // max and min: below 1 if b is it; no calls needed either

	trans, inverse *routine
	transBody      func(*adt.Call, []adt.Datum) (adt.Datum, error)
	final          *routine
	finalExtra     bool
	initVal        *string
	transType      *adt.Type
	shared         bool // the initial state may be shared: it is immutable
	grows          bool // the state holds all the arguments
	grown          int64
	initial        adt.Datum
	buf            []adt.Datum

	collect bool // rows are collected and sorted first
	vals    adt.Row
	sort    []sortCol
	dups    []int // DISTINCT columns
	dupEqs  []func(a, b adt.Datum) (bool, error)
	direct  []eval
	set     bool // ordered-set aggregate
	multi   bool // its NULLs are kept
	types   []OID
}

// aggCall describes an aggregate call, of an Agg or a WindowAgg.
type aggCall struct {
	fn, result, collation OID
	args                  []nodes.Expr
	filter                nodes.Expr
	star, variadic        bool
	moving                bool // use the moving-aggregate functions
}

// aggregator binds an aggregate's routines.
func (c *compiler) aggregator(k aggCall, direct []nodes.Expr) *aggregator {
	a := &aggregator{x: c.x, agg: c.cat.AggregateByOID(k.fn), nins: len(k.args)}
	p := c.cat.ProcByOID(k.fn)
	if a.agg == nil || p == nil {
		a.err = pgerr.Internal("cache lookup failed for aggregate %d", k.fn)
		return a
	}
	if k.filter != nil {
		a.filter = c.test(k.filter)
	}
	a.args, a.direct = c.exprs(k.args), c.exprs(direct)
	a.types = typesOf(k.args)
	a.set = a.agg.Kind != 'n' && a.agg.Kind != 0

	transFn, finalFn, transType := a.agg.TransFn, a.agg.FinalFn, a.agg.TransType
	a.finalExtra, a.initVal = a.agg.FinalExtra, a.agg.InitVal
	if k.moving {
		transFn, finalFn, transType = a.agg.MTransFn, a.agg.MFinalFn, a.agg.MTransType
		a.finalExtra, a.initVal = a.agg.MFinalExtra, a.agg.MInitVal
	}
	transType = c.stateType(transType, k, a.types)
	if t := c.cat.ProcByOID(transFn); t != nil && !a.set && !k.moving {
		switch {
		case t.Src == "int8inc" && k.star:
			a.count = 's'
		case t.Src == "int8inc_any":
			a.count = 'c'
		}
	}
	a.best = c.extreme(transFn, k)
	s := site{args: append([]OID{transType}, a.types...), result: transType, collation: k.collation, variadic: k.variadic}
	if a.set {
		t := c.cat.ProcByOID(transFn)
		a.multi = t != nil && t.Src == "ordered_set_transition_multi"
	} else {
		a.trans = c.routine(transFn, s)
		if a.trans.call != nil {
			a.trans.call.Agg = true
		}
		if a.transBody = c.plain(a.trans); a.transBody == nil && a.count == 0 {
			a.err = c.unsupported(p)
			return a
		}
	}
	if k.moving {
		a.inverse = c.routine(a.agg.MInvTransFn, s)
		if a.inverse.call != nil {
			a.inverse.call.Agg = true
		}
		if c.plain(a.inverse) == nil {
			a.err = c.unsupported(p)
			return a
		}
	}
	if finalFn != 0 {
		args := append([]OID{transType}, typesOf(direct)...)
		if a.finalExtra {
			args = append(args, a.types...)
		}
		a.final = c.routine(finalFn, site{args: args, result: k.result, collation: k.collation, variadic: k.variadic})
		if a.final.call != nil {
			a.final.call.Agg = true
		}
		if c.plain(a.final) == nil {
			a.err = c.unsupported(p)
			return a
		}
	}
	if a.transType = c.cat.TypeByOID(transType); a.transType == nil {
		a.err = pgerr.Internal("cache lookup failed for type %d", transType)
		return a
	}
	a.buf = make([]adt.Datum, len(a.args)+1)
	a.grows = a.trans != nil && a.trans.proc != nil && !k.moving && keepsArguments(a.trans.proc.Src)
	a.shared = a.transType.ByVal || a.transType.OID == adt.TextOID || a.transType.OID == adt.NumericOID
	if a.initVal != nil && a.shared && a.err == nil {
		a.initial, a.err = a.transType.InputText(c.env, *a.initVal, -1)
	}
	return a
}

// keepsArguments tells of a transition function whose state grows with each call.
func keepsArguments(src string) bool {
	return strings.Contains(src, "agg_") && !strings.Contains(src, "intersect") || src == "xmlconcat2"
}

// stateType resolves a polymorphic transition type.
func (c *compiler) stateType(t OID, k aggCall, args []OID) OID {
	typ := c.cat.TypeByOID(t)
	if typ == nil || typ.Kind != 'p' || t == adt.InternalOID || t == adt.RecordOID {
		return t
	}
	if strings.HasPrefix(typ.Name, "any") && len(args) > 0 {
		return args[0]
	}
	return k.result
}

// aggref compiles an Aggref.
func (c *compiler) aggref(e *nodes.Aggref) *aggregator {
	var exprs, plain []nodes.Expr
	for _, t := range e.Args {
		exprs = append(exprs, t.Expr)
		if !t.Resjunk {
			plain = append(plain, t.Expr)
		}
	}
	a := c.aggregator(aggCall{
		fn: e.Func, result: e.Type, collation: e.InputCollation, args: plain,
		filter: e.Filter, star: e.Star, variadic: e.Variadic,
	}, e.DirectArgs)
	if a.err != nil || len(e.Order) == 0 && len(e.Distinct) == 0 && !a.set {
		return a
	}
	a.collect = true
	a.args, a.vals = c.exprs(exprs), make(adt.Row, len(exprs))
	place := map[int]int{}
	for i, t := range e.Args {
		if t.Ref != 0 {
			place[t.Ref] = i
		}
	}
	keys := e.Order
	if len(e.Distinct) > len(keys) {
		keys = e.Distinct // ORDER BY's keys come first in it
	}
	for _, k := range keys {
		i, info := place[k.Ref], nodes.TypeOf(exprs[place[k.Ref]])
		a.sort = append(a.sort, c.sortCol(i, info.Type, k.Sort, info.Collation, k.Desc, k.NullsFirst))
	}
	for _, k := range e.Distinct {
		i, info := place[k.Ref], nodes.TypeOf(exprs[place[k.Ref]])
		a.dups = append(a.dups, i)
		a.dupEqs = append(a.dupEqs, c.equality(k.Eq, info.Type, info.Type, info.Collation))
	}
	return a
}

// start gives a group its initial state.
func (a *aggregator) start(st *aggState) error {
	if a.err != nil {
		return a.err
	}
	if a.count != 0 || a.set {
		return nil
	}
	if a.initVal == nil {
		st.empty = a.trans.proc.Strict
		return nil
	}
	if a.shared {
		st.val = a.initial
		return nil
	}
	v, err := a.transType.InputText(a.x.run.Env, *a.initVal, -1)
	st.val = v
	return err
}

// step takes an input row in.
func (a *aggregator) step(st *aggState, row adt.Row) error {
	if a.filter != nil {
		if v, err := a.filter(row); err != nil || v != yes {
			return err
		}
	}
	switch a.count {
	case 's':
		st.n++
		return nil
	case 'c':
		v, err := a.args[0](row)
		if v != nil {
			st.n++
		}
		return err
	}
	if a.best != nil {
		v, err := a.args[0](row)
		if v != nil && (st.empty || a.best(st.val, v) <= 0) {
			st.val, st.empty = v, false
		}
		return err
	}
	for i, f := range a.args {
		v, err := f(row)
		if err != nil {
			return err
		}
		a.buf[i+1] = v
	}
	return a.advance(st)
}

// advance calls the transition function with the arguments in buf
// (advance_transition_function).
func (a *aggregator) advance(st *aggState) error {
	if a.trans.proc.Strict {
		for _, v := range a.buf[1:] {
			if v == nil {
				return nil
			}
		}
		if st.empty {
			st.val, st.empty = a.buf[1], false
			return nil
		}
		if st.val == nil {
			return nil
		}
	}
	if a.grows {
		size := int64(0)
		for _, d := range a.buf[1:] {
			size += 16 + adt.MemorySize(d)
		}
		a.grown += size
		if err := a.x.hold(size); err != nil {
			return err
		}
	}
	a.buf[0] = st.val
	v, err := a.transBody(a.trans.call, a.buf)
	st.val = v
	return err
}

// shrink tells that the states are gone.
func (a *aggregator) shrink() {
	a.x.release(a.grown)
	a.grown = 0
}

// result calls the final function.
func (a *aggregator) result(st *aggState) (adt.Datum, error) {
	if a.count != 0 {
		return st.n, nil
	}
	val := st.val
	if a.final == nil {
		return val, nil
	}
	args := []adt.Datum{val}
	for _, d := range a.direct {
		v, err := d(st.first)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	if a.finalExtra {
		args = append(args, make([]adt.Datum, a.nins)...)
	}
	if a.final.proc.Strict {
		for _, v := range args {
			if v == nil {
				return nil, nil
			}
		}
	}
	return a.final.proc.Body.Call(a.final.call, args)
}
