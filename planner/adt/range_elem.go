package adt

import (
	"cmp"
	"encoding/binary"
)

// elemCompare orders two values of a range's element type.
func elemCompare(a, b Datum) int {
	switch a := a.(type) {
	case int32:
		return cmp.Compare(a, b.(int32))
	case int64:
		return cmp.Compare(a, b.(int64))
	case Date:
		return cmp.Compare(a, b.(Date))
	case Timestamp:
		return cmp.Compare(a, b.(Timestamp))
	case TimestampTZ:
		return cmp.Compare(a, b.(TimestampTZ))
	}
	return a.(*Numeric).Cmp(b.(*Numeric))
}

func elemHash(d Datum) uint32 {
	switch v := d.(type) {
	case int32:
		return hashUint32(uint32(v))
	case int64:
		return hashInt64(v)
	case Date:
		return hashUint32(uint32(v))
	case Timestamp:
		return hashInt64(int64(v))
	case TimestampTZ:
		return hashInt64(int64(v))
	}
	return hashNumeric(d.(*Numeric))
}

func elemHashExtended(d Datum, seed uint64) uint64 {
	switch v := d.(type) {
	case int32:
		return hashUint32Extended(uint32(v), seed)
	case int64:
		return hashInt64Extended(v, seed)
	case Date:
		return hashUint32Extended(uint32(v), seed)
	case Timestamp:
		return hashInt64Extended(int64(v), seed)
	case TimestampTZ:
		return hashInt64Extended(int64(v), seed)
	}
	return hashNumericExtended(d.(*Numeric), seed)
}

func elemKey(dst []byte, d Datum) []byte {
	switch v := d.(type) {
	case int32:
		return binary.BigEndian.AppendUint32(dst, uint32(v))
	case int64:
		return binary.BigEndian.AppendUint64(dst, uint64(v))
	case Date:
		return binary.BigEndian.AppendUint32(dst, uint32(v))
	case Timestamp:
		return binary.BigEndian.AppendUint64(dst, uint64(v))
	case TimestampTZ:
		return binary.BigEndian.AppendUint64(dst, uint64(v))
	}
	return numericKey(dst, d.(*Numeric))
}
