package adt

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func errMultiSearch() error {
	return pgerr.New(pgerrcode.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
}

// sameValue compares possibly NULL values by an equality, NULLs being the same.
func sameValue(u, v Datum, eq func(a, b Datum) bool) bool {
	if u == nil || v == nil {
		return u == nil && v == nil
	}
	return eq(u, v)
}

func arrayPosition(c *Call, args []Datum) (Datum, error) {
	if args[0] == nil {
		return nil, nil
	}
	a := args[0].(*Array)
	if len(a.Dims) > 1 {
		return nil, errMultiSearch()
	}
	if len(a.Dims) == 0 {
		return nil, nil
	}
	if args[1] == nil && !slices.Contains(a.Values, nil) {
		return nil, nil
	}
	start := a.Dims[0].Lower
	if len(args) > 2 {
		if args[2] == nil {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "initial position must not be null")
		}
		start = args[2].(int32)
	}
	eq, err := elementEqual(c, a)
	if err != nil {
		return nil, err
	}
	for i, v := range a.Values {
		if at := a.Dims[0].Lower + int32(i); at >= start && sameValue(args[1], v, eq) {
			return at, nil
		}
	}
	return nil, nil
}

func arrayPositions(c *Call, args []Datum) (Datum, error) {
	if args[0] == nil {
		return nil, nil
	}
	a := args[0].(*Array)
	if len(a.Dims) > 1 {
		return nil, errMultiSearch()
	}
	eq, err := elementEqual(c, a)
	if err != nil {
		return nil, err
	}
	var out []Datum
	for i, v := range a.Values {
		if sameValue(args[1], v, eq) {
			out = append(out, a.Dims[0].Lower+int32(i))
		}
	}
	return NewArray(Int4OID, out), nil
}

func arrayReplace(c *Call, array, search, with Datum, remove bool) (Datum, error) {
	if array == nil {
		return nil, nil
	}
	a := array.(*Array)
	if remove && len(a.Dims) > 1 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "removing elements from multidimensional arrays is not supported")
	}
	if len(a.Values) == 0 {
		return a, nil
	}
	eq, err := elementEqual(c, a)
	if err != nil {
		return nil, err
	}
	out := make([]Datum, 0, len(a.Values))
	changed := false
	for _, v := range a.Values {
		switch {
		case !sameValue(v, search, eq):
			out = append(out, v)
		case remove:
			changed = true
		default:
			changed = true
			out = append(out, with)
		}
	}
	switch {
	case !changed:
		return a, nil
	case len(out) == 0:
		return &Array{Elem: a.Elem}, nil
	case remove:
		return &Array{Elem: a.Elem, Dims: []ArrayDim{{Len: int32(len(out)), Lower: a.Dims[0].Lower}}, Values: out}, nil
	}
	return &Array{Elem: a.Elem, Dims: a.Dims, Values: out}, nil
}

// elementEqual is the equality that an array's elements are searched by.
func elementEqual(c *Call, a *Array) (func(a, b Datum) bool, error) {
	if err := collatedElements(c, a); err != nil {
		return nil, err
	}
	return equaler(c, a.Elem)
}
