package ec2backend

import (
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// condition is one qual that the table serves: what it asks of a column, a tag
// or the tag keys. It is sent as a filter, or prunes regions or accounts, or is
// checked on rows here when a request has no room for it.
type condition struct {
	col    int                  // the column, or colTags for tags
	key    string               // the tag, for tag:KEY
	filter string               // the filter's name; "" for region, account and what is checked here only
	values []string             // plain values, any of them
	late   int                  // index into the late arguments, -1: values are known
	like   []string             // LIKE patterns, any of them, instead of values
	wild   []string             // the filter values of patterns…
	likely bool                 // …which should match just what the patterns do
	some   bool                 // any value will do (IS NOT NULL)
	test   func(adt.Datum) bool // what the engine says of a value, instead of values
	served fdw.Served
}

// same tells whether two conditions with known values say the same.
func (c *condition) same(o condition) bool {
	return c.col == o.col && c.key == o.key && c.filter == o.filter && c.late < 0 && o.late < 0 && slices.Equal(c.like, o.like) && c.some == o.some &&
		c.test == nil && o.test == nil && slices.Equal(c.values, o.values)
}

// take looks whether a qual can be served.
func (s *flowLogScan) take(q fdw.Qual, late int) (fdw.Served, string) {
	if q.Key != nil {
		return s.takeTag(q, late)
	}
	switch q.Column {
	case colTags:
		return s.takeTags(q)
	case colTagSet:
		return s.takeTagSet(q)
	case colRegion, colAccountID, colResourceType:
		return s.takeLocal(q, late)
	}
	name, ok := filterNames[q.Column]
	if !ok {
		if q.Op == fdw.OpNotNull && s.t.columns[q.Column].NotNull {
			return fdw.Exact, ""
		}
		return fdw.No, "DescribeFlowLogs has no filter for " + s.t.columns[q.Column].Name
	}
	return s.takeFilter(q, late, condition{col: q.Column, filter: name, late: -1})
}

// takeFilter serves a qual by the filter of c.
func (s *flowLogScan) takeFilter(q fdw.Qual, late int, c condition) (fdw.Served, string) {
	switch q.Op {
	case fdw.OpEq, fdw.OpIn:
		c.served = fdw.Exact
		if late >= 0 {
			c.late = late
			s.conds = append(s.conds, c)
			return fdw.Exact, ""
		}
		for _, v := range q.Values {
			text, ok := v.(string)
			if !ok {
				return fdw.No, "the value is not a text"
			}
			if _, ok := escapeFilter(text); !ok {
				if text == "" {
					return fdw.No, "a filter cannot ask for an empty value"
				}
				return fdw.No, "a filter value holds at most 255 printable characters"
			}
			if !slices.Contains(c.values, text) {
				c.values = append(c.values, text)
			}
		}
		if len(c.values) == 0 {
			s.never = true
		}
		s.conds = append(s.conds, c)
		return fdw.Exact, ""
	case fdw.OpLike, fdw.OpPrefix:
		if late >= 0 {
			return fdw.No, "the pattern is not known before the scan"
		}
		return s.takePattern(q, c)
	case fdw.OpNotNull:
		if c.col < numColumns && c.key == "" && s.t.columns[c.col].NotNull {
			return fdw.Exact, ""
		}
		if s.has(c.filter) {
			return fdw.No, "" // another qual on the filter implies it
		}
		c.served = fdw.Inexact
		if s.req.Shared {
			return fdw.Inexact, "" // it spares rows, but a call where another scan wants others of them
		}
		c.some = true
		s.conds = append(s.conds, c)
		return fdw.Inexact, ""
	case fdw.OpIsNull:
		if c.key == "" && s.t.columns[c.col].NotNull {
			s.never = true
			return fdw.Exact, ""
		}
		return fdw.No, "filters cannot ask for what is missing"
	case fdw.OpTest:
		return fdw.No, "no filter expresses it"
	default:
		return fdw.No, "filters know no order"
	}
}

// takePattern serves LIKE and starts_with: exactly, or as a superset where _ is any one
// character, as filters know no such wildcard. Endpoints differ in what wildcards mean, so rows are held
// against the pattern here in any case.
func (s *flowLogScan) takePattern(q fdw.Qual, c condition) (fdw.Served, string) {
	if s.has(c.filter) {
		return fdw.No, "the filter " + c.filter + " serves another condition"
	}
	if len(q.Values) > maxFilterValues/2 {
		return fdw.No, "too many patterns for one request"
	}
	c.likely = true
	for _, v := range q.Values {
		text, why := patternOf(q.Op, v)
		if why != "" {
			return fdw.No, why
		}
		wild, exact, ok := likeFilter(text)
		if !ok {
			return fdw.No, "no filter value can express the pattern"
		}
		c.like, c.likely = append(c.like, text), c.likely && exact
		if !slices.Contains(c.wild, wild) {
			c.wild = append(c.wild, wild)
		}
	}
	if len(c.like) == 0 {
		s.never = true
		return fdw.Exact, ""
	}
	c.served = fdw.Inexact
	if c.likely {
		c.served = fdw.Exact
	}
	s.conds = append(s.conds, c)
	return c.served, ""
}

// has tells whether a filter is taken.
func (s *flowLogScan) has(filter string) bool {
	return slices.ContainsFunc(s.conds, func(c condition) bool { return c.filter == filter })
}

// takeLocal serves quals on region, accountId and resourceType, which are not
// in the reply: region and account by not calling, the type by the id.
func (s *flowLogScan) takeLocal(q fdw.Qual, late int) (fdw.Served, string) {
	c := condition{col: q.Column, late: -1, served: fdw.Exact}
	switch q.Op {
	case fdw.OpEq, fdw.OpIn:
		if late >= 0 {
			c.late = late
			break
		}
		for _, v := range q.Values {
			text, ok := v.(string)
			if !ok {
				return fdw.No, "the value is not a text"
			}
			c.values = append(c.values, text)
		}
		if len(c.values) == 0 {
			s.never = true
		}
		if q.Column == colResourceType {
			s.typeFilter(&c)
		}
	case fdw.OpLike, fdw.OpPrefix:
		if late >= 0 {
			return fdw.No, "the pattern is not known before the scan"
		}
		for _, v := range q.Values {
			pattern, why := patternOf(q.Op, v)
			if why != "" {
				return fdw.No, why
			}
			c.like = append(c.like, pattern)
		}
		if len(c.like) == 0 {
			s.never = true
		}
	case fdw.OpNotNull:
		if s.t.columns[q.Column].NotNull {
			return fdw.Exact, ""
		}
		c.some = true
	case fdw.OpIsNull:
		if s.t.columns[q.Column].NotNull {
			s.never = true
			return fdw.Exact, ""
		}
		return fdw.No, "filters cannot ask for what is missing"
	default:
		if q.Test == nil || q.Column == colResourceType {
			return fdw.No, "it prunes nothing"
		}
		c.test, c.served = q.Test, fdw.Inexact
	}
	s.conds = append(s.conds, c)
	return c.served, ""
}

// patternOf gives the LIKE pattern of OpLike and OpPrefix, or why there is none.
func patternOf(op fdw.Op, v adt.Datum) (pattern, why string) {
	text, ok := v.(string)
	switch {
	case !ok:
		return "", "the value is not a text"
	case op == fdw.OpPrefix:
		return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%", ""
	case trailingEscape(text):
		return "", "the pattern is not valid"
	}
	return text, ""
}

// likes tells whether a text is like one of the patterns.
func (c *condition) likes(s string) bool {
	return slices.ContainsFunc(c.like, func(p string) bool { return likeMatch(p, s) })
}

// trailingEscape tells whether a LIKE pattern ends in a lone backslash.
func trailingEscape(p string) bool {
	n := 0
	for n < len(p) && p[len(p)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// typeFilter narrows resource ids to the prefixes of the wanted types; rows are
// still checked, as one prefix begins another.
func (s *flowLogScan) typeFilter(c *condition) {
	if s.has("resource-id") {
		return
	}
	var prefixes []string
	for _, v := range c.values {
		if p := prefixOf(v); p != "" {
			prefixes = append(prefixes, p+"*")
		}
	}
	if len(prefixes) == 0 {
		s.never = true // no id makes such a type
		return
	}
	if len(prefixes) < len(resourcePrefixes) {
		c.wild = prefixes
	}
}

// match tells whether a text passes the condition; values are those of the
// moment.
func (c *condition) match(s string, values []string) bool {
	switch {
	case c.like != nil:
		return c.likes(s)
	case c.some:
		return true
	case c.test != nil:
		return c.test(s)
	default:
		return slices.Contains(values, s)
	}
}
