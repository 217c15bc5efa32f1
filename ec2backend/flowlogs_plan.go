package ec2backend

import (
	"fmt"
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
	like   string               // LIKE pattern instead of values
	wild   string               // the filter value of a pattern
	some   bool                 // any value will do (IS NOT NULL)
	test   func(adt.Datum) bool // what the engine says of a value, instead of values
	served fdw.Served
}

// flowLogScan is a planned scan.
type flowLogScan struct {
	t     *flowLogs
	id    *identity // whom the calls are made as
	req   fdw.Request
	conds []condition
	never bool // the quals contradict each other
	limit int64
	early bool // the engine may stop early: read ahead only when asked
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
	exact := true
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
	if req.Limit > 0 || req.Early {
		s.early = true
		if exact && req.Limit > 0 {
			s.limit = req.Limit
			out.Limited = true
		}
		s.order = req.Order
		out.Ordered = len(req.Order)
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
	return s.bind(nil)
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
		c.some, c.served = true, fdw.Inexact
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

// takePattern serves LIKE and starts_with as a superset.
func (s *flowLogScan) takePattern(q fdw.Qual, c condition) (fdw.Served, string) {
	text, ok := q.Values[0].(string)
	if !ok {
		return fdw.No, "the value is not a text"
	}
	if q.Op == fdw.OpPrefix {
		text = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
	}
	wild, _, ok := likeFilter(text)
	if !ok {
		return fdw.No, "no filter value can express the pattern"
	}
	if s.has(c.filter) {
		return fdw.No, "the filter " + c.filter + " serves another condition"
	}
	c.like, c.wild, c.served = text, wild, fdw.Inexact
	s.conds = append(s.conds, c)
	return fdw.Inexact, ""
}

// has tells whether a filter is taken.
func (s *flowLogScan) has(filter string) bool {
	return slices.ContainsFunc(s.conds, func(c condition) bool { return c.filter == filter })
}

// takeTag serves a qual on tags ->> key.
func (s *flowLogScan) takeTag(q fdw.Qual, late int) (fdw.Served, string) {
	if q.Column != colTags {
		return fdw.No, "only ->> on tags has a filter"
	}
	if q.Op == fdw.OpNotNull {
		return s.takeKeys([]string{*q.Key})
	}
	served, why := fdw.No, "a filter's name cannot hold the tag's key"
	if name, ok := tagFilter(*q.Key); ok {
		served, why = s.takeFilter(q, late, condition{col: colTags, key: *q.Key, filter: name, late: -1})
	}
	if served != fdw.No || q.Op == fdw.OpIsNull || why == "" {
		return served, why
	}
	// Whatever its value is, the tag has to be there.
	if k, _ := s.takeKeys([]string{*q.Key}); k != fdw.No {
		return fdw.Inexact, ""
	}
	return served, why
}

// takeKeys serves a condition that one of some tags is there.
func (s *flowLogScan) takeKeys(keys []string) (fdw.Served, string) {
	if s.has("tag-key") {
		return fdw.No, "the filter tag-key serves another condition"
	}
	for _, k := range keys {
		if _, ok := escapeFilter(k); !ok {
			return fdw.No, "a filter value cannot hold the tag's key"
		}
	}
	if len(keys) > maxFilterValues/2 {
		return fdw.No, "too many keys for one request"
	}
	s.conds = append(s.conds, condition{col: colTags, filter: "tag-key", values: keys, late: -1, served: fdw.Exact})
	return fdw.Exact, ""
}

// takeTags serves a qual on the tags object.
func (s *flowLogScan) takeTags(q fdw.Qual) (fdw.Served, string) {
	if q.Late {
		return fdw.No, "the value is not known before the scan"
	}
	switch q.Op {
	case fdw.OpHasKey, fdw.OpHasAny:
		var keys []string
		for _, v := range q.Values {
			k, ok := v.(string)
			if !ok {
				return fdw.No, "the key is not a text"
			}
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		if len(keys) == 0 {
			s.never = true
			return fdw.Exact, ""
		}
		return s.takeKeys(keys)
	case fdw.OpNotNull:
		return s.takeFilter(q, -1, condition{col: colTags, filter: "tag-key", late: -1})
	case fdw.OpContains:
		obj := asJSON(q.Values[0], adt.JSONObject)
		if obj == nil {
			return fdw.No, "only an object has filters"
		}
		var pairs []tag
		for _, k := range obj.Keys {
			text, ok := textAt(obj, k)
			if !ok {
				return fdw.No, "a tag's value is a text"
			}
			pairs = append(pairs, tag{k, text})
		}
		return s.takePairs(pairs, nil)
	case fdw.OpIsNull:
		return fdw.No, "filters cannot ask for what is missing"
	default:
		return fdw.No, "no filter expresses the operator"
	}
}

// takeTagSet serves containment of the list of tags.
func (s *flowLogScan) takeTagSet(q fdw.Qual) (fdw.Served, string) {
	switch {
	case q.Op == fdw.OpNotNull:
		return s.takeFilter(q, -1, condition{col: colTags, filter: "tag-key", late: -1})
	case q.Op != fdw.OpContains:
		return fdw.No, "no filter expresses the operator"
	case q.Late:
		return fdw.No, "the value is not known before the scan"
	}
	list := asJSON(q.Values[0], adt.JSONArray)
	if list == nil {
		return fdw.No, "only a list has filters"
	}
	var pairs []tag
	var keys []string
	whole := true
	for _, e := range list.Vals {
		if e.Kind != adt.JSONObject {
			return fdw.No, "only a list of tags has filters"
		}
		k, hasKey := textAt(e, "key")
		val, hasValue := textAt(e, "value")
		switch {
		case hasKey && hasValue && len(e.Keys) == 2:
			pairs = append(pairs, tag{k, val})
		case hasKey && len(e.Keys) == 1:
			keys = append(keys, k)
		default:
			whole = false
		}
	}
	served, why := s.takePairs(pairs, keys)
	if served == fdw.Exact && !whole {
		served = fdw.Inexact
	}
	return served, why
}

// takePairs serves that all of some tags are there, with values or, for keys,
// any value. What has no filter makes it Inexact.
func (s *flowLogScan) takePairs(pairs []tag, keys []string) (fdw.Served, string) {
	sortTags(pairs)
	sent, left := 0, 0
	for _, p := range pairs {
		name, ok := tagFilter(p.key)
		_, fits := escapeFilter(p.value)
		if !ok || !fits {
			left++
			continue
		}
		s.conds = append(s.conds, condition{col: colTags, key: p.key, filter: name, values: []string{p.value}, late: -1, served: fdw.Exact})
		sent++
	}
	for _, k := range keys {
		if served, _ := s.takeKeys([]string{k}); served == fdw.No {
			left++
			continue
		}
		sent++
	}
	switch {
	case sent == 0 && left > 0:
		return fdw.No, "a filter cannot hold the tag"
	case left > 0, sent == 0: // an empty object or list is contained in any: only NULL fails
		return fdw.Inexact, ""
	default:
		return fdw.Exact, ""
	}
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
		text, ok := any(nil), false
		if late < 0 {
			text, ok = q.Values[0], true
		}
		pattern, isText := text.(string)
		if !ok || !isText {
			return fdw.No, "the pattern is not known before the scan"
		}
		if q.Op == fdw.OpPrefix {
			pattern = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(pattern) + "%"
		} else if trailingEscape(pattern) {
			return fdw.No, "the pattern is not valid"
		}
		if pattern == "" {
			c.values = []string{""}
			break
		}
		c.like = pattern
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
		c.wild = strings.Join(prefixes, "\x00")
	}
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
	s.conds = out
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
			case c.like != "":
				begin := c.like[:max(0, strings.IndexAny(c.like+"%", `%_\`))]
				if !slices.ContainsFunc(t.values, func(v string) bool {
					p := prefixOf(v)
					return p != "" && (strings.HasPrefix(p, begin) || strings.HasPrefix(begin, p))
				}) {
					return true
				}
			}
		}
	}
	return false
}

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
	case c.filter == "" && c.wild != "" && c.col == colResourceType:
		name, vals = "resource-id", strings.Split(c.wild, "\x00")
	case c.filter == "":
		return ""
	case c.wild != "":
		vals = []string{c.wild}
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

// match tells whether a text passes the condition; values are those of the
// moment.
func (c *condition) match(s string, values []string) bool {
	switch {
	case c.like != "":
		return likeMatch(c.like, s)
	case c.some:
		return true
	case c.test != nil:
		return c.test(s)
	default:
		return slices.Contains(values, s)
	}
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
