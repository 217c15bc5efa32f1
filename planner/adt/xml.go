package adt

import (
	"errors"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The xml type (xml.c): a string that is well-formed.

func xmlFuncs() Funcs {
	return Funcs{
		"xml_in": In(func(c *Call, s string, _ int32) (string, error) {
			_, err := readXML(c.Env, s, xmlOption(c), true)
			return s, err
		}),
		"xml_out": Out(func(_ *Call, dst []byte, s string) ([]byte, error) { return append(dst, xmlOut(s, "")...), nil }),
		"xml_send": Send(func(c *Call, dst []byte, s string) ([]byte, error) {
			e := clientEncoding(c)
			if e == nil {
				return append(dst, xmlOut(s, "")...), nil
			}
			return textSend(c, dst, xmlOut(s, e.cs.name))
		}),
		"xml_recv": Recv(xmlRecv),
		"texttoxml": C1(func(c *Call, s string) (string, error) {
			_, err := readXML(c.Env, s, xmlOption(c), true)
			return s, err
		}),
		"xmltotext": P1(func(s string) string { return s }),
		"xmlcomment": F1(func(s string) (string, error) {
			if strings.Contains(s, "--") || strings.HasSuffix(s, "-") {
				return "", pgerr.New(pgerrcode.InvalidXMLComment, "invalid XML comment")
			}
			return "<!--" + s + "-->", nil
		}),
		"xmlconcat2": Raw(func(_ *Call, a []Datum) (Datum, error) {
			switch {
			case a[0] == nil:
				return a[1], nil
			case a[1] == nil:
				return a[0], nil
			}
			return XMLConcat([]string{a[0].(string), a[1].(string)}), nil
		}),
		"xmlvalidate": F2(func(string, string) (bool, error) {
			return false, pgerr.New(pgerrcode.FeatureNotSupported, "xmlvalidate is not implemented")
		}),
		"xml_is_well_formed": C1(func(c *Call, s string) (bool, error) {
			_, err := readXML(c.Env, s, xmlOption(c), true)
			return wellFormed(err)
		}),
		"xml_is_well_formed_document": C1(func(c *Call, s string) (bool, error) { return XMLIsDocument(c.Env, s) }),
		"xml_is_well_formed_content": C1(func(c *Call, s string) (bool, error) {
			_, err := readXML(c.Env, s, false, true)
			return wellFormed(err)
		}),

		"xpath":                     C3(xpath3),
		"xpath_exists":              C3(xpathExists),
		"xmlexists":                 C2(func(c *Call, expr, data string) (bool, error) { return xpathExists(c, expr, data, nil) }),
		"sql:xpath/text,xml":        C2(func(c *Call, expr, data string) (*Array, error) { return xpath3(c, expr, data, nil) }),
		"sql:xpath_exists/text,xml": C2(func(c *Call, expr, data string) (bool, error) { return xpathExists(c, expr, data, nil) }),
	}
}

// xmlOption tells whether the session's xmloption is DOCUMENT.
func xmlOption(c *Call) bool {
	if c.Env == nil || c.Env.Session == nil {
		return false
	}
	v, _ := c.Env.Session.Setting("xmloption")
	return strings.EqualFold(v, "document")
}

// readXML reads a document, or content, which is a document too when it has a
// DTD (xml_parse).
func readXML(env *Env, s string, document, blanks bool) (*xmlReader, error) {
	if document {
		r, err := parseXML(env, s, true, blanks)
		if err != nil {
			return nil, xmlError(pgerrcode.InvalidXMLDocument, "invalid XML document", err)
		}
		return r, nil
	}
	_, rest, complaint := parseXMLDecl(s)
	if complaint != "" {
		return nil, pgerr.New(pgerrcode.InvalidXMLContent, "invalid XML content: invalid XML declaration").Detailf("%s", complaint)
	}
	r, err := parseXML(env, rest, doctypeInContent(rest), blanks)
	if err != nil {
		return nil, xmlError(pgerrcode.InvalidXMLContent, "invalid XML content", err)
	}
	return r, nil
}

func xmlError(code, message string, err error) error {
	if e := (*pgerr.Error)(nil); errors.As(err, &e) {
		return e // it was not read to its end
	}
	e := pgerr.New(code, "%s", message)
	if detail := err.Error(); detail != "" {
		e.Detailf("%s", detail)
	}
	return e
}

// xmlOut puts the encoding, "" for UTF8, into a value's declaration, and drops the declaration
// when it says nothing else (xml_out_internal).
func xmlOut(s, encoding string) string {
	d, rest, complaint := parseXMLDecl(s)
	if complaint != "" {
		return s
	}
	decl := d.text(encoding)
	if decl == "" {
		return strings.TrimPrefix(rest, "\n")
	}
	return decl + rest
}

func xmlRecv(c *Call, b []byte, _ int32) (string, error) {
	d, _, _ := parseXMLDecl(string(b))
	s := string(b)
	if d.encoding != "" {
		if _, ok := findCharset(d.encoding); !ok {
			return "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid encoding name \"%s\"", d.encoding)
		}
		u, err := convertBytes(c, b, d.encoding, "UTF8")
		if err != nil {
			return "", err
		}
		s = string(u)
	} else if _, err := convertBytes(c, b, "UTF8", "UTF8"); err != nil {
		return "", err
	}
	_, err := readXML(c.Env, s, xmlOption(c), true)
	return s, err
}

// XMLIsDocument is IS DOCUMENT.
func XMLIsDocument(env *Env, s string) (bool, error) {
	_, err := readXML(env, s, true, true)
	return wellFormed(err)
}

// wellFormed tells what reading says of a text; it may also have been ended.
func wellFormed(err error) (bool, error) {
	if err == nil {
		return true, nil
	}
	if code := pgerr.From(err).Code; code == pgerrcode.InvalidXMLDocument || code == pgerrcode.InvalidXMLContent {
		return false, nil
	}
	return false, err
}

// XMLParse is XMLPARSE.
func XMLParse(env *Env, s string, document bool) (string, error) {
	_, err := readXML(env, s, document, true)
	return s, err
}

// XMLConcat is XMLCONCAT of values that are not NULL.
func XMLConcat(values []string) string {
	out := xmlDecl{standalone: 1}
	versions := true // all have one, the same
	parts := make([]string, 1, len(values)+1)
	for _, s := range values {
		d, rest, _ := parseXMLDecl(s)
		if d.standalone == 0 && out.standalone == 1 {
			out.standalone = 0
		}
		if d.standalone < 0 {
			out.standalone = -1
		}
		switch {
		case d.version == "":
			versions = false
		case out.version == "":
			out.version = d.version
		case out.version != d.version:
			versions = false
		}
		parts = append(parts, rest)
	}
	if !versions {
		out.version = ""
	}
	parts[0] = out.text("")
	return strings.Join(parts, "")
}

// XMLPI is XMLPI; content nil: none.
func XMLPI(target string, content *string) (string, error) {
	if content == nil {
		return "<?" + target + "?>", nil
	}
	if strings.Contains(*content, "?>") {
		return "", pgerr.New(pgerrcode.InvalidXMLProcessingInstruction, "invalid XML processing instruction").
			Detailf("XML processing instruction cannot contain \"?>\".")
	}
	return "<?" + target + " " + strings.TrimLeft(*content, " ") + "?>", nil
}

// XMLPITarget checks the target of an XMLPI.
func XMLPITarget(target string) error {
	if strings.EqualFold(target, "xml") {
		return pgerr.New(pgerrcode.SyntaxError, "invalid XML processing instruction").
			Detailf("XML processing instruction target name cannot be \"%s\".", target)
	}
	return nil
}

// What XMLROOT says of standalone.
const (
	XMLStandaloneYes int32 = iota
	XMLStandaloneNo
	XMLStandaloneNoValue
	XMLStandaloneOmitted
)

// XMLRoot is XMLROOT; version nil: none.
func XMLRoot(s string, version *string, standalone int32) string {
	d, rest, _ := parseXMLDecl(s)
	d.version = ""
	if version != nil {
		d.version = *version
	}
	switch standalone {
	case XMLStandaloneYes:
		d.standalone = 1
	case XMLStandaloneNo:
		d.standalone = 0
	case XMLStandaloneNoValue:
		d.standalone = -1
	}
	return d.text("") + rest
}

// XMLSerialize is XMLSERIALIZE.
func XMLSerialize(env *Env, s string, document, indent bool) (string, error) {
	if !document && !indent {
		return s, nil
	}
	r, err := readXML(env, s, document, !indent)
	if err != nil {
		return "", pgerr.New(pgerrcode.NotAnXMLDocument, "not an XML document")
	}
	if !indent {
		return s, nil
	}
	d, rest, _ := parseXMLDecl(s)
	w := &xmlWriter{}
	if !r.document {
		for i, n := range r.root.children {
			if n.kind != xmlText && i > 0 {
				w.WriteByte('\n')
			}
			w.node(n, nil, 0, true)
		}
		return strings.TrimRight(w.String(), "\n"), nil
	}
	if len(rest) < len(s) {
		w.WriteString(`<?xml version="` + d.version + `"`)
		w.WriteString(` encoding="UTF-8"`)
		switch d.standalone {
		case 1:
			w.WriteString(` standalone="yes"`)
		case 0:
			w.WriteString(` standalone="no"`)
		}
		w.WriteString("?>\n")
	}
	w.node(r.root, nil, 0, true)
	if !document {
		return w.String(), nil
	}
	return strings.TrimRight(w.String(), "\n"), nil
}
