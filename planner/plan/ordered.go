package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// Oids of text's < and >, which are varchar's, too.
const (
	textLtOperator = 664
	textGtOperator = 666
)

// source is what gives rows in the order of place columns (fdw.Column.Place): a scan, whose
// table can read its places in that order, or an Append of such, whose inputs are merged.
type source struct {
	scan    *Scan
	order   []fdw.Order // the place columns
	between []Node      // on the way from what wants the order down to the scan or the Append

	merge  *Append
	keys   []*SortKey // of merge's input rows, as many as order
	inputs []*source  // one an input of merge; nil: it does not come in the order
}

// placeOrder gives the source of a Sort's rows that can give them in the order of the
// Sort's first keys; then a Sort of which only the first rows are wanted need not see the
// others. nil: there is none.
func placeOrder(s *Sort) *source {
	var keys []*SortKey
	for _, k := range s.Keys {
		if k.Type != adt.TextOID && k.Type != adt.VarcharOID || k.Collation != adt.DefaultCollationOID && k.Collation != adt.CCollationOID || k.Op != textLtOperator && k.Op != textGtOperator {
			break
		}
		keys = append(keys, k)
	}
	return placesBelow(s.Input, keys)
}

// groupOrder is placeOrder for an Agg whose groups may be put out as they are whole.
func groupOrder(a *Agg) *source {
	for _, g := range a.Groups {
		if s, ok := g.(*nodes.Slot); ok && s.Type == adt.TextOID && a.Sets == nil {
			if src := placesBelow(a.Input, []*SortKey{textKey(s.Index)}); src != nil {
				src.between = append([]Node{a}, src.between...)
				return src
			}
		}
	}
	return nil
}

// textKey orders by a column of text.
func textKey(slot int) *SortKey {
	return &SortKey{Slot: slot, Type: adt.TextOID, Collation: adt.CCollationOID, Op: textLtOperator}
}

// placesBelow follows columns of a node's rows down to what reads them, as far as they are
// place columns; nil: the first is none.
func placesBelow(n Node, keys []*SortKey) *source {
	out := &source{}
	for {
		base := n.Common()
		if base.Targets != nil {
			keys = through(keys, base.Targets)
		}
		if len(keys) == 0 {
			return nil
		}
		switch x := n.(type) {
		case *Result:
			if x.Input == nil {
				return nil
			}
			out.between = append(out.between, x)
			n = x.Input
			continue
		case *Agg:
			if x.Sets != nil {
				return nil
			}
			keys = through(keys, x.Groups)
			out.between = append(out.between, x)
			n = x.Input
			continue
		case *WindowAgg: // whose partitions are within places
			keys = leading(keys, func(k *SortKey) bool {
				return slices.ContainsFunc(x.Partition, func(p *KeyColumn) bool { return p.Slot == k.Slot })
			})
			out.between = append(out.between, x)
			n = x.Input
			continue
		case *Sort: // of a window's: the rows of a place are sorted at once
			if x.Limit != nil {
				return nil
			}
			i := -1
			keys = leading(keys, func(k *SortKey) bool {
				i++
				return i < len(x.Keys) && x.Keys[i].Slot == k.Slot && x.Keys[i].Desc == k.Desc && x.Keys[i].NullsFirst == k.NullsFirst
			})
			out.between = append(out.between, x)
			n = x.Input
			continue
		case *ProjectSet:
			out.between = append(out.between, x)
			n = x.Input
			continue
		case *NestLoop:
			keys = ofOuter(keys, x.Outer)
			out.between = append(out.between, x)
			n = x.Outer
			continue
		case *HashJoin:
			if x.Type == nodes.RightJoin || x.Type == nodes.FullJoin || x.Feed != nil || x.Inner.Common().Calls > 0 {
				return nil
			}
			keys = ofOuter(keys, x.Outer)
			out.between = append(out.between, x)
			n = x.Outer
			continue
		case *Scan:
			out.scan = x
			columns := x.Relation.Table.Columns()
			for _, k := range keys {
				if k.Slot >= len(columns) || !columns[k.Slot].Place {
					break
				}
				out.order = append(out.order, fdw.Order{Column: k.Slot, Desc: k.Desc})
			}
			if len(out.order) > 0 {
				return out
			}
		case *Append:
			if out.mergeOf(x, keys) {
				return out
			}
		}
		return nil
	}
}

// mergeOf makes an Append the source, if rows of an input come in the order of some of the
// keys; inputs that do not are to be sorted.
func (s *source) mergeOf(a *Append, keys []*SortKey) bool {
	s.merge = a
	for _, in := range a.Inputs {
		src := placesBelow(in, keys)
		if src != nil && src.scan != nil && src.scan.Fdw.Calls == 0 {
			src = nil // it costs nothing to read
		}
		s.inputs = append(s.inputs, src)
		if src != nil && (s.order == nil || len(src.order) < len(s.order)) {
			s.order = src.order
		}
	}
	for _, in := range s.inputs {
		if in != nil {
			in.cut(len(s.order))
		}
	}
	s.keys = keys[:len(s.order)]
	return len(s.order) > 0
}

// cut leaves the first columns of the order.
func (s *source) cut(n int) {
	s.order = s.order[:n]
	if s.merge != nil {
		s.keys = s.keys[:n]
	}
	for _, in := range s.inputs {
		if in != nil {
			in.cut(n)
		}
	}
}

// plain tells that the source's rows are as those of what wants the order: none is dropped,
// and none made of several.
func (s *source) plain() bool {
	for _, n := range s.between {
		if _, plain := n.(*Result); !plain || len(n.Common().Quals) > 0 {
			return false
		}
	}
	return s.merge == nil || len(s.merge.Quals) == 0
}

// through gives the keys over a projection's input that some over its output are, up to
// the first that is none.
func through(keys []*SortKey, targets []nodes.Expr) []*SortKey {
	var out []*SortKey
	for _, k := range keys {
		if k.Slot >= len(targets) {
			break
		}
		s := plainSlot(targets[k.Slot])
		if s == nil {
			break
		}
		below := *k
		below.Slot = s.Index
		out = append(out, &below)
	}
	return out
}

// leading gives the first keys for which something holds.
func leading(keys []*SortKey, is func(*SortKey) bool) []*SortKey {
	for i, k := range keys {
		if !is(k) {
			return keys[:i]
		}
	}
	return keys
}

// ofOuter gives the first keys over a join's input row that are of its outer side.
func ofOuter(keys []*SortKey, outer Node) []*SortKey {
	width := outer.Common().Width
	if targets := outer.Common().Targets; targets != nil {
		width = len(targets)
	}
	return leading(keys, func(k *SortKey) bool { return k.Slot < width })
}

// plainSlot gives the column that an expression is, compared by its bytes or not.
func plainSlot(e nodes.Expr) *nodes.Slot {
	for {
		switch x := e.(type) {
		case *nodes.CollateExpr:
			if x.Collation != adt.CCollationOID {
				return nil
			}
			e = x.Arg
			continue
		case *nodes.RelabelType:
			if x.Type != adt.TextOID && x.Type != adt.VarcharOID {
				return nil
			}
			e = x.Arg
			continue
		case *nodes.Slot:
			return x
		}
		return nil
	}
}

// firstDecides puts min and max of a place column over the first row in its order,
// for an aggregation that is nothing but that.
func (l *level) firstDecides(s *stage, groups []nodes.Expr, aggs []*nodes.Aggref) {
	if len(groups) > 0 || len(aggs) == 0 || l.b.opt.PushDown == PushDownOff {
		return
	}
	var key *SortKey
	for _, a := range aggs {
		if !l.isExtreme(a) {
			return
		}
		v := a.Args[0].Expr.(*nodes.Var) //nolint:errcheck // isExtreme
		k := &SortKey{Slot: s.find(v), Type: v.Type, Collation: v.Collation, Op: textLtOperator}
		if l.b.opt.Catalog.ProcByOID(a.Func).Name == "max" {
			k.Op, k.Desc = textGtOperator, true
		}
		if k.Slot < 0 || key != nil && *key != *k {
			return
		}
		key = k
	}
	one := &nodes.Const{Type: adt.Int8OID, Typmod: -1, Value: adt.Datum(int64(1)), Location: -1}
	sort := &Sort{Input: s.node, Keys: []*SortKey{key}, Limit: one}
	if placeOrder(sort) == nil {
		return
	}
	l.wrap(s, sort, 1)
	l.oneRow(s)
}

// isPlace tells whether a column is a table's place column, or that of branches of a UNION.
func (l *level) isPlace(v *nodes.Var) bool {
	if v.Attno < 1 {
		return false
	}
	r := l.rte(v.RTE)
	switch {
	case r.Kind == nodes.RTERelation && r.Relation != nil && r.Relation.Table != nil:
		columns := r.Relation.Table.Columns()
		return v.Attno <= len(columns) && columns[v.Attno-1].Place
	case r.Kind == nodes.RTESubquery && r.Query.SetOp != nil:
		leaf := &level{b: l.b, q: r.Query}
		return slices.ContainsFunc(r.Query.RangeTable, func(branch *nodes.RTE) bool {
			if branch.Kind != nodes.RTESubquery || branch.Query == nil || len(branch.Query.TargetList) < v.Attno {
				return false
			}
			leaf.q = branch.Query
			below, ok := branch.Query.TargetList[v.Attno-1].Expr.(*nodes.Var)
			return ok && below.LevelsUp == 0 && leaf.isPlace(below)
		})
	}
	return false
}
