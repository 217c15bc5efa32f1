package ec2backend

import (
	"bytes"
	"unicode/utf8"
)

// markup is what begins with a <.
type markup uint8

const (
	startTag markup = iota
	endTag
	cdata
	other // comment, processing instruction, DOCTYPE: consumed
)

// markup reads the markup at pos, which is a <. A start tag's local name, or
// the text of CDATA, is valid until the next read.
func (x *xmlScanner) markup() (markup, []byte, error) {
	if err := x.need(2); err != nil {
		return other, nil, err
	}
	switch x.buf[x.pos+1] {
	case '/':
		return endTag, nil, x.endTag()
	case '?':
		i, err := x.find(2, "?>")
		if err != nil {
			return other, nil, err
		}
		err = checkEncoding(x.buf[x.pos+2 : x.pos+i])
		x.pos += i + 2
		return other, nil, err
	case '!':
		return x.declaration()
	default:
		name, err := x.startTag()
		return startTag, name, err
	}
}

// startTag reads a start tag and opens its element.
func (x *xmlScanner) startTag() ([]byte, error) {
	// Most tags have no attributes: then nothing but the name is before the >.
	b := x.buf[x.pos+1 : x.end]
	n := 0
	for n < len(b) && nameBytes[b[n]] {
		n++
	}
	if n > 0 && n < len(b) && b[n] == '>' && nameStart(b[0]) {
		name := b[:n]
		x.pos += n + 2
		x.selfClose = false
		if err := x.push(name); err != nil {
			return nil, err
		}
		return localName(name), nil
	}
	i, quote := 1, byte(0)
	for ; ; i++ {
		if x.pos+i >= x.end {
			if err := x.need(i + 1); err != nil {
				return nil, err
			}
		}
		c := x.buf[x.pos+i]
		if quote != 0 {
			if c == quote {
				quote = 0
			} else if c == '<' {
				return nil, xmlError("unescaped < inside quoted string")
			}
			continue
		}
		if c == '>' {
			break
		}
		if c == '"' || c == '\'' {
			quote = c
		} else if c == '<' {
			return nil, xmlError("unexpected < in a tag")
		}
	}
	tag := x.buf[x.pos+1 : x.pos+i]
	x.pos += i + 1
	x.selfClose = len(tag) > 0 && tag[len(tag)-1] == '/'
	if x.selfClose {
		tag = tag[:len(tag)-1]
	}
	for n, c := range tag {
		if isSpace(c) {
			tag = tag[:n]
			break
		}
	}
	if len(tag) == 0 || !nameStart(tag[0]) {
		return nil, xmlError("expected element name after <")
	}
	if err := x.push(tag); err != nil {
		return nil, err
	}
	return localName(tag), nil
}

// push opens an element.
func (x *xmlScanner) push(name []byte) error {
	x.open = append(x.open, len(x.names))
	x.names = append(x.names, name...)
	if len(x.open) > 1000 {
		return xmlError("elements are nested too deep")
	}
	return nil
}

// nameBytes are those that make up names as EC2 has them; a tag with another
// takes the longer way.
var nameBytes = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':'
	}
	return t
}()

func nameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || c >= utf8.RuneSelf
}

// localName cuts off a namespace prefix.
func localName(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i > 0 && i+1 < len(name) {
		return name[i+1:]
	}
	return name
}

// top is the name of the innermost open element.
func (x *xmlScanner) top() []byte {
	if len(x.open) == 0 {
		return nil
	}
	return x.names[x.open[len(x.open)-1]:]
}

// pop closes the innermost element.
func (x *xmlScanner) pop() {
	n := len(x.open) - 1
	x.names = x.names[:x.open[n]]
	x.open = x.open[:n]
}

// endTag reads an end tag, which must be the innermost element's.
func (x *xmlScanner) endTag() error {
	if top := x.top(); len(top) > 0 {
		b := x.buf[x.pos:x.end]
		if n := len(top) + 3; n <= len(b) && b[n-1] == '>' && string(b[2:n-1]) == string(top) {
			x.pos += n
			x.pop()
			return nil
		}
	}
	i, err := x.find(2, ">")
	if err != nil {
		return err
	}
	name := bytes.TrimRight(x.buf[x.pos+2:x.pos+i], " \t\r\n")
	if len(x.open) == 0 {
		return xmlError("unexpected end element </%s>", name)
	}
	if !bytes.Equal(name, x.top()) {
		return xmlError("element <%s> closed by </%s>", x.top(), name)
	}
	x.pos += i + 1
	x.pop()
	return nil
}
