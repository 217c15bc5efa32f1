package snowball

import (
	"fmt"
	"maps"
)

// program is a compiled program.
type program struct {
	stem              func(*machine) bool
	ints, bools, strs int
}

// compiler turns a program's tokens into commands (analyser.c of the Snowball
// compiler, whose generator the closures replace).
type compiler struct {
	scan scanner
	tok  token
	held bool
	back bool // backward mode

	ints, bools, strs map[string]int
	routines          map[string]*routine
	groupings         map[string]map[rune]bool

	substring *amongTable // of a substring that waits for its among
}

func compile(text string) (*program, error) {
	c := &compiler{
		scan: scanner{src: text, defs: map[string]string{}},
		ints: map[string]int{}, bools: map[string]int{}, strs: map[string]int{},
		routines: map[string]*routine{}, groupings: map[string]map[rune]bool{},
	}
	if err := c.top(""); err != nil {
		return nil, err
	}
	for name, r := range c.routines {
		if r.body == nil {
			return nil, fmt.Errorf("%s is not defined", name)
		}
	}
	stem := c.routines["stem"]
	if stem == nil {
		return nil, fmt.Errorf("there is no routine stem")
	}
	return &program{stem.call, len(c.ints), len(c.bools), len(c.strs)}, nil
}

// read moves to the next token.
func (c *compiler) read() error {
	if c.held {
		c.held = false
		return nil
	}
	var err error
	c.tok, err = c.scan.next()
	return err
}

func (c *compiler) is(text string) bool {
	return (c.tok.kind == 'w' || c.tok.kind == 'o') && c.tok.text == text
}

func (c *compiler) unexpected() error { return fmt.Errorf("unexpected %s", c.tok) }

// want reads a token that must come.
func (c *compiler) want(text string) error {
	if err := c.read(); err != nil {
		return err
	}
	if !c.is(text) {
		return c.unexpected()
	}
	return nil
}

// name reads a name.
func (c *compiler) name() (string, error) {
	if err := c.read(); err != nil {
		return "", err
	}
	if c.tok.kind != 'w' {
		return "", c.unexpected()
	}
	return c.tok.text, nil
}

// top reads declarations and definitions up to a terminator ("": the end).
func (c *compiler) top(end string) error {
	for {
		if err := c.read(); err != nil {
			return err
		}
		var err error
		switch {
		case c.tok.kind == 0 && end == "", end != "" && c.is(end):
			return nil
		case c.is("integers"):
			err = c.names(func(n string) { c.ints[n] = len(c.ints) })
		case c.is("booleans"):
			err = c.names(func(n string) { c.bools[n] = len(c.bools) })
		case c.is("strings"):
			err = c.names(func(n string) { c.strs[n] = len(c.strs) })
		case c.is("routines"), c.is("externals"):
			err = c.names(func(n string) { c.routines[n] = &routine{} })
		case c.is("groupings"):
			err = c.names(func(n string) { c.groupings[n] = map[rune]bool{} })
		case c.is("define"):
			err = c.define()
		case c.is("backwardmode"):
			back := c.back
			c.back = true
			if err = c.want("("); err == nil {
				err = c.top(")")
			}
			c.back = back
		default:
			err = c.unexpected()
		}
		if err != nil {
			return err
		}
	}
}

// names reads a list of names in parentheses.
func (c *compiler) names(declare func(string)) error {
	if err := c.want("("); err != nil {
		return err
	}
	for {
		if err := c.read(); err != nil {
			return err
		}
		switch {
		case c.is(")"):
			return nil
		case c.tok.kind != 'w':
			return c.unexpected()
		}
		declare(c.tok.text)
	}
}

func (c *compiler) define() error {
	name, err := c.name()
	if err != nil {
		return err
	}
	if g := c.groupings[name]; g != nil {
		return c.grouping(g)
	}
	r := c.routines[name]
	if r == nil {
		return fmt.Errorf("%s is not declared", name)
	}
	if err := c.want("as"); err != nil {
		return err
	}

	if r.body, err = c.command(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if c.substring != nil {
		return fmt.Errorf("%s: substring without among", name)
	}
	return nil
}

// grouping reads strings and groupings that are added or taken away.
func (c *compiler) grouping(g map[rune]bool) error {
	minus := false
	for {
		if err := c.read(); err != nil {
			return err
		}
		set := map[rune]bool{}
		switch {
		case c.tok.kind == 's':
			for _, r := range c.tok.text {
				set[r] = true
			}
		case c.tok.kind == 'w' && c.groupings[c.tok.text] != nil:
			set = c.groupings[c.tok.text]
		default:
			return c.unexpected()
		}
		if minus {
			for r := range set {
				delete(g, r)
			}
		} else {
			maps.Copy(g, set)
		}
		if err := c.read(); err != nil {
			return err
		}
		if minus = c.is("-"); !minus && !c.is("+") {
			c.held = true
			return nil
		}
	}
}
