package adt

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// String functions that count in characters: varlena.c and oracle_compat.c.

func textOpsFuncs() Funcs {
	return Funcs{
		"text_substr":        F3(textSubstr),
		"text_substr_no_len": P2(textSubstrFrom),
		"textoverlay":        F4(textOverlay),
		"textoverlay_no_len": F3(func(s, with string, start int32) (string, error) {
			return textOverlay(s, with, start, runeLen(with))
		}),
		"textpos":    P2(textPos),
		"text_left":  P2(textLeft),
		"text_right": P2(textRight),

		"lpad":               F3(func(s string, n int32, fill string) (string, error) { return pad(s, n, fill, true) }),
		"rpad":               F3(func(s string, n int32, fill string) (string, error) { return pad(s, n, fill, false) }),
		"sql:lpad/text,int4": F2(func(s string, n int32) (string, error) { return pad(s, n, " ", true) }),
		"sql:rpad/text,int4": F2(func(s string, n int32) (string, error) { return pad(s, n, " ", false) }),

		"btrim":  C2(func(c *Call, s, set string) (string, error) { return trim(c, s, set, true, true) }),
		"ltrim":  C2(func(c *Call, s, set string) (string, error) { return trim(c, s, set, true, false) }),
		"rtrim":  C2(func(c *Call, s, set string) (string, error) { return trim(c, s, set, false, true) }),
		"btrim1": P1(func(s string) string { return strings.Trim(s, " ") }),
		"ltrim1": P1(func(s string) string { return strings.TrimLeft(s, " ") }),

		"lower":   C1(func(c *Call, s string) (string, error) { return lowerText(c.work(), s) }),
		"upper":   C1(func(c *Call, s string) (string, error) { return upperText(c.work(), s) }),
		"initcap": C1(initcap),

		"repeat":       F2(repeatText),
		"text_reverse": C1(reverseText),
		"replace_text": C3(replaceText),
		"translate":    C3(translate),
		"split_part":   C3(splitPart),
		"ascii":        P1(ascii),
		"chr":          F1(chr),
		"to_hex32":     P1(func(v int32) string { return strconv.FormatUint(uint64(uint32(v)), 16) }),
		"to_hex64":     P1(func(v int64) string { return strconv.FormatUint(uint64(v), 16) }),

		"text_to_array":      Raw(func(c *Call, a []Datum) (Datum, error) { return textToArray(c, a, nil) }),
		"text_to_array_null": Raw(func(c *Call, a []Datum) (Datum, error) { return textToArray(c, a, a[2]) }),
		"text_to_table":      Set(func(c *Call, a []Datum) seq { return textToTable(a, nil) }),
		"text_to_table_null": Set(func(c *Call, a []Datum) seq { return textToTable(a, a[2]) }),

		"text_concat":    Raw(textConcat),
		"text_concat_ws": Raw(textConcatWS),
	}
}

func textSubstr(s string, start, length int32) (string, error) {
	// The end is bounded by the characters that there can be: one a byte.
	from, to, err := substrRange(start, length, len(s))
	if err != nil || from >= to {
		return "", err
	}
	s = s[byteIndex(s, from):]
	return s[:byteIndex(s, to-from)], nil
}

func textSubstrFrom(s string, start int32) string { return s[byteIndex(s, int(start)-1):] }

func textOverlay(s, with string, start, length int32) (string, error) {
	if start <= 0 {
		return "", errNegativeSubstring()
	}
	end := int64(start) + int64(length)
	if int64(int32(end)) != end {
		return "", errIntRange()
	}
	return s[:byteIndex(s, int(start)-1)] + with + s[byteIndex(s, int(end)-1):], nil
}

func textPos(s, sub string) int32 {
	i := strings.Index(s, sub)
	if i < 0 {
		return 0
	}
	return runeLen(s[:i]) + 1
}

func textLeft(s string, n int32) string {
	if n < 0 {
		n += runeLen(s)
	}
	return s[:byteIndex(s, int(n))]
}

func textRight(s string, n int32) string {
	if n == math.MinInt32 {
		return s // its negation overflows to itself in PostgreSQL
	}
	if n < 0 {
		return s[byteIndex(s, int(-int64(n))):]
	}
	return s[byteIndex(s, int(runeLen(s)-n)):]
}

const maxAlloc = 0x3fffffff // MaxAllocSize

func errTooLarge() error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded, "requested length too large")
}

func pad(s string, length int32, fill string, left bool) (string, error) {
	n := max(int(length), 0)
	have := int(runeLen(s))
	if have >= n {
		return s[:byteIndex(s, n)], nil
	}
	if fill == "" {
		return s, nil
	}
	if n*4+varHeader > maxAlloc {
		return "", errTooLarge()
	}
	need := n - have
	width := int(runeLen(fill))
	var b strings.Builder
	if !left {
		b.WriteString(s)
	}
	b.WriteString(strings.Repeat(fill, need/width))
	need %= width
	b.WriteString(fill[:byteIndex(fill, need)])
	if left {
		b.WriteString(s)
	}
	return b.String(), nil
}

// initcap upper-cases the first letter of each run of letters and digits.
func initcap(c *Call, s string) (string, error) {
	w, inWord := c.work(), false
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if err := w.grown(4, len(b)); err != nil {
			return "", err
		}
		if inWord {
			r = toLower(r)
		} else {
			r = toUpper(r)
		}
		inWord = unicode.IsLetter(r) || unicode.IsDigit(r) || r >= utf8.RuneSelf && IsAlnumRune(r)
		b = utf8.AppendRune(b, r)
	}
	return textFrom(b), nil
}

func repeatText(s string, n int32) (string, error) {
	if n <= 0 || s == "" {
		return "", nil
	}
	if int64(len(s))*int64(n)+varHeader > maxAlloc {
		return "", errTooLarge()
	}
	return strings.Repeat(s, int(n)), nil
}

func ascii(s string) int32 {
	if s == "" {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func chr(v int32) (string, error) {
	bad := func(format string, args ...any) (string, error) {
		return "", pgerr.New(pgerrcode.ProgramLimitExceeded, format, args...)
	}
	switch {
	case v < 0:
		return "", pgerr.New(pgerrcode.InvalidParameterValue, "character number must be positive")
	case v == 0:
		return bad("null character not permitted")
	case v > 0x10ffff:
		return bad("requested character too large for encoding: %d", v)
	case v >= 0xd800 && v < 0xe000:
		return bad("requested character not valid for encoding: %d", v)
	}
	return string(rune(v)), nil
}

// splitText is split_text: NULL separator splits into characters, an empty one
// not at all. It gives nil, false when emit stops it.
func splitText(s string, sep Datum, emit func(string) bool) {
	if s == "" {
		return
	}
	if sep == nil {
		for i := 0; i < len(s); {
			_, n := utf8.DecodeRuneInString(s[i:])
			if !emit(s[i : i+n]) {
				return
			}
			i += n
		}
		return
	}
	by := sep.(string)
	if by == "" {
		emit(s)
		return
	}
	for {
		field, rest, more := strings.Cut(s, by)
		if !emit(field) || !more {
			return
		}
		s = rest
	}
}

func fieldDatum(field string, null Datum) Datum {
	if n, ok := null.(string); ok && n == field {
		return nil
	}
	return field
}

func textToArray(c *Call, a []Datum, null Datum) (Datum, error) {
	if a[0] == nil {
		return nil, nil
	}
	var out []Datum
	var err error
	w := c.work()
	splitText(a[0].(string), a[1], func(f string) bool {
		out = append(out, fieldDatum(f, null))
		err = w.grown(64+len(f), 32*len(out))
		return err == nil
	})
	return NewArray(TextOID, out), err
}

func textToTable(a []Datum, null Datum) seq {
	return func(yield func(Datum, error) bool) {
		if a[0] != nil {
			splitText(a[0].(string), a[1], func(f string) bool { return yield(fieldDatum(f, null), nil) })
		}
	}
}

// variadicArgs gives the arguments from the n'th on with their types, those of
// a VARIADIC array taken apart; ok is false when that array is NULL.
func variadicArgs(c *Call, a []Datum, n int) (vals []Datum, typ func(i int) OID, ok bool) {
	if !c.Variadic {
		return a[n:], func(i int) OID { return c.Args[n+i] }, true
	}
	if a[n] == nil {
		return nil, nil, false
	}
	arr := a[n].(*Array)
	return arr.Values, func(int) OID { return arr.Elem }, true
}

func textConcat(c *Call, a []Datum) (Datum, error) { return concat(c, a, 0, "") }

func textConcatWS(c *Call, a []Datum) (Datum, error) {
	if a[0] == nil {
		return nil, nil
	}
	return concat(c, a, 1, a[0].(string))
}

func concat(c *Call, a []Datum, first int, sep string) (Datum, error) {
	if len(a) <= first {
		return "", nil
	}
	vals, typ, ok := variadicArgs(c, a, first)
	if !ok {
		return nil, nil
	}
	var b []byte
	some := false
	for i, v := range vals {
		if v == nil {
			continue
		}
		if some {
			b = append(b, sep...)
		}
		some = true
		var err error
		if b, err = appendOutput(c, b, typ(i), v); err != nil {
			return nil, err
		}
	}
	return textFrom(b), nil
}
