package analyze

import (
	"slices"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// orderRecursive finds which items of a WITH RECURSIVE refer to which, puts
// them into an order without forward references, and checks those that refer to
// themselves.
func orderRecursive(items []*withItem) error {
	for _, it := range items {
		d := dependencies{items: items, current: it}
		if err := rawWalk(it.raw.Ctequery, d.visit); err != nil {
			return err
		}
	}
	for i := range items {
		j := i
		for j < len(items) && len(items[j].dependsOn) > 0 {
			j++
		}
		if j == len(items) {
			return pgerr.New(pgerrcode.FeatureNotSupported, "mutual recursion between WITH items is not implemented").
				At(int(items[i].raw.Location))
		}
		items[i], items[j] = items[j], items[i]
		for _, x := range items[i+1:] {
			x.dependsOn = slices.DeleteFunc(x.dependsOn, func(d *withItem) bool { return d == items[i] })
		}
	}
	for _, it := range items {
		if it.cte.Recursive {
			if err := checkRecursion(it); err != nil {
				return err
			}
		}
	}
	return nil
}

// innerWiths are the names that WITH clauses between the item and the node in
// question have taken.
type innerWiths [][]string

func (w innerWiths) has(name string) bool {
	return slices.ContainsFunc(w, func(l []string) bool { return slices.Contains(l, name) })
}

// each visits the queries of a WITH clause, each with the names it can see
// pushed, then body with all of them.
func (w *innerWiths) each(c *pg_query.WithClause, item func(*pg_query.Node) error, body func() error) error {
	depth := len(*w)
	*w = append(*w, nil)
	if c.Recursive {
		for _, n := range c.Ctes {
			(*w)[depth] = append((*w)[depth], n.GetCommonTableExpr().Ctename)
		}
	}
	for _, n := range c.Ctes {
		cte := n.GetCommonTableExpr()
		if err := item(cte.Ctequery); err != nil {
			return err
		}
		if !c.Recursive {
			(*w)[depth] = append((*w)[depth], cte.Ctename)
		}
	}
	err := body()
	*w = (*w)[:depth]
	return err
}

// dependencies is the walk that finds references between WITH items,
// makeDependencyGraphWalker.
type dependencies struct {
	items   []*withItem
	current *withItem
	inner   innerWiths
}

func (d *dependencies) visit(m proto.Message) (bool, error) {
	switch m := m.(type) {
	case *pg_query.RangeVar:
		if m.Schemaname != "" || d.inner.has(m.Relname) {
			return false, nil
		}
		for _, it := range d.items {
			if it.cte.Name != m.Relname {
				continue
			}
			if it == d.current {
				it.cte.Recursive = true
			} else if !slices.Contains(d.current.dependsOn, it) {
				d.current.dependsOn = append(d.current.dependsOn, it)
			}
			break
		}
		return false, nil
	case *pg_query.SelectStmt:
		if m.WithClause != nil {
			return false, d.inner.each(m.WithClause,
				func(q *pg_query.Node) error { return rawWalk(q, d.visit) },
				func() error { return rawChildren(m, d.visit) })
		}
	case *pg_query.WithClause:
		// Entered by the SelectStmt case alone. (As in PostgreSQL, the WITH of an
		// INSERT, UPDATE or DELETE is not looked into.)
		return false, nil
	}
	return true, nil
}

// recursion is where a reference of a query to itself is looked at.
type recursion uint8

const (
	recursionOK recursion = iota
	recursionNonRecursiveTerm
	recursionSubLink
	recursionOuterJoin
	recursionIntersect
	recursionExcept
)

var recursionPlaces = map[recursion]string{
	recursionNonRecursiveTerm: "its non-recursive term",
	recursionSubLink:          "a subquery",
	recursionOuterJoin:        "an outer join",
	recursionIntersect:        "INTERSECT",
	recursionExcept:           "EXCEPT",
}

// checkRecursion checks that a recursive query has the form that SQL allows,
// checkWellFormedRecursion.
func checkRecursion(it *withItem) error {
	name, loc := it.cte.Name, int(it.raw.Location)
	s := it.raw.Ctequery.GetSelectStmt()
	if s == nil {
		return pgerr.New(pgerrcode.InvalidRecursion, "recursive query \"%s\" must not contain data-modifying statements", name).At(loc)
	}
	if s.Op != pg_query.SetOperation_SETOP_UNION {
		return pgerr.New(pgerrcode.InvalidRecursion,
			"recursive query \"%s\" does not have the form non-recursive-term UNION [ALL] recursive-term", name).At(loc)
	}
	if s.WithClause != nil {
		w := wellFormed{name: name, context: recursionSubLink}
		for _, n := range s.WithClause.Ctes {
			if err := rawWalk(n, w.visit); err != nil {
				return err
			}
		}
	}
	unsupported := func(what string, loc int) error {
		return pgerr.New(pgerrcode.FeatureNotSupported, "%s in a recursive query is not implemented", what).At(loc)
	}
	switch {
	case len(s.SortClause) > 0:
		return unsupported("ORDER BY", rawListLocation(s.SortClause))
	case s.LimitOffset != nil:
		return unsupported("OFFSET", rawLocation(s.LimitOffset))
	case s.LimitCount != nil:
		return unsupported("LIMIT", rawLocation(s.LimitCount))
	case len(s.LockingClause) > 0:
		return unsupported("FOR UPDATE/SHARE", -1)
	}
	w := wellFormed{name: name, context: recursionNonRecursiveTerm}
	if err := rawWalk(s.Larg, w.visit); err != nil {
		return err
	}
	w = wellFormed{name: name, context: recursionOK}
	if err := rawWalk(s.Rarg, w.visit); err != nil {
		return err
	}
	if w.count != 1 {
		return pgerr.Internal("missing recursive reference")
	}
	return nil
}

// wellFormed is the walk that finds references of a query to itself in places
// where they may not be, checkWellFormedRecursionWalker.
type wellFormed struct {
	name    string
	context recursion
	inner   innerWiths
	count   int
}

func (w *wellFormed) walk(m proto.Message) error { return rawWalk(m, w.visit) }

// in walks a part with the context that holds there.
func (w *wellFormed) in(c recursion, m proto.Message) error {
	saved := w.context
	w.context = c
	err := rawWalk(m, w.visit)
	w.context = saved
	return err
}

func (w *wellFormed) visit(m proto.Message) (bool, error) {
	switch m := m.(type) {
	case *pg_query.RangeVar:
		if m.Schemaname != "" || m.Relname != w.name || w.inner.has(m.Relname) {
			return false, nil
		}
		if w.context != recursionOK {
			return false, pgerr.New(pgerrcode.InvalidRecursion, "recursive reference to query \"%s\" must not appear within %s",
				w.name, recursionPlaces[w.context]).At(int(m.Location))
		}
		if w.count++; w.count > 1 {
			return false, pgerr.New(pgerrcode.InvalidRecursion, "recursive reference to query \"%s\" must not appear more than once", w.name).
				At(int(m.Location))
		}
		return false, nil
	case *pg_query.SelectStmt:
		if m.WithClause != nil {
			return false, w.inner.each(m.WithClause,
				func(q *pg_query.Node) error { return w.walk(q) },
				func() error { return w.selectStmt(m) })
		}
		return false, w.selectStmt(m)
	case *pg_query.WithClause:
		return false, nil
	case *pg_query.JoinExpr:
		return false, w.join(m)
	case *pg_query.SubLink:
		if err := w.in(recursionSubLink, m.Subselect); err != nil {
			return false, err
		}
		return false, w.walk(m.Testexpr)
	}
	return true, nil
}

func (w *wellFormed) join(j *pg_query.JoinExpr) error {
	outer := w.context
	if outer == recursionOK {
		outer = recursionOuterJoin
	}
	left, right := w.context, w.context
	switch j.Jointype {
	case pg_query.JoinType_JOIN_LEFT:
		right = outer
	case pg_query.JoinType_JOIN_RIGHT:
		left = outer
	case pg_query.JoinType_JOIN_FULL:
		left, right = outer, outer
	}
	if err := w.in(left, j.Larg); err != nil {
		return err
	}
	if err := w.in(right, j.Rarg); err != nil {
		return err
	}
	return w.walk(j.Quals)
}

// selectStmt walks a SELECT but for its WITH clause.
func (w *wellFormed) selectStmt(s *pg_query.SelectStmt) error {
	left, right := w.context, w.context
	if w.context == recursionOK {
		switch s.Op {
		case pg_query.SetOperation_SETOP_INTERSECT:
			if s.All {
				left, right = recursionIntersect, recursionIntersect
			}
		case pg_query.SetOperation_SETOP_EXCEPT:
			if s.All {
				left = recursionExcept
			}
			right = recursionExcept
		}
	}
	if left == w.context && right == w.context {
		return rawChildren(s, w.visit)
	}
	if err := w.in(left, s.Larg); err != nil {
		return err
	}
	if err := w.in(right, s.Rarg); err != nil {
		return err
	}
	for _, list := range [][]*pg_query.Node{s.SortClause, {s.LimitOffset, s.LimitCount}, s.LockingClause} {
		for _, n := range list {
			if n != nil {
				if err := w.walk(n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
