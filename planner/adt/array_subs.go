package adt

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Subscripts of arrays: what exec needs for SubscriptingRef.

// ArraySlice is a[lower:upper…] (array_get_slice); a nil bound was left out. The result's lower
// bounds are 1; it is empty when the slice is.
func ArraySlice(a *Array, lower, upper []*int32) *Array {
	empty := &Array{Elem: a.Elem}
	if len(a.Dims) == 0 || len(lower) > len(a.Dims) {
		return empty
	}
	from := make([]int, len(a.Dims))
	dims := make([]ArrayDim, len(a.Dims))
	n := 1
	for i, d := range a.Dims {
		lo, hi := int64(d.Lower), int64(d.Lower)+int64(d.Len)-1
		if i < len(lower) {
			if lower[i] != nil {
				lo = max(lo, int64(*lower[i]))
			}
			if upper[i] != nil {
				hi = min(hi, int64(*upper[i]))
			}
		}
		if lo > hi {
			return empty
		}
		from[i] = int(lo - int64(d.Lower))
		dims[i] = ArrayDim{Len: int32(hi - lo + 1), Lower: 1}
		n *= int(dims[i].Len)
	}
	out := &Array{Elem: a.Elem, Dims: dims, Values: make([]Datum, 0, n), Bitmap: a.mayHaveNull()}
	last := len(dims) - 1
	heads, length := slices.Clone(dims), int(dims[last].Len)
	heads[last].Len = 1
	eachOffset(a.Dims, from, heads, func(o int) { out.Values = append(out.Values, a.Values[o:o+length]...) })
	return out
}

// mayHaveNull tells whether PostgreSQL's array has a bitmap of NULL elements
// (ARR_HASNULL), which what is made of it keeps.
func (a *Array) mayHaveNull() bool {
	return a.Bitmap || slices.Contains(a.Values, nil)
}

// eachOffset walks the part of an array of the given dims that starts at from
// and has the lengths of part, in order.
func eachOffset(dims []ArrayDim, from []int, part []ArrayDim, f func(offset int)) {
	var walk func(d, o int)
	walk = func(d, o int) {
		for i := 0; i < int(part[d].Len); i++ {
			p := o*int(dims[d].Len) + from[d] + i
			if d == len(dims)-1 {
				f(p)
			} else {
				walk(d+1, p)
			}
		}
	}
	walk(0, 0)
}

// RawGet is value[i] of a type that is an array of fixed length from 0 (name,
// point, lseg, box, line): NULL when i is out of bounds.
func RawGet(value Datum, i int32) Datum {
	var elems []Datum
	switch v := value.(type) {
	case string:
		if i >= 0 && int(i) < len(v) {
			return Char(v[i])
		}
		if i >= 0 && i < nameLen {
			return Char(0)
		}
	case Point:
		elems = []Datum{v.X, v.Y}
	case LSeg:
		elems = []Datum{v[0], v[1]}
	case Box:
		elems = []Datum{v.High, v.Low}
	case Line:
		elems = []Datum{v.A, v.B, v.C}
	}
	if i < 0 || int(i) >= len(elems) {
		return nil
	}
	return elems[i]
}

func errSubscriptCount() error {
	return pgerr.New(pgerrcode.ArraySubscriptError, "wrong number of array subscripts")
}

func errSubscriptRange() error {
	return pgerr.New(pgerrcode.ArraySubscriptError, "array subscript out of range")
}

// arraySet is a with a[index…] replaced by v. A one-dimensional array grows, an
// empty one gets the dimensions of the subscripts.
func arraySet(a *Array, index []int32, v Datum) (*Array, error) {
	if len(index) == 0 || len(index) > maxDim {
		return nil, errSubscriptCount()
	}
	if len(a.Dims) == 0 {
		dims := make([]ArrayDim, len(index))
		for i, x := range index {
			dims[i] = ArrayDim{Len: 1, Lower: x}
		}
		if _, err := checkDims(dims); err != nil {
			return nil, err
		}
		return &Array{Elem: a.Elem, Dims: dims, Values: []Datum{v}}, nil
	}
	if len(index) != len(a.Dims) {
		return nil, errSubscriptCount()
	}
	if len(index) == 1 {
		return arraySet1(a, index[0], v)
	}
	o := 0
	for i, d := range a.Dims {
		if index[i] < d.Lower || int64(index[i]) >= int64(d.Lower)+int64(d.Len) {
			return nil, errSubscriptRange()
		}
		o = o*int(d.Len) + int(index[i]-d.Lower)
	}
	out := &Array{Elem: a.Elem, Dims: a.Dims, Values: append([]Datum(nil), a.Values...), Bitmap: a.Bitmap}
	out.Values[o] = v
	return out, nil
}

func arraySet1(a *Array, x int32, v Datum) (*Array, error) {
	lo := min(int64(a.Dims[0].Lower), int64(x))
	hi := max(int64(a.Dims[0].Lower)+int64(a.Dims[0].Len)-1, int64(x))
	if hi-lo+1 > MaxArraySize {
		return nil, errArraySize()
	}
	dims := []ArrayDim{{Len: int32(hi - lo + 1), Lower: int32(lo)}}
	if _, err := checkDims(dims); err != nil {
		return nil, err
	}
	out := &Array{Elem: a.Elem, Dims: dims, Values: make([]Datum, hi-lo+1), Bitmap: a.Bitmap}
	copy(out.Values[int64(a.Dims[0].Lower)-lo:], a.Values)
	out.Values[int64(x)-lo] = v
	return out, nil
}
