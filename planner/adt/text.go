package adt

import (
	"cmp"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Text is compared bytewise (collation C) and classified by Unicode (ctype
// C.UTF-8). It mirrors varlena.c; text, varchar, json and the like share the Go
// type string.

func textFuncs() Funcs {
	return Funcs{
		"textin":   In(textIn),
		"textout":  Out(textOut),
		"textrecv": Recv(textRecv),
		"textsend": Send(textSend),

		"unknownin":   In(textIn),
		"unknownout":  Out(textOut),
		"unknownrecv": Recv(textRecv),
		"unknownsend": Send(textSend),

		"texteq":  P2(func(a, b string) bool { return a == b }),
		"textne":  P2(func(a, b string) bool { return a != b }),
		"text_lt": P2(func(a, b string) bool { return a < b }),
		"text_le": P2(func(a, b string) bool { return a <= b }),
		"text_gt": P2(func(a, b string) bool { return a > b }),
		"text_ge": P2(func(a, b string) bool { return a >= b }),

		"text_pattern_lt": P2(func(a, b string) bool { return a < b }),
		"text_pattern_le": P2(func(a, b string) bool { return a <= b }),
		"text_pattern_gt": P2(func(a, b string) bool { return a > b }),
		"text_pattern_ge": P2(func(a, b string) bool { return a >= b }),

		"text_larger":  P2(func(a, b string) string { return max(a, b) }),
		"text_smaller": P2(func(a, b string) string { return min(a, b) }),

		"bttextcmp":          cmpDiff(strings.Compare, byteDiff),
		"gin_compare_jsonb":  P2(byteDiff),
		"gin_cmp_tslexeme":   P2(func(a, b string) int32 { return int32(strings.Compare(a, b)) }),
		"bttext_pattern_cmp": cmpDiff(strings.Compare, byteDiff),
		"btvarstrequalimage": P1(func(OID) bool { return true }),

		"hashtext":         hashOf(hashStr, keyText),
		"hashtextextended": P2(hashStrExtended),

		"textcat":          P2(func(a, b string) string { return a + b }),
		"textlen":          P1(runeLen),
		"textoctetlen":     P1(func(s string) int32 { return int32(len(s)) }),
		"text_starts_with": P2(strings.HasPrefix),

		"sql:bit_length/text":             P1(func(s string) int32 { return int32(len(s)) * 8 }),
		"sql:textanycat/text,anynonarray": Raw(func(c *Call, a []Datum) (Datum, error) { return anyCat(c, a, 1) }),
		"sql:anytextcat/anynonarray,text": Raw(func(c *Call, a []Datum) (Datum, error) { return anyCat(c, a, 0) }),
	}
}

func textIn(_ *Call, s string, _ int32) (string, error) { return s, nil }

func textOut(_ *Call, dst []byte, s string) ([]byte, error) { return append(dst, s...), nil }

func textRecv(c *Call, b []byte, _ int32) (string, error) {
	b, err := clientEncoding(c).FromClient(b)
	return string(b), err
}

// checkUTF8 mirrors pg_verify_mbstr for UTF8: NUL is as invalid as a bad
// sequence.
func checkUTF8(b []byte) error {
	for i := 0; i < len(b); {
		if b[i] != 0 && b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 || b[i] == 0 {
			return invalidUTF8(b[i:])
		}
		i += n
	}
	return nil
}

// invalidUTF8 is report_invalid_encoding: it shows as many bytes as the first
// one promises.
func invalidUTF8(b []byte) error { return invalidEncoding("UTF8", b, utf8Promised(b[0])) }

func utf8Promised(c byte) int {
	switch {
	case c&0x80 == 0:
		return 1
	case c&0xe0 == 0xc0:
		return 2
	case c&0xf0 == 0xe0:
		return 3
	case c&0xf8 == 0xf0:
		return 4
	}
	return 1
}

func invalidEncoding(name string, b []byte, n int) error {
	return pgerr.New(pgerrcode.CharacterNotInRepertoire, `invalid byte sequence for encoding "%s": %s`,
		name, hexBytes(b[:min(n, len(b), 8)]))
}

// hexBytes gives bytes as report_invalid_encoding prints them.
func hexBytes(b []byte) string {
	const digits = "0123456789abcdef"
	var s []byte
	for i, c := range b {
		if i > 0 {
			s = append(s, ' ')
		}
		s = append(s, '0', 'x', digits[c>>4], digits[c&15])
	}
	return string(s)
}

func runeLen(s string) int32 { return int32(utf8.RuneCountInString(s)) }

// bytesOf gives the bytes of s, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func hashStr(s string) int32 { return int32(hashBytes(bytesOf(s))) }

func hashStrExtended(s string, seed int64) int64 {
	return int64(hashBytesExtended(bytesOf(s), uint64(seed)))
}

func keyText(dst []byte, d Datum) []byte { return keyBytes(dst, d.(string)) }

// byteDiff compares as the memcmp under PostgreSQL's comparison functions does,
// whose number shows in SQL: by the difference of the first bytes that differ; a
// prefix comes before what it begins.
func byteDiff(a, b string) int32 {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			return int32(a[i]) - int32(b[i])
		}
	}
	return int32(cmp.Compare(len(a), len(b)))
}

// cmpDiff adapts a comparison whose SQL result is more than a sign.
func cmpDiff[A any](compare func(a, b A) int, diff func(a, b A) int32) Func {
	f := P2(diff)
	f.Compare = func(a, b Datum) int { return compare(a.(A), b.(A)) }
	return f
}

// hashOf makes a hash support function of PostgreSQL's hash and our key.
func hashOf[A any](hash func(A) int32, key func(dst []byte, d Datum) []byte) Func {
	f := P1(hash)
	f.Key = key
	return f
}

// anyCat is text || anynonarray and its commutator: the other side is cast to
// text, strictly.
func anyCat(c *Call, a []Datum, other int) (Datum, error) {
	s, err := castText(c, c.Args[other], a[other])
	if err != nil {
		return nil, err
	}
	if other == 0 {
		return s + a[1].(string), nil
	}
	return a[0].(string) + s, nil
}

// castText is a cast to text: by the type's output function, but for the few
// types that have a cast of their own.
func castText(c *Call, typ OID, d Datum) (string, error) {
	switch v := d.(type) {
	case string:
		if typ == 1042 { // rtrim1
			return trimBlanks(v), nil
		}
		return v, nil
	case bool: // booltext
		if v {
			return "true", nil
		}
		return "false", nil
	case Inet: // network_show
		return string(v.append(nil, true)), nil
	}
	return outputText(c, typ, d)
}

// outputText gives a value's text form by its type's output function.
func outputText(c *Call, typ OID, d Datum) (string, error) {
	if s, ok := d.(string); ok && typ != XMLOID {
		return s, nil
	}
	b, err := appendOutput(c, nil, typ, d)
	return textFrom(b), err
}

// appendOutput appends a value's text form by its type's output function.
func appendOutput(c *Call, dst []byte, typ OID, d Datum) ([]byte, error) {
	if s, ok := d.(string); ok && typ != XMLOID { // of which only XML's is another

		return append(dst, s...), nil
	}
	t, err := typeOf(c, typ)
	if err != nil {
		return dst, err
	}
	if t.Output == nil || t.Output.Append == nil {
		return dst, unsupportedIO(t, "output")
	}
	return t.Output.Append(&Call{Env: c.Env, Name: t.Name, Args: []OID{typ}}, dst, d)
}

// typeOf finds a type by OID, as lookup_type_cache does.
func typeOf(c *Call, oid OID) (*Type, error) {
	if c.Env != nil && c.Env.Types != nil {
		if t := c.Env.Types.TypeByOID(oid); t != nil {
			return t, nil
		}
	}
	return nil, pgerr.New(pgerrcode.UndefinedObject, "type with OID %d does not exist", oid)
}

// baseTypeOf is typeOf, for a domain of what it is over (getBaseType).
func baseTypeOf(c *Call, oid OID) (*Type, error) {
	t, err := typeOf(c, oid)
	for err == nil && t.Base != 0 {
		t, err = typeOf(c, t.Base)
	}
	return t, err
}
