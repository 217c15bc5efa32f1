package plan

import (
	"math"
	"slices"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// scanAt is a scan below a rel, with the rel's columns that are the scan's.
type scanAt struct {
	scan *Scan
	cols map[varKey]int
}

// feedKey gives the index among the conditions of one whose inner side is a
// column that the inner table can look up, when that is worth it; else -1.
func (l *level) feedKey(outer, inner *rel, on []nodes.Expr) int {
	if inner.scans == nil || l.b.opt.PushDown == PushDownOff {
		return -1
	}
	for n, c := range on {
		if _, i, key := l.b.hashClause(c, outer.rtes, inner.rtes); key != nil {
			if s, served := l.lookup(inner, i); served && worthFeeding(outer, inner, s) {
				return n
			}
		}
	}
	return -1
}

// feedBatch is the number of key values handed down at once: EC2's limit of
// values in a filter.
const feedBatch = 200

// worthFeeding tells whether handing the outer keys down saves work. A batch of
// keys costs the calls of s; what is local can be asked more often.
func worthFeeding(outer, inner *rel, s fdw.Scan) bool {
	all := inner.node.Common().Calls
	if all == 0 {
		read := inner.rows()
		if len(inner.scans) == 1 { // its conditions are tested on what it reads
			read = math.Max(read, inner.scans[0].scan.Fdw.Rows)
		}
		return outer.rows()*math.Max(1, s.Rows)*4 < read
	}
	if twins(outer, inner) {
		return false // what the outer side reads anyway is all that the inner one needs
	}
	batches := math.Ceil(outer.rows() / feedBatch)
	if outer.node.Common().Calls > 0 {
		return s.Calls*batches < all
	}
	return outer.rows() <= 5*feedBatch && (batches <= 1 || s.Calls < all || s.Calls*batches <= all)
}

// twins tells whether the outer side reads what a scan of the inner one does.
func twins(outer, inner *rel) bool {
	return slices.ContainsFunc(inner.scans, func(s scanAt) bool { return twin(outer.node, s.scan) })
}

// twin tells whether a node's scans include one that reads just what another
// does.
func twin(n Node, sc *Scan) bool {
	if s, ok := n.(*Sort); ok && s.Limit != nil {
		if placeOrder(s) != nil {
			return false // it stops at the first places
		}
	}
	if s, ok := n.(*Scan); ok && s.Relation.OID == sc.Relation.OID && len(s.Args) == 0 && len(sc.Args) == 0 {
		a, ok1 := s.Key(nil)
		b, ok2 := sc.Key(nil)
		return ok1 && ok2 && a == b
	}
	for _, c := range Inputs(n) {
		if twin(c, sc) {
			return true
		}
	}
	return false
}

// lookup asks the inner side's tables whether they can be looked up by a column;
// the answer is that of all of them together.
func (l *level) lookup(inner *rel, column nodes.Expr) (all fdw.Scan, served bool) {
	for _, at := range inner.scans {
		s, ok := l.b.lookup(at, column)
		if !ok {
			return fdw.Scan{}, false
		}
		all.Rows += s.Rows
		all.Calls += s.Calls
	}
	return all, len(inner.scans) > 0
}

// lookup asks a table whether it can be looked up by a column of the rel's, or a member of one.
func (b *builder) lookup(at scanAt, column nodes.Expr) (fdw.Scan, bool) {
	q, ok := b.keyQual(at, column)
	if !ok || at.scan.Frozen {
		return fdw.Scan{}, false
	}
	req := at.scan.Request
	req.Quals = append(req.Quals[:len(req.Quals):len(req.Quals)], q)
	req.Limit = 0
	s, err := at.scan.Relation.Table.Plan(req)
	if err != nil || s.Served[len(req.Quals)-1] == fdw.No {
		return fdw.Scan{}, false
	}
	for i, was := range at.scan.Fdw.Served {
		if s.Served[i] != was {
			return fdw.Scan{}, false // what was planned above would not hold
		}
	}
	return s, true
}

// keyQual makes the qual that takes the values of a join key; false: the key is no column of the
// scan's table, and no member of one.
func (b *builder) keyQual(at scanAt, e nodes.Expr) (fdw.Qual, bool) {
	q := fdw.Qual{Column: at.column(e), Op: fdw.OpIn, Late: true, Text: "join key"}
	if q.Column >= 0 {
		return q, true
	}
	args := twoArgs(e)
	if args == nil {
		return q, false
	}
	if v, ok := args[0].(*nodes.Var); ok {
		if _, key := b.member(e, v.RTE); key != "" {
			q.Column, q.Key = at.column(v), &key
		}
	}
	return q, q.Column >= 0
}

// feed makes a hash join hand its outer keys down to the inner table, where
// the table can use them and that saves work.
func (l *level) feed(h *HashJoin, kind nodes.JoinType, outer, inner *rel, keys []nodes.Expr) {
	remote := inner.node.Common().Calls > 0
	why := func(reason string) {
		if remote {
			h.NotFed = reason
		}
	}
	switch {
	case kind == nodes.FullJoin:
		why("a full join wants all rows of both sides")
		return
	case l.b.opt.PushDown == PushDownOff:
		why("flowgres.push_down is off")
		return
	case inner.scans == nil:
		why("the inner side is more than a scan of a table")
		return
	}
	why("the table cannot be asked by them")
	// Values of a column that narrows more than the place go first; places go along.
	for _, place := range []bool{false, true} {
		for k, e := range keys {
			if inner.placeKey(e) != place {
				continue
			}
			s, ok := l.lookup(inner, e)
			if !ok {
				continue
			}
			if !worthFeeding(outer, inner, s) {
				why("reading the inner side as it is takes no more calls")
				if twins(outer, inner) {
					why("the outer side reads the same rows anyway")
				}
				continue
			}
			h.NotFed = ""
			h.Feed = &Feed{Key: k, Batch: feedBatch}
			fed := []nodes.Expr{e}
			for k2, e := range keys {
				if _, ok := l.lookup(inner, e); ok && k2 != k && inner.placeKey(e) {
					h.Feed.More = append(h.Feed.More, FeedArg{Key: k2})
					fed = append(fed, e)
				}
			}
			for i, at := range inner.scans {
				args := l.b.takesKeys(at, fed)
				if i > 0 {
					h.Feed.Also = append(h.Feed.Also, FedScan{at.scan, args})
					continue
				}
				h.Feed.Scan, h.Feed.Arg = at.scan, args[0]
				for n := range h.Feed.More {
					h.Feed.More[n].Arg = args[n+1]
				}
			}
			return
		}
	}
}

// placeKey tells whether a join key is a place column of a rel's tables.
func (r *rel) placeKey(e nodes.Expr) bool {
	for _, at := range r.scans {
		if col := at.column(e); col < 0 || at.scan.Frozen || !at.scan.Relation.Table.Columns()[col].Place {
			return false
		}
	}
	return len(r.scans) > 0
}

// column gives the column of the scan's table that an expression is, -1: none,
// as system columns are none that a table can be asked by.
func (at scanAt) column(e nodes.Expr) int {
	if v, ok := e.(*nodes.Var); ok {
		if col, ok := at.cols[varKey{v.RTE, v.Attno}]; ok && col < len(at.scan.Relation.Table.Columns()) {
			return col
		}
	}
	return -1
}

// takesKeys adds join keys' values to what a scan is asked by and gives the
// indexes of the arguments.
func (b *builder) takesKeys(at scanAt, keys []nodes.Expr) []int {
	n := at.scan
	var args []int
	for _, e := range keys {
		q, _ := b.keyQual(at, e)
		s, ok := b.lookup(at, e)
		if !ok {
			continue // every key was looked up before
		}
		n.Request.Quals = append(n.Request.Quals[:len(n.Request.Quals):len(n.Request.Quals)], q)
		n.Request.Limit = 0
		n.Conds, n.Fdw = append(n.Conds, nil), s
		args = append(args, len(n.Args))
		n.Args = append(n.Args, ScanArg{Fed: true})
		n.Rows, n.Calls = math.Min(n.Rows, s.Rows), s.Calls
	}
	return args
}
