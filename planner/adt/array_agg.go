package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// arrayAgg is the state of array_agg.
type arrayAgg struct {
	elem   OID
	values []Datum
	dims   []ArrayDim // of the arrays that array_agg(anyarray) collects
	count  int32
}

func arrayAggAdd(c *Call, args []Datum) (Datum, error) {
	s, _ := args[0].(*arrayAgg)
	if s == nil {
		s = &arrayAgg{}
		if len(c.Args) > 1 {
			s.elem = c.Args[1]
		}
	}
	s.values = append(s.values, args[1])
	return s, nil
}

func arrayAggFinal(_ *Call, args []Datum) (Datum, error) {
	s, _ := args[0].(*arrayAgg)
	if s == nil {
		return nil, nil
	}
	return NewArray(s.elem, s.values[:len(s.values):len(s.values)]), nil
}

func arrayAggArrayAdd(_ *Call, args []Datum) (Datum, error) {
	s, _ := args[0].(*arrayAgg)
	if args[1] == nil {
		return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "cannot accumulate null arrays")
	}
	a := args[1].(*Array)
	if s == nil {
		switch {
		case len(a.Dims) == 0:
			return nil, pgerr.New(pgerrcode.ArraySubscriptError, "cannot accumulate empty arrays")
		case len(a.Dims)+1 > maxDim:
			return nil, errArrayDims(len(a.Dims) + 1)
		}
		s = &arrayAgg{elem: a.Elem, dims: a.Dims}
	} else if !sameDims(a, &Array{Dims: s.dims}) {
		return nil, pgerr.New(pgerrcode.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
	}
	s.values = append(s.values, a.Values...)
	s.count++
	return s, nil
}

func arrayAggArrayFinal(_ *Call, args []Datum) (Datum, error) {
	s, _ := args[0].(*arrayAgg)
	if s == nil {
		return nil, nil
	}
	dims := append([]ArrayDim{{Len: s.count, Lower: 1}}, s.dims...)
	return &Array{Elem: s.elem, Dims: dims, Values: s.values[:len(s.values):len(s.values)]}, nil
}
