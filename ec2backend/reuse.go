package ec2backend

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Where a reader's pages come from, when not from calls of its own.
const (
	fromStatement = "statement" // another scan of the statement read them
	fromSnapshot  = "snapshot"  // the transaction read them before
	fromCache     = "cache"     // flowgres.cache_ttl
	fromFlight    = "shared"    // another session reads the same now
)

// question is what a stream asks, and for whom: nothing is shared between
// identities, neither AWS's (the client) nor the server's (the role).
type question struct {
	c                     *client
	user, login, identity string
	filters               string
}

func questionOf(c *client, s *fdw.Session, filters []types.Filter) question {
	q := question{c: c, filters: filterText(filters)}
	if s != nil {
		q.user, q.login, q.identity = s.User, s.Login, s.Identity
	}
	return q
}

// writeCounts counts this server's writes by region. Accounts are not told
// apart, as their numbers need not be known.
type writeCounts struct {
	mu    sync.Mutex
	count map[string]*atomic.Uint64
}

func (w *writeCounts) of(region string) *atomic.Uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count == nil {
		w.count = map[string]*atomic.Uint64{}
	}
	if w.count[region] == nil {
		w.count[region] = new(atomic.Uint64)
	}
	return w.count[region]
}

// filterText names filters whatever their order.
func filterText(filters []types.Filter) string {
	parts := make([]string, len(filters))
	for i, f := range filters {
		parts[i] = strconv.Quote(aws.ToString(f.Name)) + fmt.Sprintf("%q", slices.Sorted(slices.Values(f.Values)))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// holds tells whether all of other's columns are in the set.
func (c columnSet) holds(other columnSet) bool {
	for i, want := range other {
		if want && !c[i] {
			return false
		}
	}
	return true
}

func everyColumn() (s columnSet) {
	for i := range s {
		s[i] = true
	}
	return s
}

// stores gives those that a scan looks into before it asks: its transaction's
// snapshot, its statement's.
func (f *fan) stores() (snapshot, statement *store) {
	b, s := f.s.t.b, f.s.req.Session
	if s != nil && s.Snapshot != nil {
		snapshot, _ = s.Snapshot.Part(b, func() any {
			f.s.warn(warnSnapshot())
			most := byteSetting(f.s.setting("flowgres.query_mem"))
			return newStore(fromSnapshot, most, func() error {
				return pgerr.New(pgerrcode.OutOfMemory, "out of memory").
					Detailf("The transaction's snapshot needs more than the %d kB that flowgres.query_mem allows.", most>>10).
					Hintf("Read less, raise flowgres.query_mem, or use READ COMMITTED.")
			})
		}).(*store)
	}
	if k := fdw.KeptOf(f.ctx); k != nil && f.s.req.Shared {
		statement, _ = k.Part(b, func() any { return newStore(fromStatement, keptInStatement, nil) }).(*store)
	}
	return snapshot, statement
}

// source finds where a unit's pages come from.
func (f *fan) source(u *unit, snapshot, statement *store) {
	b, session := f.s.t.b, f.s.req.Session
	need := f.s.need
	for i := range u.o.conds {
		if c := u.o.conds[i].col; c < numColumns {
			need[c] = true
		}
	}
	q := questionOf(u.c, session, u.filters)
	u.q = q
	for _, s := range []*store{snapshot, statement} {
		if s == nil {
			continue
		}
		if r, whole := s.find(q, need); r != nil {
			u.r, u.choose = r, whole
			u.earlier = snapshot.had(q.orWhole(whole))
			return
		}
	}
	if snapshot == nil && statement != nil {
		if r := statement.findWider(q, need, u.filters); r != nil {
			u.r, u.choose = r, true
			return
		}
	}
	ttl := time.Duration(0)
	if !f.s.req.Fresh {
		ttl = durationSetting(f.s.setting("flowgres.cache_ttl"))
	}
	if ttl > 0 {
		if r, whole := b.cache.find(q, ttl); r != nil {
			u.r, u.choose = r, whole
			for _, s := range []*store{snapshot, statement} {
				if s != nil {
					s.put(q.orWhole(whole), r.s)
				}
			}
			u.earlier = snapshot.had(q.orWhole(whole))
			return
		}
	}
	filters := u.filters
	if statement != nil && u.n >= 0 && f.s.filtersLate() && len(u.filters) > 0 {
		statement = nil // the next opening asks for something else
	}
	if statement != nil {
		if wide, ok := f.widen(u); ok {
			filters, u.choose = wide, true
			q = questionOf(u.c, session, filters)
			if r, whole := statement.find(q, need); r != nil && !whole {
				u.r = r
				u.earlier = snapshot.had(q)
				return
			}
		}
		for c := range filterNames {
			need[c] = true
		}
		need[colTags] = true
	}
	if snapshot != nil || ttl > 0 {
		need = everyColumn()
	}
	u.q = q
	own := func() *stream {
		t := newStream(u.c, filters, need)
		t.early = f.s.early || f.s.each > 0
		switch {
		case snapshot != nil:
			t.keep = snapshot.budget
			snapshot.put(q, t)
		case statement != nil:
			t.keep = statement.budget
		case ttl > 0:
			t.keep = &budget{left: b.cache.most}
		}
		if statement != nil {
			statement.put(q, t)
		}
		if ttl > 0 {
			t.ended = func() { b.cache.put(q, t, ttl) }
		}
		return t
	}
	switch {
	case snapshot != nil || f.s.limit > 0 || f.s.each > 0:
		u.r = own().begin("")
		u.earlier = snapshot.had(q)
	case statement != nil || f.s.req.Fresh:
		t := own()
		u.r = t.begin("")
		b.flights.add(q, t)
	default:
		u.r = b.flights.join(q, began(session), need, own)
	}
}

// filtersLate tells whether a filter's values come when the scan opens.
func (s *flowLogScan) filtersLate() bool {
	return slices.ContainsFunc(s.conds, func(c condition) bool { return c.late >= 0 && c.filter != "" })
}

func began(s *fdw.Session) time.Time {
	if s == nil {
		return time.Time{}
	}
	return s.Began
}

// widen gives the filters that a unit better asks with, because other scans of
// the statement will read of the region as well: what all of them want comes in
// no more pages than what each wants. Rows are then to be chosen from.
func (f *fan) widen(u *unit) ([]types.Filter, bool) {
	if f.s.early && (len(f.s.order) == 0 || f.s.limit > 0 || f.s.each > 0) || len(u.o.calls) != 1 {
		return nil, false
	}
	b := u.c.account.b
	n, known := b.sizes.get(u.c)
	sets := map[string][]types.Filter{filterText(u.filters): u.filters}
	add := func(o *opened) {
		for _, filters := range o.calls {
			sets[filterText(filters)] = filters
		}
		if o.unknown {
			sets[""] = nil
		}
	}
	for _, o := range f.s.others {
		if f.alsoAsks(u, o) {
			add(o)
		}
	}
	if known && n/b.cfg.PageSize == 0 && len(u.filters) > 0 { // it takes a call however little of it is wanted
		for _, o := range f.s.maybe {
			if f.alsoAsks(u, o) {
				add(o)
			}
		}
	}
	if len(sets) < 2 {
		return nil, false
	}
	if _, ok := sets[""]; ok {
		return nil, true
	}
	if wide := union(sets); wide != nil {
		return wide, true
	}
	if known && n/b.cfg.PageSize+1 < len(sets) {
		return nil, true
	}
	return nil, false
}

// alsoAsks tells whether another scan of the statement reads of a unit's region.
func (f *fan) alsoAsks(u *unit, o *opened) bool {
	return !o.never && o.allows(colRegion, u.c.region) && o.allows(colAccountID, u.c.account.knownID())
}

// union joins sets of filters that differ in the values of one filter; nil when
// they differ in more, or have too many values.
func union(sets map[string][]types.Filter) []types.Filter {
	var out []types.Filter
	at := -1
	for _, set := range sets {
		set = slices.Clone(set)
		slices.SortFunc(set, func(a, b types.Filter) int { return cmp.Compare(aws.ToString(a.Name), aws.ToString(b.Name)) })
		if out == nil {
			out = set
			continue
		}
		if len(set) != len(out) {
			return nil
		}
		for i, f := range set {
			switch {
			case aws.ToString(f.Name) != aws.ToString(out[i].Name):
				return nil
			case slices.Equal(slices.Sorted(slices.Values(f.Values)), slices.Sorted(slices.Values(out[i].Values))):
				continue
			case at >= 0 && at != i:
				return nil
			}
			at = i
			out[i].Values = slices.Clone(out[i].Values)
			for _, v := range f.Values {
				if !slices.Contains(out[i].Values, v) {
					out[i].Values = append(out[i].Values, v)
				}
			}
		}
	}
	n := 0
	for i := range out {
		slices.Sort(out[i].Values)
		n += len(out[i].Values)
	}
	if n > maxFilterValues {
		return nil
	}
	return out
}
