package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

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
	r := &replanner{mode: b.opt.PushDown, uses: uses, tables: map[adt.OID][]int{}, write: write, ordered: b.ordered(uses)}
	for i, u := range uses {
		r.tables[u.scan.Relation.OID] = append(r.tables[u.scan.Relation.OID], i)
	}
	for i, u := range uses {
		if _, near := u.scan.Relation.Table.(fdw.Local); near {
			continue
		}
		req := r.request(i)
		if !req.Early && !req.Fresh && !req.Shared && req.Each == 0 {
			continue
		}
		if s, err := u.scan.Relation.Table.Plan(req); err == nil && sameServed(s.Served, u.scan.Fdw.Served) {
			u.scan.Request, u.scan.Fdw = req, s
		}
	}
	for p, n := range r.ordered {
		if n > 0 {
			p.settle(b, n)
		}
	}
}

// replanner says of each of a statement's scans what is known once all are planned.
type replanner struct {
	mode    PushDown
	uses    []use
	tables  map[adt.OID][]int // indexes of uses by table
	ordered map[*placewise]int
	write   bool // the statement writes
}

// request gives what a use asks its table for.
func (r *replanner) request(i int) fdw.Request {
	u := &r.uses[i]
	req := u.scan.Request
	r.early(u, &req)
	if u.each && r.mode == PushDownOn {
		req.Each = 1
	}
	req.Fresh = u.write || r.write // what a write's conditions look at, too
	same := r.tables[u.scan.Relation.OID]
	if len(same) > 1 || u.again {
		r.share(i, same, &req)
	}
	req.Shared = req.Shared || u.fed
	if req.Shared {
		req.Most = mostOf(r.uses, same)
	}
	if req.Shared && req.Most == 0 {
		req.Each = 0 // others want them all
	}
	return req
}

// early says that the reader may stop, and where.
func (r *replanner) early(u *use, req *fdw.Request) {
	req.Early = u.early && r.mode != PushDownOff
	if u.order != nil && r.ordered[u.order] == 0 { // the sort reads all
		req.Early = false
	}
	if !req.Early {
		return
	}
	req.Cursor = u.cursor
	switch {
	case u.order != nil:
		req.Order, req.Limit = u.from.order, u.limit
	case req.Limit == 0 && r.mode == PushDownOn:
		req.Limit = u.first
	}
}

// share says what the other uses of the same table ask for.
func (r *replanner) share(i int, same []int, req *fdw.Request) {
	u := &r.uses[i]
	u.scan.Shared, req.Shared = true, true
	req.Columns = slices.Clone(req.Columns)
	whole := u.order != nil && r.ordered[u.order] > 0 && u.order.wantsWhole(r.ordered[u.order])
	for _, j := range same {
		if j == i {
			continue
		}
		other := &r.uses[j]
		asks := other.scan.Request
		req.Columns = append(req.Columns, asks.Columns...)
		switch {
		case whole && other.order == u.order:
			req.Others = append(req.Others, asks.Quals)
		case other.early:
		case other.sure && u.sure:
			req.Others = append(req.Others, asks.Quals)
		default:
			req.Maybe = append(req.Maybe, asks.Quals)
		}
	}
	slices.Sort(req.Columns)
	req.Columns = slices.Compact(req.Columns)
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
