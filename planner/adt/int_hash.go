package adt

// foldInt64 makes the 32 bits that hashint8 hashes, the same for values that
// int4 can hold as int4's own.
func foldInt64(v int64) uint32 {
	lo, hi := uint32(v), uint32(uint64(v)>>32)
	if v >= 0 {
		return lo ^ hi
	}
	return lo ^ ^hi
}

func hashInt64(v int64) uint32                      { return hashUint32(foldInt64(v)) }
func hashInt64Extended(v int64, seed uint64) uint64 { return hashUint32Extended(foldInt64(v), seed) }
