package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func arrayRecv(c *Call, args []Datum) (Datum, error) {
	elem, err := typeOf(c, args[1].(OID))
	if err != nil {
		return nil, err
	}
	return box(receiveArray(c.Env, elem, args[0].([]byte), typmodArg(args)))
}

// firstGenbkiObjectID is where oids begin that may differ from one database to
// another: values sent in binary form may name their type by its oid elsewhere.
const firstGenbkiObjectID = 10000

func receiveArray(env *Env, elem *Type, b []byte, typmod int32) (*Array, error) {
	r := binReader{b: b}
	ndim := r.int32()
	switch {
	case ndim < 0:
		return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid number of dimensions: %d", ndim)
	case ndim > maxDim:
		return nil, errArrayDims(int(ndim))
	}
	if flags := r.int32(); flags != 0 && flags != 1 {
		return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid array flags")
	}
	typ := OID(r.int32())
	switch {
	case r.err != nil:
		return nil, r.err
	case typ != elem.OID && typ < firstGenbkiObjectID && elem.OID < firstGenbkiObjectID:
		got := "???"
		if env != nil && env.Types != nil {
			if t := env.Types.TypeByOID(typ); t != nil {
				got = typeName(env, t)
			}
		}
		return nil, pgerr.New(pgerrcode.DatatypeMismatch,
			"binary data has array element type %d (%s) instead of expected %d (%s)", typ, got, elem.OID, typeName(env, elem))
	}
	dims := make([]ArrayDim, ndim)
	for i := range dims {
		dims[i] = ArrayDim{Len: r.int32(), Lower: r.int32()}
	}
	if r.err != nil {
		return nil, r.err
	}
	n, err := checkDims(dims)
	if err != nil {
		return nil, err
	}
	if n == 0 || ndim == 0 {
		return &Array{Elem: elem.OID}, noMore(r.b, 0)
	}
	a := &Array{Elem: elem.OID, Dims: dims, Values: make([]Datum, 0, min(n, len(r.b)/4))}
	for i := range n {
		size := r.int32()
		if r.err == nil && (size < -1 || int(size) > len(r.b)) {
			return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "insufficient data left in message")
		}
		var item []byte
		if size != -1 {
			item = r.bytes(int(size))
		}
		if r.err != nil {
			return nil, r.err
		}
		var v Datum
		if size != -1 {
			if v, err = elem.ReceiveBinary(env, item, typmod); err != nil {
				return nil, improper(err, "improper binary format in array element %d", i+1)
			}
		}
		a.Values = append(a.Values, v)
	}
	return a, noMore(r.b, 0)
}
