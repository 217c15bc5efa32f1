package snowball

import (
	"fmt"
	"unicode/utf8"
)

// number is a compiled arithmetic expression.
type number func(m *machine) int

// binding ranks the operators.
func binding(op string) int {
	switch op {
	case "+", "-":
		return 1
	case "*", "/":
		return 2
	}
	return 0
}

// arithmetic reads an expression of operators that bind tighter than some.
func (c *compiler) arithmetic(than int) (number, error) {
	x, err := c.operand()
	for err == nil {
		if err = c.read(); err != nil {
			break
		}
		op := c.tok.text
		if c.tok.kind != 'o' || binding(op) <= than {
			c.held = true
			return x, nil
		}
		a := x
		b, e := c.arithmetic(binding(op))
		if e != nil {
			return nil, e
		}
		switch op {
		case "+":
			x = func(m *machine) int { return a(m) + b(m) }
		case "-":
			x = func(m *machine) int { return a(m) - b(m) }
		case "*":
			x = func(m *machine) int { return a(m) * b(m) }
		default:
			x = func(m *machine) int {
				if d := b(m); d != 0 {
					return a(m) / d
				}
				return 0
			}
		}
	}
	return nil, err
}

func (c *compiler) operand() (number, error) {
	if err := c.read(); err != nil {
		return nil, err
	}
	back, t := c.back, c.tok
	switch {
	case t.kind == 'n':
		return func(*machine) int { return t.n }, nil
	case c.is("-"):
		x, err := c.arithmetic(100)
		return func(m *machine) int { return -x(m) }, err
	case c.is("("):
		x, err := c.arithmetic(0)
		if err != nil {
			return nil, err
		}
		return x, c.want(")")
	case c.is("cursor"):
		return func(m *machine) int { return m.cursor }, nil
	case c.is("limit"):
		return func(m *machine) int { return m.end(back) }, nil
	case c.is("len"):
		return func(m *machine) int { return utf8.RuneCount(m.word) }, nil
	case c.is("size"):
		return func(m *machine) int { return len(m.word) }, nil
	case c.is("lenof"), c.is("sizeof"):
		text, err := c.text()
		if t.text == "lenof" {
			return func(m *machine) int { return utf8.RuneCountInString(text(m)) }, err
		}
		return func(m *machine) int { return len(text(m)) }, err
	}
	i, ok := c.ints[t.text]
	if t.kind != 'w' || !ok {
		return nil, c.unexpected()
	}
	return func(m *machine) int { return m.ints[i] }, nil
}

// compare gives a comparison by its sign.
func compare(op string) func(a, b int) bool {
	switch op {
	case "==":
		return func(a, b int) bool { return a == b }
	case "!=":
		return func(a, b int) bool { return a != b }
	case ">":
		return func(a, b int) bool { return a > b }
	case ">=":
		return func(a, b int) bool { return a >= b }
	case "<":
		return func(a, b int) bool { return a < b }
	case "<=":
		return func(a, b int) bool { return a <= b }
	}
	return nil
}

// dollar reads "$x = AE", "$x < AE" and "$(AE < AE)".
func (c *compiler) dollar() (command, error) {
	if err := c.read(); err != nil {
		return nil, err
	}
	if c.is("(") {
		a, err := c.arithmetic(0)
		if err == nil {
			err = c.read()
		}
		if err != nil {
			return nil, err
		}
		holds := compare(c.tok.text)
		if holds == nil {
			return nil, c.unexpected()
		}
		b, err := c.arithmetic(0)
		if err != nil {
			return nil, err
		}
		return func(m *machine) bool { return holds(a(m), b(m)) }, c.want(")")
	}
	i, ok := c.ints[c.tok.text]
	if !ok {
		return nil, fmt.Errorf("%s is no integer", c.tok.text)
	}
	if err := c.read(); err != nil {
		return nil, err
	}
	op := c.tok.text
	n, err := c.arithmetic(0)
	if err != nil {
		return nil, err
	}
	if holds := compare(op); holds != nil {
		return func(m *machine) bool { return holds(m.ints[i], n(m)) }, nil
	}
	switch op {
	case "=", "+=", "-=", "*=":
	default:
		return nil, fmt.Errorf("unexpected %q", op)
	}
	return func(m *machine) bool {
		switch v := n(m); op {
		case "=":
			m.ints[i] = v
		case "+=":
			m.ints[i] += v
		case "-=":
			m.ints[i] -= v
		default:
			m.ints[i] *= v
		}
		return true
	}, nil
}
