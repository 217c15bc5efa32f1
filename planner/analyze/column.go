package analyze

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformColumnRef resolves a name: a column, a table's whole row, or a
// function written like a column.
func (ps *ParseState) transformColumnRef(c *pg_query.ColumnRef, kind ExprKind) (nodes.Expr, error) {
	loc := int(c.Location)
	switch kind {
	case KindFunctionDefault:
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot use column reference in DEFAULT expression").At(loc)
	case KindExecuteParameter:
		return nil, pgerr.New(pgerrcode.InvalidColumnReference, "cannot use column reference in EXECUTE parameter").At(loc)
	}
	fields := c.Fields
	star := fields[len(fields)-1].GetAStar() != nil
	parts := names(fields)
	if star {
		parts = parts[:len(fields)-1]
	}
	full := strings.Join(parts, ".")
	if star {
		full += ".*"
	}
	switch len(fields) {
	case 1:
		e, name, err := ps.colNameToVar(parts[0], false, loc)
		if err != nil {
			return nil, err
		}
		if e != nil {
			ps.noteTrueName(loc, parts[0], name)
			return e, nil
		}
		it, up, err := ps.refnameNSItem("", parts[0], loc)
		if err != nil {
			return nil, err
		}
		if it == nil {
			return nil, ps.missingColumn("", parts[0], loc)
		}
		return ps.transformWholeRowRef(it, up, loc), nil
	case 2, 3, 4:
		if len(fields) == 4 {
			if !strings.EqualFold(parts[0], ps.database()) {
				return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cross-database references are not implemented: %s", full).At(loc)
			}
			parts = parts[1:]
		}
		schema, rel, rest := "", parts[0], parts[1:]
		if len(fields) > 2 {
			schema, rel, rest = parts[0], parts[1], parts[2:]
		}
		it, up, err := ps.refnameNSItem(schema, rel, loc)
		if err != nil {
			return nil, err
		}
		if it == nil {
			return nil, ps.missingRTE(schema, rel, loc)
		}
		row := func() nodes.Expr { return ps.transformWholeRowRef(it, up, loc) }
		if star {
			return row(), nil
		}
		e, name, err := ps.scanNSItemForColumn(it, up, rest[0], loc)
		if err != nil {
			return nil, err
		}
		if e != nil {
			ps.noteTrueName(loc, rest[0], name)
			return e, nil
		}
		e, err = ps.parseFuncOrColumn([]string{rest[0]}, []nodes.Expr{row()}, nil, ps.lastSRF, false, loc)
		if err != nil {
			return nil, err
		}
		if e == nil {
			return nil, ps.missingColumn(rel, rest[0], loc)
		}
		return e, nil
	}
	return nil, pgerr.New(pgerrcode.SyntaxError, "improper qualified name (too many dotted names): %s", full).At(loc)
}

// noteTrueName remembers the true name of a column that matched but for case.
func (ps *ParseState) noteTrueName(loc int, written, name string) {
	if written != name && name != "" {
		ps.trueNames[loc] = name
	}
}

// trueColumnName gives a column reference's true name where it was written in
// another case, else "".
func (ps *ParseState) trueColumnName(n *pg_query.Node, _ nodes.Expr) string {
	if c := n.GetColumnRef(); c != nil {
		return ps.trueNames[int(c.Location)]
	}
	return ""
}

// colNameToVar finds a column by its bare name, in this level and those
// around: exactly, else the only one that differs in case alone.
func (ps *ParseState) colNameToVar(name string, localOnly bool, loc int) (nodes.Expr, string, error) {
	for _, fold := range []bool{false, true} {
		up := 0
		for p := ps; p != nil; p = p.parent {
			var found nodes.Expr
			trueName := ""
			for _, it := range p.namespace {
				if !it.ColsVisible || it.LateralOnly && !p.lateralActive {
					continue
				}
				e, n, err := ps.columnOf(it, up, name, fold, loc)
				if err != nil {
					return nil, "", err
				}
				if e == nil {
					continue
				}
				if found != nil {
					return nil, "", ambiguousColumn(name, loc)
				}
				if err := p.lateralOK(it, loc); err != nil {
					return nil, "", err
				}
				found, trueName = e, n
			}
			if found != nil {
				return found, trueName, nil
			}
			if localOnly {
				break
			}
			up++
		}
	}
	return nil, "", nil
}

func ambiguousColumn(name string, loc int) error {
	return pgerr.New(pgerrcode.AmbiguousColumn, "column reference \"%s\" is ambiguous", name).At(loc)
}

// lateralOK refuses a LATERAL reference to the wrong side of an outer join.
func (ps *ParseState) lateralOK(it *NSItem, loc int) error {
	if !it.LateralOnly || it.LateralOK {
		return nil
	}
	err := pgerr.New(pgerrcode.InvalidColumnReference, "invalid reference to FROM-clause entry for table \"%s\"", it.Alias).At(loc)
	if ps.targetItem == it {
		return err.Hintf("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", it.Alias)
	}
	return err.Detailf("The combining JOIN type must be INNER or LEFT for a LATERAL reference.")
}

// scanNSItemForColumn finds a column of one namespace item: exactly, else the
// only one that differs in case alone.
func (ps *ParseState) scanNSItemForColumn(it *NSItem, levelsUp int, name string, loc int) (nodes.Expr, string, error) {
	for _, fold := range []bool{false, true} {
		e, n, err := ps.columnOf(it, levelsUp, name, fold, loc)
		if e != nil || err != nil {
			return e, n, err
		}
	}
	return nil, "", nil
}

// systemColumn is a column that every table has beside its own.
type systemColumn struct {
	name  string
	attno int
	typ   OID
}

var systemColumns = []systemColumn{
	{"ctid", -1, 27}, {"xmin", -2, 28}, {"cmin", -3, 29}, {"xmax", -4, 28}, {"cmax", -5, 29}, {"tableoid", -6, 26},
}

func isSystemColumn(name string) bool {
	return slices.ContainsFunc(systemColumns, func(c systemColumn) bool { return c.name == name })
}

// columnOf finds a column of an item by exact name, or (fold) by the name in
// any case.
func (ps *ParseState) columnOf(it *NSItem, up int, name string, fold bool, loc int) (nodes.Expr, string, error) {
	match := -1
	for i, n := range it.Names {
		if n == "" || n != name && !(fold && strings.EqualFold(n, name)) {
			continue
		}
		if match >= 0 {
			return nil, "", ambiguousColumn(name, loc)
		}
		match = i
	}
	if match >= 0 {
		c := it.Columns[match]
		if c.RTE == 0 {
			return nil, "", pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", name, it.Alias).At(loc)
		}
		return &nodes.Var{RTE: c.RTE, Attno: c.Attno, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation, LevelsUp: up, Location: loc}, it.Names[match], nil
	}
	if !fold && it.RTE.Kind == nodes.RTERelation && !it.NoSystem {
		for _, s := range systemColumns {
			if s.name == name {
				if ps.kind == KindMergeWhen && name != "tableoid" {
					return nil, "", pgerr.New(pgerrcode.InvalidColumnReference, "cannot use system column \"%s\" in MERGE WHEN condition", name).At(loc)
				}
				return &nodes.Var{RTE: it.RTIndex, Attno: s.attno, Type: s.typ, Typmod: -1, LevelsUp: up, Location: loc}, name, nil
			}
		}
	}
	return nil, "", nil
}

// refnameNSItem finds a FROM item by its name, or a table by schema and name.
func (ps *ParseState) refnameNSItem(schema, name string, loc int) (*NSItem, int, error) {
	var oid OID
	if schema != "" {
		rel, _ := ps.catalog.RelationByName(schema, name, ps.env.SearchPath)
		if rel == nil {
			return nil, 0, nil
		}
		oid = rel.OID
	}
	match := func(it *NSItem, fold bool) bool {
		if schema != "" {
			// A table under an alias is not known by its own name any more.
			return it.RTE.Relation != nil && it.RTE.Relation.OID == oid && !it.HasAlias
		}
		return it.Alias == name || fold && strings.EqualFold(it.Alias, name)
	}
	for _, fold := range []bool{false, true} {
		up := 0
		for p := ps; p != nil; p = p.parent {
			var found *NSItem
			for _, it := range p.namespace {
				if !it.RelVisible || it.LateralOnly && !p.lateralActive || !match(it, fold) {
					continue
				}
				if found != nil {
					if schema != "" {
						return nil, 0, pgerr.New(pgerrcode.AmbiguousAlias, "table reference %d is ambiguous", oid).At(loc)
					}
					return nil, 0, pgerr.New(pgerrcode.AmbiguousAlias, "table reference \"%s\" is ambiguous", name).At(loc)
				}
				if err := p.lateralOK(it, loc); err != nil {
					return nil, 0, err
				}
				found = it
			}
			if found != nil {
				return found, up, nil
			}
			up++
		}
		if schema != "" {
			break
		}
	}
	return nil, 0, nil
}

// transformWholeRowRef makes a reference to all of an item's row.
func (ps *ParseState) transformWholeRowRef(it *NSItem, levelsUp, loc int) nodes.Expr {
	r := it.RTE
	switch {
	case r.Kind == nodes.RTEFunction && len(r.Functions) == 1 && !r.Ordinality:
		f := r.Functions[0]
		if f.Scalar {
			c := it.Columns[0]
			return &nodes.Var{RTE: c.RTE, Attno: 1, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation, LevelsUp: levelsUp, Location: loc}
		}
		typ := nodes.TypeOf(f.Expr).Type
		if ps.catalog.TypeRelation(typ) == nil {
			typ = adt.RecordOID
		}
		return &nodes.Var{RTE: it.RTIndex, Type: typ, Typmod: -1, LevelsUp: levelsUp, Location: loc}
	case r.Relation != nil:
		return &nodes.Var{RTE: it.RTIndex, Type: r.Relation.Type, Typmod: -1, LevelsUp: levelsUp, Location: loc}
	case r.Kind == nodes.RTEJoin && len(it.Names) != len(r.Columns):
		// The alias of JOIN … USING covers the merged columns alone.
		row := &nodes.RowExpr{Type: adt.RecordOID, Form: nodes.ImplicitForm, Location: loc}
		for i, c := range it.Columns {
			row.Args = append(row.Args, &nodes.Var{RTE: c.RTE, Attno: c.Attno, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation, LevelsUp: levelsUp, Location: loc})
			row.Names = append(row.Names, it.Names[i])
		}
		return row
	}
	return &nodes.Var{RTE: it.RTIndex, Type: adt.RecordOID, Typmod: -1, LevelsUp: levelsUp, Location: loc}
}
