package adt

import (
	"fmt"
	"strings"
	"unicode"
)

// xmlNameStart and xmlNameChar are XML 1.0's name characters.
func xmlNameStart(c rune) bool { return unicode.IsLetter(c) || c == '_' || c == ':' }

func xmlNameChar(c rune) bool {
	return xmlNameStart(c) || unicode.IsDigit(c) || c == '.' || c == '-' || c == 0xb7 ||
		unicode.In(c, unicode.Mn, unicode.Mc, unicode.Lm)
}

// XMLName maps a SQL identifier to an XML name
// (map_sql_identifier_to_xml_name).
func XMLName(ident string, escaped, escapePeriod bool) string {
	var b strings.Builder
	for i, c := range ident {
		first := i == 0
		switch {
		case c == ':' && (first || escaped):
			b.WriteString("_x003A_")
		case c == '_' && strings.HasPrefix(ident[i+1:], "x"):
			b.WriteString("_x005F_")
		case escaped && first && len(ident) >= 3 && strings.EqualFold(ident[:3], "xml"):
			fmt.Fprintf(&b, "_x%04X_", c)
		case escapePeriod && c == '.':
			b.WriteString("_x002E_")
		case first && !xmlNameStart(c), !xmlNameChar(c):
			fmt.Fprintf(&b, "_x%04X_", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
