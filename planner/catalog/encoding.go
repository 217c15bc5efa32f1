package catalog

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
)

// encodings are PostgreSQL's character encodings by number, with the bytes a
// character takes at most (pg_enc2name_tbl, pg_wchar_table).
var encodings = []struct {
	name string
	max  int32
}{
	{"SQL_ASCII", 1},
	{"EUC_JP", 3},
	{"EUC_CN", 3},
	{"EUC_KR", 3},
	{"EUC_TW", 4},
	{"EUC_JIS_2004", 3},
	{"UTF8", 4},
	{"MULE_INTERNAL", 4},
	{"LATIN1", 1},
	{"LATIN2", 1},
	{"LATIN3", 1},
	{"LATIN4", 1},
	{"LATIN5", 1},
	{"LATIN6", 1},
	{"LATIN7", 1},
	{"LATIN8", 1},
	{"LATIN9", 1},
	{"LATIN10", 1},
	{"WIN1256", 1},
	{"WIN1258", 1},
	{"WIN866", 1},
	{"WIN874", 1},
	{"KOI8R", 1},
	{"WIN1251", 1},
	{"WIN1252", 1},
	{"ISO_8859_5", 1},
	{"ISO_8859_6", 1},
	{"ISO_8859_7", 1},
	{"ISO_8859_8", 1},
	{"WIN1250", 1},
	{"WIN1253", 1},
	{"WIN1254", 1},
	{"WIN1255", 1},
	{"WIN1257", 1},
	{"KOI8U", 1},
	{"SJIS", 2},
	{"BIG5", 2},
	{"GBK", 2},
	{"UHC", 2},
	{"GB18030", 4},
	{"JOHAB", 3},
	{"SHIFT_JIS_2004", 2},
}

// encodingAliases are other names of encodings, cleaned.
var encodingAliases = map[string]string{
	"abc": "WIN1258", "alt": "WIN866", "iso88591": "LATIN1", "iso885910": "LATIN6", "iso885913": "LATIN7",
	"iso885914": "LATIN8", "iso885915": "LATIN9", "iso885916": "LATIN10", "iso88592": "LATIN2", "iso88593": "LATIN3",
	"iso88594": "LATIN4", "iso88599": "LATIN5", "koi8": "KOI8R", "mskanji": "SJIS", "shiftjis": "SJIS",
	"tcvn": "WIN1258", "tcvn5712": "WIN1258", "unicode": "UTF8", "vscii": "WIN1258", "win": "WIN1251",
	"win932": "SJIS", "win936": "GBK", "win949": "UHC", "win950": "BIG5", "windows1250": "WIN1250",
	"windows1251": "WIN1251", "windows1252": "WIN1252", "windows1253": "WIN1253", "windows1254": "WIN1254",
	"windows1255": "WIN1255", "windows1256": "WIN1256", "windows1257": "WIN1257", "windows1258": "WIN1258",
	"windows866": "WIN866", "windows874": "WIN874", "windows932": "SJIS", "windows936": "GBK", "windows949": "UHC",
	"windows950": "BIG5",
}

// encodingNumber is pg_char_to_encoding: -1 for an unknown name.
func encodingNumber(name string) int32 {
	clean := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, strings.ToLower(s))
	}
	key := clean(name)
	if a := encodingAliases[key]; a != "" {
		key = clean(a)
	}
	for i, e := range encodings {
		if clean(e.name) == key {
			return int32(i)
		}
	}
	return -1
}

func encodingFuncs() adt.Funcs {
	return adt.Funcs{
		"PG_encoding_to_char": adt.P1(func(n int32) string {
			if n < 0 || int(n) >= len(encodings) {
				return ""
			}
			return encodings[n].name
		}),
		"PG_char_to_encoding": adt.P1(encodingNumber),
		"pg_encoding_max_length_sql": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if n := a[0].(int32); n >= 0 && int(n) < len(encodings) {
				return encodings[n].max, nil
			}
			return nil, nil
		}},
		"getdatabaseencoding": constant("UTF8"),
	}
}
