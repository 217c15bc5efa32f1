package analyze

import (
	"slices"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// withItem is an item of WITH while the clause is resolved.
type withItem struct {
	raw       *pg_query.CommonTableExpr
	cte       *nodes.CTE
	dependsOn []*withItem
}

// transformWithClause resolves WITH into ps.ctes. WITH RECURSIVE items are put
// into an order without forward references.
func (ps *ParseState) transformWithClause(w *pg_query.WithClause) error {
	var items []*withItem
	for _, n := range w.Ctes {
		c := n.GetCommonTableExpr()
		if c.Ctequery.GetMergeStmt() != nil {
			return pgerr.New(pgerrcode.FeatureNotSupported, "MERGE not supported in WITH query").At(int(c.Location))
		}
		it := &withItem{raw: c, cte: &nodes.CTE{Name: c.Ctename}}
		switch c.Ctematerialized {
		case pg_query.CTEMaterialize_CTEMaterializeAlways:
			it.cte.Materialized = nodes.MaterializeAlways
		case pg_query.CTEMaterialize_CTEMaterializeNever:
			it.cte.Materialized = nodes.MaterializeNever
		}
		if c.Ctequery.GetSelectStmt() == nil {
			it.cte.Modifying, ps.hasModifyingCTE = true, true
		}
		items = append(items, it)
	}
	for i, it := range items {
		for _, other := range items[i+1:] {
			if it.cte.Name == other.cte.Name {
				return pgerr.New(pgerrcode.DuplicateAlias, "WITH query name \"%s\" specified more than once", other.cte.Name).
					At(int(other.raw.Location))
			}
		}
	}
	if w.Recursive {
		if err := orderRecursive(items); err != nil {
			return err
		}
		for _, it := range items {
			ps.ctes = append(ps.ctes, it.cte)
		}
		for _, it := range items {
			if err := ps.analyzeCTE(it); err != nil {
				return err
			}
		}
		return nil
	}
	for i, it := range items {
		ps.futureCTE = nil
		for _, f := range items[i:] {
			ps.futureCTE = append(ps.futureCTE, f.cte.Name)
		}
		if err := ps.analyzeCTE(it); err != nil {
			return err
		}
		ps.ctes = append(ps.ctes, it.cte)
	}
	ps.futureCTE = nil
	return nil
}

// analyzeCTE analyses the query of one WITH item and describes its columns.
func (ps *ParseState) analyzeCTE(it *withItem) error {
	cte, raw := it.cte, it.raw
	if raw.SearchClause != nil {
		cte.Search = &nodes.SearchClause{
			Columns:      names(raw.SearchClause.SearchColList),
			BreadthFirst: raw.SearchClause.SearchBreadthFirst,
			SeqColumn:    raw.SearchClause.SearchSeqColumn,
		}
	}
	if raw.CycleClause != nil {
		// The query may refer to the mark column, so its type must be known first.
		var err error
		if cte.Cycle, err = ps.transformCycle(raw.CycleClause); err != nil {
			return err
		}
	}
	ps.rawCTEs[cte] = raw
	q, err := ps.analyzeSubquery(raw.Ctequery, cte, true)
	if err != nil {
		return err
	}
	if q.Command != nodes.CmdSelect && ps.parent != nil {
		return pgerr.New(pgerrcode.FeatureNotSupported, "WITH clause containing a data-modifying statement must be at the top level").
			At(int(raw.Location))
	}
	list := q.TargetList
	if q.Command != nodes.CmdSelect {
		list = q.Returning
	}
	if !cte.Recursive {
		if err := ps.nameCTEColumns(cte, raw, list); err != nil {
			return err
		}
	} else if err := ps.checkRecursiveColumns(cte, list); err != nil {
		return err
	}
	cte.Query = q
	if err := checkSearchAndCycle(it, q); err != nil {
		return err
	}
	cte.Columns = append(cte.Columns, cteExtraColumns(cte)...)
	return nil
}

// nameCTEColumns gives a WITH item its columns: the query's, renamed by the
// alias list.
func (ps *ParseState) nameCTEColumns(cte *nodes.CTE, raw *pg_query.CommonTableExpr, list []*nodes.TargetEntry) error {
	aliases := names(raw.Aliascolnames)
	cte.Columns = nil
	for _, t := range list {
		if t.Resjunk {
			continue
		}
		i := nodes.TypeOf(t.Expr)
		c := nodes.ColumnDef{Name: t.Name, Type: i.Type, Typmod: i.Typmod, Collation: i.Collation}
		if n := len(cte.Columns); n < len(aliases) {
			c.Name = aliases[n]
		}
		// A recursive query sees its own columns before any unknown literal of the
		// first term has been resolved: they are text.
		if cte.Recursive && c.Type == adt.UnknownOID {
			c.Type, c.Typmod = adt.TextOID, -1
			if c.Collation == 0 {
				c.Collation = adt.DefaultCollationOID
			}
		}
		cte.Columns = append(cte.Columns, c)
	}
	if len(cte.Columns) < len(aliases) {
		return pgerr.New(pgerrcode.InvalidColumnReference, "WITH query \"%s\" has %d columns available but %d columns specified",
			cte.Name, len(cte.Columns), len(aliases)).At(int(raw.Location))
	}
	return nil
}

// cteColumns is nameCTEColumns for the item whose query is being analysed.
func (ps *ParseState) cteColumns(cte *nodes.CTE, list []*nodes.TargetEntry) error {
	return ps.nameCTEColumns(cte, ps.rawCTEs[cte], list)
}

// checkRecursiveColumns checks that the recursive term has not changed the
// columns that the other term has set.
func (ps *ParseState) checkRecursiveColumns(cte *nodes.CTE, list []*nodes.TargetEntry) error {
	n := 0
	for _, t := range list {
		if t.Resjunk {
			continue
		}
		c := cte.Columns[n]
		n++
		have := nodes.TypeOf(t.Expr)
		loc := exprLocation(t.Expr)
		if have.Type != c.Type || have.Typmod != c.Typmod {
			return pgerr.New(pgerrcode.DatatypeMismatch, "recursive query \"%s\" column %d has type %s in non-recursive term but type %s overall",
				cte.Name, n, ps.catalog.FormatType(c.Type, c.Typmod), ps.catalog.FormatType(have.Type, have.Typmod)).
				Hintf("Cast the output of the non-recursive term to the correct type.").At(loc)
		}
		if have.Collation != c.Collation {
			return pgerr.New(pgerrcode.CollationMismatch,
				"recursive query \"%s\" column %d has collation \"%s\" in non-recursive term but collation \"%s\" overall",
				cte.Name, n, ps.collationName(c.Collation), ps.collationName(have.Collation)).
				Hintf("Use the COLLATE clause to set the collation of the non-recursive term.").At(loc)
		}
	}
	return nil
}

func (ps *ParseState) collationName(oid OID) string {
	if c := ps.catalog.CollationByOID(oid); c != nil {
		return c.Name
	}
	return ""
}

// transformCycle resolves the mark values of a CYCLE clause.
func (ps *ParseState) transformCycle(raw *pg_query.CTECycleClause) (*nodes.CycleClause, error) {
	c := &nodes.CycleClause{Columns: names(raw.CycleColList), MarkColumn: raw.CycleMarkColumn, PathColumn: raw.CyclePathColumn}
	var err error
	if c.MarkValue, err = ps.transformExpr(raw.CycleMarkValue, KindCycleMark); err != nil {
		return nil, err
	}
	if c.MarkDefault, err = ps.transformExpr(raw.CycleMarkDefault, KindCycleMark); err != nil {
		return nil, err
	}
	if c.MarkType, _, err = ps.selectCommonType([]nodes.Expr{c.MarkValue, c.MarkDefault}, "CYCLE"); err != nil {
		return nil, err
	}
	if c.MarkValue, err = ps.coerceToCommonType(c.MarkValue, c.MarkType, "CYCLE/SET/TO"); err != nil {
		return nil, err
	}
	if c.MarkDefault, err = ps.coerceToCommonType(c.MarkDefault, c.MarkType, "CYCLE/SET/DEFAULT"); err != nil {
		return nil, err
	}
	both := []nodes.Expr{c.MarkValue, c.MarkDefault}
	c.MarkTypmod = ps.selectCommonTypmod(both, c.MarkType)
	if c.MarkCollation, err = ps.selectCommonCollation(both, true); err != nil {
		return nil, err
	}
	_, eq, _, _ := ps.catalog.SortOperators(c.MarkType)
	if eq == 0 {
		return nil, pgerr.New(pgerrcode.UndefinedFunction, "could not identify an equality operator for type %s", ps.catalog.FormatType(c.MarkType, -1))
	}
	if op := ps.catalog.OperatorByOID(eq); op != nil {
		c.MarkNeOp = op.Negator
	}
	if c.MarkNeOp == 0 {
		return nil, pgerr.New(pgerrcode.UndefinedFunction, "could not identify an inequality operator for type %s", ps.catalog.FormatType(c.MarkType, -1))
	}
	return c, nil
}

// checkSearchAndCycle checks the SEARCH and CYCLE clauses of an item against its
// columns.
func checkSearchAndCycle(it *withItem, q *nodes.Query) error {
	cte, s, c := it.cte, it.cte.Search, it.cte.Cycle
	if s == nil && c == nil {
		return nil
	}
	if !cte.Recursive {
		return pgerr.New(pgerrcode.SyntaxError, "WITH query is not recursive").At(int(it.raw.Location))
	}
	op := q.SetOp.(*nodes.SetOperation)
	if _, ok := op.Left.(*nodes.SetLeaf); !ok {
		return pgerr.New(pgerrcode.FeatureNotSupported, "with a SEARCH or CYCLE clause, the left side of the UNION must be a SELECT")
	}
	if _, ok := op.Right.(*nodes.SetLeaf); !ok {
		return pgerr.New(pgerrcode.SyntaxError, "with a SEARCH or CYCLE clause, the right side of the UNION must be a SELECT")
	}
	has := func(name string) bool {
		return slices.ContainsFunc(cte.Columns, func(c nodes.ColumnDef) bool { return c.Name == name })
	}
	list := func(what string, columns []string, loc int) error {
		for i, n := range columns {
			if !has(n) {
				return pgerr.New(pgerrcode.SyntaxError, "%s column \"%s\" not in WITH query column list", what, n).At(loc)
			}
			if slices.Contains(columns[:i], n) {
				return pgerr.New(pgerrcode.DuplicateColumn, "%s column \"%s\" specified more than once", what, n).At(loc)
			}
		}
		return nil
	}
	syntax := func(loc int, format string, args ...any) error {
		return pgerr.New(pgerrcode.SyntaxError, format, args...).At(loc)
	}
	var sloc, cloc int
	if s != nil {
		sloc = int(it.raw.SearchClause.Location)
		if err := list("search", s.Columns, sloc); err != nil {
			return err
		}
		if has(s.SeqColumn) {
			return syntax(sloc, "search sequence column name \"%s\" already used in WITH query column list", s.SeqColumn)
		}
	}
	if c != nil {
		cloc = int(it.raw.CycleClause.Location)
		if err := list("cycle", c.Columns, cloc); err != nil {
			return err
		}
		switch {
		case has(c.MarkColumn):
			return syntax(cloc, "cycle mark column name \"%s\" already used in WITH query column list", c.MarkColumn)
		case has(c.PathColumn):
			return syntax(cloc, "cycle path column name \"%s\" already used in WITH query column list", c.PathColumn)
		case c.MarkColumn == c.PathColumn:
			return syntax(cloc, "cycle mark column name and cycle path column name are the same")
		}
	}
	if s != nil && c != nil {
		switch s.SeqColumn {
		case c.MarkColumn:
			return syntax(sloc, "search sequence column name and cycle mark column name are the same")
		case c.PathColumn:
			return syntax(sloc, "search sequence column name and cycle path column name are the same")
		}
	}
	right := q.RangeTable[op.Right.(*nodes.SetLeaf).RTE-1].Query
	if !slices.ContainsFunc(right.RangeTable, func(r *nodes.RTE) bool { return r.Kind == nodes.RTECTE && r.SelfRef && r.CTEName == cte.Name }) {
		return pgerr.New(pgerrcode.FeatureNotSupported,
			"with a SEARCH or CYCLE clause, the recursive reference to WITH query \"%s\" must be at the top level of its right-hand SELECT", cte.Name)
	}
	return nil
}
