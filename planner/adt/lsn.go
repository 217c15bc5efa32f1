package adt

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// pg_lsn (pg_lsn.c): a position in the write-ahead log, a uint64 like xid8.

func lsnFuncs() Funcs {
	return Funcs{
		"pg_lsn_in": In(lsnIn),
		"pg_lsn_out": Out(func(_ *Call, dst []byte, v uint64) ([]byte, error) {
			return fmt.Appendf(dst, "%X/%X", v>>32, uint32(v)), nil
		}),
		"pg_lsn_recv": Recv(func(_ *Call, b []byte, _ int32) (uint64, error) {
			if err := wantBytes(b, 8); err != nil {
				return 0, err
			}
			return binary.BigEndian.Uint64(b), nil
		}),
		"pg_lsn_send": Send(func(_ *Call, dst []byte, v uint64) ([]byte, error) { return binary.BigEndian.AppendUint64(dst, v), nil }),

		"pg_lsn_eq":      P2(func(a, b uint64) bool { return a == b }),
		"pg_lsn_ne":      P2(func(a, b uint64) bool { return a != b }),
		"pg_lsn_lt":      P2(func(a, b uint64) bool { return a < b }),
		"pg_lsn_le":      P2(func(a, b uint64) bool { return a <= b }),
		"pg_lsn_gt":      P2(func(a, b uint64) bool { return a > b }),
		"pg_lsn_ge":      P2(func(a, b uint64) bool { return a >= b }),
		"pg_lsn_cmp":     Cmp(cmp.Compare[uint64]),
		"pg_lsn_larger":  P2(func(a, b uint64) uint64 { return max(a, b) }),
		"pg_lsn_smaller": P2(func(a, b uint64) uint64 { return min(a, b) }),
		"pg_lsn_hash": hashOf(func(v uint64) int32 { return int32(hashInt64(int64(v))) },
			func(dst []byte, d Datum) []byte { return binary.BigEndian.AppendUint64(dst, d.(uint64)) }),
		"pg_lsn_hash_extended": P2(func(v uint64, seed int64) int64 { return int64(hashInt64Extended(int64(v), uint64(seed))) }),

		"pg_lsn_mi":       P2(lsnDiff),
		"pg_wal_lsn_diff": P2(lsnDiff),
		"pg_lsn_pli":      F2(lsnAdd),
		"sql:numeric_pl_pg_lsn/numeric,pg_lsn": F2(func(n *Numeric, v uint64) (uint64, error) {
			return lsnAdd(v, n)
		}),
		"pg_lsn_mii": F2(func(v uint64, n *Numeric) (uint64, error) {
			if n.IsNaN() {
				return 0, pgerr.New(pgerrcode.FeatureNotSupported, "cannot subtract NaN from pg_lsn")
			}
			sum, err := numericSub(numericUint64(v), n)
			if err != nil {
				return 0, err
			}
			return numericLSN(sum)
		}),
		"numeric_pg_lsn": F1(numericLSN),

		"pg_size_pretty_numeric": F1(sizePretty),
		"pg_size_bytes":          F1(sizeBytes),
		"pg_column_size":         Raw(columnSize),
		"pg_column_compression":  Raw(func(*Call, []Datum) (Datum, error) { return nil, nil }), // nothing is compressed
		"pg_size_pretty":         F1(func(n int64) (string, error) { return sizePretty(NumericFromInt64(n)) }),
	}
}

func lsnIn(_ *Call, s string, _ int32) (uint64, error) {
	hi, lo, ok := strings.Cut(s, "/")
	v := uint64(0)
	for _, part := range []string{hi, lo} {
		word := uint64(0)
		for i := range len(part) {
			d := hexDigit(part[i])
			ok = ok && d >= 0
			word = word<<4 | uint64(d)&15
		}
		ok = ok && len(part) >= 1 && len(part) <= 8
		v = v<<32 | word&(1<<32-1)
	}
	if !ok {
		return 0, invalidInput("pg_lsn", s)
	}
	return v, nil
}

func numericUint64(v uint64) *Numeric {
	n := &Numeric{}
	n.v.SetUint64(v)
	return n
}

func lsnDiff(a, b uint64) *Numeric {
	n := &Numeric{}
	n.v.Sub(new(apd.BigInt).SetUint64(a), new(apd.BigInt).SetUint64(b))
	return n
}

func lsnAdd(v uint64, n *Numeric) (uint64, error) {
	if n.IsNaN() {
		return 0, pgerr.New(pgerrcode.FeatureNotSupported, "cannot add NaN to pg_lsn")
	}
	sum, err := numericAdd(numericUint64(v), n)
	if err != nil {
		return 0, err
	}
	return numericLSN(sum)
}

func numericLSN(n *Numeric) (uint64, error) {
	switch {
	case n.IsNaN():
		return 0, pgerr.New(pgerrcode.FeatureNotSupported, "cannot convert NaN to pg_lsn")
	case n.IsInf():
		return 0, pgerr.New(pgerrcode.FeatureNotSupported, "cannot convert infinity to pg_lsn")
	}
	r := n.round(0)
	if r.v.Sign() < 0 || !r.v.IsUint64() {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "pg_lsn out of range")
	}
	return r.v.Uint64(), nil
}

// sizeUnit is a unit of pg_size_pretty: it serves sizes below limit; all but
// bytes are kept in half units, to round at the end.
type sizeUnit struct {
	name  string
	limit int64
	half  bool
	bits  int32
}

var sizeUnits = []sizeUnit{
	{"bytes", 10 * 1024, false, 0},
	{"kB", 20*1024 - 1, true, 10},
	{"MB", 20*1024 - 1, true, 20},
	{"GB", 20*1024 - 1, true, 30},
	{"TB", 20*1024 - 1, true, 40},
	{"PB", 20*1024 - 1, true, 50},
}

// sizePretty is pg_size_pretty of a numeric.
func sizePretty(n *Numeric) (string, error) {
	var err error
	for i, u := range sizeUnits {
		if i == len(sizeUnits)-1 || n.abs().Cmp(NumericFromInt64(u.limit)) < 0 {
			if u.half {
				one := oneNumeric
				if n.Cmp(zeroNumeric) < 0 {
					one = one.neg()
				}
				if n, err = numericAdd(n, one); err != nil {
					return "", err
				}
				if n, err = numericDivTrunc(n, NumericFromInt64(2)); err != nil {
					return "", err
				}
			}
			return n.String() + " " + u.name, nil
		}
		next := sizeUnits[i+1]
		shift := next.bits - u.bits
		if next.half != u.half {
			shift--
		}
		if n, err = numericDivTrunc(n, NumericFromInt64(1<<shift)); err != nil {
			return "", err
		}
	}
	return "", nil
}
