package adt

import (
	"strings"
	"unicode/utf8"
)

// xmlDecl is an XML declaration; what is absent is empty, standalone -1.
type xmlDecl struct {
	version, encoding string
	standalone        int
}

// What may be wrong with a declaration, in libxml2's words.
const (
	xmlNoSpace      = "Blank needed here."
	xmlNoVersion    = "Malformed declaration: missing version."
	xmlNoEncoding   = "Missing encoding in text declaration."
	xmlBadStandlone = "standalone accepts only 'yes' or 'no'."
	xmlNotFinished  = "Parsing XML declaration: '?>' expected."
	xmlBadChar      = "Invalid character value."
)

// parseXMLDecl reads the declaration at the start of s, if there is one; rest
// is what follows it. complaint tells what is wrong with it (parse_xml_decl).
func parseXMLDecl(s string) (d xmlDecl, rest, complaint string) {
	d.standalone = -1
	p, ok := strings.CutPrefix(s, "<?xml")
	if !ok {
		return d, s, ""
	}
	if c, n := utf8.DecodeRuneInString(p); n > 0 && xmlNameChar(c) { // <?xml-stylesheet …?>
		return d, s, ""
	}
	blank := func(s string) string { return strings.TrimLeft(s, xmlSpaceBlank) }
	// value reads = and a quoted value.
	value := func(s string) (v, rest string, ok bool) {
		if s, ok = strings.CutPrefix(blank(s), "="); !ok {
			return "", s, false
		}
		if s = blank(s); s == "" || s[0] != '\'' && s[0] != '"' {
			return "", s, false
		}
		end := strings.IndexByte(s[1:], s[0])
		if end < 0 {
			return "", s, false
		}
		return s[1 : 1+end], s[end+2:], true
	}
	fail := func(why string) (xmlDecl, string, string) { return xmlDecl{standalone: -1}, s, why }
	if blank(p) == p {
		return fail(xmlNoSpace)
	}
	if p, ok = strings.CutPrefix(blank(p), "version"); !ok {
		return fail(xmlNoVersion)
	}
	if d.version, p, ok = value(p); !ok {
		return fail(xmlNoVersion)
	}
	if q, ok := strings.CutPrefix(blank(p), "encoding"); ok {
		if blank(p) == p {
			return fail(xmlNoSpace)
		}
		if d.encoding, p, ok = value(q); !ok {
			return fail(xmlNoEncoding)
		}
	}
	if q, ok := strings.CutPrefix(blank(p), "standalone"); ok {
		if blank(p) == p {
			return fail(xmlNoSpace)
		}
		v, after, ok := value(q)
		switch {
		case ok && v == "yes":
			d.standalone = 1
		case ok && v == "no":
			d.standalone = 0
		default:
			return fail(xmlBadStandlone)
		}
		p = after
	}
	if p, ok = strings.CutPrefix(blank(p), "?>"); !ok {
		return fail(xmlNotFinished)
	}
	for _, c := range []byte(s[:len(s)-len(p)]) {
		if c > 127 {
			return fail(xmlBadChar)
		}
	}
	return d, p, ""
}

// text is the declaration as output shows it: none when it says nothing that
// goes without saying (print_xml_decl). encoding is what the text will be converted to, "" for UTF8.
func (d xmlDecl) text(encoding string) string {
	if (d.version == "" || d.version == "1.0") && d.standalone < 0 && encoding == "" {
		return ""
	}
	out := `<?xml version="1.0"`
	if d.version != "" {
		out = `<?xml version="` + d.version + `"`
	}
	if encoding != "" {
		out += ` encoding="` + encoding + `"`
	}
	switch d.standalone {
	case 1:
		out += ` standalone="yes"`
	case 0:
		out += ` standalone="no"`
	}
	return out + "?>"
}

// doctypeInContent tells whether content is a document with a DTD after all
// (xml_doctype_in_content).
func doctypeInContent(s string) bool {
	for {
		var ok bool
		s = strings.TrimLeft(s, xmlSpaceBlank)
		switch {
		case strings.HasPrefix(s, "<!DOCTYPE"):
			return true
		case strings.HasPrefix(s, "<!--"):
			_, s, ok = strings.Cut(s[4:], "--")
			if ok {
				s, ok = strings.CutPrefix(s, ">")
			}
		case strings.HasPrefix(s, "<?"):
			_, s, ok = strings.Cut(s, "?>")
		}
		if !ok {
			return false
		}
	}
}
