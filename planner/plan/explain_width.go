package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// width estimates the bytes of a row's columns that are read (set_rel_width, set_pathtarget_cost_width).
func (x *explainer) width(row []rowColumn) int {
	sum := 0
	for _, c := range row {
		if !c.unread {
			sum += x.valueWidth(c.typ, c.typmod)
		}
	}
	return sum
}

// unknownWidth is what a value takes of whose length nothing is known.
const unknownWidth = 32

// valueWidth estimates the bytes of a value of a type (get_typavgwidth).
func (x *explainer) valueWidth(typ nodes.OID, typmod int32) int {
	t := x.opt.Catalog.TypeByOID(typ)
	if t == nil {
		return unknownWidth
	}
	if t.Len > 0 {
		return int(t.Len)
	}
	most := longest(typ, int(typmod))
	switch {
	case most <= 0:
		return unknownWidth
	case typ == adt.BpcharOID || most <= unknownWidth:
		return most
	case most < 1000:
		return unknownWidth + (most-unknownWidth)/2
	}
	return unknownWidth + (1000-unknownWidth)/2
}

// longest is the most bytes of a value of a type that a typmod allows, 0 if it tells none
// (type_maximum_size).
func longest(typ nodes.OID, typmod int) int {
	const (
		header    = 4 // of a value of variable length, and of a length in its typmod
		character = 4 // bytes of UTF-8 at most
		digits    = 4 // decimal ones that a digit of numeric holds
	)
	if typmod < 0 {
		return 0
	}
	switch typ {
	case adt.BpcharOID, adt.VarcharOID:
		return (typmod-header)*character + header
	case adt.NumericOID:
		precision := (typmod - header) >> 16 & 0xffff
		return 2*header + 2*((precision+2*(digits-1))/digits)
	case adt.BitOID, adt.VarbitOID:
		return (typmod+7)/8 + 2*header
	}
	return 0
}
