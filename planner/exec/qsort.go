package exec

import (
	"encoding/binary"

	"github.com/flowgres/flowgres/planner/adt"
)

// sortItem is a row to sort with a number that orders it by its first key as
// far as eight bytes go (tuplesort's abbreviated keys).
type sortItem struct {
	row  adt.Row
	abbr uint64
	null bool // the first key is NULL, or has no number
}

// abbreviation gives the function that makes a type's numbers; nil if there is
// none. It must be used with the type's default order only.
func abbreviation(typ OID) func(d adt.Datum) uint64 {
	const sign = 1 << 63
	switch typ {
	case int2OID, int4OID, int8OID:
		return func(d adt.Datum) uint64 { return uint64(asInt(d)) ^ sign }
	case dateOID:
		return func(d adt.Datum) uint64 { return uint64(d.(adt.Date)) ^ sign }
	case timestampOID:
		return func(d adt.Datum) uint64 { return uint64(d.(adt.Timestamp)) ^ sign }
	case timestamptzOID:
		return func(d adt.Datum) uint64 { return uint64(d.(adt.TimestampTZ)) ^ sign }
	case textOID, varcharOID, nameOID:
		return func(d adt.Datum) uint64 {
			var b [8]byte
			copy(b[:], d.(string))
			return binary.BigEndian.Uint64(b[:])
		}
	}
	return nil
}

// sortRows sorts in place with the quicksort of Bentley and McIlroy
// ("Engineering a Sort Function", 1993) in the form PostgreSQL runs it, with a
// test for input that is sorted already. It is not stable, but it leaves rows
// that compare equal in the order PostgreSQL leaves them, so ORDER BY with ties
// answers alike.
func sortRows[T any](a []T, compare func(x, y *T) int) {
	swapRuns := func(i, j, n int) {
		for k := range n {
			a[i+k], a[j+k] = a[j+k], a[i+k]
		}
	}
	for {
		n := len(a)
		sorted := true
		for i := 1; i < n; i++ {
			if compare(&a[i-1], &a[i]) > 0 {
				sorted = false
				break
			}
		}
		if sorted {
			return
		}
		if n < 7 {
			for i := 1; i < n; i++ {
				for j := i; j > 0 && compare(&a[j-1], &a[j]) > 0; j-- {
					a[j], a[j-1] = a[j-1], a[j]
				}
			}
			return
		}
		pivot := n / 2
		if n > 7 {
			first, last := 0, n-1
			if n > 40 {
				d := n / 8
				first = median(a, first, first+d, first+2*d, compare)
				pivot = median(a, pivot-d, pivot, pivot+d, compare)
				last = median(a, last-2*d, last-d, last, compare)
			}
			pivot = median(a, first, pivot, last, compare)
		}
		a[0], a[pivot] = a[pivot], a[0]
		// Rows equal to the pivot gather at both ends: [0,eqLow) and (eqHigh,n).
		eqLow, low, high, eqHigh := 1, 1, n-1, n-1
		for {
			for low <= high {
				c := compare(&a[low], &a[0])
				if c > 0 {
					break
				}
				if c == 0 {
					a[eqLow], a[low] = a[low], a[eqLow]
					eqLow++
				}
				low++
			}
			for low <= high {
				c := compare(&a[high], &a[0])
				if c < 0 {
					break
				}
				if c == 0 {
					a[high], a[eqHigh] = a[eqHigh], a[high]
					eqHigh--
				}
				high--
			}
			if low > high {
				break
			}
			a[low], a[high] = a[high], a[low]
			low++
			high--
		}
		d := min(eqLow, low-eqLow)
		swapRuns(0, low-d, d)
		d = min(eqHigh-high, n-eqHigh-1)
		swapRuns(low, n-d, d)
		less, more := low-eqLow, eqHigh-high
		// The smaller part by recursion, the other by going round.
		small, large := a[:less], a[n-more:]
		if less > more {
			small, large = large, small
		}
		if len(small) > 1 {
			sortRows(small, compare)
		}
		if len(large) <= 1 {
			return
		}
		a = large
	}
}

func median[T any](a []T, i, j, k int, compare func(x, y *T) int) int {
	if compare(&a[i], &a[j]) < 0 {
		switch {
		case compare(&a[j], &a[k]) < 0:
			return j
		case compare(&a[i], &a[k]) < 0:
			return k
		}
		return i
	}
	switch {
	case compare(&a[j], &a[k]) > 0:
		return j
	case compare(&a[i], &a[k]) < 0:
		return i
	}
	return k
}

// topRows keeps the first rows of an order in a heap with the last on top, as
// tuplesort's bounded heap does, equal rows and all.
type topRows struct {
	rows    []sortItem
	compare func(x, y *sortItem) int
}

// insert adds a row.
func (h *topRows) insert(row *sortItem) {
	h.rows = append(h.rows, *row)
	j := len(h.rows) - 1
	for j > 0 {
		i := (j - 1) / 2
		if h.compare(row, &h.rows[i]) <= 0 {
			break
		}
		h.rows[j] = h.rows[i]
		j = i
	}
	h.rows[j] = *row
}

// offer puts a row in the place of the last one if it comes before it.
func (h *topRows) offer(row *sortItem) (taken bool) {
	if h.compare(row, &h.rows[0]) >= 0 {
		return false
	}
	h.sink(row, len(h.rows))
	return true
}

// sink puts a row in the place of the top of the first n.
func (h *topRows) sink(row *sortItem, n int) {
	i := 0
	for {
		j := 2*i + 1
		if j >= n {
			break
		}
		if j+1 < n && h.compare(&h.rows[j], &h.rows[j+1]) < 0 {
			j++
		}
		if h.compare(row, &h.rows[j]) >= 0 {
			break
		}
		h.rows[i] = h.rows[j]
		i = j
	}
	h.rows[i] = *row
}

// sort turns the heap into the rows in order.
func (h *topRows) sort() {
	for n := len(h.rows); n > 1; n-- {
		top := h.rows[0]
		h.sink(&h.rows[n-1], n-1)
		h.rows[n-1] = top
	}
}
