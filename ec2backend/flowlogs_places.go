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
	return p == nil || p.May(placeValues(p, a, region))
}

// placeValues are an account's region's values of the columns that conditions
// prune by, as far as the account is known.
func placeValues(p *fdw.Places, a *account, region string) []adt.Datum {
	values := make([]adt.Datum, len(p.Columns))
	for i, c := range p.Columns {
		switch id := a.knownID(); {
		case c == colRegion:
			values[i] = region
		case c == colAccountID && id != "":
			values[i] = id
		}
	}
	return values
}

// at gives the scan of one account's region: what the conditions together say of its rows
// is asked for besides.
func (s *flowLogScan) at(o *opened, args [][]adt.Datum, a *account, region string) *opened {
	p := s.req.Places
	if p == nil || p.Quals == nil {
		return o
	}
	here := *s
	here.conds = slices.Clone(s.conds)
	for _, q := range p.Quals(placeValues(p, a, region)) {
		if q.Late || q.Column == colRegion || q.Column == colAccountID {
			continue
		}
		n := len(here.conds)
		here.take(q, -1)
		if added := here.conds[n:]; len(added) == 1 && slices.ContainsFunc(here.conds[:n], added[0].same) {
			here.conds = here.conds[:n]
		}
	}
	if len(here.conds) == len(s.conds) && !here.never {
		return o
	}
	here.merge()
	return here.bind(args)
}

// steps gives the values that the first column of the order can have, in that order; nil:
// they are not all known.
func (s *flowLogScan) steps() []adt.Datum {
	if len(s.order) == 0 {
		return nil
	}
	var known []string
	for _, a := range s.id.accounts {
		id := a.knownID()
		if !s.mayHave(colAccountID, id) {
			continue
		}
		regions, all := a.namesNow()
		if !all || s.order[0].Column == colAccountID && id == "" {
			return nil
		}
		for _, r := range regions {
			switch {
			case !s.mayHave(colRegion, r) || !mayBeAt(s.req.Places, a, r):
			case s.order[0].Column == colAccountID:
				known = append(known, id)
			default:
				known = append(known, r)
			}
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	if s.order[0].Desc {
		slices.Reverse(known)
	}
	out := make([]adt.Datum, len(known))
	for i, v := range known {
		out[i] = v
	}
	return out
}
