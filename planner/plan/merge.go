package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// MergeAction is what a Modify may do with a row of its input: a WHEN clause of
// MERGE, or the arms of INSERT … ON CONFLICT DO UPDATE.
type MergeAction struct {
	Command nodes.CmdType // Insert, Update, Delete or Nothing
	Given   []bool        // of MERGE's insert, as Modify's
}

// branch is an action with what it takes to choose and to run it.
type branch struct {
	matched bool
	qual    nodes.Expr
	values  map[int]nodes.Expr // by column; the others stay, or are NULL in a new row
}

// planMerge plans the join of source and target of a MERGE, each row with the
// number of its action and the row that it makes.
func (l *level) planMerge(m *Modify, columns []fdw.Column) (*stage, error) {
	var all []*nodes.TargetEntry
	var branches []branch
	inserts := false
	for _, a := range l.q.MergeActions {
		inserts = inserts || a.Command == nodes.CmdInsert
		b, list, err := l.branch(m, a, columns)
		if err != nil {
			return nil, err
		}
		all, branches = append(all, list...), append(branches, b)
	}
	all = append(all, &nodes.TargetEntry{Expr: l.present()})
	for i, c := range columns {
		all = append(all, &nodes.TargetEntry{Expr: l.targetVar(c, i)})
	}
	s, err := l.planSource(all)
	if err != nil {
		return nil, err
	}
	return s, l.projectActions(s, m, columns, branches, nil, !inserts)
}

// branch prepares an action: it also gives the expressions it reads columns by.
func (l *level) branch(m *Modify, a *nodes.MergeAction, columns []fdw.Column) (branch, []*nodes.TargetEntry, error) {
	b := branch{matched: a.Matched, values: map[int]nodes.Expr{}}
	act := &MergeAction{Command: a.Command, Given: make([]bool, len(columns))}
	m.Merge = append(m.Merge, act)
	var err error
	if b.qual, err = l.prep(a.Qual); err != nil {
		return b, nil, err
	}
	list, err := l.prepTargets(a.TargetList)
	if err != nil {
		return b, nil, err
	}
	var set []int
	for _, t := range list {
		i := t.Resno - 1
		set = append(set, i)
		if d, ok := t.Expr.(*nodes.SetToDefault); ok {
			t.Expr = nullConst(d.Type)
			b.values[i] = t.Expr
			continue
		}
		act.Given[i], b.values[i] = true, t.Expr
	}
	if err := canModify(m.Relation, a.Command, set); err != nil {
		return b, nil, err
	}
	if b.qual != nil {
		list = append(list, &nodes.TargetEntry{Expr: b.qual})
	}
	return b, list, nil
}

// canModify refuses what the table does not take.
func canModify(r *nodes.Relation, command nodes.CmdType, set []int) error {
	switch command {
	case nodes.CmdInsert:
		if _, ok := r.Table.(fdw.Inserter); !ok {
			return cannotModify("insert into", r)
		}
	case nodes.CmdUpdate:
		u, ok := r.Table.(fdw.Updater)
		if !ok {
			return cannotModify("update", r)
		}
		return u.CheckUpdate(set)
	case nodes.CmdDelete:
		if _, ok := r.Table.(fdw.Deleter); !ok {
			return cannotModify("delete from", r)
		}
	}
	return nil
}

func (l *level) targetVar(c fdw.Column, i int) *nodes.Var {
	return &nodes.Var{RTE: l.q.ResultRelation, Attno: i + 1, Type: c.Type, Typmod: c.Typmod, Location: -1}
}

// present tells whether a joined row has a row of the target: tableoid is NULL
// in none.
func (l *level) present() nodes.Expr {
	return &nodes.NullTest{Arg: &nodes.Var{RTE: l.q.ResultRelation, Attno: -6, Type: adt.OIDOID, Typmod: -1, Location: -1}, Not: true, Location: -1}
}

// projectActions makes the stage put out, for each joined row, the target's
// row, the action's number (0: none), the row that the action makes, and more.
// CASE keeps an action's expressions from being run for rows that it does not take.
func (l *level) projectActions(s *stage, m *Modify, columns []fdw.Column, branches []branch, more []nodes.Expr, matched bool) error {
	arms := func(of bool) nodes.Expr {
		c := &nodes.CaseExpr{Type: adt.Int4OID, Default: int4Const(0), Location: -1}
		for i, b := range branches {
			if b.matched != of {
				continue
			}
			if b.qual == nil {
				c.Default = int4Const(i + 1)
				break
			}
			c.Whens = append(c.Whens, nodes.CaseWhen{When: b.qual, Then: int4Const(i + 1)})
		}
		if len(c.Whens) == 0 {
			return c.Default
		}
		return c
	}
	var choose nodes.Expr = &nodes.CaseExpr{
		Type: adt.Int4OID, Whens: []nodes.CaseWhen{{When: l.present(), Then: arms(true)}}, Default: arms(false), Location: -1,
	}
	if matched {
		choose = arms(true)
	}
	slots, err := l.extend(s, []nodes.Expr{choose})
	if err != nil {
		return err
	}
	action := &nodes.Slot{Index: slots[0], Type: adt.Int4OID, Typmod: -1}
	var out []nodes.Expr
	for i, c := range columns {
		out = append(out, l.targetVar(c, i))
	}
	out = append(out, action)
	for i, c := range columns {
		value := &nodes.CaseExpr{Type: c.Type, Default: nullConst(c.Type), Location: -1}
		for n, b := range branches {
			e := b.values[i]
			if e == nil && m.Merge[n].Command == nodes.CmdUpdate {
				e = l.targetVar(c, i)
			}
			if e == nil {
				continue
			}
			is := &nodes.OpExpr{Op: int4EqOp, Func: int4EqFunc, Type: adt.BoolOID, Args: []nodes.Expr{action, int4Const(n + 1)}, Location: -1}
			value.Whens = append(value.Whens, nodes.CaseWhen{When: is, Then: e})
		}
		if len(value.Whens) == 0 {
			out = append(out, value.Default)
			continue
		}
		out = append(out, value)
	}
	return l.project(s, append(out, more...))
}

// = of int4, by operator and function.
const (
	int4EqOp   = 96
	int4EqFunc = 65
)

func int4Const(n int) *nodes.Const {
	return &nodes.Const{Type: adt.Int4OID, Typmod: -1, Value: int32(n), Location: -1}
}

// planUpsert plans the input of INSERT … ON CONFLICT DO UPDATE: the rows to
// insert, joined with the rows that have their keys. The keys of rows that the table makes
// itself conflict with none; where no row gives one, it is a plain INSERT.
func (l *level) planUpsert(m *Modify, columns []fdw.Column) (*stage, error) {
	c := l.q.OnConflict
	ordinal := l.addOrdinal()
	s, err := l.planInsertInput(m, columns, ordinal)
	if err != nil {
		return nil, err
	}
	m.Conflict = c
	given := false
	for _, k := range c.Columns {
		given = given || m.Given[k-1]
	}
	b, _, err := l.branch(m, &nodes.MergeAction{Command: nodes.CmdUpdate, Matched: true, Qual: c.Where, TargetList: c.Set}, columns)
	m.Filter = b.qual
	if err != nil || !given {
		m.Merge = nil
		return s, err
	}
	m.Merge = append(m.Merge, &MergeAction{Command: nodes.CmdNothing}, &MergeAction{Command: nodes.CmdInsert})
	excluded := func(i int) *nodes.Var {
		return &nodes.Var{RTE: c.Excluded, Attno: i + 1, Type: columns[i].Type, Typmod: columns[i].Typmod, Location: -1}
	}
	insert := branch{values: map[int]nodes.Expr{}}
	outer := &rel{stage: *s, rtes: relids{c.Excluded: true}, base: s.node.Common().Rows}
	outer.cols = map[varKey]int{}
	for i := range columns {
		outer.cols[varKey{c.Excluded, i + 1}] = i
		insert.values[i] = excluded(i)
	}
	l.needed = map[varKey]bool{{l.q.ResultRelation, 0}: true, {l.q.ResultRelation, -6}: true}
	inner, err := l.planRange(l.q.ResultRelation, nil)
	if err != nil {
		return nil, err
	}
	var on []nodes.Expr
	for _, k := range c.Columns {
		_, eq, _, _ := l.b.opt.Catalog.SortOperators(columns[k-1].Type)
		op := l.b.opt.Catalog.OperatorByOID(eq)
		if op == nil {
			return nil, pgerr.Internal("no equality for key column %d", k)
		}
		on = append(on, &nodes.OpExpr{
			Op: op.OID, Func: op.Code, Type: adt.BoolOID, InputCollation: l.rte(c.Excluded).Columns[k-1].Collation,
			Args: []nodes.Expr{l.targetVar(columns[k-1], k-1), excluded(k - 1)}, Location: -1,
		})
	}
	r, err := l.join(nodes.LeftJoin, outer, inner, on)
	if err != nil {
		return nil, err
	}
	var more []nodes.Expr
	for i := range columns {
		more = append(more, excluded(i))
	}
	if ordinal != nil {
		more = append(more, &nodes.Slot{Index: len(columns), Type: adt.Int4OID, Typmod: -1})
	}
	return &r.stage, l.projectActions(&r.stage, m, columns, []branch{b, {matched: true}, insert}, more, false)
}

// addOrdinal numbers the rows of the VALUES list that an INSERT reads, since
// which of their columns are given may differ; nil: it reads none.
func (l *level) addOrdinal() nodes.Expr {
	r := l.valuesRTE()
	if r == nil {
		return nil
	}
	numbered := *r
	numbered.Columns = append(r.Columns[:len(r.Columns):len(r.Columns)], nodes.ColumnDef{Name: "ordinal", Type: adt.Int4OID, Typmod: -1})
	numbered.Values = make([][]nodes.Expr, len(r.Values))
	for i, row := range r.Values {
		numbered.Values[i] = append(row[:len(row):len(row)], int4Const(i))
	}
	id := l.q.From[0].(*nodes.RangeRef).RTE
	q := *l.q
	q.RangeTable = append([]*nodes.RTE{}, q.RangeTable...)
	q.RangeTable[id-1] = &numbered
	l.q = &q
	return &nodes.Var{RTE: id, Attno: len(numbered.Columns), Type: adt.Int4OID, Typmod: -1, Location: -1}
}
