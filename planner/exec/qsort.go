package exec

import (
	"encoding/binary"
	"math"

	"github.com/flowgres/flowgres/planner/adt"
)

// sortItem is a row to sort with a number that orders it by its first key as
// far as eight bytes go (tuplesort's abbreviated keys): an item with a smaller number
// comes first, NULLs and DESC considered. The numbers of equal keys are equal; where
// there are none they are 0.
type sortItem[R any] struct {
	key uint64
	row R
}

// Numbers of NULL, which are also those of a value at the end of its type's range.
const (
	firstKey uint64 = 0
	lastKey  uint64 = 1<<64 - 1
)

// number gives the sortItem's number of a value.
func (s *sortCol) number(d adt.Datum) uint64 {
	switch {
	case s.abbr == nil:
		return 0
	case d == nil && s.nullsFirst:
		return firstKey
	case d == nil:
		return lastKey
	}
	return s.directed(s.abbr(d))
}

// directed makes a number for the key's direction of one for ascending order, and back.
func (s *sortCol) directed(n uint64) uint64 {
	if s.desc {
		return ^n
	}
	return n
}

// signed makes a number of an integer.
func signed(n int64) uint64 { return uint64(n) ^ 1<<63 }

// floatNumber gives an integer that is ordered as the float is: NaN comes last.
func floatNumber(f float64) int64 {
	switch {
	case f == 0:
		return 0
	case math.IsNaN(f):
		f = math.NaN()
	}
	n := int64(math.Float64bits(f))
	if n < 0 {
		return math.MinInt64 - n
	}
	return n
}

// numberFloat undoes floatNumber.
func numberFloat(n int64) float64 {
	if n < 0 {
		n = math.MinInt64 - n
	}
	return math.Float64frombits(uint64(n))
}

// prefix makes a number of a string.
func prefix(s string) uint64 {
	if len(s) >= 8 {
		return binary.BigEndian.Uint64([]byte(s[:8]))
	}
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// decided tells that rows of the same number have the same value of the key. Floats'
// zero has a sign, which their order does not see.
func (s *sortCol) decided(number uint64) bool {
	return s.value != nil && number != firstKey && number != lastKey && (!s.float || s.directed(number) != signed(0))
}

// restore gives the value of a decided number.
func (s *sortCol) restore(number uint64) adt.Datum {
	return s.value(s.directed(number))
}

// abbreviation gives the function that makes a type's numbers, nil if there is
// none, and the one that makes values of them, nil where they don't tell all. It must
// be used with the type's default order only.
func abbreviation(typ OID) (number func(d adt.Datum) uint64, value func(n uint64) adt.Datum) {
	const sign = 1 << 63
	switch typ {
	case adt.Int2OID:
		return func(d adt.Datum) uint64 { return signed(asInt(d)) }, func(n uint64) adt.Datum { return int16(n ^ sign) }
	case adt.Int4OID:
		return func(d adt.Datum) uint64 { return signed(asInt(d)) }, func(n uint64) adt.Datum { return int32(n ^ sign) }
	case adt.Int8OID:
		return func(d adt.Datum) uint64 { return signed(asInt(d)) }, func(n uint64) adt.Datum { return int64(n ^ sign) }
	case adt.DateOID:
		return func(d adt.Datum) uint64 { return signed(int64(d.(adt.Date))) }, func(n uint64) adt.Datum { return adt.Date(n ^ sign) }
	case adt.TimestampOID:
		return func(d adt.Datum) uint64 { return signed(int64(d.(adt.Timestamp))) }, func(n uint64) adt.Datum { return adt.Timestamp(n ^ sign) }
	case adt.TimestamptzOID:
		return func(d adt.Datum) uint64 { return signed(int64(d.(adt.TimestampTZ))) }, func(n uint64) adt.Datum { return adt.TimestampTZ(n ^ sign) }
	case adt.Float8OID:
		return func(d adt.Datum) uint64 { return signed(floatNumber(d.(float64))) }, func(n uint64) adt.Datum { return numberFloat(int64(n ^ sign)) }
	case adt.TextOID, adt.VarcharOID, adt.NameOID:
		return func(d adt.Datum) uint64 { return prefix(d.(string)) }, nil
	}
	return nil, nil
}

// sortRows sorts in place with the quicksort of Bentley and McIlroy
// ("Engineering a Sort Function", 1993) in the form PostgreSQL runs it, with a
// test for input that is sorted already. It is not stable, but it leaves rows
// that compare equal in the order PostgreSQL leaves them, so ORDER BY with ties
// answers alike. tie compares items of the same number; stop tells to give up.
func sortRows[R any](a []sortItem[R], tie func(x, y *sortItem[R]) int, stop func() bool) {
	for len(a) > 1 {
		if len(a) > sortPart && stop() || isSorted(a, tie) {
			return
		}
		if len(a) < 7 {
			insertionSort(a, tie)
			return
		}
		pivot := pivotOf(a, tie)
		a[0], a[pivot] = a[pivot], a[0]
		// The smaller part by recursion, the other by going round.
		small, large := divide(a, tie)
		if len(small) > len(large) {
			small, large = large, small
		}
		sortRows(small, tie, stop)
		a = large
	}
}

func isSorted[R any](a []sortItem[R], tie func(x, y *sortItem[R]) int) bool {
	for i := 1; i < len(a); i++ {
		if inOrder(&a[i-1], &a[i], tie) > 0 {
			return false
		}
	}
	return true
}

func insertionSort[R any](a []sortItem[R], tie func(x, y *sortItem[R]) int) {
	for i := 1; i < len(a); i++ {
		for j := i; j > 0 && inOrder(&a[j-1], &a[j], tie) > 0; j-- {
			a[j], a[j-1] = a[j-1], a[j]
		}
	}
}

// pivotOf chooses the item to divide by: the middle one, the median of three, or of
// many the median of medians.
func pivotOf[R any](a []sortItem[R], tie func(x, y *sortItem[R]) int) int {
	n := len(a)
	pivot := n / 2
	if n == 7 {
		return pivot
	}
	first, last := 0, n-1
	if n > 40 {
		d := n / 8
		first = median(a, first, first+d, first+2*d, tie)
		pivot = median(a, pivot-d, pivot, pivot+d, tie)
		last = median(a, last-2*d, last-d, last, tie)
	}
	return median(a, first, pivot, last, tie)
}

// divide parts the items by the first one and gives what is less, at the start, and
// what is more, at the end.
func divide[R any](a []sortItem[R], tie func(x, y *sortItem[R]) int) (less, more []sortItem[R]) {
	n := len(a)
	// Rows equal to the pivot gather at both ends: [0,eqLow) and (eqHigh,n).
	eqLow, low, high, eqHigh := 1, 1, n-1, n-1
	for {
		for low <= high {
			c := inOrder(&a[low], &a[0], tie)
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
			c := inOrder(&a[high], &a[0], tie)
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
	swapRuns(a[:d], a[low-d:low])
	d = min(eqHigh-high, n-eqHigh-1)
	swapRuns(a[low:low+d], a[n-d:])
	return a[:low-eqLow], a[n-(eqHigh-high):]
}

// swapRuns swaps items one by one.
func swapRuns[R any](a, b []sortItem[R]) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

// sortPart is how many items are sorted without a look at stop.
const sortPart = 10_000

// inOrder orders two items.
func inOrder[R any](x, y *sortItem[R], tie func(x, y *sortItem[R]) int) int {
	if x.key != y.key {
		if x.key < y.key {
			return -1
		}
		return 1
	}
	return tie(x, y)
}

func median[R any](a []sortItem[R], i, j, k int, tie func(x, y *sortItem[R]) int) int {
	if inOrder(&a[i], &a[j], tie) < 0 {
		switch {
		case inOrder(&a[j], &a[k], tie) < 0:
			return j
		case inOrder(&a[i], &a[k], tie) < 0:
			return k
		}
		return i
	}
	switch {
	case inOrder(&a[j], &a[k], tie) > 0:
		return j
	case inOrder(&a[i], &a[k], tie) < 0:
		return i
	}
	return k
}

// topRows keeps the first rows of an order in a heap with the last on top, as
// tuplesort's bounded heap does, equal rows and all.
type topRows struct {
	rows []sortItem[adt.Row]
	tie  func(x, y *sortItem[adt.Row]) int
}

// insert adds a row.
func (h *topRows) insert(row *sortItem[adt.Row]) {
	h.rows = append(h.rows, *row)
	j := len(h.rows) - 1
	for j > 0 {
		i := (j - 1) / 2
		if inOrder(row, &h.rows[i], h.tie) <= 0 {
			break
		}
		h.rows[j] = h.rows[i]
		j = i
	}
	h.rows[j] = *row
}

// offer puts a row in the place of the last one if it comes before it.
func (h *topRows) offer(row *sortItem[adt.Row]) (taken bool) {
	if inOrder(row, &h.rows[0], h.tie) >= 0 {
		return false
	}
	h.sink(row, len(h.rows))
	return true
}

// sink puts a row in the place of the top of the first n.
func (h *topRows) sink(row *sortItem[adt.Row], n int) {
	i := 0
	for {
		j := 2*i + 1
		if j >= n {
			break
		}
		if j+1 < n && inOrder(&h.rows[j], &h.rows[j+1], h.tie) < 0 {
			j++
		}
		if inOrder(row, &h.rows[j], h.tie) >= 0 {
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
