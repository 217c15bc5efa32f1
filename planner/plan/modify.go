package plan

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// planModify plans INSERT, UPDATE, DELETE and MERGE.
func (l *level) planModify() (Node, error) {
	q := l.q
	target := l.rte(q.ResultRelation)
	m := &Modify{Command: q.Command, Relation: target.Relation, Alias: target.Alias, Returning: len(q.Returning) > 0}
	columns := target.Relation.Table.Columns()
	var s *stage
	var err error
	l.b.input = target.Relation.OID
	switch {
	case q.OnConflict != nil && q.OnConflict.NoArbiter:
		return nil, pgerr.New(pgerrcode.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
	case q.Command == nodes.CmdMerge:
		s, err = l.planMerge(m, columns)
	case q.Command != nodes.CmdInsert:
		s, err = l.planOldRows(m, columns)
	case q.OnConflict != nil && !q.OnConflict.DoNothing:
		if err = canModify(m.Relation, q.Command, nil); err == nil {
			s, err = l.planUpsert(m, columns)
		}
	default:
		m.IgnoreConflicts, m.Conflict = q.OnConflict != nil, q.OnConflict
		if err = canModify(m.Relation, q.Command, nil); err == nil {
			s, err = l.planInsertInput(m, columns, nil)
		}
	}
	l.b.input = 0
	if err != nil {
		return nil, err
	}
	m.Input = s.node
	out := &stage{cols: map[varKey]int{}}
	for i := range columns {
		out.cols[varKey{q.ResultRelation, i + 1}] = i
	}
	// Columns of the other tables follow the stored row; an UPDATE's new values, which stand
	// between in the input, are gone.
	for k, i := range s.cols {
		if k.rte != q.ResultRelation && i >= len(columns) {
			out.cols[k] = i - len(m.Columns)
		}
	}
	width := s.width() - len(m.Columns)
	if q.Command == nodes.CmdInsert || q.Command == nodes.CmdMerge {
		width = len(columns)
	}
	out.node = l.b.node(m, width)
	m.Rows, m.Calls = s.node.Common().Rows, s.node.Common().Calls+1
	if !m.Returning {
		return out.node, nil
	}
	returning, err := l.prepTargets(q.Returning)
	if err != nil {
		return nil, err
	}
	l.folded = returning
	var exprs []nodes.Expr
	for _, t := range returning {
		exprs = append(exprs, l.systemColumns(t.Expr, target.Relation))
	}
	return out.node, l.project(out, exprs)
}

func cannotModify(verb string, r *nodes.Relation) error {
	return pgerr.New("0A000", "cannot %s foreign table \"%s\"", verb, r.Name)
}

// systemColumns replaces the system columns of the target in RETURNING, of
// which only tableoid has a value there.
func (l *level) systemColumns(e nodes.Expr, r *nodes.Relation) nodes.Expr {
	return nodes.Rewrite(e, func(n nodes.Expr) (nodes.Expr, bool) {
		v, ok := n.(*nodes.Var)
		if !ok || v.RTE != l.q.ResultRelation || v.Attno >= 0 {
			return nil, false
		}
		if v.Attno == -6 {
			return &nodes.Const{Type: v.Type, Typmod: -1, Value: r.OID, Location: -1}, true
		}
		return nullConst(v.Type), true
	})
}

// planInsertInput plans the rows to insert, each with all the table's columns
// and, if given, its ordinal.
func (l *level) planInsertInput(m *Modify, columns []fdw.Column, ordinal nodes.Expr) (*stage, error) {
	q := l.q
	targets, err := l.prepTargets(q.TargetList)
	if err != nil {
		return nil, err
	}
	m.Given = make([]bool, len(columns))
	row := make([]nodes.Expr, len(columns))
	for i, c := range columns {
		row[i] = nullConst(c.Type)
	}
	source := map[int]int{} // column by VALUES column
	for _, t := range targets {
		i := t.Resno - 1
		if _, ok := t.Expr.(*nodes.SetToDefault); ok {
			continue
		}
		m.Given[i], row[i] = true, t.Expr
		if v, ok := bareVar(t.Expr); ok {
			source[v.Attno-1] = i
		}
	}
	if ordinal != nil {
		targets, row = append(targets, &nodes.TargetEntry{Expr: ordinal}), append(row, ordinal)
	}
	s, err := l.planSource(targets)
	if err != nil {
		return nil, err
	}
	if r := l.valuesRTE(); r != nil {
		for _, values := range r.Values {
			given := append([]bool{}, m.Given...)
			for i, e := range values {
				if _, ok := e.(*nodes.SetToDefault); ok {
					if c, ok := source[i]; ok {
						given[c] = false
					}
				}
			}
			m.GivenRows = append(m.GivenRows, given)
		}
	}
	project := l.project
	if slices.ContainsFunc(row, returnsSet) {
		project = l.projectSet
	}
	if err := project(s, row); err != nil {
		return nil, err
	}
	s.cols, s.exprs = nil, nil // the select's columns are not for RETURNING
	return s, nil
}

// bareVar gives the column that an expression is, below coercions.
func bareVar(e nodes.Expr) (*nodes.Var, bool) {
	for {
		switch x := e.(type) {
		case *nodes.Var:
			return x, true
		case *nodes.RelabelType:
			e = x.Arg
		case *nodes.CoerceViaIO:
			e = x.Arg
		case *nodes.FuncExpr:
			if x.Form != nodes.ImplicitForm || len(x.Args) == 0 {
				return nil, false
			}
			e = x.Args[0]
		default:
			return nil, false
		}
	}
}

// valuesRTE gives the VALUES list that an INSERT reads directly.
func (l *level) valuesRTE() *nodes.RTE {
	if len(l.q.From) != 1 {
		return nil
	}
	ref, ok := l.q.From[0].(*nodes.RangeRef)
	if !ok {
		return nil
	}
	if r := l.rte(ref.RTE); r.Kind == nodes.RTEValues {
		return r
	}
	return nil
}

// planOldRows plans the scan of what UPDATE and DELETE change: the old row in
// all columns, then an UPDATE's new values, then the columns of other tables that RETURNING
// names.
func (l *level) planOldRows(m *Modify, columns []fdw.Column) (*stage, error) {
	q := l.q
	targets, err := l.prepTargets(q.TargetList)
	if err != nil {
		return nil, err
	}
	returning, err := l.prepTargets(q.Returning)
	if err != nil {
		return nil, err
	}
	l.folded = returning
	var exprs []nodes.Expr
	for i, c := range columns {
		exprs = append(exprs, &nodes.Var{RTE: q.ResultRelation, Attno: i + 1, Type: c.Type, Typmod: c.Typmod, Location: -1})
	}
	var sets []nodes.Expr
	for _, t := range targets {
		if t.Resjunk || q.Command != nodes.CmdUpdate {
			continue
		}
		e := t.Expr
		if d, ok := e.(*nodes.SetToDefault); ok {
			e = nullConst(d.Type)
		}
		m.Columns = append(m.Columns, t.Resno-1)
		sets = append(sets, e)
	}
	if err := canModify(m.Relation, q.Command, m.Columns); err != nil {
		return nil, err
	}
	exprs = append(exprs, sets...)
	have := map[varKey]bool{}
	for _, t := range returning {
		nodes.Walk(t.Expr, func(n nodes.Expr) bool {
			if v, ok := n.(*nodes.Var); ok && v.RTE != q.ResultRelation && !have[varKey{v.RTE, v.Attno}] {
				have[varKey{v.RTE, v.Attno}] = true
				exprs = append(exprs, v)
			}
			return true
		})
	}
	all := append(append([]*nodes.TargetEntry{}, targets...), returning...)
	for _, e := range exprs {
		all = append(all, &nodes.TargetEntry{Expr: e})
	}
	s, err := l.planSource(all)
	if err != nil {
		return nil, err
	}
	if err := l.project(s, exprs); err != nil {
		return nil, err
	}
	// RETURNING reads the other tables' columns behind the new values, which may be the same columns.
	for i := len(columns) + len(sets); i < len(exprs); i++ {
		if v, ok := exprs[i].(*nodes.Var); ok {
			s.cols[varKey{v.RTE, v.Attno}] = i
		}
	}
	return s, nil
}
