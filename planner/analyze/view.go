package analyze

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// views holds the analysed queries of views, definitions those of what system views are
// in PostgreSQL: *catalog.Relation to *viewEntry. A relation belongs to one immutable
// catalog, so that an entry never goes stale.
var views, definitions sync.Map

type viewEntry struct {
	once  sync.Once
	query *nodes.Query
	err   error
}

// viewQuery analyses a view's SQL, once. The query is shared and must not be
// changed. Names in it mean what they mean with search_path = pg_catalog.
func viewQuery(c *catalog.Catalog, env *adt.Env, rel *catalog.Relation) (*nodes.Query, error) {
	return analyzeOnce(&views, c, env, rel, rel.ViewSQL)
}

// definition is viewQuery of what a view is in PostgreSQL. Of system views that is not
// what runs here for them.
func definition(c *catalog.Catalog, env *adt.Env, rel *catalog.Relation) (*nodes.Query, error) {
	if !rel.System {
		return viewQuery(c, env, rel)
	}
	text, _ := c.ViewDefinition(rel.OID)
	return analyzeOnce(&definitions, c, env, rel, text)
}

func analyzeOnce(kept *sync.Map, c *catalog.Catalog, env *adt.Env, rel *catalog.Relation, text string) (*nodes.Query, error) {
	v, _ := kept.LoadOrStore(rel, &viewEntry{})
	e := v.(*viewEntry)
	e.once.Do(func() {
		pinned := *env
		pinned.SearchPath = []string{"pg_catalog"}
		e.query, e.err = analyzeView(c, &pinned, rel, text)
	})
	return e.query, e.err
}

// ViewColumns gives the columns that a view reads, as pg_depend has them, each
// once, of each relation in order; and those that its own columns are.
func ViewColumns(c *catalog.Catalog, env *adt.Env, rel *catalog.Relation) (catalog.ViewColumns, error) {
	q, err := viewQuery(c, env, rel)
	if err != nil {
		return catalog.ViewColumns{}, err
	}
	var origins []catalog.ColumnUse
	for _, t := range q.TargetList {
		if !t.Resjunk {
			origins = append(origins, catalog.ColumnUse{Relation: t.OrigTable, Column: int16(t.OrigColumn)})
		}
	}
	used := map[catalog.ColumnUse]bool{}
	nodes.WalkQueries(q, func(q *nodes.Query) {
		for i, r := range q.RangeTable {
			if r.Kind != nodes.RTERelation {
				continue
			}
			note := func(e nodes.Expr, depth int) bool {
				if v, ok := e.(*nodes.Var); ok && v.RTE == i+1 && v.LevelsUp == depth && v.Attno > 0 {
					used[catalog.ColumnUse{Relation: r.Relation.OID, Column: int16(v.Attno)}] = true
				}
				return true
			}
			nodes.WalkQuery(q, note)
		}
	})
	uses := slices.SortedFunc(maps.Keys(used), func(a, b catalog.ColumnUse) int {
		return cmp.Or(cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.Column, b.Column))
	})
	return catalog.ViewColumns{Uses: uses, Origins: origins}, nil
}

func analyzeView(c *catalog.Catalog, env *adt.Env, rel *catalog.Relation, text string) (*nodes.Query, error) {
	tree, err := pg_query.Parse(text)
	if err != nil || len(tree.Stmts) != 1 {
		return nil, pgerr.Internal("the text of view \"%s\" is not a statement: %v", rel.Name, err)
	}
	ps := newParseState(c, env, text, &Params{Fixed: true})
	q, err := ps.transformStmt(tree.Stmts[0].Stmt)
	if err != nil {
		e := *pgerr.From(err)
		e.Where, e.Position = "view "+rel.Schema+"."+rel.Name, 0
		return nil, &e
	}
	n := 0
	for _, t := range q.TargetList {
		if !t.Resjunk {
			n++
		}
	}
	if n != len(rel.Columns) {
		return nil, pgerr.Internal("view \"%s.%s\" has %d columns, its query %d", rel.Schema, rel.Name, len(rel.Columns), n)
	}
	return q, nil
}
