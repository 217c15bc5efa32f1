package analyze

import "github.com/flowgres/flowgres/planner/adt"

// funcCandidate is a routine or operator that a call may mean,
// FuncCandidateList.
type funcCandidate struct {
	oid      OID   // 0: several are equally good
	args     []OID // in the order of the call's arguments, defaults after
	order    []int // named notation: the parameter that each of args is; nil: as they stand
	path     int   // place of its schema in the search path
	variadic int   // how many of args are of the VARIADIC parameter
	defaults int   // how many of args are defaults
}

// matchArgTypes keeps the candidates that the argument types can be coerced
// to, func_match_argtypes.
func (ps *ParseState) matchArgTypes(types []OID, all []*funcCandidate) []*funcCandidate {
	var out []*funcCandidate
	for _, c := range all {
		if ps.canCoerce(types, c.args, CoerceImplicit) {
			out = append(out, c)
		}
	}
	return out
}

// mostMatches keeps the candidates for which the most arguments match.
func mostMatches(n int, all []*funcCandidate, match func(c *funcCandidate, i int) bool) []*funcCandidate {
	var out []*funcCandidate
	best := 0
	for _, c := range all {
		m := 0
		for i := range n {
			if match(c, i) {
				m++
			}
		}
		switch {
		case m > best || out == nil:
			best, out = m, []*funcCandidate{c}
		case m == best:
			out = append(out, c)
		}
	}
	return out
}

// selectCandidate picks among several candidates that all would do, nil when
// none is clearly best (func_select_candidate).
func (ps *ParseState) selectCandidate(types []OID, all []*funcCandidate) *funcCandidate {
	n := len(types)
	base := make([]OID, n)
	unknowns := 0
	for i, t := range types {
		base[i] = ps.catalog.BaseType(t)
		if t == adt.UnknownOID {
			unknowns++
		}
	}
	all = mostMatches(n, all, func(c *funcCandidate, i int) bool { return base[i] != adt.UnknownOID && c.args[i] == base[i] })
	if len(all) == 1 {
		return all[0]
	}
	all = mostMatches(n, all, func(c *funcCandidate, i int) bool {
		return base[i] != adt.UnknownOID && (c.args[i] == base[i] || ps.preferred(ps.category(base[i]), c.args[i]))
	})
	if len(all) == 1 {
		return all[0]
	}
	if unknowns == 0 {
		return nil
	}
	if slots := ps.unknownSlots(base, all); slots != nil {
		var kept []*funcCandidate
		for _, c := range all {
			if ps.fitsSlots(c, slots) {
				kept = append(kept, c)
			}
		}
		if len(kept) > 0 {
			all = kept
		}
		if len(kept) == 1 {
			return kept[0]
		}
	}
	if unknowns == n {
		return nil
	}
	// When all known arguments are of one type, try the unknown ones as that too.
	known := OID(adt.UnknownOID)
	for _, t := range base {
		if t == adt.UnknownOID {
			continue
		}
		if known != adt.UnknownOID && known != t {
			return nil
		}
		known = t
	}
	for i := range base {
		base[i] = known
	}
	if all = ps.matchArgTypes(base, all); len(all) == 1 {
		return all[0]
	}
	return nil
}

// unknownSlot is the type category that an unknown argument is taken to be of.
type unknownSlot struct {
	index     int
	category  byte
	preferred bool // some candidate has the category's preferred type
}

// unknownSlots settles a category for each unknown argument: string if any
// candidate takes that, else the one all share; nil when there is none.
func (ps *ParseState) unknownSlots(base []OID, all []*funcCandidate) []unknownSlot {
	var out []unknownSlot
	for i, t := range base {
		if t != adt.UnknownOID {
			continue
		}
		s := unknownSlot{index: i}
		conflict := false
		for _, c := range all {
			category, preferred := ps.category(c.args[i]), ps.preferred(0, c.args[i])
			switch {
			case s.category == 0:
				s.category, s.preferred = category, preferred
			case category == s.category:
				s.preferred = s.preferred || preferred
			case category == 'S':
				s.category, s.preferred = category, preferred
			default:
				conflict = true
			}
		}
		if conflict && s.category != 'S' {
			return nil
		}
		out = append(out, s)
	}
	return out
}

func (ps *ParseState) fitsSlots(c *funcCandidate, slots []unknownSlot) bool {
	for _, s := range slots {
		t := c.args[s.index]
		if ps.category(t) != s.category || s.preferred && !ps.preferred(0, t) {
			return false
		}
	}
	return true
}
