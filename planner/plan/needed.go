package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// noteNeeded collects the columns that the level's expressions read, so that
// tables are asked for no others.
func (l *level) noteNeeded(targets []*nodes.TargetEntry, conds []nodes.Expr, from []nodes.JoinNode) {
	l.needed = map[varKey]bool{}
	note := func(e nodes.Expr) {
		nodes.Walk(e, func(n nodes.Expr) bool {
			if v, ok := n.(*nodes.Var); ok {
				l.needed[varKey{v.RTE, v.Attno}] = true
			}
			return true
		})
	}
	for _, t := range targets {
		note(t.Expr)
	}
	for _, c := range conds {
		note(c)
	}
	for _, h := range l.having {
		note(h)
	}
	for _, it := range from {
		nodes.WalkJoin(it, note)
	}
	for _, s := range l.semis {
		for _, c := range s.conds {
			note(c)
		}
		for _, it := range s.items {
			nodes.WalkJoin(it, note)
		}
	}
	// LATERAL items and functions name columns of their siblings.
	for _, r := range l.q.RangeTable {
		for _, f := range r.Functions {
			l.noteRaw(f.Expr)
		}
		for _, row := range r.Values {
			for _, e := range row {
				l.noteRaw(e)
			}
		}
		if r.Query != nil {
			nodes.WalkQuery(r.Query, func(e nodes.Expr, depth int) bool {
				if v, ok := e.(*nodes.Var); ok && v.LevelsUp == depth+1 {
					l.noteVar(v)
				}
				return true
			})
		}
	}
}

// noteRaw notes the columns of an expression that is not prepared yet.
func (l *level) noteRaw(e nodes.Expr) {
	nodes.Walk(e, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Var:
			if n.LevelsUp == 0 {
				l.noteVar(n)
			}
		case *nodes.SubLink:
			if n.Query != nil {
				nodes.WalkQuery(n.Query, func(e nodes.Expr, depth int) bool {
					if v, ok := e.(*nodes.Var); ok && v.LevelsUp == depth+1 {
						l.noteVar(v)
					}
					return true
				})
			}
		}
		return true
	})
}

func (l *level) noteVar(v *nodes.Var) {
	r := l.rte(v.RTE)
	if r.Kind == nodes.RTEJoin {
		for i, e := range r.JoinVars {
			if v.Attno == 0 || v.Attno == i+1 {
				l.noteRaw(e)
			}
		}
		return
	}
	l.needed[varKey{v.RTE, v.Attno}] = true
}

// noteLimit finds the number of rows that a query over one FROM item can need,
// for tables that can stop early.
func (l *level) noteLimit(from []nodes.JoinNode) {
	q := l.q
	if len(from) != 1 || len(l.semis) > 0 || q.HasAggs || len(q.Group) > 0 || q.GroupingSets != nil || q.HasTargetSRFs || len(l.having) > 0 {
		return
	}
	if _, ok := from[0].(*nodes.RangeRef); !ok {
		return
	}
	switch {
	case q.HasWindowFuncs:
		if l.first != nil && l.first.read {
			l.limitHint = l.first.count
		}
	case len(q.Distinct) > 0 || len(q.Sort) > 0 || q.WithTies:
	case l.exists && q.LimitCount == nil && q.LimitOffset == nil:
		l.limitHint = 1
	case l.limitAbove > 0 && q.LimitCount == nil && q.LimitOffset == nil:
		l.limitHint = l.limitAbove
	default:
		if n, ok := l.limitRows(); ok {
			l.limitHint = n
		}
	}
}
