package planner

import (
	"slices"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/plan"
)

// planCache keeps a session's plans, as PostgreSQL's plancache.c keeps generic
// ones, but by the analysed statement, so that a text sent again and again has its plan as a
// prepared statement has. The analysis is itself cached by text and by the
// settings that give a text its meaning: under others the same text is another statement.
//
// A plan is kept when it is Reusable, which leaves out all whose tables are remote, and once the
// statement comes a second time: most statements that a session sends once cost it no memory.
// A statement with parameters, whose values plans depend on, is planned for these a few times
// before a plan for any values is tried.
type planCache struct {
	plans *simplelru.LRU[*analyze.Analyzed, *cachedPlan]
	seen  [seenStatements]uint32 // marks of statements that were planned, by the mark's rest
	size  int64
}

// Limits of what is kept: plans and bytes of a session, bytes of all sessions.
const (
	maxPlans       = 64
	maxPlanBytes   = 1 << 20
	maxAllPlans    = 256 << 20
	seenStatements = 32

	enoughCustom = 5   // plans for given values before one for any is tried (choose_custom_plan)
	bareSize     = 256 // bytes of what is kept without a plan
)

// cachedPlan is a plan with what was made to run it.
type cachedPlan struct {
	stamp   planStamp  // what it was made under
	plan    *plan.Plan // nil: the statement is planned for its parameters' values each time
	customs int        // how often it has been; enoughCustom: that stays so
	cost    float64    // of those plans
	columns []Column   // in the formats last asked for
	formats []int16
	idle    *exec.Query // Reusable and not running; nil: none
	size    int64
}

// get gives the plan of a statement under a stamp, nil if there is none.
func (c *planCache) get(stmt *analyze.Analyzed, stamp planStamp) *cachedPlan {
	if c.plans == nil {
		return nil
	}
	p, ok := c.plans.Get(stmt)
	if !ok || p.stamp != stamp {
		return nil
	}
	return p
}

// add keeps a plan if that is worth it, and gives what it is kept as. A nil plan keeps a place for one.
func (c *planCache) add(stmt *analyze.Analyzed, stamp planStamp, p *plan.Plan, all *atomic.Int64) *cachedPlan {
	if !c.again(stmt) {
		return nil
	}
	size := int64(bareSize)
	if p != nil {
		size = int64(p.Size())
	}
	if size > maxPlanBytes/4 || all.Load()+size > maxAllPlans {
		return nil
	}
	if c.plans == nil {
		c.plans, _ = simplelru.NewLRU(maxPlans, func(_ *analyze.Analyzed, p *cachedPlan) { //nolint:errcheck // only for a size below 1
			c.size -= p.size
			all.Add(-p.size)
		})
	}
	c.plans.Remove(stmt)
	for c.size+size > maxPlanBytes {
		c.plans.RemoveOldest()
	}
	kept := &cachedPlan{stamp: stamp, plan: p, size: size}
	c.plans.Add(stmt, kept)
	c.size += size
	all.Add(size)
	return kept
}

// again tells whether a statement was planned before, of late.
func (c *planCache) again(stmt *analyze.Analyzed) bool {
	// The low bits of a pointer to something large are always the same.
	mark := uint32(uintptr(unsafe.Pointer(stmt)) >> 4)
	at := &c.seen[mark%seenStatements]
	if *at == mark {
		return true
	}
	*at = mark
	return false
}

// clear forgets all plans.
func (c *planCache) clear() {
	if c.plans != nil {
		c.plans.Purge()
	}
}

// planStamp tells what a plan was made under; it holds while that is the same.
type planStamp struct {
	parts int // of the transaction: tables hide what it has not sent yet
	key   string
	roles *map[string]Role
}

func (s *Session) planStamp() planStamp { return planStamp{len(s.tx.parts), s.planKey, s.roles} }

// planPortal plans a portal's query, if it has one, and counts the plan among
// those of the prepared statement it is of.
func (s *Session) planPortal(p *portal) error {
	if err := s.choosePlan(p); err != nil {
		return err
	}
	switch from := p.from; {
	case from == nil:
	case p.generic:
		from.generics++
	default:
		from.customs++
	}
	p.from = nil // planned anew, it counts no more
	return nil
}

func (s *Session) choosePlan(p *portal) error {
	if p.generic = len(p.stmt.Params) == 0 || p.stmt.Query == nil; p.stmt.Query == nil {
		return nil
	}
	s.holds(p.stmt.Query)
	p.stamp = s.planStamp()
	kept := s.plans.get(p.stmt, p.stamp)
	if kept != nil && kept.plan != nil && (len(p.stmt.Params) == 0 || s.values().planCacheMode != "force_custom_plan") {
		p.cached, p.plan, p.generic = kept, kept.plan, true
		return nil
	}
	if len(p.stmt.Params) > 0 {
		return s.planWithParams(p, kept)
	}
	var err error
	if p.plan, err = s.planFor(p.stmt.Query, p.params, p.cursor && !p.hold); err == nil && p.plan.Reusable {
		p.cached = s.plans.add(p.stmt, p.stamp, p.plan, &s.e.plansSize)
	}
	return err
}

// planWithParams plans for the values of a portal's parameters, or for any values if that is
// found to be no worse (choose_custom_plan). kept tells what was found so far, nil: nothing.
func (s *Session) planWithParams(p *portal, kept *cachedPlan) error {
	mode := s.values().planCacheMode
	if mode == "force_generic_plan" || mode == "auto" && kept != nil && kept.customs == enoughCustom-1 {
		g, err := s.planGeneric(p.stmt.Query)
		switch {
		case err == nil && mode != "auto":
			p.plan, p.generic = g, true
			return nil
		case err == nil && g.Reusable && g.Cost(s.db.catalog) <= kept.cost/float64(kept.customs):
			if p.cached = s.plans.add(p.stmt, p.stamp, g, &s.e.plansSize); p.cached != nil {
				p.plan, p.generic = g, true
				return nil
			}
		}
		if kept != nil {
			kept.customs = enoughCustom
		}
	}
	defer s.phase("plan")()
	var err error
	if s.values().planning {
		begun := time.Now()
		defer func() { p.planned = time.Since(begun) }()
	}
	if p.plan, err = s.planFor(p.stmt.Query, p.params, p.cursor && !p.hold); err != nil {
		return err
	}
	if kept == nil {
		if kept = s.plans.add(p.stmt, p.stamp, nil, &s.e.plansSize); kept == nil {
			return nil
		}
	}
	switch {
	case !p.plan.Local:
		kept.customs = enoughCustom
	case kept.customs < enoughCustom:
		kept.customs++
		kept.cost += p.plan.CostWithPlanning(s.db.catalog)
	}
	return nil
}

// portalColumns gives the columns of a portal's result, bound to their output
// functions, in formats; nil when it has none.
func (s *Session) portalColumns(p *portal, formats []int16) []Column {
	k := p.cached
	if k != nil && k.columns != nil && slices.Equal(k.formats, formats) {
		return k.columns
	}
	columns := s.columns(p.stmt, formats)
	if p.plan != nil && columns != nil {
		columns = s.describe(p.describes(), formats)
	}
	if k != nil {
		k.columns, k.formats = columns, slices.Clone(formats)
	}
	return columns
}

// compiled gives what runs a portal's plan: what ran it before, if that can be used again.
func (s *Session) compiled(p *portal) *exec.Query {
	r := s.runtime(p.params, false)
	if k := p.cached; k != nil && k.idle != nil {
		q := k.idle
		k.idle = nil // until it has run: the statement may run inside itself
		q.Restart(r)
		return q
	}
	return exec.Start(p.plan, r)
}

// putBack keeps what has run a portal's plan to its end for the next run.
func (p *portal) putBack(q *exec.Query) {
	if p.cached != nil && len(p.stmt.Params) == 0 && q.Reusable() {
		p.cached.idle = q
	}
}
