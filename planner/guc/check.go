package guc

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// checks gives the check functions of PostgreSQL's settings by name.
func checks() map[string]Check {
	all := map[string]Check{
		"application_name":            cleanASCII,
		"client_encoding":             checkClientEncoding,
		"cluster_name":                cleanASCII,
		"DateStyle":                   checkDateStyle,
		"default_table_access_method": checkTableAccessMethod,
		"default_tablespace":          oneOf("Tablespace", "", "pg_default", "pg_global"),
		"default_with_oids":           checkDefaultWithOIDs,
		"search_path":                 checkList,
		"temp_tablespaces":            checkTempTablespaces,
		"TimeZone":                    checkTimeZone,
		"timezone_abbreviations":      oneOf("", "Default", "Australia", "India"),
	}
	for _, name := range []string{"lc_messages", "lc_monetary", "lc_numeric", "lc_time"} {
		all[name] = oneOf("", "", "C", "POSIX", "C.UTF-8", "C.utf8")
	}
	return all
}

// oneOf allows a few strings; what: "x" does not exist is the detail.
func oneOf(what string, allowed ...string) Check {
	return func(_ *Session, v any) (any, error) {
		if slices.Contains(allowed, v.(string)) {
			return v, nil
		}
		if what == "" {
			return nil, errBare
		}
		return nil, Detailf("%s \"%s\" does not exist.", what, v)
	}
}

// maxNameLength is NAMEDATALEN - 1.
const maxNameLength = 63

// checkTableAccessMethod mirrors check_default_table_access_method: heap is the only one for tables.
func checkTableAccessMethod(_ *Session, v any) (any, error) {
	switch name := v.(string); name {
	case "heap":
		return v, nil
	case "":
		return nil, Detailf("default_table_access_method cannot be empty.")
	case "btree", "hash", "gist", "gin", "spgist", "brin":
		return nil, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "access method \"%s\" is not of type TABLE", name)
	default:
		if len(name) > maxNameLength {
			return nil, Detailf("default_table_access_method is too long (maximum %d characters).", maxNameLength)
		}
		return nil, Detailf("Table access method \"%s\" does not exist.", name)
	}
}

// errBare asks for the invalid-value error without a detail.
var errBare error = detail("")

// detail is a check's reason for refusing a value: a sentence.
type detail string

func (d detail) Error() string { return string(d) }

// Detailf makes a check's error that becomes the detail of the invalid-value
// error.
func Detailf(format string, args ...any) error { return detail(fmt.Sprintf(format, args...)) }

// cleanASCII mirrors pg_clean_ascii: other bytes become \xHH.
func cleanASCII(_ *Session, v any) (any, error) {
	var b strings.Builder
	for _, c := range []byte(v.(string)) {
		if c < 32 || c > 126 {
			fmt.Fprintf(&b, "\\x%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// encodings are the names of pg_enc2name by cleaned spelling.
var encodings = func() map[string]string {
	m := map[string]string{"unicode": "UTF8", "alt": "WIN866", "win": "WIN1251", "koi8": "KOI8R", "vscii": "WIN1258", "tcvn": "WIN1258", "tcvn5712": "WIN1258", "abc": "WIN1258", "mskanji": "SJIS", "shiftjis": "SJIS", "win949": "UHC", "windows949": "UHC", "win950": "BIG5", "windows950": "BIG5", "win936": "GBK", "windows936": "GBK", "win932": "SJIS", "windows932": "SJIS"}
	for _, name := range strings.Fields("SQL_ASCII EUC_JP EUC_CN EUC_KR EUC_TW EUC_JIS_2004 UTF8 MULE_INTERNAL LATIN1 LATIN2 LATIN3 LATIN4 LATIN5 LATIN6 LATIN7 LATIN8 LATIN9 LATIN10 WIN1256 WIN1258 WIN866 WIN874 KOI8R WIN1251 WIN1252 ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8 WIN1250 WIN1253 WIN1254 WIN1255 WIN1257 KOI8U SJIS BIG5 GBK UHC GB18030 JOHAB SHIFT_JIS_2004") {
		m[cleanEncoding(name)] = name
		if n, ok := strings.CutPrefix(name, "WIN"); ok {
			m["windows"+n] = name
		}
	}
	for i, n := range []string{"1", "2", "3", "4", "9", "10", "13", "14", "15", "16"} {
		m["iso8859"+n] = fmt.Sprintf("LATIN%d", i+1)
	}
	return m
}()

func cleanEncoding(name string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, strings.ToLower(name))
}

// checkClientEncoding takes all spellings of the encodings that text can be
// converted to. Punctuation is skipped as pg_char_to_encoding does: asyncpg sends
// 'utf-8' with the quotes. UNICODE stays as it is, for old JDBC drivers.
func checkClientEncoding(_ *Session, v any) (any, error) {
	name, ok := encodings[cleanEncoding(v.(string))]
	switch {
	case !ok:
		return nil, errBare
	case v.(string) == "UNICODE":
		return v, nil
	}
	switch name {
	case "EUC_TW", "EUC_JIS_2004", "MULE_INTERNAL", "JOHAB", "SHIFT_JIS_2004":
	default:
		return name, nil
	}
	e := Invalid("client_encoding", v.(string)).Detailf("Conversion between %s and UTF8 is not supported.", name)
	e.Code = pgerrcode.FeatureNotSupported
	return nil, e
}

func checkDefaultWithOIDs(_ *Session, v any) (any, error) {
	if v.(bool) {
		return nil, pgerr.Unsupported("tables declared WITH OIDS are not supported")
	}
	return v, nil
}

// checkDateStyle mirrors check_datestyle: the words of the list change the
// style and the order of the present value.
func checkDateStyle(s *Session, v any) (any, error) {
	words, ok := splitIdentifiers(v.(string))
	if !ok {
		return nil, Detailf("List syntax is invalid.")
	}
	present := "ISO, MDY"
	if s != nil {
		present = s.Text("DateStyle")
	}
	style, order, _ := strings.Cut(present, ", ")
	haveStyle, haveOrder, clash := false, false, false
	setStyle := func(v string) {
		clash = clash || haveStyle && style != v
		style, haveStyle = v, true
	}
	setOrder := func(v string) {
		clash = clash || haveOrder && order != v
		order, haveOrder = v, true
	}
	for _, word := range words {
		w := strings.ToUpper(word)
		switch {
		case w == "ISO":
			setStyle("ISO")
		case w == "SQL":
			setStyle("SQL")
		case strings.HasPrefix(w, "POSTGRES"):
			setStyle("Postgres")
		case w == "GERMAN":
			setStyle("German")
			if !haveOrder {
				order = "DMY"
			}
		case w == "YMD":
			setOrder("YMD")
		case w == "DMY", strings.HasPrefix(w, "EURO"):
			setOrder("DMY")
		case w == "MDY", w == "US", strings.HasPrefix(w, "NONEURO"):
			setOrder("MDY")
		case w == "DEFAULT":
			reset := "ISO, MDY"
			if s != nil {
				reset = s.Registry().must("DateStyle").(string)
			}
			resetStyle, resetOrder, _ := strings.Cut(reset, ", ")
			if !haveStyle {
				style = resetStyle
			}
			if !haveOrder {
				order = resetOrder
			}
		default:
			return nil, Detailf("Unrecognized key word: \"%s\".", word)
		}
	}
	if clash {
		return nil, Detailf("Conflicting \"datestyle\" specifications.")
	}
	return style + ", " + order, nil
}

func checkList(_ *Session, v any) (any, error) {
	for _, ok := range Identifiers(v.(string)) {
		if !ok {
			return nil, Detailf("List syntax is invalid.")
		}
	}
	return v, nil
}

func checkTempTablespaces(s *Session, v any) (any, error) {
	if _, err := checkList(s, v); err != nil {
		return nil, err
	}
	names, _ := splitIdentifiers(v.(string))
	for _, name := range names {
		if name != "" && name != "pg_default" {
			return nil, pgerr.New(pgerrcode.UndefinedObject, "tablespace \"%s\" does not exist", name)
		}
	}
	return v, nil
}

// checkTimeZone knows the names of the zone database; the planner replaces it
// by a check that also knows offsets, intervals and POSIX rules.
func checkTimeZone(_ *Session, v any) (any, error) {
	name := v.(string)
	if name == "" || strings.EqualFold(name, "local") {
		return nil, errBare
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, errBare
	}
	return loc.String(), nil
}

// splitIdentifiers splits a list at its commas as SplitIdentifierString. ok is false for bad syntax.
func splitIdentifiers(list string) (names []string, ok bool) {
	for name, ok := range Identifiers(list) {
		if !ok {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
}

// Identifiers gives the elements of such a list one by one, which may be long: identifiers, folded
// to lower case unless quoted, cut at 63 bytes. At bad syntax it ends with false.
func Identifiers(list string) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		rest := strings.TrimLeft(list, space)
		if rest == "" {
			return
		}
		for {
			name, after, ok := identifier(rest)
			if ok && len(name) > 63 {
				name = strings.ToValidUTF8(name[:63], "")
			}
			if !yield(name, ok) || !ok {
				return
			}
			if rest = strings.TrimLeft(after, space); rest == "" {
				return
			}
			if rest[0] != ',' {
				yield("", false)
				return
			}
			rest = strings.TrimLeft(rest[1:], space)
		}
	}
}

// identifier reads the one that a text begins with.
func identifier(text string) (name, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ","+space)
		if end < 0 {
			end = len(text)
		}
		return strings.ToLower(text[:end]), text[end:], end > 0
	}
	var b strings.Builder
	for end := 1; end < len(text); end++ {
		if text[end] == '"' {
			if end+1 >= len(text) || text[end+1] != '"' {
				return b.String(), text[end+1:], true
			}
			end++
		}
		b.WriteByte(text[end])
	}
	return "", "", false
}
