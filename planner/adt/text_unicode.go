package adt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
	"golang.org/x/text/unicode/norm"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// normalize(), IS NORMALIZED and unistr() (varlena.c).

func unicodeFuncs() Funcs {
	return Funcs{
		"unicode_normalize_func": C2(normalize),
		"unicode_is_normalized": F2(func(s, form string) (bool, error) {
			f, err := normForm(form)
			return err == nil && f.IsNormalString(s), err
		}),
		"unistr": C1(unistr),
	}
}

func normForm(form string) (norm.Form, error) {
	switch {
	case strings.EqualFold(form, "NFC"):
		return norm.NFC, nil
	case strings.EqualFold(form, "NFD"):
		return norm.NFD, nil
	case strings.EqualFold(form, "NFKC"):
		return norm.NFKC, nil
	case strings.EqualFold(form, "NFKD"):
		return norm.NFKD, nil
	}
	return norm.NFC, pgerr.New(pgerrcode.InvalidParameterValue, "invalid normalization form: %s", form)
}

func normalize(c *Call, s, form string) (string, error) {
	f, err := normForm(form)
	if err != nil || f.IsNormalString(s) {
		return s, err
	}
	var it norm.Iter
	var b []byte
	w := c.work()
	for it.InitString(f, s); !it.Done(); {
		b = append(b, it.Next()...)
		if err := w.grown(16, len(b)); err != nil {
			return "", err
		}
	}
	return textFrom(b), nil
}

// unistr reads the escapes \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX.
func unistr(c *Call, s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	surrogate := func() (string, error) {
		return "", pgerr.New(pgerrcode.SyntaxError, "invalid Unicode surrogate pair")
	}
	var b []byte
	high, w := rune(0), c.work()
	for i := 0; i < len(s); {
		if err := w.done(8); err != nil {
			return "", err
		}
		if s[i] != '\\' {
			if high != 0 {
				return surrogate()
			}
			b = append(b, s[i])
			i++
			continue
		}
		rest := s[i+1:]
		if strings.HasPrefix(rest, `\`) {
			if high != 0 {
				return surrogate()
			}
			b = append(b, '\\')
			i += 2
			continue
		}
		r, n := rune(0), 0
		switch {
		case hexRun(rest, 4):
			r, n = hexRune(rest[:4]), 5
		case strings.HasPrefix(rest, "u") && hexRun(rest[1:], 4):
			r, n = hexRune(rest[1:5]), 6
		case strings.HasPrefix(rest, "+") && hexRun(rest[1:], 6):
			r, n = hexRune(rest[1:7]), 8
		case strings.HasPrefix(rest, "U") && hexRun(rest[1:], 8):
			r, n = hexRune(rest[1:9]), 10
		default:
			return "", pgerr.New(pgerrcode.SyntaxError, "invalid Unicode escape").
				Hintf(`Unicode escapes must be \XXXX, \+XXXXXX, \uXXXX, or \UXXXXXXXX.`)
		}
		if r <= 0 || r > unicode.MaxRune {
			return "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid Unicode code point: %04X", uint32(r))
		}
		switch first, second := r >= 0xd800 && r < 0xdc00, r >= 0xdc00 && r < 0xe000; {
		case high != 0 && !second, high == 0 && second:
			return surrogate()
		case first:
			high = r
		default:
			if second {
				r = (high-0xd800)<<10 + (r - 0xdc00) + 0x10000
				high = 0
			}
			b = utf8.AppendRune(b, r)
		}
		i += n
	}
	if high != 0 {
		return surrogate()
	}
	return textFrom(b), nil
}

func hexRun(s string, n int) bool {
	if len(s) < n {
		return false
	}
	for i := 0; i < n; i++ {
		if hexDigit(s[i]) < 0 {
			return false
		}
	}
	return true
}

func hexRune(s string) rune {
	v := uint32(0)
	for i := 0; i < len(s); i++ {
		v = v<<4 | uint32(hexDigit(s[i]))
	}
	return rune(int32(v))
}
