package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// scalarArrayOp is a op ANY (array) and a op ALL (array).
func (c *compiler) scalarArrayOp(e *nodes.ScalarArrayOpExpr) eval {
	if f := c.hashedArrayOp(e); f != nil {
		return f
	}
	scalar, array := c.expr(e.Args[0]), c.expr(e.Args[1])
	left, arr := nodes.TypeOf(e.Args[0]).Type, nodes.TypeOf(e.Args[1]).Type
	r := c.routine(e.Func, site{args: []OID{left, c.elemType(arr)}, result: adt.BoolOID, collation: e.InputCollation})
	strict := r.err == nil && r.proc.Strict
	f, decided := c.binary(r), is(!e.All)
	return func(row adt.Row) (adt.Datum, error) {
		v, err := scalar(row)
		if err != nil {
			return nil, err
		}
		d, err := array(row)
		a, ok := d.(*adt.Array)
		if err != nil || !ok {
			return nil, err
		}
		if len(a.Values) == 0 {
			return e.All, nil
		}
		if v == nil && strict {
			return nil, nil
		}
		out := decided.not()
		for _, w := range a.Values {
			d, err := f(v, w)
			if err != nil {
				return nil, err
			}
			switch truthOf(d) {
			case decided:
				return decided.datum(), nil
			case unknown:
				out = unknown
			}
		}
		return out.datum(), nil
	}
}

// elemType gives the element type of an array type, int2vector and oidvector
// included.
func (c *compiler) elemType(arr OID) OID {
	if t := c.cat.TypeByOID(c.cat.BaseType(arr)); t != nil {
		return t.Elem
	}
	return 0
}

// hashedArrayOp is = ANY and <> ALL of an array that is known now: its elements
// go into a hash table. nil if that cannot be done.
func (c *compiler) hashedArrayOp(e *nodes.ScalarArrayOpExpr) eval {
	d, known := c.constOf(e.Args[1])
	a, ok := d.(*adt.Array)
	if !known || !ok || len(a.Values) < 4 {
		return nil
	}
	left, right := c.cat.BaseType(nodes.TypeOf(e.Args[0]).Type), c.cat.BaseType(c.elemType(nodes.TypeOf(e.Args[1]).Type))
	eq := e.Op
	if e.All {
		o := c.cat.OperatorByOID(e.Op)
		if o == nil {
			return nil
		}
		eq = o.Negator
	}
	o := c.cat.OperatorByOID(eq)
	if o == nil {
		return nil
	}
	if p := c.cat.ProcByOID(o.Code); p == nil || !p.Strict || p.Body == nil || p.Body.Call == nil {
		return nil
	}
	lkey, rkey := c.keyPair(left, right, eq, e.InputCollation)
	if lkey == nil {
		return nil
	}
	scalar, set, nulls := c.expr(e.Args[0]), make(map[string]struct{}, len(a.Values)), false
	var buf []byte
	for _, v := range a.Values {
		if v == nil {
			nulls = true
			continue
		}
		set[string(rkey(buf[:0], v))] = struct{}{}
	}
	miss := e.All
	return func(row adt.Row) (adt.Datum, error) {
		v, err := scalar(row)
		if err != nil || v == nil {
			return nil, err
		}
		buf = lkey(buf[:0], v)
		if _, ok := set[string(buf)]; ok {
			return !miss, nil
		}
		if nulls {
			return nil, nil
		}
		return miss, nil
	}
}
