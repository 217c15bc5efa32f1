package plan

import (
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// rangeBegins offers, for texts that are held between two bounds by their bytes, what all
// texts between begin with: what LIKE is in an index, and BETWEEN of the like.
func (b *builder) rangeBegins(id int, columns []fdw.Column, conds []nodes.Expr) []offer {
	type bound struct {
		offer
		text string
	}
	var lows, highs []bound
	for _, c := range conds {
		op, ok := c.(*nodes.OpExpr)
		if !ok || b.volatile(c) || op.InputCollation != adt.DefaultCollationOID && op.InputCollation != adt.CCollationOID {
			continue
		}
		o, ok := b.offer(id, columns, c, false)
		if !ok || o.qual.Late || len(o.qual.Values) != 1 {
			continue
		}
		text, ok := o.qual.Values[0].(string)
		if !ok || columns[o.qual.Column].Type != adt.TextOID && o.qual.Key == nil {
			continue
		}
		o.of = c
		switch o.qual.Op {
		case fdw.OpGe, fdw.OpGt:
			lows = append(lows, bound{o, text})
		case fdw.OpLt, fdw.OpLe:
			highs = append(highs, bound{o, text})
		}
	}
	var out []offer
	for _, low := range lows {
		for _, high := range highs {
			l, h := &low.qual, &high.qual
			if l.Column != h.Column || (l.Key == nil) != (h.Key == nil) || l.Key != nil && *l.Key != *h.Key {
				continue
			}
			if begin := between(low.text, high.text, h.Op == fdw.OpLt); begin != "" {
				out = append(out, offer{of: low.of, qual: fdw.Qual{Column: l.Column, Key: l.Key, Op: fdw.OpPrefix, Values: []any{begin}, Text: b.qualText(low.of, columns)}})
			}
		}
	}
	return out
}

// between gives what all texts from low to high begin with; open tells that high itself is
// none of them.
func between(low, high string, open bool) string {
	n := 0
	for n < len(low) && n < len(high) && low[n] == high[n] {
		n++
	}
	if open && n < len(low) && len(high) == n+1 && low[n]+1 == high[n] {
		n++ // from vpc-… to before vpc. there is vpc- alone
	}
	for n > 0 && !utf8.ValidString(low[:n]) {
		n--
	}
	return low[:n]
}

// valuesNeeded offers that columns are not NULL which conditions that are checked here
// reject NULLs of, where nothing else is offered of them.
func (b *builder) valuesNeeded(id int, columns []fdw.Column, conds []nodes.Expr, offered []offer) []offer {
	asked := map[int]bool{}
	for _, o := range offered {
		switch o.qual.Op {
		case fdw.OpEq, fdw.OpIn, fdw.OpLike, fdw.OpPrefix, fdw.OpHasKey, fdw.OpHasAny, fdw.OpContains, fdw.OpNotNull:
			asked[b.mapOf(columns, o.qual.Column)] = true
		}
	}
	var out []offer
	for _, c := range conds {
		if b.volatile(c) || holdsSubPlan(c) {
			continue
		}
		for n := range columnsIn(c, id) {
			if n < 1 || n > len(columns) || columns[n-1].NotNull || columns[n-1].Place || asked[b.mapOf(columns, n-1)] {
				continue
			}
			v := &nodes.Var{RTE: id, Attno: n, Type: columns[n-1].Type, Typmod: -1}
			if k, ok := b.at(c, v, nil).(*nodes.Const); ok && k.Value != any(true) {
				asked[b.mapOf(columns, n-1)] = true
				out = append(out, offer{of: c, qual: fdw.Qual{Column: n - 1, Op: fdw.OpNotNull, Text: b.qualText(c, columns)}})
			}
		}
	}
	return out
}

// mapOf gives the column of which one lists the pairs, or itself.
func (b *builder) mapOf(columns []fdw.Column, i int) int {
	if of := columns[i].PairsOf; of > 0 {
		return of - 1
	}
	return i
}
