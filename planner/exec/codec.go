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
	x       *state
	numeric *adt.Type
	jsonb   *adt.Type
	descs   []*adt.RowDesc
	descNum map[*adt.RowDesc]int
	kept    []adt.Datum
}

func newCodec(x *state) *codec {
	return &codec{x: x, numeric: x.run.Catalog.TypeByOID(numericOID), jsonb: x.run.Catalog.TypeByOID(jsonbOID),
		descNum: map[*adt.RowDesc]int{}}
}

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
	tagKept
)

func (c *codec) appendRow(b []byte, row adt.Row) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(len(row)))
	var err error
	for _, d := range row {
		if b, err = c.append(b, d); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (c *codec) append(b []byte, d adt.Datum) ([]byte, error) {
	num := func(tag byte, n int64) ([]byte, error) { return binary.AppendVarint(append(b, tag), n), nil }
	switch d := d.(type) {
	case nil:
		return append(b, tagNull), nil
	case bool:
		if d {
			return append(b, tagTrue), nil
		}
		return append(b, tagFalse), nil
	case int16:
		return num(tagInt16, int64(d))
	case int32:
		return num(tagInt32, int64(d))
	case int64:
		return num(tagInt64, d)
	case adt.OID:
		return num(tagOID, int64(d))
	case adt.Char:
		return append(b, tagChar, byte(d)), nil
	case float32:
		return binary.BigEndian.AppendUint32(append(b, tagFloat32), math.Float32bits(d)), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(b, tagFloat64), math.Float64bits(d)), nil
	case string:
		b = binary.AppendUvarint(append(b, tagString), uint64(len(d)))
		return append(b, d...), nil
	case []byte:
		return c.bytes(append(b, tagBytes), d), nil
	case adt.Date:
		return num(tagDate, int64(d))
	case adt.Time:
		return num(tagTime, int64(d))
	case adt.TimeTZ:
		b, _ = num(tagTimeTZ, int64(d.Time))
		return binary.AppendVarint(b, int64(d.Zone)), nil
	case adt.Timestamp:
		return num(tagTimestamp, int64(d))
	case adt.TimestampTZ:
		return num(tagTimestampTZ, int64(d))
	case adt.Interval:
		b, _ = num(tagInterval, d.Time)
		b = binary.AppendVarint(b, int64(d.Day))
		return binary.AppendVarint(b, int64(d.Month)), nil
	case adt.UUID:
		return append(append(b, tagUUID), d[:]...), nil
	case *adt.Numeric:
		if c.sends(c.numeric) {
			return c.send(append(b, tagNumeric), c.numeric, d)
		}
	case *adt.JSONB:
		if c.sends(c.jsonb) {
			return c.send(append(b, tagJSONB), c.jsonb, d)
		}
	case *adt.Array:
		b = binary.AppendUvarint(append(b, tagArray), uint64(d.Elem))
		b = append(b, byte(len(d.Dims)))
		for _, dim := range d.Dims {
			b = binary.AppendVarint(binary.AppendVarint(b, int64(dim.Len)), int64(dim.Lower))
		}
		return c.appendRow(b, d.Values)
	case *adt.Record:
		n, ok := c.descNum[d.Desc]
		if !ok {
			n = len(c.descs)
			c.descs = append(c.descs, d.Desc)
			c.descNum[d.Desc] = n
		}
		return c.appendRow(binary.AppendUvarint(append(b, tagRecord), uint64(n)), d.Values)
	}
	c.kept = append(c.kept, d)
	return binary.AppendUvarint(append(b, tagKept), uint64(len(c.kept)-1)), nil
}

func (c *codec) bytes(b, v []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

func (c *codec) sends(t *adt.Type) bool {
	return t != nil && t.Send != nil && t.Send.Append != nil && t.Receive != nil && t.Receive.Call != nil
}

func (c *codec) send(b []byte, t *adt.Type, d adt.Datum) ([]byte, error) {
	v, err := t.BinaryEncoder(c.x.run.Env)(nil, d)
	return c.bytes(b, v), err
}

// row reads a row back.
func (c *codec) row(b []byte) (adt.Row, error) {
	d := decoder{c: c, b: b}
	row := d.row()
	return row, d.err
}

type decoder struct {
	c   *codec
	b   []byte
	err error
}

func (d *decoder) uvarint() uint64 {
	n, used := binary.Uvarint(d.b)
	if used <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[used:]
	return n
}

func (d *decoder) varint() int64 {
	n, used := binary.Varint(d.b)
	if used <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[used:]
	return n
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.fail()
		return make([]byte, 16)
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = pgerr.Internal("a temporary file is damaged")
	}
	d.b = nil
}

func (d *decoder) row() adt.Row {
	n := d.uvarint()
	if n > uint64(len(d.b)) { // each value takes a byte at least
		d.fail()
		return nil
	}
	row := make(adt.Row, n)
	for i := range row {
		row[i] = d.datum()
	}
	return row
}

func (d *decoder) datum() adt.Datum {
	switch tag := d.take(1)[0]; tag {
	case tagNull:
		return nil
	case tagFalse:
		return false
	case tagTrue:
		return true
	case tagInt16:
		return int16(d.varint())
	case tagInt32:
		return int32(d.varint())
	case tagInt64:
		return d.varint()
	case tagOID:
		return OID(d.varint())
	case tagChar:
		return adt.Char(d.take(1)[0])
	case tagFloat32:
		return math.Float32frombits(binary.BigEndian.Uint32(d.take(4)))
	case tagFloat64:
		return math.Float64frombits(binary.BigEndian.Uint64(d.take(8)))
	case tagString:
		return string(d.take(d.uvarint()))
	case tagBytes:
		return append([]byte{}, d.take(d.uvarint())...)
	case tagDate:
		return adt.Date(d.varint())
	case tagTime:
		return adt.Time(d.varint())
	case tagTimeTZ:
		return adt.TimeTZ{Time: adt.Time(d.varint()), Zone: int32(d.varint())}
	case tagTimestamp:
		return adt.Timestamp(d.varint())
	case tagTimestampTZ:
		return adt.TimestampTZ(d.varint())
	case tagInterval:
		return adt.Interval{Time: d.varint(), Day: int32(d.varint()), Month: int32(d.varint())}
	case tagUUID:
		return adt.UUID(d.take(16))
	case tagNumeric:
		return d.receive(d.c.numeric)
	case tagJSONB:
		return d.receive(d.c.jsonb)
	case tagArray:
		a := &adt.Array{Elem: OID(d.uvarint())}
		for range d.take(1)[0] {
			a.Dims = append(a.Dims, adt.ArrayDim{Len: int32(d.varint()), Lower: int32(d.varint())})
		}
		a.Values = d.row()
		return a
	case tagRecord:
		if n := d.uvarint(); n < uint64(len(d.c.descs)) {
			return &adt.Record{Desc: d.c.descs[n], Values: d.row()}
		}
	case tagKept:
		if n := d.uvarint(); n < uint64(len(d.c.kept)) {
			return d.c.kept[n]
		}
	}
	d.fail()
	return nil
}

func (d *decoder) receive(t *adt.Type) adt.Datum {
	v, err := t.ReceiveBinary(d.c.x.run.Env, append([]byte{}, d.take(d.uvarint())...), -1)
	if err != nil && d.err == nil {
		d.err = err
	}
	return v
}
