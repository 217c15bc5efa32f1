package ec2backend

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// xmlScanner reads XML from a stream, element by element, holding no more of it
// than the tag or value at hand. It takes any well-formed document: prolog,
// comments, CDATA, processing instructions, DOCTYPE, attributes, namespaces,
// entities. It replaces encoding/xml for one reply, which spends twenty times
// the CPU.
type xmlScanner struct {
	r         io.Reader
	buf       []byte
	pos, end  int
	err       error  // of the reader, once met
	wait      func() // called before more is read
	names     []byte // names of the open elements
	open      []int  // where each begins
	selfClose bool   // the last start tag closed itself
	text      []byte // a value that had to be put together
}

// maxToken bounds one tag or value.
const maxToken = 8 << 20

func newXMLScanner(r io.Reader) *xmlScanner {
	return &xmlScanner{r: r, buf: make([]byte, 64<<10)}
}

func (x *xmlScanner) reset(r io.Reader) {
	*x = xmlScanner{r: r, buf: x.buf, names: x.names[:0], open: x.open[:0], text: x.text[:0]}
}

func xmlError(format string, args ...any) error { return fmt.Errorf("XML: "+format, args...) }

// fill reads more behind what is there, which may move.
func (x *xmlScanner) fill() error {
	if x.err != nil {
		if x.err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		return x.err
	}
	if x.wait != nil {
		x.wait()
	}
	if x.pos > 0 {
		copy(x.buf, x.buf[x.pos:x.end])
		x.end -= x.pos
		x.pos = 0
	}
	if x.end == len(x.buf) {
		if len(x.buf) >= maxToken {
			return xmlError("a tag or value is longer than %d bytes", maxToken)
		}
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	n, err := x.r.Read(x.buf[x.end:])
	x.end += n
	if err != nil {
		x.err = err
		if n == 0 {
			return x.fill()
		}
	}
	return nil
}

// find gives the place of sep, counted from pos, from a place on.
func (x *xmlScanner) find(from int, sep string) (int, error) {
	for {
		if i := bytes.Index(x.buf[min(x.pos+from, x.end):x.end], []byte(sep)); i >= 0 {
			return from + i, nil
		}
		from = max(from, x.end-x.pos-len(sep)+1)
		if err := x.fill(); err != nil {
			return 0, err
		}
	}
}

// need makes n bytes available at pos.
func (x *xmlScanner) need(n int) error {
	for x.end-x.pos < n {
		if err := x.fill(); err != nil {
			return err
		}
	}
	return nil
}

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

// declaration reads <! … >: a comment, CDATA or DOCTYPE.
func (x *xmlScanner) declaration() (markup, []byte, error) {
	if err := x.need(4); err != nil {
		return other, nil, err
	}
	if x.buf[x.pos+2] == '-' {
		if x.buf[x.pos+3] != '-' {
			return other, nil, xmlError("invalid sequence <!- not part of <!--")
		}
		i, err := x.find(4, "-->")
		if err != nil {
			return other, nil, err
		}
		x.pos += i + 3
		return other, nil, nil
	}
	if x.buf[x.pos+2] == '[' {
		if err := x.need(9); err != nil {
			return other, nil, err
		}
		if string(x.buf[x.pos:x.pos+9]) != "<![CDATA[" {
			return other, nil, xmlError("invalid <![ sequence")
		}
		i, err := x.find(9, "]]>")
		if err != nil {
			return other, nil, err
		}
		t := x.buf[x.pos+9 : x.pos+i]
		x.pos += i + 3
		return cdata, t, nil
	}
	// A DOCTYPE: to its >, over quotes, nested declarations and comments. What it begins
	// with is none of these (encoding/xml).
	depth, quote := 0, byte(0)
	for i := 3; ; i++ {
		if err := x.need(i + 1); err != nil {
			return other, nil, err
		}
		c := x.buf[x.pos+i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<':
			if err := x.need(i + 4); err != nil {
				return other, nil, err
			}
			if string(x.buf[x.pos+i:x.pos+i+4]) == "<!--" {
				j, err := x.find(i+4, "-->")
				if err != nil {
					return other, nil, err
				}
				i = j + 2
				continue
			}
			depth++
		case c == '>' && depth > 0:
			depth--
		case c == '>':
			x.pos += i + 1
			return other, nil, nil
		}
	}
}

// checkEncoding refuses a prolog that names another encoding than UTF-8.
func checkEncoding(pi []byte) error {
	rest, ok := bytes.CutPrefix(pi, []byte("xml"))
	if !ok || len(rest) == 0 || !isSpace(rest[0]) {
		return nil
	}
	_, v, ok := bytes.Cut(rest, []byte("encoding"))
	v = bytes.TrimLeft(v, " \t\r\n")
	if !ok || len(v) == 0 || v[0] != '=' {
		return nil
	}
	v = bytes.TrimLeft(v[1:], " \t\r\n")
	if len(v) == 0 || v[0] != '"' && v[0] != '\'' {
		return nil
	}
	enc, _, ok := bytes.Cut(v[1:], v[:1])
	if ok && len(enc) > 0 && !strings.EqualFold(string(enc), "utf-8") {
		return xmlError("encoding %q is not UTF-8", enc)
	}
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

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

// child moves to the next start tag inside the open element: its local name, or
// nil when the element ended. Text between elements is passed over. At the end
// of the document outside of all elements the error is io.EOF.
func (x *xmlScanner) child() ([]byte, error) {
	if x.selfClose {
		x.selfClose = false
		x.pop()
		return nil, nil
	}
	for {
		i := 0
		if x.pos >= x.end || x.buf[x.pos] != '<' {
			i = bytes.IndexByte(x.buf[x.pos:x.end], '<')
		}
		if i < 0 {
			x.pos = x.end
			if err := x.fill(); err != nil {
				if err == io.ErrUnexpectedEOF && len(x.open) == 0 {
					err = io.EOF
				}
				return nil, err
			}
			continue
		}
		x.pos += i
		k, name, err := x.markup()
		switch {
		case err != nil:
			return nil, err
		case k == startTag:
			return name, nil
		case k == endTag:
			return nil, nil
		}
	}
}

// skip passes over the rest of the element that was just started.
func (x *xmlScanner) skip() error {
	for depth := 1; depth > 0; {
		name, err := x.child()
		if err != nil {
			return err
		}
		if name != nil {
			depth++
		} else {
			depth--
		}
	}
	return nil
}

// value gives the text of the element that was just started, and ends it. An
// element inside is an error. The slice is valid until the next read.
func (x *xmlScanner) value() ([]byte, error) {
	if x.selfClose {
		x.selfClose = false
		x.pop()
		return nil, nil
	}
	i := bytes.IndexByte(x.buf[x.pos:x.end], '<')
	if i < 0 {
		var err error
		if i, err = x.find(0, "<"); err != nil {
			return nil, err
		}
	}
	name := x.top()
	if err := x.need(i + 3 + len(name)); err != nil {
		return nil, err
	}
	raw := x.buf[x.pos : x.pos+i]
	after := x.buf[x.pos+i : x.pos+i+3+len(name)]
	if after[1] == '/' && after[len(after)-1] == '>' && bytes.Equal(after[2:len(after)-1], name) && plainText(raw) {
		x.pos += i + len(after)
		x.pop()
		return raw, nil
	}
	x.text = x.text[:0]
	for {
		i, err := x.find(0, "<")
		if err != nil {
			return nil, err
		}
		if x.text, err = appendText(x.text, x.buf[x.pos:x.pos+i], true); err != nil {
			return nil, err
		}
		x.pos += i
		k, b, err := x.markup()
		switch {
		case err != nil:
			return nil, err
		case k == startTag:
			return nil, xmlError("expected value for %s element, got element %s", name, b)
		case k == endTag:
			return x.text, nil
		case k == cdata:
			if x.text, err = appendText(x.text, b, false); err != nil {
				return nil, err
			}
		}
	}
}

// leaf reads an element of a name, <name>text</name>, whole, when it is what comes
// next, all of it is at hand and its text is plain; else nothing is read. open and
// end are its tags. The slice is valid until the next read.
func (x *xmlScanner) leaf(open, end string) (text []byte, ok bool) {
	if x.selfClose {
		return nil, false
	}
	text, n := leafIn(x.buf[x.pos:x.end], open, end)
	if n == 0 {
		return nil, false
	}
	x.pos += n
	return text, true
}

// pair reads two elements and the end tag of the open one around them, as leaf does.
func (x *xmlScanner) pair(open1, end1, open2, end2, outer string) (a, b []byte, ok bool) {
	if top := x.top(); x.selfClose || len(top)+3 != len(outer) || outer[2:2+len(top)] != string(top) {
		return nil, nil, false
	}
	rest := x.buf[x.pos:x.end]
	a, n := leafIn(rest, open1, end1)
	if n == 0 {
		return nil, nil, false
	}
	b, m := leafIn(rest[n:], open2, end2)
	if m == 0 {
		return nil, nil, false
	}
	last := tagIn(rest[n+m:], outer)
	if last == 0 {
		return nil, nil, false
	}
	x.pos += n + m + last
	x.pop()
	return a, b, true
}

// leafIn gives the text of the element that b begins with, after white space, and
// where it ends; 0: it is none.
func leafIn(b []byte, open, end string) (text []byte, n int) {
	at := tagIn(b, open)
	if at == 0 {
		return nil, 0
	}
	i := bytes.IndexByte(b[at:], '<')
	if i < 0 {
		return nil, 0
	}
	last := at + i + len(end)
	if last > len(b) || string(b[at+i:last]) != end || !plainText(b[at:at+i]) {
		return nil, 0
	}
	return b[at : at+i], last
}

// tagIn gives where the tag ends that b begins with, after white space; 0: it is
// another.
func tagIn(b []byte, tag string) int {
	at := 0
	for at < len(b) && isSpace(b[at]) {
		at++
	}
	if end := at + len(tag); end <= len(b) && string(b[at:end]) == tag {
		return end
	}
	return 0
}

// plainText tells that text means itself: ASCII without entities, carriage
// returns or control characters.
func plainText(b []byte) bool {
	// Eight at a time: a byte of the sum of these has its high bit set when it is
	// no plain one (or follows one that is not).
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		amp, del := w^('&'*ones), w^(0x7f*ones)
		if (w|(w-' '*ones)&^w|(amp-ones)&^amp|(del-ones)&^del)&high != 0 {
			return false
		}
	}
	for _, c := range b {
		if c == '&' || c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// appendText appends character data with entities resolved and line ends made
// \n.
func appendText(dst, b []byte, entities bool) ([]byte, error) {
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '&' && entities:
			n := bytes.IndexByte(b[i:], ';')
			if n < 0 {
				return nil, xmlError("invalid character entity & (no semicolon)")
			}
			var err error
			if dst, err = appendEntity(dst, b[i+1:i+n]); err != nil {
				return nil, err
			}
			i += n + 1
		case c == '\r':
			dst = append(dst, '\n')
			i++
			if i < len(b) && b[i] == '\n' {
				i++
			}
		case c < utf8.RuneSelf:
			if c < ' ' && c != '\t' && c != '\n' {
				return nil, xmlError("illegal character code U+%04X", c)
			}
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return nil, xmlError("invalid UTF-8")
			}
			if !xmlChar(r) {
				return nil, xmlError("illegal character code U+%04X", r)
			}
			dst = append(dst, b[i:i+n]...)
			i += n
		}
	}
	return dst, nil
}

// xmlChar tells whether XML 1.0 allows a character.
func xmlChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// appendEntity appends what &name; stands for.
func appendEntity(dst, name []byte) ([]byte, error) {
	switch string(name) {
	case "amp":
		return append(dst, '&'), nil
	case "lt":
		return append(dst, '<'), nil
	case "gt":
		return append(dst, '>'), nil
	case "quot":
		return append(dst, '"'), nil
	case "apos":
		return append(dst, '\''), nil
	}
	if len(name) < 2 || name[0] != '#' {
		return nil, xmlError("invalid character entity &%s;", name)
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 {
		return nil, xmlError("invalid character entity &%s;", name)
	}
	var r rune
	for _, c := range digits {
		d := rune(-1)
		switch {
		case c >= '0' && c <= '9':
			d = rune(c - '0')
		case base == 16 && c >= 'a' && c <= 'f':
			d = rune(c-'a') + 10
		case base == 16 && c >= 'A' && c <= 'F':
			d = rune(c-'A') + 10
		}
		if d < 0 || r > utf8.MaxRune {
			return nil, xmlError("invalid character entity &%s;", name)
		}
		r = r*base + d
	}
	if !xmlChar(r) {
		if r >= 0xD800 && r <= 0xDFFF { // encoding/xml makes U+FFFD of a surrogate
			return utf8.AppendRune(dst, utf8.RuneError), nil
		}
		return nil, xmlError("illegal character code U+%04X", r)
	}
	return utf8.AppendRune(dst, r), nil
}
