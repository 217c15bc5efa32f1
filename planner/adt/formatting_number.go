package adt

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// numberFormat is what a numeric format asks for (NUMDesc).
type numberFormat struct {
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
func parseNumberFormat(s string) (*numberFormat, error) {
	f := &numberFormat{nodes: parseFormat(s, numberKeys)}
	for _, n := range f.nodes {
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
		g = numberFormat{nodes: f.nodes, fillMode: f.fillMode, roman: true}
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
	for _, n := range g.nodes {
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

func toRoman(v int64) string {
	if v < 1 || v > 3999 {
		return strings.Repeat("#", 15)
	}
	var b strings.Builder
	for _, r := range []struct {
		v int64
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; v >= r.v; v -= r.v {
			b.WriteString(r.s)
		}
	}
	return b.String()
}

// notFinite is the exponent format of NaN and infinities.
func (f *numberFormat) notFinite() string {
	return " " + strings.Repeat("#", f.pre) + "." + strings.Repeat("#", f.post+4)
}

// scientific writes a float with an exponent, a space for plus.
func scientific(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'e', digits, 64)
	if s[0] != '-' {
		s = " " + s
	}
	return s
}

func intToChar(v int64, format string, big bool) (string, error) {
	f, err := parseNumberFormat(format)
	if err != nil || format == "" {
		return "", err
	}
	if f.roman {
		if _, err := narrow[int32](v); err != nil {
			return "", err
		}
		return f.write(toRoman(v), '+', 0)
	}
	if f.eeee {
		if big {
			return f.write(NumericFromInt64(v).scientific(int32(f.post)), '+', 0)
		}
		return f.write(scientific(float64(v), f.post), '+', 0)
	}
	if f.multiply {
		scale := math.Pow(10, float64(f.multi))
		if big {
			var m int64
			if m, err = floatToInt[int64](scale); err == nil {
				v, err = intMul[int64, int64, int64](v, m)
			}
		} else {
			var m, r int32
			if m, err = floatToInt[int32](scale); err == nil {
				r, err = intMul[int32, int32, int32](int32(v), m)
				v = int64(r)
			}
		}
		if err != nil {
			return "", err
		}
		f.pre += f.multi
	}
	text := itoa(v)
	if f.post > 0 {
		text += "." + strings.Repeat("0", f.post)
	}
	return f.layout(text)
}

func floatToChar(v float64, format string, digits int) (string, error) {
	f, err := parseNumberFormat(format)
	if err != nil || format == "" {
		return "", err
	}
	if f.roman {
		i := math.RoundToEven(v)
		if !(i >= 1 && i <= 3999) {
			i = 0
		}
		return f.write(toRoman(int64(i)), '+', 0)
	}
	special := math.IsNaN(v) || isInf(v)
	if f.eeee {
		if special {
			return f.write(f.notFinite(), '+', 0)
		}
		return f.write(scientific(v, f.post), '+', 0)
	}
	if f.multiply {
		v *= math.Pow(10, float64(f.multi))
		f.pre += f.multi
	}
	text := func(v float64, post int) string {
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 1):
			return "Infinity"
		case math.IsInf(v, -1):
			return "-Infinity"
		}
		return strconv.FormatFloat(v, 'f', post, 64)
	}
	if n := len(text(math.Abs(v), 0)); n >= digits {
		f.post = 0
	} else if n+f.post > digits {
		f.post = digits - n
	}
	return f.layout(text(v, f.post))
}

// scientific is numeric_out_sci, with a space for plus.
func (n *Numeric) scientific(scale int32) string {
	exp := n.dweight()
	shifted := &Numeric{}
	shifted.v.Set(&n.v)
	if s := n.scale + exp; s >= 0 {
		shifted.scale = s
	} else {
		shifted.v.Mul(&shifted.v, pow10(-s))
	}
	text := shifted.round(scale).String() + "e"
	if exp < 0 {
		text += "-" + zeroPad(int64(-exp), 2)
	} else {
		text += "+" + zeroPad(int64(exp), 2)
	}
	if text[0] != '-' {
		text = " " + text
	}
	return text
}

func numericToChar(n *Numeric, format string) (string, error) {
	f, err := parseNumberFormat(format)
	if err != nil || format == "" {
		return "", err
	}
	if f.roman {
		v, err := numericToInt[int32](n)
		if err != nil {
			return "", err
		}
		return f.write(toRoman(int64(v)), '+', 0)
	}
	if f.eeee {
		if n.form != numericFinite {
			return f.write(f.notFinite(), '+', 0)
		}
		return f.write(n.scientific(int32(f.post)), '+', 0)
	}
	if f.multiply {
		ten, err := numericPower(NumericFromInt64(10), NumericFromInt64(int64(f.multi)))
		if err == nil {
			n, err = numericMul(n, ten)
		}
		if err != nil {
			return "", err
		}
		f.pre += f.multi
	}
	return f.layout(n.round(int32(f.post)).String())
}

// numericToNumber is to_number (NUM_processor for input).
func numericToNumber(_ *Call, a []Datum) (Datum, error) {
	value, format := a[0].(string), a[1].(string)
	if format == "" {
		return nil, nil
	}
	f, err := parseNumberFormat(format)
	if err != nil {
		return nil, err
	}
	if f.eeee {
		return nil, pgerr.Unsupported("\"EEEE\" not supported for input")
	}
	if f.roman {
		return nil, pgerr.Unsupported("\"RN\" not supported for input")
	}
	r := &numberReader{f: f, s: value, sign: ' '}
	for _, n := range f.nodes {
		if r.at >= len(r.s) {
			break
		}
		r.node(n)
	}
	text := strings.TrimSuffix(string(r.digits), ".")
	if r.sign != ' ' {
		text = string(r.sign) + text
	}
	num, err := ParseNumeric(text)
	if err != nil {
		if strings.TrimSpace(text) == "" || text == string(r.sign) {
			return nil, invalidInput("numeric", string(r.sign)+strings.TrimPrefix(text, string(r.sign)))
		}
		return nil, err
	}
	if num, err = num.applyTypmod(int32((f.pre+f.multi+r.post)<<16|r.post) + 4); err != nil {
		return nil, err
	}
	if f.multiply {
		ten, err := numericPower(NumericFromInt64(10), NumericFromInt64(int64(-f.multi)))
		if err != nil {
			return nil, err
		}
		return box(numericMul(num, ten))
	}
	return num, nil
}

// numberReader reads a number by a format.
type numberReader struct {
	f       *numberFormat
	s       string
	at      int
	sign    byte
	digits  []byte
	in      bool
	decimal bool
	read    int
	post    int
}

// skip passes characters that are no part of a number (NUM_eat_non_data_chars).
func (r *numberReader) skip(n int) {
	for ; n > 0 && r.at < len(r.s); n-- {
		if strings.IndexByte("0123456789.,+-", r.s[r.at]) >= 0 {
			break
		}
		_, size := utf8.DecodeRuneInString(r.s[r.at:])
		r.at += size
	}
}

func (r *numberReader) node(n formatNode) {
	c := r.s[r.at]
	switch n.key {
	case "":
		_, size := utf8.DecodeRuneInString(r.s[r.at:])
		r.at += size
	case "9", "0", ".", "D":
		r.digit(n.key)
		r.at++
	case ",", "G":
		if (r.in || !r.f.fillMode) && c == ',' {
			r.at++
		}
	case "L":
		r.skip(1)
	case "TH":
		if !r.f.decimal {
			r.skip(2)
		}
	case "MI", "PL", "SG":
		if c == '-' && n.key != "PL" || c == '+' && n.key != "MI" {
			r.sign = c
			r.at++
		} else {
			r.skip(1)
		}
	}
}

// digit reads a sign, a digit or the point (NUM_numpart_from_char).
func (r *numberReader) digit(key string) {
	cur := func() byte {
		if r.at < len(r.s) {
			return r.s[r.at]
		}
		return 0
	}
	if cur() == ' ' {
		r.at++
	}
	if r.at >= len(r.s) {
		return
	}
	if r.sign == ' ' && (key == "0" || key == "9") && r.read+r.post == 0 {
		switch c := cur(); {
		case r.f.signed && r.f.lsign == -1:
			if c == '-' || c == '+' {
				r.sign = c
				r.at++
			}
		case !r.f.signed:
			if c == '-' || r.f.bracket && c == '<' {
				r.sign = '-'
				r.at++
			} else if c == '+' {
				r.sign = '+'
				r.at++
			}
		}
	}
	if r.at >= len(r.s) {
		return
	}
	isDig := false
	if c := cur(); isDigit(c) {
		if r.decimal && r.post == r.f.post {
			return
		}
		r.digits = append(r.digits, c)
		r.in, isDig = true, true
		if r.decimal {
			r.post++
		} else {
			r.read++
		}
	} else if r.f.decimal && !r.decimal {
		if c == '.' {
			r.digits = append(r.digits, '.')
			r.decimal, isDig = true, true
		}
	}
	if r.at >= len(r.s) {
		return
	}
	// A sign after the number, as FM9.99MI has in 1.2-.
	if r.sign == ' ' && r.read+r.post > 0 {
		if r.f.signed && isDig && r.at+1 < len(r.s) && !isDigit(r.s[r.at+1]) {
			if c := r.s[r.at+1]; c == '-' || c == '+' {
				r.sign = c
				r.at++
			}
		} else if !isDig && !r.f.signed && (r.f.plus || r.f.minus) {
			if c := cur(); c == '-' || c == '+' {
				r.sign = c
			}
		}
	}
}
