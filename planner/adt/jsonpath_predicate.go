package adt

import (
	"strings"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// predicate is executeBoolItem.
func (x *jpExec) predicate(n *jpNode, v jpVal) (jpBool, error) {
	outer := x.quiet
	x.quiet = true
	defer func() { x.quiet = outer }()
	switch n.kind {
	case jpAnd:
		l, err := x.predicate(n.left, v)
		if err != nil || l == jpFalse {
			return jpFalse, err
		}
		r, err := x.predicate(n.right, v)
		return pick(r == jpTrue, l, r), err
	case jpOr:
		l, err := x.predicate(n.left, v)
		if err != nil || l == jpTrue {
			return l, err
		}
		r, err := x.predicate(n.right, v)
		return pick(r == jpFalse, l, r), err
	case jpNot:
		r, err := x.predicate(n.left, v)
		if r == jpUnknown || err != nil {
			return r, err
		}
		return pick(r == jpTrue, jpFalse, jpTrue), nil
	case jpIsUnknown:
		r, err := x.predicate(n.left, v)
		return pick(r == jpUnknown, jpTrue, jpFalse), err
	case jpExists:
		found := false
		outer := x.probe
		x.probe = x.lax
		defer func() { x.probe = outer }()
		err := x.item(n.left, v, x.lax, func(jpVal) error {
			found = true
			if x.lax {
				return jpStop{}
			}
			return nil
		})
		if _, ok := err.(jpStop); ok {
			err = nil
		}
		if err != nil {
			return absorb(err)
		}
		return pick(found, jpTrue, jpFalse), nil
	case jpCompare:
		return x.pairs(n, v, true, func(a, b jpVal) (jpBool, error) { return x.compare(n.op, a, b) })
	case jpStartsWith:
		return x.pairs(n, v, false, func(a, b jpVal) (jpBool, error) {
			if a.dt != nil || b.dt != nil || a.j.Kind != JSONString || b.j.Kind != JSONString {
				return jpUnknown, nil
			}
			return pick(strings.HasPrefix(a.j.Str, b.j.Str), jpTrue, jpFalse), nil
		})
	case jpLikeRegex:
		return x.pairs(n, v, false, func(a, _ jpVal) (jpBool, error) {
			if a.dt != nil || a.j.Kind != JSONString {
				return jpUnknown, nil
			}
			ok, err := n.regex.Match(x.call.context(), a.j.Str)
			return pick(ok, jpTrue, jpFalse), err
		})
	}
	return jpUnknown, pgerr.Internal("invalid boolean jsonpath item type: %d", n.kind)
}

// absorb turns an error within a predicate into unknown.
func absorb(err error) (jpBool, error) {
	if soft(err) {
		return jpUnknown, nil
	}
	return jpUnknown, err
}

// pairs is executePredicate: in lax mode one pair that holds suffices, in strict
// mode one that is unknown spoils it.
func (x *jpExec) pairs(n *jpNode, v jpVal, unwrapRight bool, f func(a, b jpVal) (jpBool, error)) (jpBool, error) {
	left, err := x.unwrapped(n.left, v)
	if err != nil {
		return absorb(err)
	}
	right := []jpVal{{}}
	if n.right != nil {
		right = right[:0]
		if unwrapRight {
			right, err = x.unwrapped(n.right, v)
		} else {
			err = x.item(n.right, v, x.lax, func(v jpVal) error { right = append(right, v); return nil })
		}
		if err != nil {
			return absorb(err)
		}
	}
	failed, found := false, false
	for _, a := range left {
		for _, b := range right {
			r, err := f(a, b)
			if err != nil {
				return absorb(err)
			}
			switch r {
			case jpUnknown:
				if !x.lax {
					return jpUnknown, nil
				}
				failed = true
			case jpTrue:
				if x.lax {
					return jpTrue, nil
				}
				found = true
			}
		}
	}
	switch {
	case found:
		return jpTrue, nil
	case failed:
		return jpUnknown, nil
	}
	return jpFalse, nil
}

// compare is compareItems.
func (x *jpExec) compare(op string, a, b jpVal) (jpBool, error) {
	r := 0
	switch {
	case a.dt != nil && b.dt != nil:
		var ok bool
		var err error
		if r, ok, err = x.compareDatetime(a.dt, b.dt); err != nil || !ok {
			return jpUnknown, err
		}
	case a.dt != nil || b.dt != nil:
		other := a.j
		if other == nil {
			other = b.j
		}
		if other.Kind == JSONNull {
			return pick(op == "!=", jpTrue, jpFalse), nil
		}
		return jpUnknown, nil
	case a.j.Kind != b.j.Kind:
		if a.j.Kind == JSONNull || b.j.Kind == JSONNull {
			return pick(op == "!=", jpTrue, jpFalse), nil
		}
		return jpUnknown, nil
	case !a.j.scalar():
		return jpUnknown, nil
	default:
		r = compareJSONB(a.j, b.j, false)
	}
	var ok bool
	switch op {
	case "==":
		ok = r == 0
	case "!=":
		ok = r != 0
	case "<":
		ok = r < 0
	case ">":
		ok = r > 0
	case "<=":
		ok = r <= 0
	case ">=":
		ok = r >= 0
	}
	return pick(ok, jpTrue, jpFalse), nil
}
