package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// invalidInput is the error of an input function for text it cannot read.
func invalidInput(typ, s string) error {
	return pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typ, s)
}

// inputRange is the error of an input function for a value it cannot hold.
func inputRange(typ, s string) error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, typ)
}

// outOfRange is the error of arithmetic that leaves a type's range.
func outOfRange(typ string) error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "%s out of range", typ)
}

func divisionByZero() error {
	return pgerr.New(pgerrcode.DivisionByZero, "division by zero")
}
