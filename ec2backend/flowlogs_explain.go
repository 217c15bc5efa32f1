package ec2backend

import (
	"fmt"
	"strings"
)

// detail makes the lines for EXPLAIN, without any call.
func (s *flowLogScan) detail() []string {
	if s.never {
		return []string{"Remote API: none (the conditions exclude every row)"}
	}
	lines := []string{"Remote API: ec2:DescribeFlowLogs"}
	var names []string
	var asked []*account
	for _, a := range s.id.accounts {
		if s.mayHave(colAccountID, a.knownID()) {
			names = append(names, a.label())
			asked = append(asked, a)
		}
	}
	lines = append(lines, plural("Account", len(names))+": "+strings.Join(names, ", "))
	lines = append(lines, s.id.detail(asked)...)
	lines = append(lines, s.regionDetail())
	if line := s.placesDetail(); line != "" {
		lines = append(lines, line)
	}
	for _, c := range s.conds {
		if f := c.text(); f != "" {
			lines = append(lines, "Remote Filter: "+f)
		}
	}
	if s.limit > 0 {
		lines = append(lines, fmt.Sprintf("Remote Limit: %d", s.limit))
	}
	for _, o := range s.order {
		lines = append(lines, "Read in Order of: "+s.t.columns[o.Column].Name+map[bool]string{true: " DESC"}[o.Desc])
	}
	return lines
}

func plural(word string, n int) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// placesDetail tells how many accounts' regions are left where the conditions
// together exclude some, "" when they do not or it takes calls to know.
func (s *flowLogScan) placesDetail() string {
	fixed, ok := s.t.b.fixedRegions()
	if s.req.Places == nil || !ok {
		return ""
	}
	all, left := 0, 0
	for _, a := range s.id.accounts {
		for _, r := range fixed {
			if s.mayHave(colAccountID, a.knownID()) && s.mayHave(colRegion, r) {
				all++
				if mayBeAt(s.req.Places, a, r) {
					left++
				}
			}
		}
	}
	if left == all {
		return ""
	}
	return fmt.Sprintf("Regions of Accounts: %d of %d (the conditions together exclude the others)", left, all)
}

func (s *flowLogScan) regionDetail() string {
	fixed, ok := s.t.b.fixedRegions()
	if !ok {
		var names []string
		for _, p := range s.t.b.regions {
			names = append(names, p.text)
		}
		line := "Regions: " + strings.Join(names, ", ") + " (resolved when run)"
		for _, c := range s.conds {
			if c.col == colRegion && c.late < 0 && c.values != nil {
				line = "Regions: " + strings.Join(c.values, ", ") + " (if among " + strings.Join(names, ", ") + ")"
			}
		}
		return line
	}
	var names []string
	for _, r := range fixed {
		if s.mayHave(colRegion, r) {
			names = append(names, r)
		}
	}
	return fmt.Sprintf("%s: %s (%d of %d)", plural("Region", len(names)), strings.Join(names, ", "), len(names), len(fixed))
}

// text is a condition as EXPLAIN shows it, "" when it is no filter.
func (c *condition) text() string {
	name := c.filter
	vals := c.values
	switch {
	case c.filter == "" && c.wild != nil && c.col == colResourceType:
		name, vals = "resource-id", c.wild
	case c.filter == "":
		return ""
	case c.wild != nil:
		vals = c.wild
	case c.some:
		vals = []string{"*"}
	case c.late >= 0:
		return name + " = (values of the join or parameter)"
	}
	const most = 5
	if len(vals) > most {
		return fmt.Sprintf("%s = %s, … (%d values)", name, strings.Join(vals[:most], ", "), len(vals))
	}
	return name + " = " + strings.Join(vals, ", ")
}
