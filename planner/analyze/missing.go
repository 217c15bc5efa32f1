package analyze

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// missingRTE is the error for a table name that no FROM item bears
// (errorMissingRTE).
func (ps *ParseState) missingRTE(schema, name string, loc int) error {
	for p := ps; p != nil; p = p.parent {
		for _, r := range p.rtable {
			if r.Kind == nodes.RTEJoin && r.Alias == "" {
				continue
			}
			own := r.Relation != nil && r.Relation.Name == name && (schema == "" || r.Relation.Schema == schema) ||
				r.Kind == nodes.RTECTE && schema == "" && r.CTEName == name
			if r.Alias != name && !own {
				continue
			}
			err := pgerr.New(pgerrcode.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name).At(loc)
			if own && r.Alias != name {
				if p == ps || ps.visible(r) {
					return err.Hintf("Perhaps you meant to reference the table alias \"%s\".", r.Alias)
				}
				continue
			}
			err.Detailf("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", r.Alias)
			if ps.lateralCouldReach(r) {
				err.Hintf("To reference that table, you must mark this subquery with LATERAL.")
			}
			return err
		}
	}
	return pgerr.New(pgerrcode.UndefinedTable, "missing FROM-clause entry for table \"%s\"", name).At(loc)
}

// visible tells whether a range table entry's columns can be named here.
func (ps *ParseState) visible(r *nodes.RTE) bool {
	for p := ps; p != nil; p = p.parent {
		for _, it := range p.namespace {
			if it.RTE == r && it.ColsVisible && (!it.LateralOnly || p.lateralActive) {
				return true
			}
		}
	}
	return false
}

// lateralCouldReach tells whether LATERAL would let an expression here see an
// entry.
func (ps *ParseState) lateralCouldReach(r *nodes.RTE) bool {
	for p := ps; p != nil; p = p.parent {
		for _, it := range p.namespace {
			if it.RTE == r && it.LateralOnly && it.LateralOK && !p.lateralActive {
				return true
			}
		}
	}
	return false
}

// candidate is a column whose name is like a missing one.
type candidate struct {
	table, column string
	distance      int
	rte           *nodes.RTE
}

// missingColumn is the error for a column name that is not there, with a guess
// at what was meant (errorMissingColumn).
func (ps *ParseState) missingColumn(rel, col string, loc int) error {
	var err *pgerr.Error
	if rel != "" {
		err = pgerr.New(pgerrcode.UndefinedColumn, "column %s.%s does not exist", rel, col).At(loc)
	} else {
		err = pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" does not exist", col).At(loc)
	}
	best := []candidate{}
	var exact []*nodes.RTE // that have the column, but not where it is named
	bestDistance := maxFuzzyDistance + 1
	for p := ps; p != nil; p = p.parent {
		for _, r := range p.rtable {
			if r.Kind == nodes.RTEJoin {
				continue
			}
			penalty := 0
			if rel != "" {
				penalty = levenshtein(rel, r.Alias, maxFuzzyDistance)
			}
			if r.Kind == nodes.RTERelation && penalty == 0 && isSystemColumn(col) && !ps.visible(r) {
				exact = append(exact, r)
			}
			for _, c := range r.Columns {
				if c.Name == "" {
					continue
				}
				own := levenshtein(c.Name, col, bestDistance)
				d := own + penalty
				if c.Name == col && penalty == 0 && !ps.visible(r) {
					exact = append(exact, r)
					break
				}
				switch {
				case own > len(col)/2 || d > bestDistance || d > maxFuzzyDistance:
				case d < bestDistance:
					best, bestDistance = []candidate{{r.Alias, c.Name, d, r}}, d
				default:
					best = append(best, candidate{r.Alias, c.Name, d, r})
				}
			}
		}
	}
	switch {
	case len(exact) > 1:
		err.Detailf("There are columns named \"%s\", but they are in tables that cannot be referenced from this part of the query.", col)
		if rel == "" {
			err.Hintf("Try using a table-qualified name.")
		}
		return err
	case len(exact) == 1:
		r := exact[0]
		err.Detailf("There is a column named \"%s\" in table \"%s\", but it cannot be referenced from this part of the query.", col, r.Alias)
		if ps.lateralCouldReach(r) {
			err.Hintf("To reference that column, you must mark this subquery with LATERAL.")
		} else if rel == "" && ps.relVisible(r) {
			err.Hintf("To reference that column, you must use a table-qualified name.")
		}
		return err
	}
	switch len(best) {
	case 1:
		err.Hintf("Perhaps you meant to reference the column \"%s.%s\".", best[0].table, best[0].column)
	case 2:
		err.Hintf("Perhaps you meant to reference the column \"%s.%s\" or the column \"%s.%s\".",
			best[0].table, best[0].column, best[1].table, best[1].column)
	}
	return err
}

// relVisible tells whether an entry can be named here, if not its columns
// bare.
func (ps *ParseState) relVisible(r *nodes.RTE) bool {
	for p := ps; p != nil; p = p.parent {
		for _, it := range p.namespace {
			if it.RTE == r && it.RelVisible && (!it.LateralOnly || p.lateralActive) {
				return true
			}
		}
	}
	return false
}

// maxFuzzyDistance is MAX_FUZZY_DISTANCE.
const maxFuzzyDistance = 3

// levenshtein is the edit distance of two names, or limit+1 when it is larger.
func levenshtein(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := diag
			if x[i-1] != y[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return min(row[len(y)], limit+1)
}
