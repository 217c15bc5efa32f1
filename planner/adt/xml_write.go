package adt

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Writing XML trees as libxml2's serializer does.

// EscapeXML escapes text that stands between tags (escape_xml).
func EscapeXML(s string) string { return xmlEscapes.Replace(s) }

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#x0d;")

// escapeByPieces has a text escaped by pieces, between which it looks whether the statement has
// ended and for room.
func escapeByPieces(env *Env, b *strings.Builder, s string, escape func(b *strings.Builder, piece string)) error {
	for s != "" {
		n := min(len(s), workStep/8)
		for n < len(s) && !utf8.RuneStart(s[n]) {
			n++
		}
		escape(b, s[:n])
		if s = s[n:]; s == "" {
			break
		}
		if err := env.Interrupted(); err != nil {
			return err
		}
		if err := env.Room(int64(b.Len())); err != nil {
			return err
		}
	}
	return nil
}

// escapeXMLAttribute escapes an attribute's value. Without an encoding, what is
// not ASCII is written by number.
func escapeXMLAttribute(b *strings.Builder, s string, ascii bool) {
	for _, c := range s {
		switch {
		case c == '"':
			b.WriteString("&quot;")
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '\n' || c == '\r' || c == '\t':
			fmt.Fprintf(b, "&#%d;", c)
		case c > 127 && ascii:
			fmt.Fprintf(b, "&#x%X;", c)
		default:
			b.WriteRune(c)
		}
	}
}

// xmlWriter writes nodes.
type xmlWriter struct {
	strings.Builder
	ascii bool // attributes in ASCII
}

var xmlTextEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")

// node writes a node. extra are namespaces to declare besides its own.
func (w *xmlWriter) node(n *xmlNode, extra []xmlNamespace, level int, indent bool) {
	switch n.kind {
	case xmlText:
		xmlTextEscapes.WriteString(w, n.text)
	case xmlCData:
		w.WriteString("<![CDATA[" + strings.ReplaceAll(n.text, "]]>", "]]]]><![CDATA[>") + "]]>")
	case xmlCommentNode:
		w.WriteString("<!--" + n.text + "-->")
	case xmlInstruction:
		w.WriteString("<?" + n.name)
		if n.text != "" {
			w.WriteString(" " + n.text)
		}
		w.WriteString("?>")
	case xmlDoctype:
		w.WriteString(n.text)
	case xmlElement:
		w.element(n, extra, level, indent)
	case xmlDocument:
		for _, k := range n.children {
			w.node(k, nil, level, indent)
			w.WriteByte('\n')
		}
	}
}

func (w *xmlWriter) element(n *xmlNode, extra []xmlNamespace, level int, indent bool) {
	w.WriteString("<" + n.qualified())
	for _, s := range append(n.spaces[:len(n.spaces):len(n.spaces)], extra...) {
		if s.prefix == "" {
			w.WriteString(` xmlns="`)
		} else {
			w.WriteString(` xmlns:` + s.prefix + `="`)
		}
		escapeXMLAttribute(&w.Builder, s.uri, false)
		w.WriteByte('"')
	}
	for _, a := range n.attrs {
		w.WriteByte(' ')
		if a.prefix != "" {
			w.WriteString(a.prefix + ":")
		}
		w.WriteString(a.name + `="`)
		escapeXMLAttribute(&w.Builder, a.value, w.ascii)
		w.WriteByte('"')
	}
	if len(n.children) == 0 {
		w.WriteString("/>")
		return
	}
	w.WriteByte('>')
	for _, k := range n.children { // mixed content is written as it is
		indent = indent && k.kind != xmlText && k.kind != xmlCData
	}
	for _, k := range n.children {
		if indent {
			w.WriteString("\n" + strings.Repeat("  ", min(level+1, 30)))
		}
		w.node(k, nil, level+1, indent)
	}
	if indent {
		w.WriteString("\n" + strings.Repeat("  ", min(level, 30)))
	}
	w.WriteString("</" + n.qualified() + ">")
}

// xmlNodeText is a node taken out of its document: it declares the namespaces
// that it and what is below it have from outside (xml_xmlnodetoxmltype).
func xmlNodeText(n *xmlNode) string {
	w := &xmlWriter{ascii: true}
	switch n.kind {
	case xmlText, xmlCData:
		return EscapeXML(n.text)
	case xmlElement:
		w.node(n, outerNamespaces(n), 0, false)
	default:
		w.node(n, nil, 0, false)
	}
	return w.String()
}

// outerNamespaces finds what prefixes are used within n and declared outside.
func outerNamespaces(top *xmlNode) []xmlNamespace {
	var out []xmlNamespace
	need := func(at *xmlNode, prefix string) {
		if prefix == "xml" {
			return
		}
		for n := at; ; n = n.parent {
			for _, s := range n.spaces {
				if s.prefix == prefix {
					return
				}
			}
			if n == top {
				break
			}
		}
		for _, s := range out {
			if s.prefix == prefix {
				return
			}
		}
		if uri, _ := top.lookup(prefix); uri != "" {
			out = append(out, xmlNamespace{prefix, uri})
		}
	}
	var walk func(*xmlNode)
	walk = func(n *xmlNode) {
		need(n, n.prefix)
		for _, a := range n.attrs {
			if a.prefix != "" {
				need(n, a.prefix)
			}
		}
		for _, k := range n.children {
			if k.kind == xmlElement {
				walk(k)
			}
		}
	}
	walk(top)
	return out
}
