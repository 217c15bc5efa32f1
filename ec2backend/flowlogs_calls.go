package ec2backend

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/flowgres/flowgres/planner/adt"
)

// opened is a scan with all values known: the filters of its calls, and what is
// left to check on rows.
type opened struct {
	unknown bool // what else it will be asked for comes late
	conds   []condition
	values  [][]string // of each condition
	calls   [][]types.Filter
	checks  []check
	loose   bool // checks may well refuse rows
	never   bool

	view  *txView        // what the transaction holds
	split int            // the condition whose values are spread over the calls, -1: none
	each  int            // values in one call
	whole []types.Filter // what one call without that condition would send
	full  bool           // the condition's values are a full batch: more may follow
}

// check is a condition that rows are held against here.
type check struct {
	c   *condition
	set map[string]bool
}

// bind puts the late values in and lays out the calls.
func (s *flowLogScan) bind(args [][]adt.Datum) *opened {
	o := &opened{conds: s.conds, never: s.never, view: emptyView, split: -1}
	if x, ok := s.req.Tx.(*tx); ok && x != nil && x.block {
		o.view = x.view()
	}
	for _, c := range s.conds {
		vals := c.values
		if c.late >= 0 {
			vals = nil
			seen := map[string]bool{}
			if c.late < len(args) {
				for _, d := range args[c.late] {
					if v, ok := d.(string); ok && !seen[v] {
						seen[v] = true
						vals = append(vals, v)
					}
				}
			}
			if len(vals) == 0 {
				o.never = true
			}
		}
		o.values = append(o.values, vals)
	}
	if !o.never {
		o.layout()
	}
	return o
}

// candidate is a condition that could be sent, with its filter values.
type candidate struct {
	i      int
	name   string
	values []string
}

// selective tells filters whose values name few flow logs each.
func (f candidate) selective() bool { return f.name == "flow-log-id" || f.name == "resource-id" }

// layout decides what is sent. One request holds 200 values in all; a longer
// list is spread over several calls, whose results cannot overlap, as a flow
// log has one value each. What would multiply the calls is checked here
// instead.
func (o *opened) layout() {
	var all []candidate
	used := map[string]bool{}
	for i := range o.conds {
		f, ok := o.filterOf(i)
		if o.conds[i].col == colTags && len(o.view.tags) > 0 {
			ok = false // EC2 knows the old tags, the transaction has new ones
		}
		if !ok || used[f.name] {
			o.check(i, true)
			continue
		}
		used[f.name] = true
		all = append(all, f)
		if o.conds[i].wild != nil {
			o.check(i, !o.conds[i].likely) // one prefix begins another, and patterns may match more
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		if a.selective() != b.selective() {
			if a.selective() {
				return -1
			}
			return 1
		}
		return cmp.Compare(len(a.values), len(b.values))
	})
	if len(all) == 0 {
		o.calls = [][]types.Filter{nil}
		return
	}
	first := all[0]
	var fixed []types.Filter
	room := maxFilterValues - len(first.values)
	if room < 0 {
		room = maxFilterValues / 4
	}
	spent := 0
	for _, f := range all[1:] {
		if spent+len(f.values) > room || len(fixed) == maxFilters-1 {
			o.check(f.i, true)
			continue
		}
		spent += len(f.values)
		fixed = append(fixed, types.Filter{Name: aws.String(f.name), Values: f.values})
	}
	o.each = maxFilterValues - spent
	o.full = o.conds[first.i].late >= 0 && len(first.values) >= maxFilterValues
	if len(first.values) > o.each || o.full {
		o.split, o.whole = first.i, fixed
		if !slices.ContainsFunc(o.checks, func(k check) bool { return k.c == &o.conds[first.i] }) {
			o.check(first.i, true) // for regions that are read whole
		}
	}
	for chunk := range slices.Chunk(first.values, o.each) {
		o.calls = append(o.calls, append([]types.Filter{{Name: aws.String(first.name), Values: chunk}}, fixed...))
	}
}

// callsFor gives the calls for a region. One that is known to have few flow
// logs is read whole rather than asked for a long list of values bit by bit,
// where that spares calls; the calls are then none of o.calls, which -1 tells.
func (o *opened) callsFor(c *client, shared bool) (first int, calls [][]types.Filter) {
	if o.split >= 0 {
		b := c.account.b
		n, ok := b.sizes.get(c)
		pages := n/b.cfg.PageSize + 1
		if ok && (pages < len(o.calls) || pages == 1 && o.full && shared) {
			return -1, [][]types.Filter{o.whole}
		}
	}
	return 0, o.calls
}

// filterOf gives a condition's filter; ok is false when it has none or its
// values do not fit.
func (o *opened) filterOf(i int) (f candidate, ok bool) {
	c := &o.conds[i]
	f = candidate{i: i, name: c.filter}
	switch {
	case c.col == colResourceType && c.wild != nil:
		f.name = "resource-id"
		f.values = c.wild
		return f, true
	case c.filter == "":
		return f, false
	case c.wild != nil:
		f.values = c.wild
		return f, true
	case c.some:
		f.values = []string{"*"}
		return f, true
	}
	for _, v := range o.values[i] {
		e, fits := escapeFilter(v)
		if !fits {
			return f, false
		}
		f.values = append(f.values, e)
	}
	return f, true
}

// check adds a condition to those that rows are held against; loose tells that it may well
// refuse some. Regions and accounts need none: no other is called.
func (o *opened) check(i int, loose bool) {
	if c := &o.conds[i]; c.col != colRegion && c.col != colAccountID && (!c.some || c.key != "") && c.test == nil {
		o.loose = o.loose || loose
		o.checks = append(o.checks, o.checkOf(i, -1))
	}
}

// checkOf makes the check of a condition, as far as the n-th call goes (-1: the
// whole).
func (o *opened) checkOf(i, n int) check {
	k := check{c: &o.conds[i]}
	if k.c.like == nil && !k.c.some {
		vals := o.valuesOf(i, n)
		k.set = make(map[string]bool, len(vals))
		for _, v := range vals {
			k.set[v] = true
		}
	}
	return k
}

// valuesOf gives a condition's values in the n-th call.
func (o *opened) valuesOf(i, n int) []string {
	vals := o.values[i]
	if i == o.split && n >= 0 {
		vals = vals[n*o.each : min((n+1)*o.each, len(vals))]
	}
	return vals
}

// all gives the checks that tell what the n-th call would bring of a region.
func (o *opened) all(n int) []check {
	var out []check
	for i := range o.conds {
		if c := &o.conds[i]; c.col != colRegion && c.col != colAccountID {
			out = append(out, o.checkOf(i, n))
		}
	}
	return out
}

func (k *check) match(s string) bool {
	switch {
	case k.c.like != nil:
		return k.c.likes(s)
	case k.c.some:
		return true
	}
	return k.set[s]
}

// keep holds a row against checks.
func keep(checks []check, row adt.Row, tags []tag) bool {
	for i := range checks {
		k := &checks[i]
		if k.c.col != colTags {
			s, ok := row[k.c.col].(string)
			if !ok || !k.match(s) {
				return false
			}
			continue
		}
		if !slices.ContainsFunc(tags, func(t tag) bool {
			if k.c.key == "" {
				return k.match(t.key)
			}
			return t.key == k.c.key && k.match(t.value)
		}) {
			return false
		}
	}
	return true
}

// wants tells whether a flow log that no reply showed belongs to the n-th
// call's result.
func (o *opened) wants(n int, row adt.Row, tags []tag) bool {
	for i := range o.conds {
		c := &o.conds[i]
		vals := o.valuesOf(i, n)
		if c.col == colTags {
			if !slices.ContainsFunc(tags, func(t tag) bool {
				if c.key == "" {
					return c.match(t.key, vals)
				}
				return t.key == c.key && c.match(t.value, vals)
			}) {
				return false
			}
			continue
		}
		if s, ok := row[c.col].(string); !ok || !c.match(s, vals) {
			return false
		}
	}
	return true
}

// allows tells whether the conditions on region or account let a value
// through.
func (o *opened) allows(col int, v string) bool {
	for i := range o.conds {
		if o.conds[i].col == col && !o.conds[i].match(v, o.values[i]) {
			return false
		}
	}
	return true
}

// asks tells whether there is a condition on a column.
func (o *opened) asks(col int) bool {
	return slices.ContainsFunc(o.conds, func(c condition) bool { return c.col == col })
}
