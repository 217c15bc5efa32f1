package adt

// jsonb's comparison and hash support.
func jsonbFuncs() Funcs {
	return Funcs{
		"jsonb_in":   In(jsonbIn),
		"jsonb_out":  Out(jsonbOut),
		"jsonb_recv": Recv(jsonbRecv),
		"jsonb_send": Send(jsonbSend),

		"jsonb_eq":  P2(func(a, b *JSONB) bool { return CompareJSONB(a, b) == 0 }),
		"jsonb_ne":  P2(func(a, b *JSONB) bool { return CompareJSONB(a, b) != 0 }),
		"jsonb_lt":  P2(func(a, b *JSONB) bool { return CompareJSONB(a, b) < 0 }),
		"jsonb_le":  P2(func(a, b *JSONB) bool { return CompareJSONB(a, b) <= 0 }),
		"jsonb_gt":  P2(func(a, b *JSONB) bool { return CompareJSONB(a, b) > 0 }),
		"jsonb_ge":  P2(func(a, b *JSONB) bool { return CompareJSONB(a, b) >= 0 }),
		"jsonb_cmp": Cmp(CompareJSONB),
		"jsonb_hash": hashOf(func(j *JSONB) int32 { return int32(hashJSONB(j)) },
			func(dst []byte, d Datum) []byte { return appendJSONBKey(dst, d.(*JSONB)) }),
		"jsonb_hash_extended": P2(func(j *JSONB, seed int64) int64 { return int64(hashJSONBExtended(j, uint64(seed))) }),
	}
}

// eachHashed walks a value's parts as JsonbIteratorNext gives them: keys and
// scalars to f, the begin of containers to open.
func eachHashed(j *JSONB, open func(flag uint32), f func(*JSONB)) {
	switch j.Kind {
	case JSONArray:
		open(jsonbArrayFlag)
		for _, v := range j.Vals {
			eachHashed(v, open, f)
		}
	case JSONObject:
		open(jsonbObjectFlag)
		for i, v := range j.Vals {
			f(JSONBString(j.Keys[i]))
			eachHashed(v, open, f)
		}
	default:
		f(j)
	}
}

const (
	jsonbObjectFlag = 0x20000000 // JB_FOBJECT
	jsonbArrayFlag  = 0x40000000 // JB_FARRAY
)

func hashJSONB(j *JSONB) uint32 {
	if !j.scalar() && len(j.Vals) == 0 {
		return 0
	}
	h := uint32(0)
	open := func(flag uint32) { h ^= flag }
	if j.scalar() {
		open(jsonbArrayFlag)
	}
	eachHashed(j, open, func(v *JSONB) {
		var t uint32
		switch v.Kind {
		case JSONNull:
			t = 1
		case JSONString:
			t = hashBytes(bytesOf(v.Str))
		case JSONNumber:
			t = hashNumeric(v.Num)
		case JSONBool:
			t = pick[uint32](v.Bool, 2, 4)
		}
		h = (h<<1 | h>>31) ^ t
	})
	return h
}

func hashJSONBExtended(j *JSONB, seed uint64) uint64 {
	if !j.scalar() && len(j.Vals) == 0 {
		return seed
	}
	h := uint64(0)
	open := func(flag uint32) { h ^= uint64(flag)<<32 | uint64(flag) }
	if j.scalar() {
		open(jsonbArrayFlag)
	}
	eachHashed(j, open, func(v *JSONB) {
		var t uint64
		switch v.Kind {
		case JSONNull:
			t = seed + 1
		case JSONString:
			t = hashBytesExtended(bytesOf(v.Str), seed)
		case JSONNumber:
			t = hashNumericExtended(v.Num, seed)
		case JSONBool:
			if seed != 0 {
				t = hashUint32Extended(pick[uint32](v.Bool, 1, 0), seed)
			} else {
				t = pick[uint64](v.Bool, 2, 4)
			}
		}
		// Each half rotates by itself.
		h = (h<<1&0xfffffffefffffffe | h>>31&0x100000001) ^ t
	})
	return h
}
