package adt

//lint:file-ignore ST1005 the messages are libxml2's, as users of PostgreSQL know them

import (
	"errors"
	"regexp"
	"strings"
)

// The tree of an XML value: what PostgreSQL has of libxml2. Package
// encoding/xml reads the tokens; what it does not check (that tags match, one
// root, attributes and prefixes) is checked here.

type xmlKind uint8

const (
	xmlDocument xmlKind = iota
	xmlElement
	xmlText
	xmlCData
	xmlCommentNode
	xmlInstruction
	xmlDoctype
)

// xmlNode is a node of a tree. A document's children are its top nodes.
type xmlNode struct {
	kind     xmlKind
	prefix   string
	name     string // of an element, or an instruction's target
	uri      string // the namespace of the element
	text     string // of the leaves
	attrs    []xmlAttribute
	spaces   []xmlNamespace // declared here
	parent   *xmlNode
	children []*xmlNode
	index    int // among the parent's children
	order    int // in the document
}

type xmlAttribute struct{ prefix, name, uri, value string }

type xmlNamespace struct{ prefix, uri string }

// maxXMLDepth is how deep libxml2 lets elements nest, maxXMLText how long a value,
// and all that entities stand for, may be (XML_MAX_TEXT_LENGTH).
const (
	maxXMLDepth = 256
	maxXMLText  = 10_000_000
)

const (
	xmlSpaceURI   = "http://www.w3.org/XML/1998/namespace"
	xmlSpaceBlank = " \t\r\n"
)

func (n *xmlNode) qualified() string {
	if n.prefix != "" {
		return n.prefix + ":" + n.name
	}
	return n.name
}

var (
	entityDecl       = regexp.MustCompile(`\A<!ENTITY\s+([\pL_:][-\pL\pN._:]*)\s+(?:SYSTEM\s+|PUBLIC\s+(?:"[^"]*"|'[^']*')\s+)?("[^"]*"|'[^']*')`)
	externalDTD      = regexp.MustCompile(`\ADOCTYPE\s+\S+\s+(SYSTEM|PUBLIC)\b`)
	entityRef        = regexp.MustCompile(`\A&([\pL_:][-\pL\pN._:]*);`)
	predefinedEntity = map[string]bool{"amp": true, "lt": true, "gt": true, "quot": true, "apos": true}
)

// each calls f for what re, which is tied to the beginning, finds where a mark is.
func (w *work) each(text, mark string, re *regexp.Regexp, f func(m []string) error) error {
	for {
		at := strings.Index(text, mark)
		if at < 0 {
			return nil
		}
		text = text[at:]
		m := re.FindStringSubmatch(text)
		if m == nil {
			m = []string{mark}
		} else if err := f(m); err != nil {
			return err
		}
		text = text[len(m[0]):]
		if err := w.done(at + 32*len(m[0])); err != nil {
			return err
		}
	}
}

// entities takes note of the internal entities of a DTD; those outside of it
// are empty, as PostgreSQL's entity loader makes them.
func (r *xmlReader) entities(dtd string) error {
	return r.work.each(dtd, "<!ENTITY", entityDecl, func(m []string) error {
		value := m[2][1 : len(m[2])-1]
		if len(value) > maxXMLText {
			return errors.New("entity value too long")
		}
		if strings.Contains(m[0], "SYSTEM") || strings.Contains(m[0], "PUBLIC") {
			value = ""
		}
		if _, known := r.dec.Entity[m[1]]; !known {
			r.dec.Entity[m[1]] = value
		}
		return nil
	})
}

// references looks through what comes after the DTD before entities are put in for
// their names: together they may be so long (xmlParserEntityCheck). Those that are not declared may
// be so in a DTD elsewhere.
func (r *xmlReader) references(rest string, elsewhere bool) error {
	if len(r.dec.Entity) == 0 && !elsewhere {
		return nil
	}
	total := 0
	return r.work.each(rest, "&", entityRef, func(m []string) error {
		value, known := r.dec.Entity[m[1]]
		if !known && elsewhere && !predefinedEntity[m[1]] {
			r.dec.Entity[m[1]] = ""
		}
		if total += len(value); total > maxXMLText {
			return errors.New("Detected an entity reference loop")
		}
		return nil
	})
}

func (r *xmlReader) charData(text, raw string, start int) error {
	kind := xmlText
	if strings.HasPrefix(raw, "<![CDATA[") {
		kind = xmlCData
	}
	if kind == xmlCData && len(text) > maxXMLText {
		return errors.New("CData section too big found")
	}
	blank := kind == xmlText && strings.Trim(raw, xmlSpaceBlank) == ""
	if r.at == r.root && r.document {
		switch {
		case blank && (start > 0 || text == ""):
			return nil
		case r.elements > 0:
			return errors.New("Extra content at the end of the document")
		case blank:
			return nil
		}
		return errors.New("Start tag expected, '<' not found")
	}
	if blank && !r.blanks && r.ignorable(start+len(raw)) || kind == xmlText && text == "" {
		return nil
	}
	if n := len(r.at.children); n > 0 && kind == xmlText && r.at.children[n-1].kind == xmlText {
		r.at.children[n-1].text += text
		return nil
	}
	r.add(&xmlNode{kind: kind, text: text})
	return nil
}

// ignorable tells whether blank text before an offset is only layout
// (libxml2's areBlanks).
func (r *xmlReader) ignorable(end int) bool {
	for n := r.at; n != nil; n = n.parent {
		for _, a := range n.attrs {
			if a.prefix == "xml" && a.name == "space" {
				if a.value == "preserve" {
					return false
				}
				n = r.root
				break
			}
		}
	}
	rest := r.src[end:]
	kids := r.at.children
	isText := func(n *xmlNode) bool { return n.kind == xmlText || n.kind == xmlCData }
	switch {
	case rest == "" || rest[0] != '<' && rest[0] != '\r':
		return false
	case len(kids) == 0:
		return !strings.HasPrefix(rest, "</")
	}
	return !isText(kids[len(kids)-1]) && !isText(kids[0])
}

// lookup finds what namespace a prefix means at a node.
func (n *xmlNode) lookup(prefix string) (uri string, ok bool) {
	if prefix == "xml" {
		return xmlSpaceURI, true
	}
	for ; n != nil; n = n.parent {
		for _, s := range n.spaces {
			if s.prefix == prefix {
				return s.uri, true
			}
		}
	}
	return "", prefix == ""
}

// value is a node's string value in XPath.
func (n *xmlNode) value() string {
	if n.kind != xmlElement && n.kind != xmlDocument {
		return n.text
	}
	var b strings.Builder
	var walk func(*xmlNode)
	walk = func(n *xmlNode) {
		for _, k := range n.children {
			switch k.kind {
			case xmlText, xmlCData:
				b.WriteString(k.text)
			case xmlElement:
				walk(k)
			}
		}
	}
	walk(n)
	return b.String()
}
