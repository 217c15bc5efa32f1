package adt

// Basic regular expressions (flag b, or (?b) in front): \( \) and \{ \} where others
// have ( ) and { }; neither | nor + nor ?; * ^ and $ mean something only in their places
// (brenext).

// basic parses to the end, or in parentheses to the closing one, which it passes.
func (p *reParser) basic(inner bool) (*reNode, error) {
	if p.depth++; p.depth > maxRegexDepth {
		return nil, errRegex(reTooBig)
	}
	defer func() { p.depth-- }()
	seq := &reNode{kind: reSeq}
	first, plainStar := true, true // the latter: what is before leaves * itself
	for {
		if err := p.skip(); err != nil {
			return nil, err
		}
		switch {
		case !p.more() && inner:
			return nil, errRegex(reBadParen)
		case !p.more():
			return seq, nil
		case p.is(`\)`):
			if !inner {
				return nil, errRegex(reBadParen)
			}
			p.pos += 2
			return seq, nil
		}
		n, err := p.basicAtom(first, plainStar)
		if err != nil {
			return nil, err
		}
		first, plainStar = false, n.kind == reAssert && n.n == '^'
		if n.kind != reAssert {
			if n, err = p.basicQuantified(n); err != nil {
				return nil, err
			}
		}
		seq.sub = append(seq.sub, n)
	}
}

func (p *reParser) basicAtom(first, plainStar bool) (*reNode, error) {
	assert := func(kind byte) (*reNode, error) { return &reNode{kind: reAssert, n: int(kind)}, nil }
	c := p.rune()
	switch c {
	case '*':
		if !plainStar {
			return nil, errRegex(reBadRepeat)
		}
	case '^':
		if first {
			return assert('^')
		}
	case '$':
		if err := p.skip(); err != nil {
			return nil, err
		}
		if !p.more() || p.is(`\)`) {
			return assert('$')
		}
	case '.':
		return &reNode{kind: reAny}, nil
	case '[':
		return p.bracket()
	case '\\':
		if !p.more() {
			return nil, errRegex(reBadEscape)
		}
		switch c = p.rune(); {
		case c == '{':
			return nil, errRegex(reBadRepeat)
		case c == '(':
			return p.capture(p.basic)
		case c == '<':
			p.back = true
			return assert('m')
		case c == '>':
			p.back = true
			return assert('M')
		case c >= '1' && c <= '9':
			return p.backref(int(c - '0'))
		}
	}
	return &reNode{kind: reLiteral, r: c}, nil
}

func (p *reParser) basicQuantified(n *reNode) (*reNode, error) {
	if err := p.skip(); err != nil {
		return nil, err
	}
	rep := &reNode{kind: reRepeat, sub: []*reNode{n}, max: -1}
	switch {
	case p.is("*"):
		p.pos++
	case p.is(`\{`):
		p.pos++
		if err := p.bound(rep, `\}`); err != nil {
			return nil, err
		}
	default:
		return n, nil
	}
	if err := p.skip(); err != nil {
		return nil, err
	}
	if p.is("*") || p.is(`\{`) {
		return nil, errRegex(reBadRepeat)
	}
	return rep, nil
}
