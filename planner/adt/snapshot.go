package adt

import (
	"encoding/binary"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// pg_snapshot and its old name txid_snapshot (xid8funcs.c).

// Snapshot is a value of type pg_snapshot: which transactions are visible.
type Snapshot struct {
	Xmin, Xmax uint64
	Xip        []uint64 // those in progress between them, in order
}

func snapshotFuncs() Funcs {
	return Funcs{
		"pg_snapshot_in":   In(snapshotIn),
		"pg_snapshot_out":  Out(snapshotOut),
		"pg_snapshot_recv": Recv(snapshotRecv),
		"pg_snapshot_send": Send(snapshotSend),
		"pg_snapshot_xmin": Raw(func(c *Call, a []Datum) (Datum, error) { return XID8(c, a[0].(*Snapshot).Xmin), nil }),
		"pg_snapshot_xmax": Raw(func(c *Call, a []Datum) (Datum, error) { return XID8(c, a[0].(*Snapshot).Xmax), nil }),
		"pg_snapshot_xip": Set(func(c *Call, a []Datum) iter.Seq2[Datum, error] {
			return func(yield func(Datum, error) bool) {
				for _, x := range a[0].(*Snapshot).Xip {
					if !yield(XID8(c, x), nil) {
						return
					}
				}
			}
		}),
		"pg_visible_in_snapshot": Raw(func(_ *Call, a []Datum) (Datum, error) {
			x, ok := a[0].(uint64)
			if !ok {
				x = uint64(a[0].(int64))
			}
			s := a[1].(*Snapshot)
			return x < s.Xmin || x < s.Xmax && !slices.Contains(s.Xip, x), nil
		}),
	}
}

// XID8 gives a transaction id as the call's result type has it: the txid_
// functions share their bodies with those of xid8, but give int8.
func XID8(c *Call, x uint64) Datum {
	if c.Result == 20 {
		return int64(x)
	}
	return x
}

func snapshotIn(_ *Call, s string, _ int32) (*Snapshot, error) {
	bad := func() (*Snapshot, error) { return nil, invalidInput("pg_snapshot", s) }
	snap, rest := &Snapshot{}, s
	number := func() (x uint64) { // what is too large is the largest
		x, rest, _ = strtoul(rest)
		return x
	}
	for _, p := range []*uint64{&snap.Xmin, &snap.Xmax} {
		if *p = number(); !strings.HasPrefix(rest, ":") {
			return bad()
		}
		rest = rest[1:]
	}
	if !snap.valid() {
		return bad()
	}
	last := uint64(0)
	for rest != "" {
		if !snap.add(number(), &last) {
			return bad()
		}
		if rest != "" && rest[0] != ',' {
			return bad()
		}
		rest = strings.TrimPrefix(rest, ",")
	}
	return snap, nil
}

// valid wants ids whose part without the epoch is not 0 (FullTransactionIdIsValid).
func (s *Snapshot) valid() bool {
	return uint32(s.Xmin) != 0 && uint32(s.Xmax) != 0 && s.Xmax >= s.Xmin
}

// add appends a transaction in progress; they come in order, perhaps twice.
func (s *Snapshot) add(x uint64, last *uint64) bool {
	if x < s.Xmin || x >= s.Xmax || x < *last {
		return false
	}
	if x != *last {
		s.Xip = append(s.Xip, x)
	}
	*last = x
	return true
}

func snapshotOut(_ *Call, dst []byte, s *Snapshot) ([]byte, error) {
	dst = append(strconv.AppendUint(dst, s.Xmin, 10), ':')
	dst = append(strconv.AppendUint(dst, s.Xmax, 10), ':')
	for i, x := range s.Xip {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, x, 10)
	}
	return dst, nil
}

func snapshotRecv(_ *Call, b []byte, _ int32) (*Snapshot, error) {
	bad := func() (*Snapshot, error) {
		return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid external pg_snapshot data")
	}
	r := binReader{b: b}
	word := func() uint64 {
		if v := r.bytes(8); v != nil {
			return binary.BigEndian.Uint64(v)
		}
		return 0
	}
	n := r.int32()
	if n < 0 {
		return bad()
	}
	s := &Snapshot{Xmin: word(), Xmax: word()}
	if r.err != nil {
		return nil, r.err
	}
	if !s.valid() {
		return bad()
	}
	last := uint64(0)
	for range n {
		x := word()
		if r.err != nil {
			return nil, r.err
		}
		if !s.add(x, &last) {
			return bad()
		}
	}
	if len(r.b) > 0 {
		return nil, errLeftOver()
	}
	return s, nil
}

func snapshotSend(_ *Call, dst []byte, s *Snapshot) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s.Xip)))
	dst = binary.BigEndian.AppendUint64(dst, s.Xmin)
	dst = binary.BigEndian.AppendUint64(dst, s.Xmax)
	for _, x := range s.Xip {
		dst = binary.BigEndian.AppendUint64(dst, x)
	}
	return dst, nil
}
