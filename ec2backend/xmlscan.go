package ec2backend

import (
	"bytes"
	"fmt"
	"io"
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
	fills     int    // times that more was read
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
	x.fills++
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

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

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

// appendValue appends what value gives.
func (x *xmlScanner) appendValue(dst []byte) ([]byte, error) {
	v, err := x.value()
	return append(dst, v...), err
}
