package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func (v jpVal) number() *Numeric {
	if v.dt == nil && v.j.Kind == JSONNumber {
		return v.j.Num
	}
	return nil
}

func (x *jpExec) unaryMinus(n *jpNode, v jpVal, emit jpEmit) error {
	vals, err := x.unwrapped(n.left, v)
	if err != nil {
		return err
	}
	for _, e := range vals {
		num := e.number()
		if num == nil && x.probe && n.next == nil {
			continue // PostgreSQL passes over it when it looks for a number at all
		}
		if num == nil {
			return jpErr(pgerrcode.SQLJSONNumberNotFound, "operand of unary jsonpath operator %s is not a numeric value", n.op)
		}
		if n.op == "-" {
			num = num.neg()
		}
		if err := x.next(n, jpVal{j: JSONBNumber(num)}, emit); err != nil {
			return err
		}
	}
	return nil
}

func (x *jpExec) arithmetic(n *jpNode, v jpVal, emit jpEmit) error {
	operand := func(e *jpNode, side string) (*Numeric, error) {
		vals, err := x.unwrapped(e, v)
		if err != nil {
			return nil, err
		}
		if len(vals) != 1 || vals[0].number() == nil {
			return nil, jpErr(pgerrcode.SingletonSQLJSONItemRequired,
				"%s operand of jsonpath operator %s is not a single numeric value", side, n.op)
		}
		return vals[0].number(), nil
	}
	// PostgreSQL evaluates both sides before it looks at either.
	if _, err := x.unwrapped(n.left, v); err != nil {
		return err
	}
	if _, err := x.unwrapped(n.right, v); err != nil {
		return err
	}
	a, err := operand(n.left, "left")
	if err != nil {
		return err
	}
	b, err := operand(n.right, "right")
	if err != nil {
		return err
	}
	var r *Numeric
	switch n.op {
	case "+":
		r, err = numericAdd(a, b)
	case "-":
		r, err = numericSub(a, b)
	case "*":
		r, err = numericMul(a, b)
	case "/":
		r, err = numericDiv(a, b)
	case "%":
		r, err = numericMod(a, b)
	}
	if err != nil {
		return &jpSoft{pgerr.From(err)}
	}
	return x.next(n, jpVal{j: JSONBNumber(r)}, emit)
}
