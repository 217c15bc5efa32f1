package planner

import (
	"slices"
	"strconv"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// maxLockQueries bounds the queries of a transaction that pg_locks tells of.
const maxLockQueries = 256

// holds notes that the transaction has planned a query, whose relations it
// holds locked as pg_locks shows. Nothing ever waits for such a lock: it is for
// those who look at what a session is about.
func (s *Session) holds(q *nodes.Query) {
	a := &s.activity
	a.Lock()
	defer a.Unlock()
	s.setTransaction()
	if len(a.queries) < maxLockQueries && !slices.Contains(a.queries, q) {
		a.queries = append(a.queries, q)
	}
}

// lockRow is what differs between a session's rows of pg_locks.
type lockRow struct {
	kind                  string
	database, relation    adt.Datum
	virtualXID, xid       adt.Datum
	class, object, number adt.Datum
	mode                  string
	fast                  bool
	waiting               adt.Datum // since when: not granted
}

// lockRows gives pg_locks: the relations of each transaction's queries, its own
// lock, its id's, and the advisory locks that are held.
func (e *Engine) lockRows() []adt.Row {
	advisory := e.advisoryLocks()
	var out []adt.Row
	for _, s := range e.all() {
		a := &s.activity
		a.Lock()
		var vxid adt.Datum
		if a.xacts > 0 {
			vxid = strconv.Itoa(int(s.o.PID)) + "/" + strconv.FormatInt(a.xacts, 10)
		}
		open, xid, queries := !a.xactStart.IsZero(), a.xid, slices.Clone(a.queries)
		a.Unlock()
		var locks []lockRow
		if open {
			locks = append(s.db.relationLocks(queries), lockRow{kind: "virtualxid", virtualXID: vxid, mode: "ExclusiveLock", fast: true})
		}
		if xid != 0 {
			locks = append(locks, lockRow{kind: "transactionid", xid: adt.OID(uint32(xid)), mode: "ExclusiveLock"})
		}
		for _, l := range append(locks, advisory[s]...) {
			out = append(out, adt.Row{
				l.kind, l.database, l.relation, nil, nil, l.virtualXID, l.xid, l.class, l.object, l.number,
				vxid, s.o.PID, l.mode, l.waiting == nil, l.fast, l.waiting,
			})
		}
	}
	return out
}

// The modes in which statements lock relations, weakest first.
var relationModes = []string{"AccessShareLock", "RowShareLock", "RowExclusiveLock"}

// relationLocks gives the locks of queries: every relation of theirs, views with
// what is below them, and the indexes of the tables, which planning looks at.
func (db *database) relationLocks(queries []*nodes.Query) []lockRow {
	type lock struct {
		relation adt.OID
		mode     int
	}
	var held []lock
	add := func(relation adt.OID, mode int) {
		if l := (lock{relation, mode}); !slices.Contains(held, l) {
			held = append(held, l)
		}
	}
	for _, q := range queries {
		nodes.WalkQueries(q, func(q *nodes.Query) {
			for i, r := range q.RangeTable {
				if r.Relation == nil {
					continue
				}
				mode := 0
				switch {
				case i+1 == q.ResultRelation, r.Kind == nodes.RTERelation && r.Relation.Table == nil: // a view that is written through
					mode = 2
				case q.RowMarks:
					mode = 1
				}
				add(r.Relation.OID, mode)
				for _, index := range db.catalog.IndexesOf(r.Relation.OID) {
					add(index, mode)
				}
			}
		})
	}
	out := make([]lockRow, len(held))
	for i, l := range held {
		database, shared := db.OID, db.catalog.IsShared(l.relation)
		if shared {
			database = 0
		}
		// A shared relation's lock is never taken by the fast path.
		out[i] = lockRow{kind: "relation", database: database, relation: l.relation, mode: relationModes[l.mode], fast: !shared}
	}
	return out
}

// advisoryLocks gives the advisory locks that each session holds or waits for.
func (e *Engine) advisoryLocks() map[*Session][]lockRow {
	out := map[*Session][]lockRow{}
	add := func(s *Session, k lockKey, shared bool, waiting adt.Datum) {
		r := lockRow{
			kind: "advisory", database: k.database, mode: "ExclusiveLock", waiting: waiting,
			class: adt.OID(k.a >> 32), object: adt.OID(k.a), number: int16(1),
		}
		if k.two {
			r.class, r.object, r.number = adt.OID(uint32(k.a)), adt.OID(uint32(k.b)), int16(2)
		}
		if shared {
			r.mode = "ShareLock"
		}
		out[s] = append(out[s], r)
	}
	l := e.locks
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, by := range l.held {
		for s, holds := range by {
			for _, shared := range []bool{false, true} {
				if slices.ContainsFunc(holds, func(h lockHold) bool { return h.shared == shared }) {
					add(s, k, shared, nil)
				}
			}
		}
	}
	for s, w := range l.wait {
		add(s, w.key, w.shared, timestamp(w.since))
	}
	return out
}
