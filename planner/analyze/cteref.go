package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// findCTE finds the WITH item that an unqualified name means and how many
// levels up it is, scanNameSpaceForCTE.
func (ps *ParseState) findCTE(name string) (*nodes.CTE, int) {
	level := 0
	for p := ps; p != nil; p = p.parent {
		for _, c := range p.ctes {
			if c.Name == name {
				return c, level
			}
		}
		level++
	}
	return nil, 0
}

// addCTE makes the range table entry of a reference to a WITH item,
// addRangeTableEntryForCTE.
func (ps *ParseState) addCTE(cte *nodes.CTE, levelsUp int, rv *pg_query.RangeVar) (*NSItem, error) {
	self := cte.Query == nil
	if !self {
		cte.RefCount++
		if cte.Query.Command != nodes.CmdSelect && len(cte.Query.Returning) == 0 {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "WITH query \"%s\" does not have a RETURNING clause", cte.Name).At(int(rv.Location))
		}
	}
	name, aliases := aliasNames(rv.Alias)
	if rv.Alias == nil {
		name = cte.Name
	}
	base, extra := cte.Columns, cteExtraColumns(cte)
	if !self {
		base = base[:len(base)-len(extra)] // analyzeCTE has added them
	}
	columns, err := renameColumns(name, base, aliases)
	if err != nil {
		return nil, err
	}
	rte := &nodes.RTE{Kind: nodes.RTECTE, Alias: name, CTEName: cte.Name, CTELevelsUp: levelsUp, SelfRef: self, Columns: append(columns, extra...)}
	it := newNSItem(rte, ps.addRTE(rte), rv.Alias != nil)
	if levelsUp > 0 {
		// Inside the WITH query the SEARCH and CYCLE columns can be named, but *
		// leaves them out.
		for i := len(columns); i < len(it.Columns); i++ {
			it.Columns[i].DontExpand = true
		}
	}
	return it, nil
}

// cteExtraColumns are the columns that SEARCH and CYCLE add.
func cteExtraColumns(cte *nodes.CTE) []nodes.ColumnDef {
	var out []nodes.ColumnDef
	if s := cte.Search; s != nil {
		typ := adt.RecordArrayOID
		if s.BreadthFirst {
			typ = adt.RecordOID
		}
		out = append(out, nodes.ColumnDef{Name: s.SeqColumn, Type: typ, Typmod: -1})
	}
	if c := cte.Cycle; c != nil {
		out = append(out,
			nodes.ColumnDef{Name: c.MarkColumn, Type: c.MarkType, Typmod: c.MarkTypmod, Collation: c.MarkCollation},
			nodes.ColumnDef{Name: c.PathColumn, Type: adt.RecordArrayOID, Typmod: -1})
	}
	return out
}

// cteForRTE finds the WITH item of a CTE entry seen levelsUp levels above ps.
func (ps *ParseState) cteForRTE(rte *nodes.RTE, levelsUp int) *nodes.CTE {
	p := ps
	for n := levelsUp + rte.CTELevelsUp; n > 0 && p.parent != nil; n-- {
		p = p.parent
	}
	for _, c := range p.ctes {
		if c.Name == rte.CTEName {
			return c
		}
	}
	return nil
}
