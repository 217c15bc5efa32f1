package adt

import (
	"encoding/binary"
	"errors"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Composite values: rowtypes.c.

// RecordOID is the type of anonymous records.

func recordFuncs() Funcs {
	compare := func(test func(int) bool) Func {
		return C2(func(c *Call, a, b *Record) (bool, error) {
			r, err := compareRecords(c, a, b)
			return test(r), err
		})
	}
	image := func(test func(int) bool) Func {
		return C2(func(c *Call, a, b *Record) (bool, error) {
			r, err := compareRecordImages(c, a, b)
			return test(r), err
		})
	}
	lt := func(r int) bool { return r < 0 }
	le := func(r int) bool { return r <= 0 }
	gt := func(r int) bool { return r > 0 }
	ge := func(r int) bool { return r >= 0 }
	return Funcs{
		"record_in":   {Call: recordIn},
		"record_out":  Out(recordOut),
		"record_recv": {Call: recordRecv},
		"record_send": Send(recordSend),

		"record_eq": C2(equalRecords),
		"record_ne": C2(func(c *Call, a, b *Record) (bool, error) {
			eq, err := equalRecords(c, a, b)
			return !eq, err
		}),
		"record_lt":   compare(lt),
		"record_le":   compare(le),
		"record_gt":   compare(gt),
		"record_ge":   compare(ge),
		"btrecordcmp": C2(func(c *Call, a, b *Record) (int32, error) { r, err := compareRecords(c, a, b); return int32(r), err }),

		"record_image_eq": image(func(r int) bool { return r == 0 }),
		"record_image_ne": image(func(r int) bool { return r != 0 }),
		"record_image_lt": image(lt),
		"record_image_le": image(le),
		"record_image_gt": image(gt),
		"record_image_ge": image(ge),
		"btrecordimagecmp": C2(func(c *Call, a, b *Record) (int32, error) {
			r, err := compareRecordImages(c, a, b)
			return int32(r), err
		}),
		"hash_record":          C1(hashRecord),
		"hash_record_extended": C2(hashRecordExtended),
	}
}

// recordDesc finds the columns to read or receive a record of.
func recordDesc(c *Call, oid OID) (*RowDesc, error) {
	if oid == RecordOID {
		if c.Desc != nil {
			return c.Desc, nil
		}
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "input of anonymous composite types is not implemented")
	}
	t, err := baseTypeOf(c, oid)
	if err != nil {
		return nil, err
	}
	if t.Desc == nil {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "type %s is not composite", typeName(c.Env, t))
	}
	return t.Desc, nil
}

func recordIn(c *Call, args []Datum) (Datum, error) {
	oid := RecordOID
	if len(args) > 1 {
		oid = args[1].(OID)
	}
	desc, err := recordDesc(c, oid)
	if err != nil {
		return nil, err
	}
	return parseRecord(c, desc, args[0].(string))
}

func parseRecord(c *Call, desc *RowDesc, s string) (*Record, error) {
	bad := func(detail string) error {
		return pgerr.New(pgerrcode.InvalidTextRepresentation, `malformed record literal: "%s"`, s).Detailf("%s", detail)
	}
	w, i := c.work(), 0
	for i < len(s) && arraySpace(s[i]) {
		i++
	}
	if i >= len(s) || s[i] != '(' {
		return nil, bad("Missing left parenthesis.")
	}
	i++
	r := &Record{Desc: desc, Values: make(Row, len(desc.Fields))}
	first := true
	for n, f := range desc.Fields {
		if f.Dropped {
			continue
		}
		if !first {
			if i >= len(s) || s[i] != ',' {
				return nil, bad("Too few columns.")
			}
			i++
		}
		first = false
		if i < len(s) && (s[i] == ',' || s[i] == ')') {
			continue // NULL
		}
		var item []byte
		quoted := false
		for quoted || i >= len(s) || s[i] != ',' && s[i] != ')' {
			if i >= len(s) {
				return nil, bad("Unexpected end of input.")
			}
			if err := w.grown(1, len(item)); err != nil {
				return nil, err
			}
			ch := s[i]
			i++
			switch {
			case ch == '\\':
				if i >= len(s) {
					return nil, bad("Unexpected end of input.")
				}
				item = append(item, s[i])
				i++
			case ch == '"' && !quoted:
				quoted = true
			case ch == '"' && i < len(s) && s[i] == '"':
				item = append(item, '"')
				i++
			case ch == '"':
				quoted = false
			default:
				item = append(item, ch)
			}
		}
		t, err := typeOf(c, f.Type)
		if err != nil {
			return nil, err
		}
		if r.Values[n], err = t.InputText(c.Env, string(item), f.Typmod); err != nil {
			return nil, err
		}
	}
	if i >= len(s) || s[i] != ')' {
		return nil, bad("Too many columns.")
	}
	for i++; i < len(s); i++ {
		if !arraySpace(s[i]) {
			return nil, bad("Junk after right parenthesis.")
		}
	}
	return r, nil
}

func recordOut(c *Call, dst []byte, r *Record) ([]byte, error) {
	dst = append(dst, '(')
	if len(dst) > 1<<16 { // records that share their fields may be longer than they are large
		if err := errors.Join(c.Env.Interrupted(), c.Env.Room(int64(len(dst)))); err != nil {
			return dst, err
		}
	}
	first := true
	for i, f := range r.Desc.Fields {
		if f.Dropped {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if r.Values[i] == nil {
			continue
		}
		from := len(dst)
		var err error
		if dst, err = appendOutput(c, dst, f.Type, r.Values[i]); err != nil {
			return dst, err
		}
		escapes, need, err := quotesNeeded(c.Env, dst[from:], recordSpecials)
		if err != nil {
			return dst, err
		}
		if need || len(dst) == from {
			if dst, err = quoteInPlace(c.Env, dst, from, escapes, 0); err != nil {
				return dst, err
			}
		}
	}
	return append(dst, ')'), nil
}

func recordSend(c *Call, dst []byte, r *Record) ([]byte, error) {
	n := 0
	for _, f := range r.Desc.Fields {
		if !f.Dropped {
			n++
		}
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(n))
	for i, f := range r.Desc.Fields {
		if f.Dropped {
			continue
		}
		t, err := typeOf(c, f.Type)
		if err != nil {
			return dst, err
		}
		dst = binary.BigEndian.AppendUint32(dst, f.Type)
		if dst, err = appendSized(dst, r.Values[i], t.BinaryEncoder(c.Env)); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func recordRecv(c *Call, args []Datum) (Datum, error) {
	oid := RecordOID
	if len(args) > 1 {
		oid = args[1].(OID)
	}
	desc, err := recordDesc(c, oid)
	if err != nil {
		return nil, err
	}
	rd := binReader{b: args[0].([]byte)}
	have := rd.int32()
	if rd.err != nil {
		return nil, rd.err
	}
	want := 0
	for _, f := range desc.Fields {
		if !f.Dropped {
			want++
		}
	}
	if int(have) != want {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "wrong number of columns: %d, expected %d", have, want)
	}
	r := &Record{Desc: desc, Values: make(Row, len(desc.Fields))}
	for i, f := range desc.Fields {
		if f.Dropped {
			continue
		}
		typ, size := OID(rd.int32()), rd.int32()
		if rd.err != nil {
			return nil, rd.err
		}
		if typ != f.Type && typ < firstGenbkiObjectID && f.Type < firstGenbkiObjectID {
			return nil, pgerr.New(pgerrcode.DatatypeMismatch,
				"binary data has type %d (%s) instead of expected %d (%s) in record column %d",
				typ, typeNameOf(c, typ), f.Type, typeNameOf(c, f.Type), i+1)
		}
		if size < -1 || int(size) > len(rd.b) {
			return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "insufficient data left in message")
		}
		if size == -1 {
			continue
		}
		t, err := typeOf(c, f.Type)
		if err != nil {
			return nil, err
		}
		if r.Values[i], err = t.ReceiveBinary(c.Env, rd.bytes(int(size)), f.Typmod); err != nil {
			return nil, improper(err, "improper binary format in record column %d", i+1)
		}
	}
	return box(r, noMore(rd.b, 0))
}
