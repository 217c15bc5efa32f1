package plan

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// use is how a plan uses a scan.
type use struct {
	scan  *Scan
	early bool // its reader is likely to stop before the end
	again bool // it may be opened several times
	write bool // what it reads is written to
	sure  bool // it is read, and to its end, whatever other rows there are
	fed   bool // its keys come in batches

	cursor bool // early only because it is a cursor's

	order *placed
	from  *source // of order: with this scan
	limit int64   // with order: so many rows are wanted, whichever of a place they are; 0: all
	first int64   // so many rows are wanted, whichever they are; 0: all
	each  bool    // one row of each place tells all
	runs  *runs   // of what takes parameters around it
}

// way is how the nodes on the way down to a scan use it.
type way struct {
	early, again, write, sure, fed bool

	cursor bool // early for a cursor's sake
	ties   bool // right below a Limit WITH TIES

	order *placed
	from  *source // of order: what is below is on the way to it
	limit int64
	first int64 // rows that are wanted of the node, 0: all
	runs  *runs
	each  []*Scan // of which one row of each place tells all
}

// placed is what wants rows place by place: it stops when it has enough.
type placed struct {
	*source
	sort  *Sort // nil: an Agg alone, the first of between
	marks bool  // the sort puts marks out, too
}

// wantsWhole tells that no row comes out before all of its place, in so many columns of the order, are in.
func (p *placed) wantsWhole(n int) bool {
	return p.sort != nil && n < len(p.sort.Keys) || slices.ContainsFunc(p.between, func(n Node) bool {
		a, ok := n.(*Agg)
		return ok && len(a.Aggs) > 0
	})
}

// settle makes the nodes use the marks of scans that keep to so many columns of
// the order.
func (p *placed) settle(b *builder, n int) {
	p.cut(n)
	if p.sort != nil {
		p.sort.Presorted, p.sort.Marks = n, p.marks
	}
	p.source.settle(b)
	if p.sort == nil {
		p.between[0].Common().Marks = false
	}
}

// settle has the nodes from the source's scans up put marks out.
func (s *source) settle(b *builder) {
	for _, x := range s.between {
		switch x := x.(type) {
		case *Agg:
			x.Runs, x.Stream = true, len(x.Aggs) == 0
		case *Sort:
			x.Presorted = len(s.order)
		}
		x.Common().Marks = true
	}
	if s.scan != nil {
		s.scan.Marks = true
		return
	}
	m := s.merge
	m.Marks, m.Keys, m.Steps = true, s.keys, make([][]adt.Datum, len(m.Inputs))
	for i, in := range s.inputs {
		if in == nil {
			below := m.Inputs[i].Common()
			sorted := &Sort{Input: m.Inputs[i], Keys: s.keys}
			m.Inputs[i] = b.node(sorted, below.Width)
			sorted.Rows, sorted.Calls = below.Rows, below.Calls
			continue
		}
		in.settle(b)
		if in.scan != nil {
			m.Steps[i] = in.scan.Fdw.Steps
		}
	}
}

// settle goes over the finished plan: it tells remote scans whose readers may
// stop early, and has scans of one table share what they read, so that the
// same calls are not made twice in a statement.
func (b *builder) settle() {
	b.narrowHashed()
	var uses []use
	var subplans map[int]*runs
	subplans, b.inners = b.runsOf()
	b.uses(b.plan.Root, way{sure: true, early: b.opt.Cursor, cursor: b.opt.Cursor}, &uses)
	for _, c := range b.plan.CTEs {
		b.uses(c.Plan, way{}, &uses)
	}
	linked, certain := b.exists(), b.certain()
	for i, s := range b.plan.SubPlans {
		w := way{early: linked[i], again: len(s.Params) > 0, sure: certain[i], runs: subplans[i]}
		if linked[i] {
			w.first = 1
		}
		b.uses(s.Plan, w, &uses)
	}
	for _, u := range uses {
		if u.again {
			b.askOnce(u.scan, u.runs)
		}
	}
	for i := range uses {
		if u := &uses[i]; len(u.scan.Quals) > 0 { // some of its rows may not do
			u.first, u.each = 0, u.each && b.ofPlacesAlone(u.scan)
		}
	}
	b.replan(uses)
}

// replan asks the tables again, now that it is known how their scans are used.
func (b *builder) replan(uses []use) {
	_, write := b.plan.Root.(*Modify)
	for _, c := range b.plan.CTEs {
		write = write || c.Modifying
	}
	tables := map[adt.OID][]int{}
	for i, u := range uses {
		tables[u.scan.Relation.OID] = append(tables[u.scan.Relation.OID], i)
	}
	ordered := b.ordered(uses)
	for i, u := range uses {
		if _, near := u.scan.Relation.Table.(fdw.Local); near {
			continue
		}
		req := u.scan.Request
		req.Early = u.early && b.opt.PushDown != PushDownOff
		if u.order != nil && ordered[u.order] == 0 { // the sort reads all
			req.Early = false
		}
		if req.Early {
			req.Cursor = u.cursor
			switch {
			case u.order != nil:
				req.Order, req.Limit = u.from.order, u.limit
			case req.Limit == 0 && b.opt.PushDown == PushDownOn:
				req.Limit = u.first
			}
		}
		if u.each && b.opt.PushDown == PushDownOn {
			req.Each = 1
		}
		req.Fresh = u.write || write // what a write's conditions look at, too
		if same := tables[u.scan.Relation.OID]; len(same) > 1 || u.again {
			u.scan.Shared, req.Shared = true, true
			for _, j := range same {
				if j == i {
					continue
				}
				o := uses[j].scan.Request
				req.Columns = append(req.Columns[:len(req.Columns):len(req.Columns)], o.Columns...)
				switch {
				case u.order != nil && uses[j].order == u.order && ordered[u.order] > 0 && u.order.wantsWhole(ordered[u.order]):
					req.Others = append(req.Others, o.Quals)
				case uses[j].early:
				case uses[j].sure && u.sure:
					req.Others = append(req.Others, o.Quals)
				default:
					req.Maybe = append(req.Maybe, o.Quals)
				}
			}
			slices.Sort(req.Columns)
			req.Columns = slices.Compact(req.Columns)
		}
		req.Shared = req.Shared || u.fed
		if req.Shared {
			req.Most = mostOf(uses, tables[u.scan.Relation.OID])
		}
		if req.Shared && req.Most == 0 {
			req.Each = 0 // others want them all
		}
		if !req.Early && !req.Fresh && !req.Shared && req.Each == 0 {
			continue
		}
		if s, err := u.scan.Relation.Table.Plan(req); err == nil && sameServed(s.Served, u.scan.Fdw.Served) {
			u.scan.Request, u.scan.Fdw = req, s
		}
	}
	for p, n := range ordered {
		if n > 0 {
			p.settle(b, n)
		}
	}
}

// ordered tells how many columns of the order all of the scans keep to that something wants
// place by place.
func (b *builder) ordered(uses []use) map[*placed]int {
	out := map[*placed]int{}
	for _, u := range uses {
		if u.order == nil {
			continue
		}
		n, had := out[u.order]
		if !had {
			n = len(u.order.source.order)
		}
		req := u.scan.Request
		req.Early, req.Order = true, u.from.order
		s, err := u.scan.Relation.Table.Plan(req)
		if err != nil || b.opt.PushDown == PushDownOff || !sameServed(s.Served, u.scan.Fdw.Served) {
			s.Ordered = 0
		}
		out[u.order] = min(n, s.Ordered)
	}
	return out
}

// mostOf gives how many rows at most the uses of a table want of what they ask; 0:
// there is no such bound.
func mostOf(uses []use, of []int) int64 {
	most := int64(0)
	for _, i := range of {
		u := uses[i]
		n := int64(0)
		switch {
		case u.each:
			n = 1
		case u.early && u.order != nil:
			n = u.limit
		case u.early:
			n = max(u.scan.Request.Limit, u.first)
		}
		if n == 0 {
			return 0
		}
		most = max(most, n)
	}
	return most
}

// exists tells which subplans are only asked for a first row.
func (b *builder) exists() map[int]bool {
	out := map[int]bool{}
	b.visit(func(n Node) {
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

// uses collects the remote scans below a node.
func (b *builder) uses(n Node, w way, out *[]use) {
	if n.Common().OneTime != nil {
		w.sure = false
	}
	_, below := n.(*Sort)
	w.ties = w.ties && below
	onWay := w.order != nil && slices.Contains(w.from.between, n)
	wanted := w.first
	w.first = firstOf(n, wanted)
	all := func(w way) {
		for _, c := range Inputs(n) {
			b.uses(c, w, out)
		}
	}
	switch n := n.(type) {
	case *Scan:
		if n.Fdw.Calls > 0 {
			if len(n.Quals) > 0 {
				w.limit = 0
			}
			fed, each := w.fed && len(n.Args) > 0, slices.Contains(w.each, n)
			*out = append(*out, use{n, w.early, w.again, w.write, w.sure, fed, w.cursor, w.order, w.from, w.limit, w.first, each, w.runs})
		}
	case *Limit:
		w.early = w.early || n.Count != nil
		w.cursor = w.cursor && n.Count == nil
		w.ties = n.Ties != nil
		all(w)
		return
	case *NestLoop:
		inner := way{again: true, write: w.write, runs: b.inners[n.Inner]}
		inner.early = w.early && w.order == nil && len(n.Params) > 0 || n.Type == nodes.SemiJoin || n.Type == nodes.AntiJoin
		if len(n.On) == 0 && (n.Type == nodes.SemiJoin || n.Type == nodes.AntiJoin) {
			inner.first = 1
		}
		if n.Type == nodes.LeftJoin && len(n.Quals) == 0 {
			w.first = wanted
		}
		b.uses(n.Outer, w, out)
		b.uses(n.Inner, inner, out)
	case *HashJoin:
		// An empty side may spare the other.
		outer, inner := w, w
		inner.early, inner.order, inner.from, inner.limit = false, nil, nil, 0
		inner.sure, inner.fed = w.sure && n.Feed == nil, w.fed || n.Feed != nil
		if n.Type == nodes.LeftJoin && len(n.Quals) == 0 {
			outer.first = wanted
		}
		if (n.Type == nodes.SemiJoin || n.Type == nodes.AntiJoin) && len(n.On) == 0 {
			inner.each = b.oneOfEach(n.InnerKeys, n.Inner)
		}
		outer.sure = w.sure && (n.Feed != nil || n.Type == nodes.LeftJoin || n.Type == nodes.FullJoin || n.Type == nodes.AntiJoin)
		b.uses(n.Outer, outer, out)
		b.uses(n.Inner, inner, out)
	case *RecursiveUnion:
		b.uses(n.First, w, out)
		b.uses(n.Next, way{early: w.early, again: true, write: w.write}, out)
	case *Agg:
		n.Stream = w.early && w.order == nil && len(n.Aggs) == 0 && n.Sets == nil && len(n.Groups) > 0
		if w.early && w.order == nil && !n.Stream {
			if src := groupOrder(n); src != nil {
				w.limit = 0
				w.order, w.from = &placed{source: src}, src
			}
		}
		w.early = n.Stream || w.early && w.order != nil
		if w.each == nil {
			w.each = b.oneOfEachGroup(n)
		}
		all(w)
	case *Unique:
		if s, ok := n.Input.(*Sort); ok && w.each == nil {
			w.each = b.oneOfEachKey(s, len(n.Keys))
		}
		all(w)
	case *SetOp:
		w.early = false
		b.uses(n.Left, w, out)
		b.uses(n.Right, w, out)
	case *Modify:
		w.early, w.write = false, true
		all(w)
	case *Sort:
		if onWay {
			all(w)
			return
		}
		if src := placeOrder(n); w.early && w.order == nil && src != nil {
			w.order, w.from = &placed{source: src, sort: n, marks: w.ties}, src
			w.limit = orderedLimit(n, src)
		} else {
			w.early = false
		}
		all(w)
	case *Append:
		for i, in := range n.Inputs {
			below := w
			if w.order != nil && w.from.merge == n {
				if below.from = w.from.inputs[i]; below.from == nil { // it is sorted
					below.early, below.order, below.limit = false, nil, 0
				} else if !below.from.plain() {
					below.limit = 0
				}
			}
			b.uses(in, below, out)
		}
	case *WindowAgg:
		w.early = w.early && onWay
		all(w)
	default:
		all(w)
	}
}

// firstOf gives how many rows are wanted of a node's inputs, each, when so many of
// the node's are; of a Scan: of its table. 0: all.
func firstOf(n Node, wanted int64) int64 {
	if len(n.Common().Quals) > 0 {
		return 0
	}
	switch n := n.(type) {
	case *Scan, *Result, *Append:
		return wanted
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

// Inputs gives the nodes below a node.
func Inputs(n Node) []Node {
	switch n := n.(type) {
	case *Result:
		if n.Input != nil {
			return []Node{n.Input}
		}
	case *RecursiveUnion:
		return []Node{n.First, n.Next}
	case *NestLoop:
		return []Node{n.Outer, n.Inner}
	case *HashJoin:
		return []Node{n.Outer, n.Inner}
	case *Sort:
		return []Node{n.Input}
	case *Unique:
		return []Node{n.Input}
	case *Agg:
		return []Node{n.Input}
	case *WindowAgg:
		return []Node{n.Input}
	case *ProjectSet:
		return []Node{n.Input}
	case *Append:
		return n.Inputs
	case *SetOp:
		return []Node{n.Left, n.Right}
	case *Limit:
		return []Node{n.Input}
	case *Modify:
		return []Node{n.Input}
	}
	return nil
}

// Key names what an opening of the scan reads, whatever its columns and limit:
// openings of equal keys give the same rows. args are the Late quals' values. ok
// is false when a value has no name.
func (n *Scan) Key(args [][]adt.Datum) (key string, ok bool) {
	var parts []string
	if len(n.Request.Order) > 0 {
		parts = append(parts, fmt.Sprint("order ", n.Request.Order))
	}
	if p := n.Request.Places; p != nil {
		parts = append(parts, "at "+p.Text)
	}
	late := 0
	for i := range n.Request.Quals {
		q := &n.Request.Quals[i]
		vals := q.Values
		if q.Late {
			if late < len(args) {
				vals = args[late]
			}
			late++
		}
		if n.Fdw.Served[i] == fdw.No {
			continue
		}
		var b strings.Builder
		op := q.Op
		if op == fdw.OpEq {
			op = fdw.OpIn
		}
		fmt.Fprintf(&b, "%d,%d", q.Column, op)
		if q.Key != nil {
			b.WriteString(strconv.Quote(*q.Key))
		}
		var names []string
		for _, v := range vals {
			name, ok := valueName(v)
			if !ok && q.Late {
				return "", false
			}
			if !ok {
				name = "\x00" + q.Text
			}
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range slices.Compact(names) {
			b.WriteString(" " + name)
		}
		if q.Op == fdw.OpTest {
			b.WriteString(" " + q.Text)
		}
		parts = append(parts, b.String())
	}
	sort.Strings(parts)
	return strconv.FormatUint(uint64(n.Relation.OID), 10) + "\n" + strings.Join(slices.Compact(parts), "\n"), true
}

// valueName names a value such that different values of one type have different
// names.
func valueName(d adt.Datum) (string, bool) {
	switch d := d.(type) {
	case string:
		return strconv.Quote(d), true
	case bool, int16, int32, int64, adt.OID, adt.Date, adt.Timestamp, adt.TimestampTZ:
		return fmt.Sprint(d), true
	}
	return "", false
}
