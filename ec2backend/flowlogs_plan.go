package ec2backend

import (
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/fdw"
)

// flowLogScan is a planned scan.
type flowLogScan struct {
	t     *flowLogs
	id    *identity // whom the calls are made as
	req   fdw.Request
	conds []condition
	never bool // the quals contradict each other
	limit int64
	each  int64 // rows wanted of each region, 0: all
	early bool  // the engine may stop early: read ahead only when asked
	order []fdw.Order
	need  columnSet
	late  int // number of late arguments
	stats *scanStats

	others []*opened // other scans of the statement, whose rows may come with ours
	maybe  []*opened // those that may come to be, with what is known of them now
}

// Plan implements fdw.Table.
func (t *flowLogs) Plan(req fdw.Request) (fdw.Scan, error) {
	id, err := t.b.identityOf(req.Session)
	if err != nil {
		return fdw.Scan{}, err
	}
	s := &flowLogScan{t: t, id: id, req: req, need: columnsOf(req.Columns), stats: &scanStats{}}
	out := fdw.Scan{Served: make([]fdw.Served, len(req.Quals))}
	out.Why = make([]string, len(req.Quals))
	exact, exactThere := true, true // there: of the rows of one place
	for i, q := range req.Quals {
		late := -1
		if q.Late {
			late = s.late
			s.late++
		}
		served, why := s.take(q, late)
		out.Served[i] = served
		if served != fdw.Exact {
			exact = false
			exactThere = exactThere && t.columns[q.Column].Place
		}
		if served == fdw.Inexact && why == "" {
			why = "the filter lets more rows through"
			if q.Column == colRegion || q.Column == colAccountID {
				why = "it only tells where to ask"
			}
		}
		if served == fdw.No && why == "" {
			why = "another condition implies it"
		}
		out.Why[i] = why
	}
	s.merge()
	if exactThere {
		s.each = req.Each
	}
	if req.Limit > 0 || req.Early {
		s.early = true
		if exact && req.Limit > 0 {
			s.limit = req.Limit
			out.Limited = true
		}
		s.order = req.Order
		out.Ordered, out.Steps = len(req.Order), s.steps()
	}
	for _, quals := range req.Others {
		if !slices.ContainsFunc(quals, func(q fdw.Qual) bool { return q.Late }) {
			s.others = append(s.others, t.other(req, quals))
		} else {
			s.maybe = append(s.maybe, t.other(req, quals))
		}
	}
	for _, quals := range req.Maybe {
		s.maybe = append(s.maybe, t.other(req, quals))
	}
	out.Open = s.open
	out.Analyze = s.stats.lines
	out.Detail = s.detail()
	out.Rows, out.Calls = s.estimate()
	return out, nil
}

// other lays another scan of the statement out, without what comes late.
func (t *flowLogs) other(req fdw.Request, quals []fdw.Qual) *opened {
	s := &flowLogScan{t: t, req: req, stats: &scanStats{}}
	for _, q := range quals {
		if !q.Late {
			s.take(q, -1)
		}
	}
	s.merge()
	o := s.bind(nil)
	o.unknown = slices.ContainsFunc(quals, func(q fdw.Qual) bool { return q.Late })
	return o
}

// merge joins conditions on the same filter and finds contradictions.
func (s *flowLogScan) merge() {
	var out []condition
	for _, c := range s.conds {
		i := slices.IndexFunc(out, func(o condition) bool {
			return o.col == c.col && o.key == c.key && o.filter == c.filter && o.late < 0 && c.late < 0 &&
				o.values != nil && c.values != nil && c.filter != "tag-key"
		})
		if i < 0 {
			out = append(out, c)
			continue
		}
		out[i].values = slices.DeleteFunc(slices.Clone(out[i].values), func(v string) bool { return !slices.Contains(c.values, v) })
		if len(out[i].values) == 0 {
			s.never = true
		}
	}
	// Any value will do where one of some is asked for.
	s.conds = slices.DeleteFunc(out, func(c condition) bool {
		return c.some && slices.ContainsFunc(out, func(o condition) bool {
			return !o.some && o.col == c.col && o.key == c.key && o.filter == c.filter
		})
	})
	s.never = s.never || s.otherType()
}

// otherType tells whether what is asked of resources' ids excludes the types
// that are asked for: an id's beginning tells its type.
func (s *flowLogScan) otherType() bool {
	for _, t := range s.conds {
		if t.col != colResourceType || t.late >= 0 || t.values == nil {
			continue
		}
		for _, c := range s.conds {
			if c.col != colResourceID || c.late >= 0 {
				continue
			}
			fits := func(v string) bool { return slices.Contains(t.values, resourceTypeOf(v)) }
			switch {
			case c.values != nil && !slices.ContainsFunc(c.values, fits):
				return true
			case c.like != nil && !slices.ContainsFunc(c.like, func(like string) bool {
				begin := like[:max(0, strings.IndexAny(like+"%", `%_\`))]
				return slices.ContainsFunc(t.values, func(v string) bool {
					p := prefixOf(v)
					return p != "" && (strings.HasPrefix(p, begin) || strings.HasPrefix(begin, p))
				})
			}):
				return true
			}
		}
	}
	return false
}

// estimate guesses rows and calls.
func (s *flowLogScan) estimate() (rows, calls float64) {
	if s.never {
		return 0, 0
	}
	regions := len(s.t.b.regions)
	if fixed, ok := s.t.b.fixedRegions(); ok {
		regions = 0
		for _, r := range fixed {
			if s.mayHave(colRegion, r) {
				regions++
			}
		}
	} else {
		regions *= 8
		for _, c := range s.conds {
			if c.col == colRegion && c.values != nil {
				regions = min(regions, len(c.values))
			}
		}
	}
	accounts := 0
	for _, a := range s.id.accounts {
		if s.mayHave(colAccountID, a.knownID()) {
			accounts++
		}
	}
	for _, c := range s.conds { // each value is one place, and asked for once
		switch {
		case c.late < 0:
		case c.col == colRegion:
			regions = min(regions, 1)
		case c.col == colAccountID:
			accounts = min(accounts, 1)
		}
	}
	units := float64(max(regions*accounts, 1))
	per := s.t.b.sizes.typical()
	rows, calls = per*units, units
	for _, c := range s.conds {
		switch {
		case c.col == colFlowLogID && c.values != nil:
			rows = min(rows, float64(len(c.values)))
		case c.col == colFlowLogID && c.late >= 0:
			rows = min(rows, 1)
		case c.col == colResourceID && (c.values != nil || c.late >= 0):
			rows = min(rows, 2*float64(max(len(c.values), 1)))
		case c.col == colRegion || c.col == colAccountID:
		default:
			rows /= 3
		}
	}
	rows = max(rows, 1)
	calls = units * max(1, rows/units/maxPageSize)
	if s.limit > 0 {
		rows = min(rows, float64(s.limit))
		calls = min(calls, max(1, rows/maxPageSize))
	}
	return rows, calls
}
