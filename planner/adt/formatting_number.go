package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// numberFormat is what a numeric format asks for (NUMDesc).
type numberFormat struct {
	env                *Env
	nodes              []formatNode
	pre, post          int // digits before and after the point
	multi              int // digits after V
	zeroStart, zeroEnd int
	lsign              int // where S stands: -1 before the number, 1 after it
	preLsign           int

	decimal, ldecimal, zero, blank, fillMode, bracket bool
	minus, plus, roman, multiply, eeee, signed        bool
}

func formatSyntax(format string, args ...any) error {
	return pgerr.New(pgerrcode.SyntaxError, format, args...)
}

// parseNumberFormat reads a numeric format (NUMDesc_prepare).
func parseNumberFormat(c *Call, s string) (*numberFormat, error) {
	nodes, err := c.format(s, numberKeys)
	if err != nil {
		return nil, err
	}
	f, work := &numberFormat{env: c.Env, nodes: nodes}, c.work()
	for _, n := range f.nodes {
		if err := work.done(10); err != nil {
			return nil, err
		}
		if n.key == "" {
			continue
		}
		if err := f.prepare(n.key); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *numberFormat) prepare(key string) error {
	if f.eeee && key != "EEEE" {
		return formatSyntax("\"EEEE\" must be the last pattern used")
	}
	switch key {
	case "9":
		if f.bracket {
			return formatSyntax("\"9\" must be ahead of \"PR\"")
		}
		switch {
		case f.multiply:
			f.multi++
		case f.decimal:
			f.post++
		default:
			f.pre++
		}
	case "0":
		if f.bracket {
			return formatSyntax("\"0\" must be ahead of \"PR\"")
		}
		if !f.zero && !f.decimal {
			f.zero, f.zeroStart = true, f.pre+1
		}
		if f.decimal {
			f.post++
		} else {
			f.pre++
		}
		f.zeroEnd = f.pre + f.post
	case "B":
		if f.pre == 0 && f.post == 0 && !f.zero {
			f.blank = true
		}
	case "D", ".":
		f.ldecimal = f.ldecimal || key == "D"
		if f.decimal {
			return formatSyntax("multiple decimal points")
		}
		if f.multiply {
			return formatSyntax("cannot use \"V\" and decimal point together")
		}
		f.decimal = true
	case "FM":
		f.fillMode = true
	case "S":
		if f.signed {
			return formatSyntax("cannot use \"S\" twice")
		}
		if f.plus || f.minus || f.bracket {
			return formatSyntax("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together")
		}
		f.signed = true
		if !f.decimal {
			f.lsign, f.preLsign = -1, f.pre
		} else if f.lsign == 0 {
			f.lsign = 1
		}
	case "MI", "PL", "SG":
		if f.signed {
			return formatSyntax("cannot use \"S\" and \"%s\" together", key)
		}
		f.minus = f.minus || key != "PL"
		f.plus = f.plus || key != "MI"
	case "PR":
		if f.signed || f.plus || f.minus {
			return formatSyntax("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together")
		}
		f.bracket = true
	case "RN":
		f.roman = true
	case "V":
		if f.decimal {
			return formatSyntax("cannot use \"V\" and decimal point together")
		}
		f.multiply = true
	case "EEEE":
		if f.eeee {
			return formatSyntax("cannot use \"EEEE\" twice")
		}
		if f.blank || f.fillMode || f.signed || f.bracket || f.minus || f.plus || f.roman || f.multiply {
			return pgerr.New(pgerrcode.SyntaxError, "\"EEEE\" is incompatible with other formats").
				Detailf("\"EEEE\" may only be used together with digit and decimal point patterns.")
		}
		f.eeee = true
	}
	return nil
}

// numberWriter fills a format with a number (NUM_processor).
type numberWriter struct {
	f            *numberFormat
	number       string // without sign
	at           int    // next character of number
	sign         byte
	signWrote    bool
	preSpaces    int
	count, curr  int
	lastRelevant int // index into number, -1: none
	in           bool
	out          []byte
}

// write formats a number given as text without sign.
func (f *numberFormat) write(number string, sign byte, preSpaces int) (string, error) {
	if f.eeee {
		return number, nil
	}
	g := *f
	if g.roman {
		g = numberFormat{env: f.env, nodes: f.nodes, fillMode: f.fillMode, roman: true}
		sign, preSpaces = 0, 0
	}
	if g.zeroStart > 0 {
		g.zeroStart-- // from here on counted from 0
	}
	w := &numberWriter{f: &g, number: number, sign: sign, preSpaces: preSpaces, lastRelevant: -1}
	if g.plus || g.minus {
		w.signWrote = g.minus
	} else {
		if sign != '-' && g.bracket && g.fillMode {
			g.bracket = false
		}
		w.signWrote = sign == '+' && g.fillMode && !g.signed
		if g.lsign == -1 && g.pre == g.preLsign {
			g.lsign = 1
		}
	}
	w.count = g.post + g.pre - 1
	if g.fillMode && g.decimal {
		if dot := strings.IndexByte(number, '.'); dot >= 0 {
			w.lastRelevant = dot
			for i := dot + 1; i < len(number); i++ {
				if number[i] != '0' {
					w.lastRelevant = i
				}
			}
			if g.zeroEnd > preSpaces {
				w.lastRelevant = max(w.lastRelevant, min(len(number)-1, g.zeroEnd-preSpaces))
			}
		}
	}
	if !w.signWrote && preSpaces == 0 {
		w.count++
	}
	work := f.env.work()
	for _, n := range g.nodes {
		if err := work.grown(20, len(w.out)); err != nil {
			return "", err
		}
		if err := w.node(n); err != nil {
			return "", err
		}
	}
	text, _, _ := strings.Cut(string(w.out), "\x00")
	return text, nil
}

func (w *numberWriter) put(s string) { w.out = append(w.out, s...) }

func (w *numberWriter) node(n formatNode) error {
	fill := w.f.fillMode
	switch n.key {
	case "":
		w.put(n.text)
	case "9", "0", ".", "D":
		w.digit(n.key)
	case ",", "G":
		if w.in {
			w.put(",")
		} else if !fill {
			w.put(" ")
		}
	case "L":
		w.put(" ") // the currency symbol of the C locale
	case "RN":
		s := w.number
		if n.lower {
			s = strings.ToLower(s)
		}
		if !fill && len(s) < 15 {
			s = strings.Repeat(" ", 15-len(s)) + s
		}
		w.put(s)
	case "TH":
		if w.f.roman || strings.HasPrefix(w.number, "#") || w.sign == '-' || w.f.decimal {
			return nil
		}
		if !isDigit(w.number[len(w.number)-1]) {
			return pgerr.New(pgerrcode.InvalidTextRepresentation, "\"%s\" is not a number", w.number)
		}
		w.put(ordinal(w.number, !n.lower))
	case "MI":
		if w.sign == '-' {
			w.put("-")
		} else if !fill {
			w.put(" ")
		}
	case "PL":
		if w.sign == '+' {
			w.put("+")
		} else if !fill {
			w.put(" ")
		}
	case "SG":
		w.out = append(w.out, w.sign)
	}
	return nil
}

// predecSpace tells that a zero before the point is left out, as 9.9 does.
func (w *numberWriter) predecSpace() bool {
	return !w.f.zero && w.at == 0 && strings.HasPrefix(w.number, "0") && w.f.post != 0
}

func (w *numberWriter) relevant() byte {
	if w.lastRelevant < 0 {
		return 0
	}
	return w.number[w.lastRelevant]
}

// digit writes a digit or the point, and the sign around the number
// (NUM_numpart_to_char).
func (w *numberWriter) digit(key string) {
	f := w.f
	if f.roman {
		return
	}
	w.in = false
	if !w.signWrote && (w.curr >= w.preSpaces || f.zero && f.zeroStart == w.curr) &&
		(!w.predecSpace() || w.relevant() == '.') {
		w.writeSign()
	}
	switch {
	case w.curr < w.preSpaces && (f.zeroStart > w.curr || !f.zero):
		if !f.fillMode {
			w.put(" ")
		}
	case f.zero && w.curr < w.preSpaces && f.zeroStart <= w.curr:
		w.put("0")
		w.in = true
	default:
		w.next(key)
	}
	end := w.count
	if w.preSpaces != 0 {
		end++
	}
	if f.decimal {
		end++
	}
	if w.lastRelevant >= 0 && w.lastRelevant == w.at {
		end = w.curr
	}
	if w.curr+1 == end {
		if w.signWrote && f.bracket {
			if w.sign == '+' {
				w.put(" ")
			} else {
				w.put(">")
			}
		} else if f.signed && f.lsign == 1 {
			w.out = append(w.out, w.sign)
		}
	}
	w.curr++
}

func (w *numberWriter) writeSign() {
	f := w.f
	switch {
	case f.signed:
		if f.lsign == -1 {
			w.out = append(w.out, w.sign)
			w.signWrote = true
		}
	case f.bracket:
		if w.sign == '+' {
			w.put(" ")
		} else {
			w.put("<")
		}
		w.signWrote = true
	case w.sign == '+':
		if !f.fillMode {
			w.put(" ")
		}
		w.signWrote = true
	case w.sign == '-':
		w.put("-")
		w.signWrote = true
	}
}

// next writes the number's next character.
func (w *numberWriter) next(key string) {
	c := byte(0)
	if w.at < len(w.number) {
		c = w.number[w.at]
	}
	switch {
	case c == '.':
		if w.relevant() != '.' || w.f.fillMode {
			w.put(".")
		}
	case w.lastRelevant >= 0 && w.at > w.lastRelevant && key != "0":
	case w.predecSpace():
		if !w.f.fillMode {
			w.put(" ")
		} else if w.relevant() == '.' {
			w.put("0")
		}
	default:
		// Past its end the number gives a zero byte, which ends the result.
		w.out = append(w.out, c)
		w.in = true
	}
	if c != 0 {
		w.at++
	}
}

// layout pads or blots out a number's text and writes it.
func (f *numberFormat) layout(text string) (string, error) {
	sign := byte('+')
	if strings.HasPrefix(text, "-") {
		sign, text = '-', text[1:]
	}
	preLen := strings.IndexByte(text, '.')
	if preLen < 0 {
		preLen = len(text)
	}
	spaces := 0
	if preLen < f.pre {
		spaces = f.pre - preLen
	} else if preLen > f.pre {
		text = strings.Repeat("#", f.pre) + "." + strings.Repeat("#", f.post)
	}
	return f.write(text, sign, spaces)
}
