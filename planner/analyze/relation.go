package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// maxColumns is MaxTupleAttributeNumber, the most columns a row may have.
const maxColumns = 1664

// addRTE puts an entry into the range table and gives its index.
func (ps *ParseState) addRTE(rte *nodes.RTE) int {
	ps.rtable = append(ps.rtable, rte)
	return len(ps.rtable)
}

// newNSItem makes the namespace entry of a range table entry that is not a
// join: each column stands for itself.
func newNSItem(rte *nodes.RTE, index int, hasAlias bool) *NSItem {
	it := &NSItem{
		Alias: rte.Alias, HasAlias: hasAlias, RTE: rte, RTIndex: index,
		RelVisible: true, ColsVisible: true, LateralOK: true,
		Names: make([]string, len(rte.Columns)), Columns: make([]NSColumn, len(rte.Columns)),
	}
	for i, c := range rte.Columns {
		it.Names[i] = c.Name
		it.Columns[i] = NSColumn{RTE: index, Attno: i + 1, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation}
	}
	return it
}

// addToQuery puts an item into the join list and the namespace,
// addNSItemToQuery.
func (ps *ParseState) addToQuery(it *NSItem, joinlist, rel, cols bool) {
	if joinlist {
		ps.joinlist = append(ps.joinlist, &nodes.RangeRef{RTE: it.RTIndex})
	}
	if rel || cols {
		it.RelVisible, it.ColsVisible, it.LateralOnly, it.LateralOK = rel, cols, false, true
		ps.namespace = append(ps.namespace, it)
	}
}

// aliasNames gives an Alias's name and column names.
func aliasNames(a *pg_query.Alias) (name string, columns []string) {
	if a == nil {
		return "", nil
	}
	return a.Aliasname, names(a.Colnames)
}

// renameColumns gives columns the names of an alias's column list,
// buildRelationAliases: there may be fewer names, not more.
func renameColumns(table string, columns []nodes.ColumnDef, aliases []string) ([]nodes.ColumnDef, error) {
	if len(aliases) > len(columns) {
		return nil, pgerr.New(pgerrcode.InvalidColumnReference,
			"table \"%s\" has %d columns available but %d columns specified", table, len(columns), len(aliases))
	}
	out := append([]nodes.ColumnDef(nil), columns...)
	for i, a := range aliases {
		out[i].Name = a
	}
	return out, nil
}

// openTable finds the relation that a name means, parserOpenTable.
func (ps *ParseState) openTable(rv *pg_query.RangeVar) (*catalog.Relation, error) {
	loc := int(rv.Location)
	if rv.Catalogname != "" && rv.Catalogname != ps.database() {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s.%s\"",
			rv.Catalogname, rv.Schemaname, rv.Relname).At(loc)
	}
	rel, ambiguous := ps.catalog.RelationByName(rv.Schemaname, rv.Relname, ps.env.SearchPath)
	if rel == nil && !ambiguous && rv.Schemaname == "" {
		rel = ps.catalog.PlainRelation(rv.Relname)
	}
	switch {
	case ambiguous:
		return nil, pgerr.New(pgerrcode.AmbiguousAlias, "relation reference \"%s\" is ambiguous", rv.Relname).At(loc)
	case rel == nil && rv.Schemaname != "":
		return nil, pgerr.New(pgerrcode.UndefinedTable, "relation \"%s.%s\" does not exist", rv.Schemaname, rv.Relname).At(loc)
	case rel == nil:
		err := pgerr.New(pgerrcode.UndefinedTable, "relation \"%s\" does not exist", rv.Relname).At(loc)
		if ps.isFutureCTE(rv.Relname) {
			err = err.Detailf("There is a WITH item named \"%s\", but it cannot be referenced from this part of the query.", rv.Relname).
				Hintf("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
		}
		return nil, err
	}
	switch rel.Kind {
	case 'i':
		return nil, notATable(rel, "indexes").At(loc)
	case 'c':
		return nil, notATable(rel, "composite types").At(loc)
	}
	return rel, nil
}

func notATable(rel *catalog.Relation, what string) *pgerr.Error {
	return pgerr.New(pgerrcode.WrongObjectType, "cannot open relation \"%s\"", rel.Name).
		Detailf("This operation is not supported for %s.", what)
}

// isFutureCTE tells whether a WITH item of that name is not in scope yet.
func (ps *ParseState) isFutureCTE(name string) bool {
	for p := ps; p != nil; p = p.parent {
		for _, f := range p.futureCTE {
			if f == name {
				return true
			}
		}
	}
	return false
}

// relationColumns are a relation's columns as a range table entry has them.
func (ps *ParseState) relationColumns(rel *catalog.Relation) []nodes.ColumnDef {
	out := make([]nodes.ColumnDef, len(rel.Columns))
	for i, c := range rel.Columns {
		out[i] = nodes.ColumnDef{Name: c.Name, Type: c.Type, Typmod: c.Typmod, Collation: ps.typeCollation(c.Type)}
	}
	// Columns of system tables have collations of their own: C.
	if t := ps.catalog.TypeByOID(rel.RowType); t != nil && t.Desc != nil && len(t.Desc.Fields) == len(out) {
		for i, f := range t.Desc.Fields {
			out[i].Collation = f.Collation
		}
	}
	return out
}

// typeCollation is get_typcollation.
func (ps *ParseState) typeCollation(typ OID) OID {
	if t := ps.catalog.TypeByOID(typ); t != nil {
		return t.Collation
	}
	return 0
}

// addRelation makes the range table entry of a table or view; a view becomes a
// subquery that knows its view.
func (ps *ParseState) addRelation(rel *catalog.Relation, alias *pg_query.Alias) (*NSItem, error) {
	name, aliases := aliasNames(alias)
	if alias == nil {
		name = rel.Name
	}
	rte := &nodes.RTE{
		Kind: nodes.RTERelation, Alias: name,
		Relation: &nodes.Relation{OID: rel.OID, Schema: rel.Schema, Name: rel.Name, Kind: rel.Kind, Type: rel.RowType, Table: rel.Table},
	}
	if rel.Closed {
		ps.closed = append(ps.closed, rel.OID)
	}
	columns := ps.relationColumns(rel)
	if rel.Kind == 'v' && rel.ViewSQL != "" {
		q, err := viewQuery(ps.catalog, ps.env, rel)
		if err != nil {
			return nil, err
		}
		rte.Kind, rte.Query = nodes.RTESubquery, q
		columns = columns[:0]
		for _, t := range q.TargetList {
			if !t.Resjunk {
				i := nodes.TypeOf(t.Expr)
				columns = append(columns, nodes.ColumnDef{Name: t.Name, Type: i.Type, Typmod: i.Typmod, Collation: i.Collation})
			}
		}
		for i := range columns {
			if i < len(rel.Columns) {
				columns[i].Name = rel.Columns[i].Name
			}
		}
	}
	var err error
	if rte.Columns, err = renameColumns(name, columns, aliases); err != nil {
		return nil, err
	}
	return newNSItem(rte, ps.addRTE(rte), alias != nil), nil
}

// addSubquery makes the range table entry of a subquery in FROM,
// addRangeTableEntryForSubquery. With no alias only its columns are visible.
func (ps *ParseState) addSubquery(q *nodes.Query, alias string, aliases []string, lateral bool) (*NSItem, error) {
	rte := &nodes.RTE{Kind: nodes.RTESubquery, Alias: alias, Query: q, Lateral: lateral}
	if alias == "" {
		rte.Alias = "unnamed_subquery"
	}
	var columns []nodes.ColumnDef
	for _, t := range q.TargetList {
		if !t.Resjunk {
			i := nodes.TypeOf(t.Expr)
			columns = append(columns, nodes.ColumnDef{Name: t.Name, Type: i.Type, Typmod: i.Typmod, Collation: i.Collation})
		}
	}
	var err error
	if rte.Columns, err = renameColumns(rte.Alias, columns, aliases); err != nil {
		return nil, err
	}
	it := newNSItem(rte, ps.addRTE(rte), alias != "")
	it.RelVisible = alias != ""
	return it, nil
}

// addValues makes the range table entry of a VALUES list. Columns carry types
// only; their names are column1 and so on unless aliased.
func (ps *ParseState) addValues(rows [][]nodes.Expr, columns []nodes.ColumnDef, lateral bool) *NSItem {
	rte := &nodes.RTE{Kind: nodes.RTEValues, Alias: "*VALUES*", Values: rows, Lateral: lateral, Columns: columns}
	for i := range columns {
		columns[i].Name = "column" + itoa(i+1)
	}
	return newNSItem(rte, ps.addRTE(rte), false)
}

// addJoin makes the range table entry of a join, addRangeTableEntryForJoin.
// columns tell for each name which Var it stands for.
func (ps *ParseState) addJoin(colnames []string, columns []NSColumn, typ nodes.JoinType, merged int, vars []nodes.Expr, alias *pg_query.Alias) (*NSItem, error) {
	name, aliases := aliasNames(alias)
	if alias == nil {
		name = "unnamed_join"
	}
	if len(aliases) > len(colnames) {
		return nil, pgerr.New(pgerrcode.InvalidColumnReference,
			"join expression \"%s\" has %d columns available but %d columns specified", name, len(colnames), len(aliases))
	}
	rte := &nodes.RTE{Kind: nodes.RTEJoin, Alias: name, JoinType: typ, UsingCols: merged, JoinVars: vars}
	it := &NSItem{Alias: name, HasAlias: alias != nil, RTE: rte, Columns: columns, RelVisible: true, ColsVisible: true, LateralOK: true}
	it.Names = append(append([]string{}, aliases...), colnames[len(aliases):]...)
	rte.Columns = make([]nodes.ColumnDef, 0, len(it.Names))
	for i, n := range it.Names {
		t := nodes.TypeOf(vars[i])
		rte.Columns = append(rte.Columns, nodes.ColumnDef{Name: n, Type: t.Type, Typmod: t.Typmod, Collation: t.Collation})
	}
	it.RTIndex = ps.addRTE(rte)
	return it, nil
}

// expandItem gives Vars for all columns of an item, as * does, and their names.
func expandItem(it *NSItem, levelsUp, loc int) ([]nodes.Expr, []string) {
	var vars []nodes.Expr
	var colnames []string
	for i, c := range it.Columns {
		if i >= len(it.Names) {
			break
		}
		if c.RTE == 0 || c.DontExpand {
			continue
		}
		vars = append(vars, c.toVar(levelsUp, loc))
		colnames = append(colnames, it.Names[i])
	}
	return vars, colnames
}

func (c NSColumn) toVar(levelsUp, loc int) *nodes.Var {
	return &nodes.Var{RTE: c.RTE, Attno: c.Attno, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation, LevelsUp: levelsUp, Location: loc}
}

// findName finds a column name: exactly, else the only one that differs in case
// alone. More than one is many; none is -1.
func findName(list []string, name string) (index int, many bool) {
	index = -1
	for i, n := range list {
		if n == name {
			if index >= 0 {
				return index, true
			}
			index = i
		}
	}
	if index >= 0 {
		return index, false
	}
	for i, n := range list {
		if n != "" && strings.EqualFold(n, name) {
			if index >= 0 {
				return -1, false // ambiguous in case alone: no match
			}
			index = i
		}
	}
	return index, false
}

// columnIndex finds a column of a relation by name, 0-based, -1: none.
func columnIndex(rel *catalog.Relation, name string) int {
	list := make([]string, len(rel.Columns))
	for i, c := range rel.Columns {
		list[i] = c.Name
	}
	i, _ := findName(list, name)
	return i
}

// levelRTE is GetRTEByRangeTablePosn.
func (ps *ParseState) levelRTE(index, levelsUp int) *nodes.RTE {
	p := ps
	for ; levelsUp > 0 && p.parent != nil; levelsUp-- {
		p = p.parent
	}
	return p.rtable[index-1]
}

// levelItem is GetNSItemByRangeTablePosn; where the entry is hidden by a join,
// one is made.
func (ps *ParseState) levelItem(index, levelsUp int) *NSItem {
	p := ps
	for ; levelsUp > 0 && p.parent != nil; levelsUp-- {
		p = p.parent
	}
	for _, it := range p.namespace {
		if it.RTIndex == index {
			return it
		}
	}
	return newNSItem(p.rtable[index-1], index, true)
}
