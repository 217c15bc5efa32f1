package adt

import (
	"strings"
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// numericToNumber is to_number (NUM_processor for input).
func numericToNumber(c *Call, a []Datum) (Datum, error) {
	value, format := a[0].(string), a[1].(string)
	if format == "" {
		return nil, nil
	}
	f, err := parseNumberFormat(c, format)
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
	work := c.work()
	for _, n := range f.nodes {
		if r.at >= len(r.s) {
			break
		}
		if err := work.done(20); err != nil {
			return nil, err
		}
		r.node(n)
	}
	text := strings.TrimSuffix(string(r.digits), ".")
	if r.sign != ' ' {
		text = string(r.sign) + text
	}
	num, err := parseNumeric(text)
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
		if !r.f.fillMode && c == ',' { // what NUM_processor calls inside a number is so for output alone
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
		default:
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
		isDig = true
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
