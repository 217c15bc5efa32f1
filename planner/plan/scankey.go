package plan

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// Key names what an opening of the scan reads, whatever its columns and limit:
// openings of equal keys give the same rows. args are the Late quals' values. ok
// is false when a value has no name.
func (n *Scan) Key(args [][]adt.Datum) (key string, ok bool) {
	var parts []string
	if len(n.Request.Order) > 0 {
		parts = append(parts, fmt.Sprint("order ", n.Request.Order))
	}
	if p := n.Request.Places; p != nil {
		parts = append(parts, "at "+p.Text)
	}
	late := 0
	for i := range n.Request.Quals {
		q := &n.Request.Quals[i]
		vals := q.Values
		if q.Late {
			if late < len(args) {
				vals = args[late]
			}
			late++
		}
		if n.Fdw.Served[i] == fdw.No {
			continue
		}
		var b strings.Builder
		op := q.Op
		if op == fdw.OpEq {
			op = fdw.OpIn
		}
		fmt.Fprintf(&b, "%d,%d", q.Column, op)
		if q.Key != nil {
			b.WriteString(strconv.Quote(*q.Key))
		}
		var names []string
		for _, v := range vals {
			name, ok := valueName(v)
			if !ok && q.Late {
				return "", false
			}
			if !ok {
				name = "\x00" + q.Text
			}
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range slices.Compact(names) {
			b.WriteString(" " + name)
		}
		if q.Op == fdw.OpTest {
			b.WriteString(" " + q.Text)
		}
		parts = append(parts, b.String())
	}
	sort.Strings(parts)
	return strconv.FormatUint(uint64(n.Relation.OID), 10) + "\n" + strings.Join(slices.Compact(parts), "\n"), true
}

// valueName names a value such that different values of one type have different
// names.
func valueName(d adt.Datum) (string, bool) {
	switch d := d.(type) {
	case string:
		return strconv.Quote(d), true
	case bool, int16, int32, int64, adt.OID, adt.Date, adt.Timestamp, adt.TimestampTZ:
		return fmt.Sprint(d), true
	}
	return "", false
}
