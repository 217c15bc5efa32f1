package exec

import (
	"encoding/binary"
	"math"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// codec writes rows to bytes and reads them back, for spilling. A value whose
// Go type it does not know stays in memory and is written as a number.
type codec struct {
	live    []bool // columns that anybody reads; nil: all
	descs   []*adt.RowDesc
	descNum map[*adt.RowDesc]int
	kept    []adt.Datum
	size    int64 // bytes of kept
	told    int64 // of those, what grown has told
}

func newCodec(live []bool) *codec {
	return &codec{live: live}
}

// grown tells how many bytes more the values take that stay in memory.
func (c *codec) grown() int64 {
	n := c.size - c.told
	c.told = c.size
	return n
}

// forget tells how many bytes of those that grown has told are not counted any more.
func (c *codec) forget() int64 {
	n := c.told
	c.size, c.told = 0, 0
	return n
}

// arrayBitmap is adt.Array.Bitmap, beside the number of dimensions.
const arrayBitmap = 0x80

// Tags of values.
const (
	tagNull byte = iota
	tagFalse
	tagTrue
	tagInt16
	tagInt32
	tagInt64
	tagFloat32
	tagFloat64
	tagString
	tagBytes
	tagOID
	tagChar
	tagDate
	tagTime
	tagTimeTZ
	tagTimestamp
	tagTimestampTZ
	tagInterval
	tagUUID
	tagNumeric
	tagJSONB
	tagArray
	tagRecord
	tagRange
	tagMultirange
	tagInet
	tagMACAddr
	tagMACAddr8
	tagBits
	tagMoney
	tagTID
	tagUint64
	tagFloats // and a byte that tells the geometric type
	tagTSVector
	tagKept
)

// appendRow appends a row; columns that nobody reads become NULL.
func (c *codec) appendRow(b []byte, row adt.Row) []byte {
	b = binary.AppendUvarint(b, uint64(len(row)))
	for i, d := range row {
		if i < len(c.live) && !c.live[i] {
			d = nil
		}
		b = c.append(b, d)
	}
	return b
}

func (c *codec) appendValues(b []byte, vals []adt.Datum) []byte {
	b = binary.AppendUvarint(b, uint64(len(vals)))
	for _, d := range vals {
		b = c.append(b, d)
	}
	return b
}

func (c *codec) append(b []byte, d adt.Datum) []byte {
	switch d := d.(type) {
	case nil:
		return append(b, tagNull)
	case string:
		return appendString(b, d)
	case bool:
		if d {
			return append(b, tagTrue)
		}
		return append(b, tagFalse)
	case int16:
		return appendNumber(b, tagInt16, int64(d))
	case int32:
		return appendNumber(b, tagInt32, int64(d))
	case int64:
		return appendNumber(b, tagInt64, d)
	case adt.OID:
		return appendNumber(b, tagOID, int64(d))
	case adt.Char:
		return append(b, tagChar, byte(d))
	case float32:
		return binary.BigEndian.AppendUint32(append(b, tagFloat32), math.Float32bits(d))
	case float64:
		return binary.LittleEndian.AppendUint64(append(b, tagFloat64), math.Float64bits(d))
	case []byte:
		b = binary.AppendUvarint(append(b, tagBytes), uint64(len(d)))
		return append(b, d...)
	case adt.Date:
		return appendNumber(b, tagDate, int64(d))
	case adt.Time:
		return appendWide(b, tagTime, int64(d))
	case adt.TimeTZ:
		return binary.AppendVarint(appendWide(b, tagTimeTZ, int64(d.Time)), int64(d.Zone))
	case adt.Timestamp:
		return appendWide(b, tagTimestamp, int64(d))
	case adt.TimestampTZ:
		return appendWide(b, tagTimestampTZ, int64(d))
	case adt.Interval:
		b = appendWide(b, tagInterval, d.Time)
		b = binary.AppendVarint(b, int64(d.Day))
		return binary.AppendVarint(b, int64(d.Month))
	case adt.UUID:
		return append(append(b, tagUUID), d[:]...)
	case *adt.Numeric:
		return d.AppendStored(append(b, tagNumeric))
	case *adt.JSONB:
		return d.AppendStored(append(b, tagJSONB))
	case *adt.Array:
		b = binary.AppendUvarint(append(b, tagArray), uint64(d.Elem))
		dims := byte(len(d.Dims))
		if d.Bitmap {
			dims |= arrayBitmap
		}
		b = append(b, dims)
		for _, dim := range d.Dims {
			b = binary.AppendVarint(binary.AppendVarint(b, int64(dim.Len)), int64(dim.Lower))
		}
		return c.appendValues(b, d.Values)
	case *adt.Record:
		n, ok := c.descNum[d.Desc]
		if !ok {
			n = len(c.descs)
			if n == 0 {
				c.descNum = map[*adt.RowDesc]int{}
			}
			c.descs = append(c.descs, d.Desc)
			c.descNum[d.Desc] = n
		}
		return c.appendValues(binary.AppendUvarint(append(b, tagRecord), uint64(n)), d.Values)
	}
	if out, ok := c.appendRare(b, d); ok {
		return out
	}
	c.size += 16 + adt.MemorySize(d)
	c.kept = append(c.kept, d)
	return binary.AppendUvarint(append(b, tagKept), uint64(len(c.kept)-1))
}

func appendString(b []byte, s string) []byte {
	if len(s) < 0x80 {
		return append(append(b, tagString, byte(len(s))), s...)
	}
	return append(binary.AppendUvarint(append(b, tagString), uint64(len(s))), s...)
}

// appendNumber appends a number that is small as a rule.
func appendNumber(b []byte, tag byte, n int64) []byte {
	return binary.AppendVarint(append(b, tag), n)
}

// appendWide appends a number that takes most of its eight bytes.
func appendWide(b []byte, tag byte, n int64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, tag), uint64(n))
}

// row reads a row back, into an old one if that has the room.
func (c *codec) row(b []byte, old adt.Row) (adt.Row, error) {
	d := decoder{c: c}
	d.Text = string(b) // the row's strings are parts of this
	n := d.Count()
	row := old
	if row = row[:0]; cap(row) < n {
		row = make(adt.Row, 0, n)
	}
	for range n {
		row = append(row, d.datum())
	}
	if d.Err != nil {
		return nil, errDamaged
	}
	return row, nil
}

var errDamaged = pgerr.Internal("a temporary file is damaged")

type decoder struct {
	adt.StoredReader
	c *codec
}

func (d *decoder) values() []adt.Datum {
	row := make([]adt.Datum, d.Count())
	for i := range row {
		row[i] = d.datum()
	}
	return row
}

func (d *decoder) bits(n int) uint64 {
	var v uint64
	for range n {
		v = v<<8 | uint64(d.Byte())
	}
	return v
}

// wide reads what appendWide wrote after the tag.
func (d *decoder) wide() int64 {
	b := d.Take(8)
	if len(b) < 8 {
		return 0
	}
	return int64(binary.LittleEndian.Uint64([]byte(b)))
}

// number reads what a value of a type that has an abbreviation with value is ordered by, after its tag.
func (d *decoder) number(tag byte) int64 {
	switch tag {
	case tagTimestamp, tagTimestampTZ:
		return d.wide()
	case tagFloat64:
		return floatNumber(math.Float64frombits(uint64(d.wide())))
	}
	return d.Varint()
}

func (d *decoder) datum() adt.Datum {
	switch tag := d.Byte(); tag {
	case tagNull:
		return nil
	case tagFalse:
		return false
	case tagTrue:
		return true
	case tagInt16:
		return int16(d.Varint())
	case tagInt32:
		return int32(d.Varint())
	case tagInt64:
		return d.Varint()
	case tagOID:
		return OID(d.Varint())
	case tagChar:
		return adt.Char(d.Byte())
	case tagFloat32:
		return math.Float32frombits(uint32(d.bits(4)))
	case tagFloat64:
		return math.Float64frombits(uint64(d.wide()))
	case tagString:
		return d.Take(d.Uvarint())
	case tagBytes:
		return []byte(d.Take(d.Uvarint()))
	case tagDate:
		return adt.Date(d.Varint())
	case tagTime:
		return adt.Time(d.wide())
	case tagTimeTZ:
		return adt.TimeTZ{Time: adt.Time(d.wide()), Zone: int32(d.Varint())}
	case tagTimestamp:
		return adt.Timestamp(d.wide())
	case tagTimestampTZ:
		return adt.TimestampTZ(d.wide())
	case tagInterval:
		return adt.Interval{Time: d.wide(), Day: int32(d.Varint()), Month: int32(d.Varint())}
	case tagUUID:
		var u adt.UUID
		copy(u[:], d.Take(uint64(len(u))))
		return u
	case tagNumeric:
		return d.Numeric()
	case tagJSONB:
		return d.JSONB()
	case tagArray:
		a := &adt.Array{Elem: OID(d.Uvarint())}
		dims := d.Byte()
		a.Bitmap = dims&arrayBitmap != 0
		for range dims &^ arrayBitmap {
			a.Dims = append(a.Dims, adt.ArrayDim{Len: int32(d.Varint()), Lower: int32(d.Varint())})
		}
		a.Values = d.values()
		return a
	case tagRecord:
		if n := d.Uvarint(); n < uint64(len(d.c.descs)) {
			return &adt.Record{Desc: d.c.descs[n], Values: d.values()}
		}
	case tagRange, tagMultirange, tagInet, tagMACAddr, tagMACAddr8, tagBits, tagMoney, tagTID, tagUint64, tagFloats, tagTSVector:
		return d.rare(tag)
	case tagKept:
		if n := d.Uvarint(); n < uint64(len(d.c.kept)) {
			return d.c.kept[n]
		}
	}
	d.Take(math.MaxUint64) // fails
	return nil
}
