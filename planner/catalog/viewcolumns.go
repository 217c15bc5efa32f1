package catalog

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// ColumnUse is a column that a view reads.
type ColumnUse struct {
	Relation OID
	Column   int16
}

// ViewColumns are the columns of tables in a view.
type ViewColumns struct {
	Uses    []ColumnUse // what it reads, each once
	Origins []ColumnUse // what its own columns are, the zero value for those that are made
}

// SetViewColumns makes f tell what columns a view of ours reads and shows:
// pg_depend and pg_rewrite have them. It must be set before anybody reads those.
func (c *Catalog) SetViewColumns(f func(*Relation) ViewColumns) { c.viewColumns.Store(&f) }

// UpdatableView is what is automatically updatable of a view; Base 0: nothing.
type UpdatableView struct {
	Base    OID
	Columns []int // by column: that of the base relation which it is, 0: it can't be set
}

// SetUpdatable makes f tell what of a view can be updated.
func (c *Catalog) SetUpdatable(f func(*Relation) UpdatableView) { c.updatable.Store(&f) }

// Events of pg_relation_is_updatable: bits by CmdType.
const (
	updateEvent, insertEvent, deleteEvent = 1 << 2, 1 << 3, 1 << 4

	allEvents = updateEvent | insertEvent | deleteEvent
)

// ruleEvents are the events that rules DO INSTEAD answer, by relation: that of pg_settings alone.
var ruleEvents = sync.OnceValue(func() map[OID]int32 {
	out := map[OID]int32{}
	d := load("pg_rewrite")
	class, event, instead := d.col("ev_class"), d.col("ev_type"), d.col("is_instead")
	d.each(func(r row) {
		if r.bool(instead) {
			out[r.oid(class)] |= 1 << r.int(event) & allEvents // CmdType's number
		}
	})
	return out
})

// RuleOnUpdate tells whether a rule says what an UPDATE of a relation does instead.
func (c *Catalog) RuleOnUpdate(oid OID) bool { return ruleEvents()[oid]&updateEvent != 0 }

// updatableEvents tells what commands a relation takes, of a view with the columns that
// include tells of alone; nil: with any (relation_is_updatable).
func (c *Catalog) updatableEvents(oid OID, include []int) int32 {
	r := c.relations[oid]
	switch {
	case r == nil:
		return 0
	case r.Kind == 'r':
		return allEvents
	}
	events := ruleEvents()[oid]
	f := c.updatable.Load()
	if f == nil {
		return events
	}
	v := (*f)(r)
	if v.Base == 0 {
		return events
	}
	var base []int
	for i, col := range v.Columns {
		if col > 0 && (include == nil || slices.Contains(include, i+1)) {
			base = append(base, col)
		}
	}
	auto := int32(allEvents)
	if len(base) == 0 {
		auto, base = deleteEvent, []int{}
	}
	if b := c.relations[v.Base]; b != nil && b.Kind == 'v' {
		auto &= c.updatableEvents(v.Base, base)
	}
	return events | auto
}

// columnsOf tells what columns a view has to do with.
func (c *Catalog) columnsOf(view *Relation) ViewColumns {
	if f := c.viewColumns.Load(); f != nil {
		return (*f)(view)
	}
	return ViewColumns{}
}

// viewAction is the query of a view's rule as far as clients take it apart, to
// see which columns of which tables the view shows: its target list.
func viewAction(r *Relation, origins []ColumnUse) string {
	var b strings.Builder
	b.WriteString("({QUERY :commandType 1 :querySource 0 :canSetTag true :utilityStmt <> :resultRelation 0 :targetList (")
	for i, col := range r.Columns {
		var from ColumnUse
		if i < len(origins) {
			from = origins[i]
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "{TARGETENTRY :expr <> :resno %d :resname %s :ressortgroupref 0 :resorigtbl %d :resorigcol %d :resjunk false}",
			i+1, nodeToken(col.Name), from.Relation, from.Column)
	}
	b.WriteString(") :override 0})")
	return b.String()
}

// nodeToken writes a name within a node tree (outToken).
func nodeToken(s string) string {
	var b strings.Builder
	for i := range len(s) {
		first := i == 0 && (s[0] == '<' || s[0] == '"' || s[0] >= '0' && s[0] <= '9' || (s[0] == '+' || s[0] == '-') && len(s) > 1 && (s[1] >= '0' && s[1] <= '9' || s[1] == '.'))
		if first || strings.IndexByte(" \n\t(){}\\", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
