package adt

//lint:file-ignore ST1005 the messages are libxml2's, as users of PostgreSQL know them

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// xmlReader builds a tree.
type xmlReader struct {
	src      string
	work     *work
	dec      *xml.Decoder
	at       *xmlNode
	root     *xmlNode
	depth    int
	document bool
	blanks   bool // keep blank text
	elements int  // at the top
	doctype  bool
	order    int

	undefined string // the first prefix that is not declared, or namespace that is no URI
}

// parseXML reads a document, or content: any sequence of nodes. The error
// tells what is wrong and where.
func parseXML(env *Env, src string, document, blanks bool) (*xmlReader, error) {
	if len(src) > 1<<16 {
		const node = 200 // and what holds it
		if err := env.Room(int64(len(src)) + node*int64(strings.Count(src, "<")+strings.Count(src, "="))); err != nil {
			return nil, err
		}
	}
	w := env.work()
	r := &xmlReader{src: src, work: &w, document: document, blanks: blanks}
	r.dec = xml.NewDecoder(&xmlSource{strings.NewReader(src), &w})
	r.dec.Entity = map[string]string{}
	r.dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	r.root = &xmlNode{}
	r.at = r.root
	for {
		start := r.dec.InputOffset()
		tok, err := r.dec.RawToken()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = r.token(tok, src[start:r.dec.InputOffset()], int(start))
		}
		if ended := w.done(500); ended != nil {
			return nil, ended
		}
		if err != nil {
			if ended := env.Interrupted(); ended != nil {
				return nil, ended
			}
			return nil, r.complain(err)
		}
	}
	switch {
	case r.at != r.root:
		return nil, r.complain(fmt.Errorf("Premature end of data in tag %s", r.at.qualified()))
	case document && r.elements == 0 && src == "":
		return nil, errors.New("")
	case document && r.elements == 0:
		return nil, r.complain(errors.New("Start tag expected, '<' not found"))
	}
	return r, nil
}

// xmlSource gives a text byte by byte, until the statement ends.
type xmlSource struct {
	*strings.Reader
	work *work
}

// ReadByte implements io.ByteReader.
func (s *xmlSource) ReadByte() (byte, error) {
	if err := s.work.done(16); err != nil {
		return 0, err
	}
	return s.Reader.ReadByte()
}

// complain writes an error's place as libxml2 does.
func (r *xmlReader) complain(err error) error {
	line, _ := r.dec.InputPos()
	text := err.Error()
	var bad *xml.SyntaxError
	if errors.As(err, &bad) {
		line, text = bad.Line, bad.Msg
	}
	return fmt.Errorf("line %d: %s", line, text)
}

func (r *xmlReader) add(n *xmlNode) {
	r.order++
	n.parent, n.index, n.order = r.at, len(r.at.children), r.order
	r.order += len(n.attrs) // they come between an element and its children
	r.at.children = append(r.at.children, n)
}

func (r *xmlReader) token(tok xml.Token, raw string, start int) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return r.startElement(t)
	case xml.EndElement:
		if name := rawXMLName(t.Name); r.at == r.root || name != r.at.qualified() {
			if r.at == r.root {
				return fmt.Errorf("Unexpected end tag : %s", name)
			}
			return fmt.Errorf("Opening and ending tag mismatch: %s and %s", r.at.qualified(), name)
		}
		r.at = r.at.parent
		r.depth--
	case xml.CharData:
		return r.charData(string(t), raw, start)
	case xml.Comment:
		if len(t) > maxXMLText {
			return errors.New("Comment too big found")
		}
		r.add(&xmlNode{kind: xmlCommentNode, text: string(t)})
	case xml.ProcInst:
		if strings.EqualFold(t.Target, "xml") && (t.Target != "xml" || start > 0 || !r.document) {
			return errors.New("XML declaration allowed only at the start of the document")
		}
		if len(t.Inst) > maxXMLText {
			return fmt.Errorf("PI %s too big found", t.Target)
		}
		if t.Target != "xml" {
			r.add(&xmlNode{kind: xmlInstruction, name: t.Target, text: string(t.Inst)})
		}
	case xml.Directive:
		if !strings.HasPrefix(string(t), "DOCTYPE") || !r.document || r.doctype || r.elements > 0 {
			return errors.New("StartTag: invalid element name")
		}
		r.doctype = true
		if err := r.entities(string(t)); err != nil {
			return err
		}
		if err := r.references(r.src[start+len(raw):], externalDTD.MatchString(string(t))); err != nil {
			return err
		}
		r.add(&xmlNode{kind: xmlDoctype, text: "<!" + string(t) + ">"})
	}
	return nil
}

func (r *xmlReader) startElement(t xml.StartElement) error {
	if r.at == r.root {
		if r.elements++; r.document && r.elements > 1 {
			return errors.New("Extra content at the end of the document")
		}
	}
	if r.depth++; r.depth > maxXMLDepth {
		return fmt.Errorf("Excessive depth in document: %d use XML_PARSE_HUGE option", maxXMLDepth)
	}
	n := &xmlNode{kind: xmlElement, prefix: t.Name.Space, name: t.Name.Local}
	seen := map[xml.Name]bool{}
	for _, a := range t.Attr {
		if seen[a.Name] {
			return fmt.Errorf("Attribute %s redefined", rawXMLName(a.Name))
		}
		seen[a.Name] = true
		if len(a.Value) > maxXMLText {
			return errors.New("AttValue length too long")
		}
		value := strings.Map(func(c rune) rune { // attribute-value normalization
			if c == '\t' || c == '\n' || c == '\r' {
				return ' '
			}
			return c
		}, a.Value)
		if strings.ContainsAny(a.Value, "\t\n\r") {
			value = r.attributeText(a.Value)
		}
		switch {
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			n.spaces = append(n.spaces, xmlNamespace{"", value})
		case a.Name.Space == "xmlns":
			n.spaces = append(n.spaces, xmlNamespace{a.Name.Local, value})
		default:
			n.attrs = append(n.attrs, xmlAttribute{prefix: a.Name.Space, name: a.Name.Local, value: value})
			continue
		}
		if strings.ContainsAny(value, "<>\"{}|\\^` ") {
			r.undeclared(fmt.Sprintf("xmlns: '%s' is not a valid URI", value))
		}
	}
	r.add(n)
	r.at = n
	var ok bool
	if n.uri, ok = n.lookup(n.prefix); !ok {
		r.undeclared(fmt.Sprintf("Namespace prefix %s on %s is not defined", n.prefix, n.name))
	}
	for i, a := range n.attrs {
		if a.prefix == "" {
			continue
		}
		if n.attrs[i].uri, ok = n.lookup(a.prefix); !ok {
			r.undeclared(fmt.Sprintf("Namespace prefix %s for %s on %s is not defined", a.prefix, a.name, n.name))
		}
	}
	return nil
}

func rawXMLName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// attributeText normalizes white space that stands in an attribute as itself;
// what came by character references stays. The decoder has resolved those, so
// the source decides.
func (r *xmlReader) attributeText(value string) string {
	end := r.dec.InputOffset()
	start := strings.LastIndexByte(r.src[:end], '<')
	if start >= 0 && !strings.ContainsAny(r.src[start:end], "\t\n\r") {
		return value
	}
	if start >= 0 && strings.Contains(r.src[start:end], "&#") {
		return value
	}
	return strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(value)
}

func (r *xmlReader) undeclared(text string) {
	if r.undefined == "" {
		r.undefined = r.complain(errors.New(text)).Error()
	}
}
