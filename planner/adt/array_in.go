package adt

import (
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Array input, text and binary (arrayfuncs.c of PostgreSQL 16, whose messages
// differ from later versions').

const (
	maxDim       = 6 // MAXDIM
	MaxArraySize = 134217727
)

func arrayIn(c *Call, args []Datum) (Datum, error) {
	elem, err := typeOf(c, args[1].(OID))
	if err != nil {
		return nil, err
	}
	return parseArray(c.Env, elem, args[0].(string), typmodArg(args))
}

// parseArray reads an array literal of the given element type.
func parseArray(env *Env, elem *Type, s string, typmod int32) (*Array, error) {
	p := arrayParser{src: s, delim: elem.Delim, work: env.work()}
	if p.delim == 0 {
		p.delim = ','
	}
	dims, err := p.dimensions()
	if err != nil {
		return nil, err
	}
	if len(dims) == 0 {
		return &Array{Elem: elem.OID}, nil
	}
	n, err := checkDims(dims)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return &Array{Elem: elem.OID}, nil
	}
	if err := env.Room(16 * int64(n)); err != nil {
		return nil, err
	}
	a := &Array{Elem: elem.OID, Dims: dims, Values: make([]Datum, n)}
	err = p.elements(dims, func(i int, text string, null bool) error {
		if i >= n {
			return p.malformed("")
		}
		if null {
			return nil
		}
		v, err := elem.InputText(env, text, typmod)
		a.Values[i] = v
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// checkDims is ArrayGetNItems and ArrayCheckBounds.
func checkDims(dims []ArrayDim) (int, error) {
	n := int64(1)
	for _, d := range dims {
		n *= int64(d.Len)
		if d.Len < 0 || n > MaxArraySize {
			return 0, errArraySize()
		}
		if int64(d.Lower)+int64(d.Len) > math.MaxInt32 {
			return 0, pgerr.New(pgerrcode.ProgramLimitExceeded, "array lower bound is too large: %d", d.Lower)
		}
	}
	return int(n), nil
}

func errArraySize() error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", MaxArraySize)
}

func errArrayDims(n int) error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded,
		"number of array dimensions (%d) exceeds the maximum allowed (%d)", n, maxDim)
}

const (
	arrayNoLevel arrayState = iota
	arrayLevelStarted
	arrayElemStarted
	arrayQuotedStarted
	arrayQuotedDone
	arrayElemDelimited
	arrayLevelDone
	arrayLevelDelimited
)
