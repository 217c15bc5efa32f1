package ec2backend

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// mayHave tells whether the known values of a local column's conditions let a
// value through; an unknown value ("") may be anything.
func (s *flowLogScan) mayHave(col int, v string) bool {
	if v == "" {
		return true
	}
	for _, c := range s.conds {
		if c.col == col && c.late < 0 && !c.match(v, c.values) {
			return false
		}
	}
	return true
}

// ordersBy tells whether rows are wanted in the order of a column.
func (s *flowLogScan) ordersBy(col int) bool {
	return slices.ContainsFunc(s.order, func(o fdw.Order) bool { return o.Column == col })
}

// placesBy tells whether the conditions together prune by a column.
func placesBy(p *fdw.Places, col int) bool { return p != nil && slices.Contains(p.Columns, col) }

// mayBeAt tells whether the conditions together let a row of an account's
// region through, as far as the account is known.
func mayBeAt(p *fdw.Places, a *account, region string) bool {
	if p == nil {
		return true
	}
	values := make([]adt.Datum, len(p.Columns))
	for i, c := range p.Columns {
		switch id := a.knownID(); {
		case c == colRegion:
			values[i] = region
		case c == colAccountID && id != "":
			values[i] = id
		}
	}
	return p.May(values)
}
