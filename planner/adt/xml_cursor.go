package adt

import (
	"github.com/antchfx/xpath"
)

// xmlCursor is a position in a tree: a node or one of its attributes.
type xmlCursor struct {
	root, at *xmlNode
	attr     int // -1: the node itself
	work     *work
}

// xpathEnded is the panic by which an evaluation ends with its statement: the
// package knows no other way.
type xpathEnded struct{ error }

func (c *xmlCursor) NodeType() xpath.NodeType {
	switch {
	case c.attr >= 0:
		return xpath.AttributeNode
	case c.at.kind == xmlElement:
		return xpath.ElementNode
	case c.at.kind == xmlText || c.at.kind == xmlCData:
		return xpath.TextNode
	case c.at.kind == xmlDocument:
		return xpath.RootNode
	}
	return xpath.CommentNode // also instructions, which the package does not know
}

func (c *xmlCursor) LocalName() string {
	if c.attr >= 0 {
		return c.at.attrs[c.attr].name
	}
	return c.at.name
}

func (c *xmlCursor) Prefix() string {
	if c.attr >= 0 {
		return c.at.attrs[c.attr].prefix
	}
	return c.at.prefix
}

// NamespaceURL is what the package compares prefixes of an expression by.
func (c *xmlCursor) NamespaceURL() string {
	if c.attr >= 0 {
		return c.at.attrs[c.attr].uri
	}
	return c.at.uri
}

func (c *xmlCursor) Value() string {
	if c.attr >= 0 {
		return c.at.attrs[c.attr].value
	}
	return c.at.value()
}

func (c *xmlCursor) Copy() xpath.NodeNavigator {
	if err := c.work.done(200); err != nil {
		panic(xpathEnded{err})
	}
	n := *c
	return &n
}

func (c *xmlCursor) MoveToRoot() { c.at, c.attr = c.root, -1 }

func (c *xmlCursor) MoveToParent() bool {
	switch {
	case c.attr >= 0:
		c.attr = -1
	case c.at.parent == nil:
		return false
	default:
		c.at = c.at.parent
	}
	return true
}

func (c *xmlCursor) MoveToNextAttribute() bool {
	if c.attr+1 >= len(c.at.attrs) {
		return false
	}
	c.attr++
	return true
}

// visible tells whether XPath sees a node: it does not see the DTD.
func visible(n *xmlNode) bool { return n.kind != xmlDoctype }

func (c *xmlCursor) MoveToChild() bool {
	if c.attr >= 0 {
		return false
	}
	for _, n := range c.at.children {
		if visible(n) {
			c.at = n
			return true
		}
	}
	return false
}

func (c *xmlCursor) MoveToFirst() bool {
	if c.attr >= 0 || c.at.parent == nil {
		return false
	}
	first := &xmlCursor{at: c.at.parent, attr: -1}
	if !first.MoveToChild() || first.at == c.at {
		return false
	}
	c.at = first.at
	return true
}

func (c *xmlCursor) MoveToNext() bool { return c.step(1) }

func (c *xmlCursor) MoveToPrevious() bool { return c.step(-1) }

func (c *xmlCursor) step(by int) bool {
	if err := c.work.done(50); err != nil {
		panic(xpathEnded{err})
	}
	if c.attr >= 0 || c.at.parent == nil {
		return false
	}
	all := c.at.parent.children
	for i := c.at.index + by; i >= 0 && i < len(all); i += by {
		if visible(all[i]) {
			c.at = all[i]
			return true
		}
	}
	return false
}

func (c *xmlCursor) MoveTo(to xpath.NodeNavigator) bool {
	n, ok := to.(*xmlCursor)
	if ok && n.root == c.root {
		*c = *n
		return true
	}
	return false
}

func (c *xmlCursor) order() int { return c.at.order + c.attr + 1 }

// text is the node as XML: its value when it is text or an attribute.
func (c *xmlCursor) text() string {
	if c.attr >= 0 {
		return EscapeXML(c.Value())
	}
	return xmlNodeText(c.at)
}
