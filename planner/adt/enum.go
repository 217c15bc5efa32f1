package adt

import (
	"cmp"
	"encoding/binary"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Enums (enum.c). A server without CREATE TYPE has no enum type, hence no
// label: what reads one fails as PostgreSQL does for an unknown one.

func enumFuncs() Funcs {
	noValues := Raw(func(c *Call, _ []Datum) (Datum, error) {
		return nil, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "enum %s contains no values", typeNameOf(c, c.Result))
	})
	input := Raw(func(c *Call, a []Datum) (Datum, error) {
		text, ok := a[0].(string)
		if !ok {
			text = string(a[0].([]byte))
		}
		return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input value for enum %s: \"%s\"", typeNameOf(c, a[1].(OID)), text)
	})
	output := func(_ *Call, dst []byte, v OID) ([]byte, error) {
		return dst, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid internal value for enum: %d", v)
	}
	values := Raw(func(c *Call, _ []Datum) (Datum, error) {
		elem, err := resultElem(c)
		return NewArray(elem, nil), err
	})
	compare := func(a, b OID) int { return cmp.Compare(a, b) }
	return Funcs{
		"enum_in":           input,
		"enum_recv":         input,
		"enum_out":          Out(output),
		"anyenum_out":       Out(output),
		"enum_send":         Send(output),
		"enum_eq":           P2(func(a, b OID) bool { return a == b }),
		"enum_ne":           P2(func(a, b OID) bool { return a != b }),
		"enum_lt":           P2(func(a, b OID) bool { return a < b }),
		"enum_le":           P2(func(a, b OID) bool { return a <= b }),
		"enum_gt":           P2(func(a, b OID) bool { return a > b }),
		"enum_ge":           P2(func(a, b OID) bool { return a >= b }),
		"enum_cmp":          Cmp(compare),
		"enum_larger":       P2(func(a, b OID) OID { return max(a, b) }),
		"enum_smaller":      P2(func(a, b OID) OID { return min(a, b) }),
		"enum_first":        noValues,
		"enum_last":         noValues,
		"enum_range_all":    values,
		"enum_range_bounds": values,
		"hashenum": hashOf(func(v OID) int32 { return int32(hashUint32(v)) },
			func(dst []byte, d Datum) []byte { return binary.BigEndian.AppendUint32(dst, d.(OID)) }),
		"hashenumextended": P2(func(v OID, seed int64) int64 { return int64(hashUint32Extended(v, uint64(seed))) }),
	}
}
