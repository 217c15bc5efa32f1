package plan

import (
	"fmt"
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
}

// settle goes over the finished plan: it tells remote scans whose readers may
// stop early, and has scans of one table share what they read, so that the
// same calls are not made twice in a statement.
func (b *builder) settle() {
	var uses []use
	b.uses(b.plan.Root, false, false, &uses)
	for _, c := range b.plan.CTEs {
		b.uses(c.Plan, false, false, &uses)
	}
	linked := b.exists()
	for i, s := range b.plan.SubPlans {
		b.uses(s.Plan, linked[i], len(s.Params) > 0, &uses)
	}
	tables := map[adt.OID][]int{}
	for i, u := range uses {
		tables[u.scan.Relation.OID] = append(tables[u.scan.Relation.OID], i)
	}
	for i, u := range uses {
		req := u.scan.Request
		req.Early = u.early && b.opt.PushDown != PushDownOff
		if same := tables[u.scan.Relation.OID]; len(same) > 1 || u.again {
			u.scan.Shared = true
			for _, j := range same {
				if j != i {
					req.Columns = append(req.Columns[:len(req.Columns):len(req.Columns)], uses[j].scan.Request.Columns...)
				}
			}
			slices.Sort(req.Columns)
			req.Columns = slices.Compact(req.Columns)
		}
		if !req.Early && len(req.Columns) == len(u.scan.Request.Columns) {
			continue
		}
		if s, err := u.scan.Relation.Table.Plan(req); err == nil && sameServed(s.Served, u.scan.Fdw.Served) {
			u.scan.Request, u.scan.Fdw = req, s
		}
	}
}

// exists tells which subplans are only asked for a first row.
func (b *builder) exists() map[int]bool {
	out := map[int]bool{}
	var visit func(n Node)
	visit = func(n Node) {
		for _, e := range Exprs(n) {
			nodes.Walk(e, func(x nodes.Expr) bool {
				if s, ok := x.(*SubPlanExpr); ok {
					out[s.ID] = s.Link.Kind == nodes.ExistsSubLink
				}
				return true
			})
		}
		for _, c := range Inputs(n) {
			visit(c)
		}
	}
	visit(b.plan.Root)
	for _, c := range b.plan.CTEs {
		visit(c.Plan)
	}
	for _, s := range b.plan.SubPlans {
		visit(s.Plan)
	}
	return out
}

// uses collects the remote scans below a node.
func (b *builder) uses(n Node, early, again bool, out *[]use) {
	switch n := n.(type) {
	case *Scan:
		if n.Fdw.Calls > 0 {
			*out = append(*out, use{n, early, again})
		}
	case *Limit:
		b.uses(n.Input, early || n.Count != nil, again, out)
	case *NestLoop:
		b.uses(n.Outer, early, again, out)
		b.uses(n.Inner, early && len(n.Params) > 0 || n.Type == nodes.SemiJoin || n.Type == nodes.AntiJoin, true, out)
	case *HashJoin:
		b.uses(n.Outer, early, again, out)
		b.uses(n.Inner, false, again, out)
	case *RecursiveUnion:
		b.uses(n.First, early, again, out)
		b.uses(n.Next, early, true, out)
	case *Agg:
		n.Stream = early && len(n.Aggs) == 0 && n.Sets == nil && len(n.Groups) > 0
		b.uses(n.Input, n.Stream, again, out)
	case *Sort, *WindowAgg, *SetOp, *Modify:
		for _, c := range Inputs(n) {
			b.uses(c, false, again, out)
		}
	default:
		for _, c := range Inputs(n) {
			b.uses(c, early, again, out)
		}
	}
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
