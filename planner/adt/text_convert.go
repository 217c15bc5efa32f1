package adt

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
	"golang.org/x/text/encoding/charmap"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// convert(), convert_from(), convert_to() and length(bytea, name) (mbutils.c).
// The database's encoding is UTF8.

func convertFuncs() Funcs {
	return Funcs{
		"pg_convert": C3(convertBytes),
		"pg_convert_from": C2(func(c *Call, b []byte, from string) (string, error) {
			out, err := convertBytes(c, b, from, "UTF8")
			return textFrom(out), err
		}),
		"pg_convert_to":      C2(func(c *Call, s, to string) ([]byte, error) { return convertBytes(c, []byte(s), "UTF8", to) }),
		"length_in_encoding": F2(lengthInEncoding),
		"to_ascii_default":   F1(func(string) (string, error) { return toASCII("UTF8") }),
		"to_ascii_enc":       F2(func(_ string, e int32) (string, error) { return toASCIIEnc(e) }),
		"to_ascii_encname":   F2(func(_, name string) (string, error) { return toASCII(name) }),
	}
}

// conversionGroups are the encodings that pg_conversion has conversions among,
// past UTF8, which there are conversions of all with but one.
var conversionGroups = [][]string{
	{"WIN866", "KOI8R", "WIN1251", "ISO_8859_5", "MULE_INTERNAL"},
	{"LATIN2", "WIN1250", "MULE_INTERNAL"},
	{"EUC_JP", "SJIS", "MULE_INTERNAL"},
	{"EUC_TW", "BIG5", "MULE_INTERNAL"},
	{"EUC_JIS_2004", "SHIFT_JIS_2004"},
	{"LATIN1", "MULE_INTERNAL"},
	{"LATIN3", "MULE_INTERNAL"},
	{"LATIN4", "MULE_INTERNAL"},
	{"EUC_CN", "MULE_INTERNAL"},
	{"EUC_KR", "MULE_INTERNAL"},
}

// convertible tells whether pg_conversion has a default conversion, or none is
// needed.
func convertible(from, to string) bool {
	if from == to || from == "SQL_ASCII" || to == "SQL_ASCII" {
		return true
	}
	if from == "UTF8" || to == "UTF8" {
		return from != "MULE_INTERNAL" && to != "MULE_INTERNAL"
	}
	return slices.ContainsFunc(conversionGroups, func(g []string) bool {
		return slices.Contains(g, from) && slices.Contains(g, to)
	})
}

func convertBytes(c *Call, b []byte, from, to string) ([]byte, error) {
	src, ok := findCharset(from)
	if !ok {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, `invalid source encoding name "%s"`, from)
	}
	dst, ok := findCharset(to)
	if !ok {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, `invalid destination encoding name "%s"`, to)
	}
	if src.name == "UTF8" {
		if err := checkUTF8(b); err != nil {
			return nil, err
		}
	} else if i := strings.IndexByte(string(b), 0); i >= 0 {
		return nil, invalidEncoding(src.name, b[i:], 1)
	}
	if len(b) == 0 {
		return b, nil
	}
	if !convertible(src.name, dst.name) {
		return nil, pgerr.New(pgerrcode.UndefinedFunction,
			`default conversion function for encoding "%s" to "%s" does not exist`, src.name, dst.name)
	}
	if isASCII(b) { // which every encoding of PostgreSQL's writes alike
		return b, nil
	}
	if !src.known || !dst.known {
		return nil, pgerr.Unsupported("conversion between %s and %s is not supported", src.name, dst.name)
	}
	if src.name == dst.name || dst.name == "SQL_ASCII" {
		return b, nil
	}
	if src.name == "SQL_ASCII" {
		return b, checkCharset(dst, b)
	}
	if src.enc != nil {
		var err error
		if b, err = decodeCharset(c.work(), src, b); err != nil || dst.enc == nil {
			return b, err
		}
	}
	return encodeCharset(c.work(), dst, b)
}

// checkCharset verifies bytes that are taken as being in an encoding.
func checkCharset(cs charset, b []byte) error {
	if cs.name == "UTF8" {
		return checkUTF8(b)
	}
	return nil
}

func untranslatable(src, dst charset, b []byte) error {
	return pgerr.New(pgerrcode.UntranslatableCharacter,
		`character with byte sequence %s in encoding "%s" has no equivalent in encoding "%s"`, hexBytes(b), src.name, dst.name)
}

func lengthInEncoding(b []byte, name string) (int32, error) {
	cs, ok := findCharset(name)
	if !ok {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, `invalid encoding name "%s"`, name)
	}
	if cs.name == "UTF8" {
		if err := checkUTF8(b); err != nil {
			return 0, err
		}
		return int32(utf8.RuneCount(b)), nil
	}
	if _, single := cs.enc.(*charmap.Charmap); single || cs.name == "SQL_ASCII" {
		if i := bytes.IndexByte(b, 0); i >= 0 {
			return 0, invalidEncoding(cs.name, b[i:], 1)
		}
		return int32(len(b)), nil
	}
	if !cs.known {
		return 0, pgerr.Unsupported("length in encoding %s is not supported", cs.name)
	}
	u, err := decodeCharset(work{}, cs, b)
	return int32(utf8.RuneCount(u)), err
}

func toASCIIEnc(e int32) (string, error) {
	if e < 0 || int(e) >= len(encodingNames) {
		return "", pgerr.New(pgerrcode.UndefinedObject, "%d is not a valid encoding code", e)
	}
	return toASCII(encodingNames[e])
}

// toASCII is to_ascii(): PostgreSQL has it for LATIN1, LATIN2, LATIN9 and
// WIN1250 only, and text here is UTF8.
func toASCII(name string) (string, error) {
	cs, ok := findCharset(name)
	if !ok {
		return "", pgerr.New(pgerrcode.UndefinedObject, "%s is not a valid encoding name", name)
	}
	switch cs.name {
	case "LATIN1", "LATIN2", "LATIN9", "WIN1250":
		return "", pgerr.Unsupported("to_ascii with encoding %s is not supported", cs.name)
	}
	return "", pgerr.New(pgerrcode.FeatureNotSupported, "encoding conversion from %s to ASCII not supported", cs.name)
}
