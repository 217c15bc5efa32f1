package planner

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// followed is a table whose row WHERE CURRENT OF can ask a cursor for.
type followed struct {
	table adt.OID
	keys  []int // columns of the cursor's rows
}

// followRows gives a cursor's query with the keys of the rows that WHERE CURRENT OF
// may mean, behind its own columns: of the tables that it locks or, when it locks
// none, of the one that it does no more than scan (search_plan_tree).
func (s *Session) followRows(p *portal, q *nodes.Query) *nodes.Query {
	out := *q
	columns := slices.IndexFunc(q.TargetList, func(t *nodes.TargetEntry) bool { return t.Resjunk })
	if columns < 0 {
		columns = len(q.TargetList)
	}
	p.visible = columns
	targets := slices.Clone(q.TargetList[:columns])
	watch := func(rte int) {
		r := q.RangeTable[rte-1]
		if r.Kind != nodes.RTERelation {
			return
		}
		rel := s.db.catalog.RelationByOID(r.Relation.OID)
		if rel == nil || rel.System || len(rel.PrimaryKey) == 0 {
			return
		}
		f := followed{table: rel.OID}
		for _, k := range rel.PrimaryKey {
			c := rel.Columns[k]
			f.keys = append(f.keys, len(targets))
			targets = append(targets, &nodes.TargetEntry{
				Expr:  &nodes.Var{RTE: rte, Attno: k + 1, Type: c.Type, Typmod: c.Typmod, Location: -1},
				Resno: len(targets) + 1, Name: c.Name,
			})
		}
		p.follows = append(p.follows, f)
	}
	for _, l := range q.Locked {
		watch(l.RTE)
	}
	if len(q.Locked) == 0 && onlyScans(q) {
		watch(q.From[0].(*nodes.RangeRef).RTE)
	}
	for _, t := range q.TargetList[columns:] {
		junk := *t
		junk.Resno = len(targets) + 1
		targets = append(targets, &junk)
	}
	out.TargetList = targets
	return &out
}

// onlyScans tells whether the rows of a query are rows of one range table entry, in its order.
func onlyScans(q *nodes.Query) bool {
	if q.SetOp != nil || q.HasAggs || q.HasWindowFuncs || q.HasTargetSRFs || q.Having != nil || len(q.Group)+len(q.GroupingSets)+len(q.Distinct)+len(q.Sort) > 0 || len(q.From) != 1 {
		return false
	}
	_, ok := q.From[0].(*nodes.RangeRef)
	return ok
}

// cursorKey gives a column of the key of a table's row that a cursor is on (execCurrentOf).
func (s *Session) cursorKey(k *nodes.CursorKey) (adt.Datum, error) {
	bad := func(format string, args ...any) (adt.Datum, error) {
		return nil, pgerr.New(pgerrcode.InvalidCursorState, format, args...)
	}
	p := s.portals[k.Cursor]
	switch {
	case p == nil:
		return nil, pgerr.New(pgerrcode.InvalidCursorName, "cursor \"%s\" does not exist", k.Cursor)
	case !p.streams():
		return bad("cursor \"%s\" is not a SELECT query", k.Cursor)
	case p.held:
		return bad("cursor \"%s\" is held from a previous transaction", k.Cursor)
	case !p.cursor:
		return nil, pgerr.Unsupported("WHERE CURRENT OF a portal that DECLARE has not made is not supported")
	}
	var at *followed
	for i, f := range p.follows {
		if f.table != k.Table {
			continue
		}
		if at != nil {
			return bad("cursor \"%s\" has multiple FOR UPDATE/SHARE references to table \"%s\"", k.Cursor, k.Name)
		}
		at = &p.follows[i]
	}
	switch {
	case at == nil && len(p.stmt.Query.Locked) > 0:
		return bad("cursor \"%s\" does not have a FOR UPDATE/SHARE reference to table \"%s\"", k.Cursor, k.Name)
	case at == nil:
		return bad("cursor \"%s\" is not a simply updatable scan of table \"%s\"", k.Cursor, k.Name)
	case p.pos == 0 || p.pos > p.known():
		return bad("cursor \"%s\" is not positioned on a row", k.Cursor)
	}
	row, err := p.row(p.pos)
	if err != nil {
		return nil, err
	}
	return row[at.keys[k.Column]], nil
}
