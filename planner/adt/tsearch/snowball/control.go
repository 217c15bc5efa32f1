package snowball

import (
	"cmp"
	"fmt"
	"slices"
)

// prefix gives the commands that govern another.
func (c *compiler) prefix(word string) (x command, ok bool, err error) {
	var times number
	switch word {
	case "not", "try", "fail", "test", "do", "goto", "gopast", "repeat", "backwards":
	case "atleast", "loop":
		if times, err = c.arithmetic(0); err != nil {
			return nil, true, err
		}
	case "setlimit":
		x, err = c.setLimit()
		return x, true, err
	default:
		return nil, false, nil
	}
	back := c.back
	if word == "backwards" {
		c.back = true
	}
	inner, err := c.command()
	c.back = back
	if err != nil {
		return nil, true, err
	}
	switch word {
	case "not":
		x = func(m *machine) bool {
			at := m.saved(back)
			if inner(m) {
				return false
			}
			m.restore(back, at)
			return true
		}
	case "try":
		x = func(m *machine) bool {
			at := m.saved(back)
			if !inner(m) {
				m.restore(back, at)
			}
			return true
		}
	case "fail":
		x = func(m *machine) bool {
			inner(m)
			return false
		}
	case "test":
		x = func(m *machine) bool {
			at := m.saved(back)
			if !inner(m) {
				return false
			}
			m.restore(back, at)
			return true
		}
	case "do":
		x = func(m *machine) bool {
			at := m.saved(back)
			inner(m)
			m.restore(back, at)
			return true
		}
	case "goto", "gopast":
		x = func(m *machine) bool {
			for {
				at := m.saved(back)
				done := inner(m)
				if !done || word == "goto" {
					m.restore(back, at)
				}
				if done {
					return true
				}
				if !m.hop(1, back) {
					return false
				}
			}
		}
	case "backwards":
		x = func(m *machine) bool {
			m.limitBackward, m.cursor = m.cursor, m.limit
			if !inner(m) {
				return false
			}
			m.cursor = m.limitBackward
			return true
		}
	case "loop":
		x = func(m *machine) bool {
			for range max(times(m), 0) {
				if !inner(m) {
					return false
				}
			}
			return true
		}
	default:
		x = func(m *machine) bool {
			want := 0
			if times != nil {
				want = times(m)
			}
			for {
				at := m.saved(back)
				if !inner(m) {
					m.restore(back, at)
					return want <= 0
				}
				want--
			}
		}
	}
	return x, true, nil
}

// setLimit reads "setlimit C for C": the limit is where the first command leads
// while the second runs.
func (c *compiler) setLimit() (command, error) {
	back := c.back
	to, err := c.command()
	if err == nil {
		err = c.want("for")
	}
	if err != nil {
		return nil, err
	}
	inner, err := c.command()
	if err != nil {
		return nil, err
	}
	return func(m *machine) bool {
		at := m.saved(back)
		if !to(m) {
			return false
		}
		if back {
			limit := m.limitBackward
			m.limitBackward = m.cursor
			m.restore(back, at)
			ok := inner(m)
			m.limitBackward = limit
			return ok
		}
		behind := m.limit - m.cursor
		m.limit = m.cursor
		m.restore(back, at)
		ok := inner(m)
		m.limit += behind
		return ok
	}, nil
}

// among reads "among ( (C) 'a' 'b' (C) 'c' routine (C) … )": of the strings the
// longest that is next chooses the command that follows it. A command before
// the first string runs before any.
func (c *compiler) among() (command, error) {
	table, back := c.substring, c.back
	searched := table != nil
	if !searched {
		table = &amongTable{}
	}
	c.substring = nil
	table.entries = map[string]amongEntry{}
	if err := c.want("("); err != nil {
		return nil, err
	}
	var starter command
	actions := []command{nil}
	for {
		if err := c.read(); err != nil {
			return nil, err
		}
		if c.is(")") {
			break
		}
		switch {
		case c.tok.kind == 's':
			s := c.tok.text
			e := amongEntry{action: len(actions)}
			if err := c.read(); err != nil {
				return nil, err
			}
			if c.tok.kind == 'w' {
				if e.condition = c.routines[c.tok.text]; e.condition == nil {
					return nil, fmt.Errorf("%s is no routine", c.tok.text)
				}
			} else {
				c.held = true
			}
			table.entries[s] = e
			if !slices.Contains(table.lengths, len(s)) {
				table.lengths = append(table.lengths, len(s))
			}
		case c.is("("):
			x, err := c.list()
			if err != nil {
				return nil, err
			}
			if len(table.entries) == 0 {
				starter = x
			} else {
				actions = append(actions, x)
			}
		default:
			return nil, c.unexpected()
		}
	}
	actions = append(actions, nil) // the last strings may have no command
	slices.SortFunc(table.lengths, func(a, b int) int { return cmp.Compare(b, a) })
	return func(m *machine) bool {
		if !searched {
			if m.among = m.find(table, back); m.among == 0 {
				return false
			}
		}
		found := m.among
		if starter != nil && !starter(m) {
			return false
		}
		if x := actions[found]; x != nil {
			return x(m)
		}
		return true
	}, nil
}
