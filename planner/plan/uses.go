package plan

import (
	"math"
	"slices"

	"github.com/flowgres/flowgres/planner/nodes"
)

// use is how a plan uses a scan.
type use struct {
	way
	scan *Scan
	each bool // one row of each place tells all
}

// way is how the nodes on the way down to a node use its rows.
type way struct {
	early bool // its reader is likely to stop before the end
	again bool // it may be opened several times
	write bool // what it reads is written to
	sure  bool // it is read, and to its end, whatever other rows there are
	fed   bool // its keys come in batches

	cursor bool // early only because it is a cursor's
	ties   bool // right below a Limit WITH TIES

	byPlace

	first  int64   // so many rows are wanted of it, whichever they are; 0: all
	runs   *runs   // of what takes parameters around it
	single []*Scan // of which one row of each place tells all
}

// byPlace is what a way knows of what wants rows place by place above.
type byPlace struct {
	order *placewise // nil: there is none, or something stands between that takes all rows first
	from  *source    // of order: what is below is on the way to it
	limit int64      // so many rows are wanted of it, whichever of a place they are; 0: all
}

// passes tells that rows come through a node in the order of what is wanted place by place.
func (p byPlace) passes(n Node) bool { return p.order != nil && slices.Contains(p.from.between, n) }

// uses collects the remote scans below a node.
func (b *builder) uses(n Node, w way, out *[]use) {
	if n.Common().OneTime != nil {
		w.sure = false
	}
	w.first = firstOf(n, w.first)
	if s, ok := n.(*Scan); ok {
		if s.Fdw.Calls > 0 {
			*out = append(*out, w.to(s))
		}
		return
	}
	ways := b.below(n, w)
	for i, in := range Inputs(n) {
		b.uses(in, ways[i], out)
	}
}

// to ends a way at a scan.
func (w way) to(s *Scan) use {
	if len(s.Quals) > 0 {
		w.limit = 0
	}
	w.fed = w.fed && len(s.Args) > 0
	return use{way: w, scan: s, each: slices.Contains(w.single, s)}
}

// below gives the ways on from a node, one for each of its Inputs.
func (b *builder) below(n Node, w way) []way {
	ties := w.ties
	w.ties = false
	switch n := n.(type) {
	case *Limit:
		w.early = w.early || n.Count != nil
		w.cursor = w.cursor && n.Count == nil
		w.ties = n.Ties != nil
	case *NestLoop:
		return b.belowLoop(n, w)
	case *HashJoin:
		return b.belowHash(n, w)
	case *RecursiveUnion:
		return []way{w, {early: w.early, again: true, write: w.write}}
	case *Agg:
		w = b.belowAgg(n, w)
	case *Unique:
		if s, ok := n.Input.(*Sort); ok && w.single == nil {
			w.single = b.oneOfEachKey(s, len(n.Keys))
		}
	case *SetOp:
		w.early = false
	case *Modify:
		w.early, w.write = false, true
	case *Sort:
		w.ties = ties
		w = belowSort(n, w)
	case *Append:
		return belowAppend(n, w)
	case *WindowAgg:
		w.early = w.early && w.passes(n)
	}
	return slices.Repeat([]way{w}, len(Inputs(n)))
}

// once tells of joins that look for no more than one inner row of each outer row.
func once(t nodes.JoinType) bool { return t == nodes.SemiJoin || t == nodes.AntiJoin }

func (b *builder) belowLoop(n *NestLoop, w way) []way {
	inner := way{again: true, write: w.write, runs: b.inners[n.Inner]}
	inner.early = w.early && w.order == nil && len(n.Params) > 0 || once(n.Type)
	if once(n.Type) && len(n.On) == 0 {
		inner.first = 1
	}
	return []way{w, inner}
}

func (b *builder) belowHash(n *HashJoin, w way) []way {
	outer, inner := w, w
	// An empty side may spare the other.
	outer.sure = w.sure && (n.Feed != nil || n.Type == nodes.LeftJoin || n.Type == nodes.FullJoin || n.Type == nodes.AntiJoin)
	inner.sure = w.sure && n.Feed == nil
	inner.early, inner.first, inner.byPlace = false, 0, byPlace{}
	inner.fed = w.fed || n.Feed != nil
	if once(n.Type) && len(n.On) == 0 {
		inner.single = b.oneOfEach(n.InnerKeys, n.Inner)
	}
	return []way{outer, inner}
}

// belowAgg settles whether an Agg's groups go out as they come, too.
func (b *builder) belowAgg(n *Agg, w way) way {
	n.Stream = w.early && w.order == nil && len(n.Aggs) == 0 && n.Sets == nil && len(n.Groups) > 0
	if w.early && w.order == nil && !n.Stream {
		if src := groupOrder(n); src != nil {
			w.byPlace = byPlace{order: &placewise{source: src}, from: src}
		}
	}
	w.early = n.Stream || w.early && w.order != nil
	if w.single == nil {
		w.single = b.oneOfEachGroup(n)
	}
	return w
}

func belowSort(n *Sort, w way) way {
	if w.passes(n) {
		return w
	}
	if src := placeOrder(n); w.early && w.order == nil && src != nil {
		w.byPlace = byPlace{order: &placewise{source: src, sort: n, marks: w.ties}, from: src, limit: orderedLimit(n, src)}
	} else {
		w.early = false
	}
	return w
}

func belowAppend(n *Append, w way) []way {
	ways := slices.Repeat([]way{w}, len(n.Inputs))
	if w.order == nil || w.from.merge != n {
		return ways
	}
	for i, src := range w.from.inputs {
		switch below := &ways[i]; {
		case src == nil: // it is sorted
			below.early, below.byPlace = false, byPlace{}
		case src.plain():
			below.from = src
		default:
			below.from, below.limit = src, 0
		}
	}
	return ways
}

// firstOf gives how many rows are wanted of a node's inputs, each, when so many of
// the node's are; of a Scan: of its table; of a join: of its outer side. 0: all.
func firstOf(n Node, wanted int64) int64 {
	if len(n.Common().Quals) > 0 {
		return 0
	}
	switch n := n.(type) {
	case *Scan, *Result, *Append:
		return wanted
	case *NestLoop:
		if n.Type == nodes.LeftJoin {
			return wanted
		}
	case *HashJoin:
		if n.Type == nodes.LeftJoin {
			return wanted
		}
	case *Limit:
		count, limited := rowCount(n.Count)
		offset, ok := rowCount(n.Offset)
		switch {
		case n.Ties != nil || n.Offset != nil && !ok:
			return 0
		case limited && (wanted == 0 || count < wanted):
			wanted = count
		}
		if wanted == 0 || wanted > math.MaxInt64-offset {
			return 0
		}
		return wanted + offset
	}
	return 0
}

// rowCount gives the number of rows that a constant of LIMIT or OFFSET says.
func rowCount(e nodes.Expr) (int64, bool) {
	k, ok := e.(*nodes.Const)
	if !ok {
		return 0, false
	}
	n, ok := k.Value.(int64)
	return n, ok && n >= 0
}

// exists tells which subplans are only asked for a first row.
func (b *builder) exists() map[int]bool {
	out := map[int]bool{}
	b.plan.visit(func(n Node) {
		for _, s := range subPlansOf(n) {
			out[s.ID] = s.Link.Kind == nodes.ExistsSubLink
		}
	})
	return out
}

// certain tells which subplans are run, and to their end, when the statement is:
// those of a result's columns that depend on nothing.
func (b *builder) certain() map[int]bool {
	out := map[int]bool{}
	r, ok := b.plan.Root.(*Result)
	if !ok || r.Input != nil || r.OneTime != nil || len(r.Quals) > 0 {
		return out
	}
	for _, t := range r.Targets {
		nodes.Walk(t, func(x nodes.Expr) bool {
			switch x := x.(type) {
			case *nodes.CaseExpr, *nodes.CoalesceExpr, *nodes.BoolExpr:
				return false
			case *SubPlanExpr:
				out[x.ID] = x.Link.Kind == nodes.ExprSubLink && len(x.Args) == 0
			}
			return true
		})
	}
	return out
}
