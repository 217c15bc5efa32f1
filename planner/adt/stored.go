package adt

import (
	"encoding/binary"
	"errors"
)

// The functions of this file write numeric and jsonb values as the executor's
// temporary files hold them, and read them back. The form is private to one
// process; it is made for speed, unlike that of the types' send functions.

var errStored = errors.New("stored value is damaged")

const storedBig = 0x80 // in the form's byte: the coefficient follows as bytes

// AppendStored appends the stored form of a numeric.
func (n *Numeric) AppendStored(dst []byte) []byte {
	if n.form == numericFinite && !n.v.IsInt64() {
		dst = binary.AppendVarint(append(dst, byte(n.form)|storedBig), int64(n.scale))
		dst = append(dst, byte(n.v.Sign()+1))
		b := n.v.Bytes()
		return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
	}
	dst = binary.AppendVarint(append(dst, byte(n.form)), int64(n.scale))
	if n.form != numericFinite {
		return dst
	}
	return binary.AppendVarint(dst, n.v.Int64())
}

// AppendStored appends the stored form of a jsonb value.
func (j *JSONB) AppendStored(dst []byte) []byte {
	dst = append(dst, byte(j.Kind))
	switch j.Kind {
	case JSONString:
		dst = appendStoredText(dst, j.Str)
	case JSONNumber:
		dst = j.Num.AppendStored(dst)
	case JSONBool:
		if j.Bool {
			return append(dst, 1)
		}
		return append(dst, 0)
	case JSONArray:
		dst = binary.AppendUvarint(dst, uint64(len(j.Vals)))
		for _, v := range j.Vals {
			dst = v.AppendStored(dst)
		}
	case JSONObject:
		dst = binary.AppendUvarint(dst, uint64(len(j.Vals)))
		for i, v := range j.Vals {
			dst = v.AppendStored(appendStoredText(dst, j.Keys[i]))
		}
	}
	return dst
}

func appendStoredText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// StoredReader reads stored values from text, whose parts the strings of the
// values then are.
type StoredReader struct {
	Text string
	Err  error
}

func (r *StoredReader) fail() {
	r.Text = ""
	if r.Err == nil {
		r.Err = errStored
	}
}

// Byte reads a byte.
func (r *StoredReader) Byte() byte {
	if len(r.Text) == 0 {
		r.fail()
		return 0
	}
	b := r.Text[0]
	r.Text = r.Text[1:]
	return b
}

// Uvarint reads what binary.AppendUvarint wrote.
func (r *StoredReader) Uvarint() uint64 {
	n, shift := uint64(0), 0
	for i := range min(len(r.Text), binary.MaxVarintLen64) {
		b := r.Text[i]
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			r.Text = r.Text[i+1:]
			return n
		}
		shift += 7
	}
	r.fail()
	return 0
}

// Varint reads what binary.AppendVarint wrote.
func (r *StoredReader) Varint() int64 {
	u := r.Uvarint()
	n := int64(u >> 1)
	if u&1 != 0 {
		n = ^n
	}
	return n
}

// Take reads so many bytes.
func (r *StoredReader) Take(n uint64) string {
	if n > uint64(len(r.Text)) {
		r.fail()
		return ""
	}
	s := r.Text[:n]
	r.Text = r.Text[n:]
	return s
}

// Count reads a number of things that take a byte each at least.
func (r *StoredReader) Count() int {
	n := r.Uvarint()
	if n > uint64(len(r.Text)) {
		r.fail()
		return 0
	}
	return int(n)
}

// Numeric reads a numeric.
func (r *StoredReader) Numeric() *Numeric {
	form := r.Byte()
	n := &Numeric{form: numericForm(form &^ storedBig), scale: int32(r.Varint())}
	switch {
	case n.form != numericFinite:
	case form&storedBig == 0:
		n.v.SetInt64(r.Varint())
	default:
		negative := r.Byte() == 0
		n.v.SetBytes([]byte(r.Take(r.Uvarint())))
		if negative {
			negate(&n.v)
		}
	}
	return n
}

// JSONB reads a jsonb value.
func (r *StoredReader) JSONB() *JSONB {
	switch kind := JSONKind(r.Byte()); kind {
	case JSONString:
		return JSONBString(r.Take(r.Uvarint()))
	case JSONNumber:
		return JSONBNumber(r.Numeric())
	case JSONBool:
		return JSONBBool(r.Byte() != 0)
	case JSONArray, JSONObject:
		n := r.Count()
		j := &JSONB{Kind: kind, Vals: make([]*JSONB, n)}
		if kind == JSONObject {
			j.Keys = make([]string, n)
		}
		for i := range j.Vals {
			if kind == JSONObject {
				j.Keys[i] = r.Take(r.Uvarint())
			}
			j.Vals[i] = r.JSONB()
		}
		return j
	}
	return jsonbNull
}
