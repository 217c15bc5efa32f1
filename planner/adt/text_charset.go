package adt

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// charset is an encoding that PostgreSQL can convert to and from UTF8.
type charset struct {
	name  string // pg_encoding_to_char
	id    int32
	enc   encoding.Encoding // nil: UTF8 or SQL_ASCII
	known bool
}

// encodingNames are PostgreSQL's encodings in order of their numbers.
var encodingNames = [...]string{
	"SQL_ASCII", "EUC_JP", "EUC_CN", "EUC_KR", "EUC_TW", "EUC_JIS_2004", "UTF8", "MULE_INTERNAL", "LATIN1", "LATIN2",
	"LATIN3", "LATIN4", "LATIN5", "LATIN6", "LATIN7", "LATIN8", "LATIN9", "LATIN10", "WIN1256", "WIN1258", "WIN866",
	"WIN874", "KOI8R", "WIN1251", "WIN1252", "ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250",
	"WIN1253", "WIN1254", "WIN1255", "WIN1257", "KOI8U", "SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB", "SHIFT_JIS_2004",
}

// findCharset is pg_char_to_encoding: case and punctuation don't count.
func findCharset(name string) (charset, bool) {
	key := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
	switch key {
	case "unicode":
		key = "utf8"
	case "mskanji", "shiftjis", "win932", "windows932":
		key = "sjis"
	case "win949", "windows949":
		key = "uhc"
	case "win936", "windows936":
		key = "gbk"
	case "win950", "windows950":
		key = "big5"
	case "alt", "windows866":
		key = "win866"
	case "win":
		key = "win1251"
	case "koi8":
		key = "koi8r"
	case "tcvn", "tcvn5712", "abc", "vscii":
		key = "win1258"
	case "iso88591":
		key = "latin1"
	case "iso88592":
		key = "latin2"
	case "iso88593":
		key = "latin3"
	case "iso88594":
		key = "latin4"
	case "iso88599":
		key = "latin5"
	case "iso885910":
		key = "latin6"
	case "iso885913":
		key = "latin7"
	case "iso885914":
		key = "latin8"
	case "iso885915":
		key = "latin9"
	case "iso885916":
		key = "latin10"
	}
	if rest, ok := strings.CutPrefix(key, "windows"); ok {
		key = "win" + rest
	}
	for i, n := range encodingNames {
		if strings.ToLower(strings.ReplaceAll(n, "_", "")) == key {
			cs := charset{name: n, id: int32(i)}
			cs.enc = charsetCoding(n)
			cs.known = cs.enc != nil || n == "UTF8" || n == "SQL_ASCII"
			return cs, true
		}
	}
	return charset{}, false
}

func charsetCoding(name string) encoding.Encoding {
	switch name {
	case "EUC_JP":
		return japanese.EUCJP
	case "SJIS":
		return japanese.ShiftJIS
	case "EUC_CN", "GBK":
		return simplifiedchinese.GBK
	case "GB18030":
		return simplifiedchinese.GB18030
	case "EUC_KR", "UHC":
		return korean.EUCKR
	case "BIG5":
		return traditionalchinese.Big5
	case "LATIN1":
		return charmap.ISO8859_1
	case "LATIN2":
		return charmap.ISO8859_2
	case "LATIN3":
		return charmap.ISO8859_3
	case "LATIN4":
		return charmap.ISO8859_4
	case "LATIN5":
		return charmap.ISO8859_9
	case "LATIN6":
		return charmap.ISO8859_10
	case "LATIN7":
		return charmap.ISO8859_13
	case "LATIN8":
		return charmap.ISO8859_14
	case "LATIN9":
		return charmap.ISO8859_15
	case "LATIN10":
		return charmap.ISO8859_16
	case "WIN1256":
		return charmap.Windows1256
	case "WIN1258":
		return charmap.Windows1258
	case "WIN866":
		return charmap.CodePage866
	case "WIN874":
		return charmap.Windows874
	case "KOI8R":
		return charmap.KOI8R
	case "KOI8U":
		return charmap.KOI8U
	case "WIN1250":
		return charmap.Windows1250
	case "WIN1251":
		return charmap.Windows1251
	case "WIN1252":
		return charmap.Windows1252
	case "WIN1253":
		return charmap.Windows1253
	case "WIN1254":
		return charmap.Windows1254
	case "WIN1255":
		return charmap.Windows1255
	case "WIN1257":
		return charmap.Windows1257
	case "ISO_8859_5":
		return charmap.ISO8859_5
	case "ISO_8859_6":
		return charmap.ISO8859_6
	case "ISO_8859_7":
		return charmap.ISO8859_7
	case "ISO_8859_8":
		return charmap.ISO8859_8
	}
	return nil
}

// charLen is the length of the character that b starts with, by its first bytes.
func (cs charset) charLen(b []byte) int {
	c := b[0]
	if _, single := cs.enc.(*charmap.Charmap); single {
		return 1
	}
	switch cs.name {
	case "EUC_JP":
		return pick(c == 0x8f, 3, 2)
	case "SJIS":
		return pick(c >= 0xa1 && c <= 0xdf, 1, 2)
	case "GB18030":
		return pick(len(b) > 1 && b[1] >= '0' && b[1] <= '9', 4, 2)
	}
	return 2
}

// c1 tells whether an encoding has the control characters 80 to 9F where
// Unicode has them; the tables of x/text leave them out.
func (cs charset) c1(r rune) bool {
	return r >= 0x80 && r < 0xa0 && (strings.HasPrefix(cs.name, "LATIN") || strings.HasPrefix(cs.name, "ISO"))
}

// valid tells whether bytes are well formed as a character (pg_sjis_verifychar
// and its like in wchar.c); there may still be no character.
func (cs charset) valid(b []byte) bool {
	c := b[0]
	if len(b) == 1 {
		return true
	}
	switch cs.name {
	case "SJIS":
		return (c >= 0x81 && c <= 0x9f || c >= 0xe0 && c <= 0xfc) && (b[1] >= 0x40 && b[1] <= 0x7e || b[1] >= 0x80 && b[1] <= 0xfc)
	case "GB18030":
		if len(b) == 4 {
			return c >= 0x81 && c <= 0xfe && b[2] >= 0x81 && b[2] <= 0xfe && b[3] >= '0' && b[3] <= '9'
		}
		return c >= 0x81 && c <= 0xfe && (b[1] >= 0x40 && b[1] <= 0x7e || b[1] >= 0x80 && b[1] <= 0xfe)
	}
	for _, t := range b[1:] {
		if t == 0 || strings.HasPrefix(cs.name, "EUC") && t < 0xa1 {
			return false
		}
	}
	return true
}

// has tells whether PostgreSQL's table of an encoding has a character; those of
// x/text are of newer variants.
func (cs charset) has(r rune, b []byte) bool {
	switch cs.name {
	case "EUC_CN", "EUC_KR":
		return len(b) == 2 && b[0] >= 0xa1 && b[1] >= 0xa1
	case "BIG5":
		return len(b) == 2 && b[0] >= 0xa1 && (b[0] < 0xc6 || b[0] > 0xc8 || b[0] == 0xc6 && b[1] < 0xa1) && r != '€'
	case "GBK":
		return r != 'ǹ' && (r < 0x2e80 || r > 0x2eff)
	case "WIN1255":
		return r != 0x5ba
	}
	return true
}

// aCharacter is what one takes to convert, in steps of work.
const aCharacter = 64

func decodeCharset(w work, src charset, b []byte) ([]byte, error) {
	dec := src.enc.NewDecoder()
	var out []byte
	for len(b) > 0 {
		if err := w.grown(aCharacter, len(out)); err != nil {
			return nil, err
		}
		if b[0] < utf8.RuneSelf {
			out = append(out, b[0])
			b = b[1:]
			continue
		}
		if src.c1(rune(b[0])) {
			out = utf8.AppendRune(out, rune(b[0]))
			b = b[1:]
			continue
		}
		n := src.charLen(b)
		if n > len(b) || !src.valid(b[:n]) {
			return nil, invalidEncoding(src.name, b, n)
		}
		dec.Reset()
		u, err := dec.Bytes(b[:n])
		if r, size := utf8.DecodeRune(u); err != nil || r == utf8.RuneError || size != len(u) {
			return nil, untranslatable(src, charset{name: "UTF8"}, b[:n])
		}
		out = append(out, u...)
		b = b[n:]
	}
	return out, nil
}

func encodeCharset(w work, dst charset, b []byte) ([]byte, error) {
	enc := dst.enc.NewEncoder()
	var out []byte
	for len(b) > 0 {
		if err := w.grown(aCharacter, len(out)); err != nil {
			return nil, err
		}
		r, n := utf8.DecodeRune(b)
		if r < utf8.RuneSelf || dst.c1(r) {
			out = append(out, byte(r))
			b = b[n:]
			continue
		}
		enc.Reset()
		e, err := enc.Bytes(b[:n])
		if err != nil || !dst.has(r, e) {
			return nil, untranslatable(charset{name: "UTF8"}, dst, b[:n])
		}
		out = append(out, e...)
		b = b[n:]
	}
	return out, nil
}
