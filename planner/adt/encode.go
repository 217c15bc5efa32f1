package adt

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// encode(), decode() and the text forms of bytea (encode.c, varlena.c).

func encodeFuncs() Funcs {
	return Funcs{
		"binary_encode": F2(binaryEncode),
		"binary_decode": F2(binaryDecode),
	}
}

func binaryEncode(b []byte, format string) (string, error) {
	switch {
	case strings.EqualFold(format, "hex"):
		return hex.EncodeToString(b), nil
	case strings.EqualFold(format, "base64"):
		return base64Encode(b), nil
	case strings.EqualFold(format, "escape"):
		return string(escapeEncode(nil, b)), nil
	}
	return "", errEncoding(format)
}

// EncodedSize gives how long bytes are as a text in a format, nearly.
func EncodedSize(b []byte, format string) int64 {
	if strings.EqualFold(format, "escape") {
		return int64(escapedSize(b))
	}
	return 2 * int64(len(b))
}

func binaryDecode(s, format string) ([]byte, error) {
	switch {
	case strings.EqualFold(format, "hex"):
		return hexDecode(s)
	case strings.EqualFold(format, "base64"):
		return base64Decode(s)
	case strings.EqualFold(format, "escape"):
		return escapeDecode(s)
	}
	return nil, errEncoding(format)
}

func errEncoding(format string) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, `unrecognized encoding: "%s"`, format)
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// hexDecode is hex_decode_safe: white space may stand between pairs.
func hexDecode(s string) ([]byte, error) {
	out := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); {
		switch s[i] {
		case ' ', '\n', '\t', '\r':
			i++
			continue
		}
		hi := hexDigit(s[i])
		if hi < 0 {
			return nil, errHexDigit(s[i:])
		}
		if i++; i >= len(s) {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		lo := hexDigit(s[i])
		if lo < 0 {
			return nil, errHexDigit(s[i:])
		}
		i++
		out = append(out, byte(hi<<4|lo))
	}
	return out, nil
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

func errHexDigit(s string) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, `invalid hexadecimal digit: "%s"`, firstRune(s))
}

// base64Encode breaks its lines after 76 characters, also at the very end.
func base64Encode(b []byte) string {
	const line = 57 // bytes that make 76 characters
	out := make([]byte, 0, base64.StdEncoding.EncodedLen(len(b))+len(b)/line)
	for len(b) >= line {
		out = base64.StdEncoding.AppendEncode(out, b[:line])
		out = append(out, '\n')
		b = b[line:]
	}
	return string(base64.StdEncoding.AppendEncode(out, b))
}

// base64Decode is pg_base64_decode: white space is skipped, padding is needed.
func base64Decode(s string) ([]byte, error) {
	out := make([]byte, 0, len(s)/4*3)
	var buf uint32
	pos, end := 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		var v uint32
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			continue
		case c == '=':
			if end == 0 {
				switch pos {
				case 2:
					end = 1
				case 3:
					end = 2
				default:
					return nil, pgerr.New(pgerrcode.InvalidParameterValue, `unexpected "=" while decoding base64 sequence`)
				}
			}
		case c >= 'A' && c <= 'Z':
			v = uint32(c - 'A')
		case c >= 'a' && c <= 'z':
			v = uint32(c-'a') + 26
		case c >= '0' && c <= '9':
			v = uint32(c-'0') + 52
		case c == '+':
			v = 62
		case c == '/':
			v = 63
		default:
			return nil, pgerr.New(pgerrcode.InvalidParameterValue,
				`invalid symbol "%s" found while decoding base64 sequence`, firstRune(s[i:]))
		}
		buf = buf<<6 | v
		if pos++; pos == 4 {
			out = append(out, byte(buf>>16))
			if end == 0 || end > 1 {
				out = append(out, byte(buf>>8))
			}
			if end == 0 || end > 2 {
				out = append(out, byte(buf))
			}
			buf, pos = 0, 0
		}
	}
	if pos != 0 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "invalid base64 end sequence").
			Hintf("Input data is missing padding, is truncated, or is otherwise corrupted.")
	}
	return out, nil
}

// escapeEncode is the format "escape": NUL and bytes above ASCII as \ooo, and
// the backslash doubled.
func escapeEncode(dst, b []byte) []byte {
	dst = slices.Grow(dst, escapedSize(b))
	for _, c := range b {
		switch {
		case c == 0 || c >= 0x80:
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		case c == '\\':
			dst = append(dst, '\\', '\\')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func escapedSize(b []byte) int {
	n := len(b) + bytes.Count(b, []byte{'\\'})
	for _, c := range b {
		if c == 0 || c >= 0x80 {
			n += 3
		}
	}
	return n
}

func escapeDecode(s string) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
			i++
		case i+3 < len(s) && s[i+1] >= '0' && s[i+1] <= '3' && octal(s[i+2]) && octal(s[i+3]):
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 4
		case i+1 < len(s) && s[i+1] == '\\':
			out = append(out, '\\')
			i += 2
		default:
			return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type %s", "bytea")
		}
	}
	return out, nil
}

func byteaIn(_ *Call, s string, _ int32) ([]byte, error) {
	if strings.HasPrefix(s, `\x`) {
		return hexDecode(s[2:])
	}
	return escapeDecode(s)
}

func byteaOut(c *Call, dst, b []byte) ([]byte, error) {
	if c.Env == nil || !c.Env.ByteaEscape {
		dst = append(dst, '\\', 'x')
		return hex.AppendEncode(dst, b), nil
	}
	for _, x := range b {
		switch {
		case x == '\\':
			dst = append(dst, '\\', '\\')
		case x < 0x20 || x > 0x7e:
			dst = append(dst, '\\', '0'+x>>6, '0'+x>>3&7, '0'+x&7)
		default:
			dst = append(dst, x)
		}
	}
	return dst, nil
}
