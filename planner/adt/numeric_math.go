package adt

import (
	"github.com/cockroachdb/apd/v3"
)

// numericMath are numeric's mathematical functions.
func numericMath() Funcs {
	return Funcs{}
}

// sqrtRound gives the square root of a finite n >= 0 at a scale, rounded.
func sqrtRound(n *Numeric, scale int32) *Numeric {
	// The integer root with one digit more than asked settles the rounding: what
	// is cut off below it cannot turn a digit under five into a half.
	var t apd.BigInt
	if e := 2*(scale+1) - n.scale; e >= 0 {
		t.Mul(&n.v, pow10(e))
	} else {
		t.Quo(&n.v, pow10(-e))
	}
	r := &Numeric{scale: scale + 1}
	r.v.Sqrt(&t)
	return r.round(scale)
}
