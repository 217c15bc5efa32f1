package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/nodes"
)

// dearColumn is what evaluating a column takes that LIMIT lets wait, in cpu_operator_cost.
const dearColumn = 10

// waits tells which columns are made after the sort: calls that give sets, when no key
// needs one, so that the rows of one call keep their order; what is volatile; and, where
// LIMIT leaves rows out, what is dear (make_sort_input_target).
func (l *level) waits(targets []*nodes.TargetEntry) (waits []bool, some bool) {
	q := l.q
	waits = make([]bool, len(targets))
	sets, keySets, dear := false, false, false
	for i, t := range targets {
		set := q.HasTargetSRFs && returnsSet(t.Expr)
		switch {
		case t.Ref != 0:
			keySets = keySets || set
		case set:
			sets = true
		case l.b.volatile(t.Expr):
			waits[i], some = true, true
		case l.b.evalCost(t.Expr) > dearColumn:
			waits[i], dear = true, true
		}
	}
	for i, t := range targets {
		if sets && !keySets && t.Ref == 0 && returnsSet(t.Expr) {
			waits[i], some = true, true
		}
	}
	return waits, some || dear && q.LimitCount != nil
}

// sortBelow sorts before the columns that can wait are made. DISTINCT ON comes with the
// sort. bound is how many first rows are wanted, if no sets multiply them.
func (l *level) sortBelow(s *stage, targets []*nodes.TargetEntry, bound nodes.Expr) (bool, error) {
	q := l.q
	if len(q.Sort) == 0 || len(q.Distinct) > 0 && !q.HasDistinctOn || q.SetOp != nil {
		return false, nil
	}
	waits, some := l.waits(targets)
	if !some {
		return false, nil
	}
	clauses := slices.Clone(q.Sort)
	for _, d := range q.Distinct {
		if !refIn(clauses, d.Ref) {
			clauses = append(clauses, d)
		}
	}
	keys := make([]nodes.Expr, len(clauses))
	for i, c := range clauses {
		keys[i] = targetByRef(targets, c.Ref)
		if keys[i] == nil || returnsSet(keys[i]) || !q.HasTargetSRFs && l.b.volatile(keys[i]) {
			return false, nil
		}
	}
	made := keys
	for i, t := range targets {
		if _, plain := t.Expr.(*nodes.Const); !plain && !waits[i] && t.Ref == 0 {
			made = append(made, t.Expr)
		}
	}
	slots, err := l.extend(s, made)
	if err != nil {
		return false, err
	}
	var sort []*SortKey
	var unique []*KeyColumn
	for i, c := range clauses {
		if !q.HasDistinctOn && l.isFixedKey(keys[i]) {
			continue
		}
		info := nodes.TypeOf(keys[i])
		sort = append(sort, &SortKey{Slot: slots[i], Type: info.Type, Collation: info.Collation, Op: c.Sort, Desc: c.Desc, NullsFirst: c.NullsFirst})
		if refIn(q.Distinct, c.Ref) {
			unique = append(unique, &KeyColumn{Slot: slots[i], Type: info.Type, Collation: info.Collation, Eq: c.Eq})
		}
	}
	if q.HasTargetSRFs || unique != nil {
		bound = nil
	}
	l.sort(s, sort, bound)
	if unique != nil {
		l.wrap(s, &Unique{Input: s.node, Keys: unique}, 0.5)
	}
	return true, nil
}
