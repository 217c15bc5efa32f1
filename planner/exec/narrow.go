package exec

import "github.com/flowgres/flowgres/planner/adt"

// narrow keeps the columns of rows that anybody reads, so that nodes which hold
// many rows hold less. A nil narrow keeps rows as they are.
type narrow struct {
	cols  []int // kept, in order
	width int   // of the rows
	slab  []adt.Datum
	row   adt.Row // for widen
}

// newNarrow makes the narrow of rows of which the live columns are read; nil if
// that saves little.
func newNarrow(live []bool, width int) *narrow {
	n := &narrow{width: width}
	for i := range width {
		if i >= len(live) || live[i] {
			n.cols = append(n.cols, i)
		}
	}
	if live == nil || len(n.cols) > width-2 {
		return nil
	}
	n.row = make(adt.Row, width)
	return n
}

// take makes the narrow row of a row.
func (n *narrow) take(row adt.Row) adt.Row {
	if n == nil {
		return row
	}
	k := len(n.cols)
	if len(n.slab) < k {
		n.slab = make([]adt.Datum, 64*k)
	}
	out := n.slab[:k:k]
	n.slab = n.slab[k:]
	for i, c := range n.cols {
		out[i] = row[c]
	}
	return out
}

// widen gives the row of a narrow row, until the next call. Columns that
// nobody reads are NULL.
func (n *narrow) widen(row adt.Row) adt.Row {
	if n == nil {
		return row
	}
	n.put(n.row, row)
	return n.row
}

// put puts a narrow row's values in the places that they have in whole rows.
func (n *narrow) put(dst, row adt.Row) {
	if n == nil {
		copy(dst, row)
		return
	}
	for i, c := range n.cols {
		dst[c] = row[i]
	}
}

// copy copies the columns that anybody reads from one whole row to another.
func (n *narrow) copy(dst, row adt.Row) {
	if n == nil {
		copy(dst, row)
		return
	}
	for _, c := range n.cols {
		dst[c] = row[c]
	}
}

// slots are sort keys over narrow rows.
func (n *narrow) slots(cols []sortCol) []sortCol {
	if n == nil {
		return cols
	}
	place := make(map[int]int, len(n.cols))
	for i, c := range n.cols {
		place[c] = i
	}
	out := make([]sortCol, len(cols))
	for i, k := range cols {
		k.slot = place[k.slot]
		out[i] = k
	}
	return out
}
