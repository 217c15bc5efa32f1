package adt

// MemorySize estimates the bytes of memory that a value takes beyond the two words of
// its Datum. Values that share parts count them each.
func MemorySize(d Datum) int64 {
	switch d := d.(type) {
	case nil, bool, Char, Void:
		return 0
	case int16, int32, int64, float32, float64, OID, Date, Timestamp, TimestampTZ, Time:
		return 8
	case string:
		return int64(16 + len(d))
	case []byte:
		return int64(24 + len(d))
	case *Numeric:
		return int64(64 + d.Size())
	case *Array:
		return 64 + valuesSize(d.Values)
	case *Record:
		return 56 + valuesSize(d.Values)
	case *JSONB:
		return d.Size()
	case *Range:
		return 64 + MemorySize(d.Lower) + MemorySize(d.Upper)
	case *Multirange:
		n := int64(48)
		for _, r := range d.Ranges {
			n += 8 + MemorySize(r)
		}
		return n
	case *Path:
		return int64(32 + 16*len(d.Points))
	case *Polygon:
		return int64(56 + 16*len(d.Points))
	case *Bits:
		return int64(40 + len(d.Bytes))
	case *TSVector:
		n := 24
		for _, l := range d.Lexemes {
			n += 40 + len(l.Word) + 4*len(l.Pos)
		}
		return int64(n)
	case *TSQuery:
		return 8 + d.Root.size()
	case *JSONPath:
		return int64(16 + jpNodeSize*d.items)
	case *Snapshot:
		return int64(40 + 8*len(d.Xip))
	}
	return 64
}

func valuesSize(vals []Datum) int64 {
	n := int64(16 * len(vals))
	for _, v := range vals {
		n += MemorySize(v)
	}
	return n
}

func (n *TSNode) size() int64 {
	if n == nil {
		return 0
	}
	return int64(64+len(n.Word)) + n.Left.size() + n.Right.size()
}
