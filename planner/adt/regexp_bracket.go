package adt

import (
	"strings"
	"unicode/utf8"
)

// bracket parses a bracket expression after its [.
func (p *reParser) bracket() (*reNode, error) {
	for kind, word := range map[int]string{'m': "[:<:]]", 'M': "[:>:]]"} {
		if p.is(word) {
			p.pos += len(word)
			p.back = true
			return &reNode{kind: reAssert, n: kind}, nil
		}
	}
	n := &reNode{kind: reClass}
	if p.is("^") {
		n.negated = true
		p.pos++
	}
	for first := true; ; first = false {
		if !p.more() {
			return nil, errRegex(reBadBracket)
		}
		if p.s[p.pos] == ']' && !first {
			p.pos++
			return n, nil
		}
		lo, class, err := p.bracketItem(first)
		if err != nil {
			return nil, err
		}
		if class != "" {
			if p.is("-") && !p.is("-]") {
				return nil, errRegex(reBadRange)
			}
			n.set = append(n.set, reItem{class: class})
			continue
		}
		hi := lo
		if p.is("-") && !p.is("-]") {
			p.pos++
			if !p.more() {
				return nil, errRegex(reBadBracket)
			}
			if hi, class, err = p.bracketItem(true); err != nil {
				return nil, err
			}
			if class != "" || hi < lo {
				return nil, errRegex(reBadRange)
			}
		}
		n.set = append(n.set, reItem{lo: lo, hi: hi})
	}
}

// bracketItem reads a character or a class in a bracket expression.
func (p *reParser) bracketItem(first bool) (rune, string, error) {
	switch {
	case p.is("[:"), p.is("[."), p.is("[="):
		kind := p.s[p.pos+1]
		p.pos += 2
		i := strings.Index(p.s[p.pos:], string(kind)+"]")
		if i < 0 {
			return 0, "", errRegex(reBadBracket)
		}
		name := p.s[p.pos : p.pos+i]
		p.pos += i + 2
		if kind == ':' {
			if !knownClass(name) {
				return 0, "", errRegex(reBadClass)
			}
			return 0, name, nil
		}
		r, ok := collating(name)
		if !ok {
			return 0, "", errRegex(reBadCollate)
		}
		return r, "", nil
	case p.s[p.pos] == '-' && !first && !p.is("-]"):
		return 0, "", errRegex(reBadRange)
	case p.s[p.pos] == '\\' && p.advanced():
		p.pos++
		if !p.more() {
			return 0, "", errRegex(reBadEscape)
		}
		c := p.s[p.pos]
		switch c {
		case 'd', 's', 'w', 'D', 'S', 'W':
			p.pos++
			return 0, string(rune(c)), nil
		}
		if !isAlpha(c) && !isDigit(c) {
			return p.rune(), "", nil
		}
		r, err := p.charEscape()
		return r, "", err
	}
	return p.rune(), "", nil
}

func knownClass(name string) bool {
	switch name {
	case "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "word":
		return true
	}
	return false
}

// collating gives the character of a collating element: itself or its POSIX
// name.
func collating(name string) (rune, bool) {
	if r, n := utf8.DecodeRuneInString(name); n > 0 && n == len(name) {
		return r, true
	}
	names := map[string]rune{
		"NUL": 0, "alert": 7, "backspace": 8, "tab": 9, "newline": 10, "vertical-tab": 11, "form-feed": 12,
		"carriage-return": 13, "space": ' ', "exclamation-mark": '!', "quotation-mark": '"', "number-sign": '#', "dollar-sign": '$',
		"percent-sign": '%', "ampersand": '&', "apostrophe": '\'', "left-parenthesis": '(', "right-parenthesis": ')',
		"asterisk": '*', "plus-sign": '+', "comma": ',', "hyphen": '-', "hyphen-minus": '-', "period": '.', "full-stop": '.',
		"slash": '/', "solidus": '/', "zero": '0', "one": '1', "two": '2', "three": '3', "four": '4', "five": '5', "six": '6',
		"seven": '7', "eight": '8', "nine": '9', "colon": ':', "semicolon": ';', "less-than-sign": '<', "equals-sign": '=',
		"greater-than-sign": '>', "question-mark": '?', "commercial-at": '@', "left-square-bracket": '[', "backslash": '\\',
		"reverse-solidus": '\\', "right-square-bracket": ']', "circumflex": '^', "circumflex-accent": '^', "underscore": '_',
		"low-line": '_', "grave-accent": '`', "left-brace": '{', "left-curly-bracket": '{', "vertical-line": '|',
		"right-brace": '}', "right-curly-bracket": '}', "tilde": '~', "DEL": 127,
	}
	r, ok := names[name]
	return r, ok
}
