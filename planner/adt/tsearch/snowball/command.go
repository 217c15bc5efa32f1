package snowball

import "fmt"

// list reads commands up to a closing parenthesis; they run one after another.
func (c *compiler) list() (command, error) {
	var all []command
	for {
		if err := c.read(); err != nil {
			return nil, err
		}
		if c.is(")") {
			break
		}
		c.held = true
		x, err := c.command()
		if err != nil {
			return nil, err
		}
		for {
			if err := c.read(); err != nil {
				return nil, err
			}
			if !c.is("and") && !c.is("or") {
				c.held = true
				break
			}
			if x, err = c.connection(x, c.tok.text); err != nil {
				return nil, err
			}
		}
		all = append(all, x)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return func(m *machine) bool {
		for _, x := range all {
			if !x(m) {
				return false
			}
		}
		return true
	}, nil
}

// connection reads what a command is joined with by "and" or "or".
func (c *compiler) connection(first command, op string) (command, error) {
	all, back := []command{first}, c.back
	for {
		x, err := c.command()
		if err == nil {
			all = append(all, x)
			err = c.read()
		}
		if err != nil {
			return nil, err
		}
		if !c.is(op) {
			break
		}
	}
	c.held = true
	and := op == "and"
	return func(m *machine) bool {
		at := m.saved(back)
		for i, x := range all {
			if i > 0 {
				m.restore(back, at)
			}
			if x(m) != and {
				return !and
			}
		}
		return and
	}, nil
}

// command reads one command.
func (c *compiler) command() (command, error) {
	if err := c.read(); err != nil {
		return nil, err
	}
	back := c.back
	t := c.tok
	switch t.kind {
	case 's':
		s := t.text
		return func(m *machine) bool { return m.eq(s, back) }, nil
	case 'o':
		return c.sign(t.text)
	case 'w':
		if x, ok, err := c.plain(t.text); ok {
			return x, err
		}
		if x, ok, err := c.prefix(t.text); ok {
			return x, err
		}
		return c.named(t.text)
	}
	return nil, c.unexpected()
}

// sign reads a command that begins with a sign.
func (c *compiler) sign(s string) (command, error) {
	back := c.back
	switch s {
	case "(":
		return c.list()
	case "[", "]":
		bra := (s == "[") != back
		return func(m *machine) bool {
			if bra {
				m.bra = m.cursor
			} else {
				m.ket = m.cursor
			}
			return true
		}, nil
	case "<-":
		text, err := c.text()
		return func(m *machine) bool { return m.sliceFrom(text(m)) }, err
	case "<+":
		text, err := c.text()
		return func(m *machine) bool { return m.insert(text(m), back) }, err
	case "->":
		name, err := c.name()
		if err != nil {
			return nil, err
		}
		i, ok := c.strs[name]
		if !ok {
			return nil, fmt.Errorf("%s is no string", name)
		}
		return func(m *machine) bool {
			if !m.slice() {
				return false
			}
			m.strs[i] = string(m.word[m.bra:m.ket])
			return true
		}, nil
	case "$":
		return c.dollar()
	}
	return nil, c.unexpected()
}

// text reads a string or the name of one.
func (c *compiler) text() (func(*machine) string, error) {
	if err := c.read(); err != nil {
		return nil, err
	}
	if s := c.tok.text; c.tok.kind == 's' {
		return func(*machine) string { return s }, nil
	}
	i, ok := c.strs[c.tok.text]
	if !ok {
		return nil, c.unexpected()
	}
	return func(m *machine) string { return m.strs[i] }, nil
}

// plain gives the commands that stand alone.
func (c *compiler) plain(word string) (x command, ok bool, err error) {
	back := c.back
	switch word {
	case "delete":
		x = func(m *machine) bool { return m.sliceFrom("") }
	case "next":
		x = func(m *machine) bool { return m.hop(1, back) }
	case "tolimit":
		x = func(m *machine) bool {
			m.cursor = m.end(back)
			return true
		}
	case "atlimit":
		x = func(m *machine) bool { return back && m.cursor <= m.limitBackward || !back && m.cursor >= m.limit }
	case "true", "false":
		x = func(*machine) bool { return word == "true" }
	case "substring":
		table := &amongTable{}
		if c.substring != nil {
			return nil, true, fmt.Errorf("substring after substring")
		}
		c.substring = table
		x = func(m *machine) bool {
			m.among = m.find(table, back)
			return m.among != 0
		}
	case "among":
		x, err = c.among()
	case "insert", "attach":
		var text func(*machine) string
		text, err = c.text()
		stay := (word == "attach") != back
		x = func(m *machine) bool { return m.insert(text(m), stay) }
	case "set", "unset":
		var name string
		if name, err = c.name(); err != nil {
			return nil, true, err
		}
		i, known := c.bools[name]
		if !known {
			return nil, true, fmt.Errorf("%s is no boolean", name)
		}
		on := word == "set"
		x = func(m *machine) bool {
			m.bools[i] = on
			return true
		}
	case "setmark":
		var name string
		if name, err = c.name(); err != nil {
			return nil, true, err
		}
		i, known := c.ints[name]
		if !known {
			return nil, true, fmt.Errorf("%s is no integer", name)
		}
		x = func(m *machine) bool {
			m.ints[i] = m.cursor
			return true
		}
	case "tomark", "atmark", "hop":
		var n number
		n, err = c.arithmetic(0)
		switch word {
		case "hop":
			x = func(m *machine) bool { return m.hop(n(m), back) }
		case "atmark":
			x = func(m *machine) bool { return m.cursor == n(m) }
		default:
			x = func(m *machine) bool {
				to := n(m)
				if back && m.cursor < to || !back && m.cursor > to {
					return false
				}
				m.cursor = to
				return true
			}
		}
	case "non":
		if err := c.read(); err != nil {
			return nil, true, err
		}
		if c.is("-") {
			if err := c.read(); err != nil {
				return nil, true, err
			}
		}
		g := c.groupings[c.tok.text]
		if g == nil {
			return nil, true, c.unexpected()
		}
		x = func(m *machine) bool { return m.grouping(g, true, back) }
	default:
		return nil, false, nil
	}
	return x, true, err
}

// end is the limit in a direction.
func (m *machine) end(back bool) int {
	if back {
		return m.limitBackward
	}
	return m.limit
}

// named gives the use of a name.
func (c *compiler) named(name string) (command, error) {
	back := c.back
	if r := c.routines[name]; r != nil {
		return r.call, nil
	}
	if g := c.groupings[name]; g != nil {
		return func(m *machine) bool { return m.grouping(g, false, back) }, nil
	}
	if i, ok := c.bools[name]; ok {
		return func(m *machine) bool { return m.bools[i] }, nil
	}
	if i, ok := c.strs[name]; ok {
		return func(m *machine) bool { return m.eq(m.strs[i], back) }, nil
	}
	return nil, fmt.Errorf("%s is not declared", name)
}
