package emulator

import (
	"strconv"
	"unicode/utf8"
)

// xmlWriter appends well-formed XML.
type xmlWriter struct{ b []byte }

func (x *xmlWriter) raw(s string) { x.b = append(x.b, s...) }

// element appends <name>text</name>.
func (x *xmlWriter) element(name, text string) {
	x.b = append(x.b, '<')
	x.b = append(x.b, name...)
	x.b = append(x.b, '>')
	x.b = appendEscaped(x.b, text)
	x.b = append(x.b, '<', '/')
	x.b = append(x.b, name...)
	x.b = append(x.b, '>')
}

// optional appends the element unless text is empty.
func (x *xmlWriter) optional(name, text string) {
	if text != "" {
		x.element(name, text)
	}
}

func (x *xmlWriter) boolean(name string, v bool) { x.element(name, strconv.FormatBool(v)) }

// begin starts an EC2 reply.
func (x *xmlWriter) begin(q *request) {
	x.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<")
	x.raw(q.action)
	x.raw(`Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` + "\n")
	x.element("requestId", q.id)
}

// end closes what begin started.
func (x *xmlWriter) end(q *request) []byte {
	x.raw("</" + q.action + "Response>")
	return x.b
}

// appendEscaped appends text; characters that XML cannot hold become U+FFFD.
func appendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '&':
				b = append(b, "&amp;"...)
			case c == '<':
				b = append(b, "&lt;"...)
			case c == '>':
				b = append(b, "&gt;"...)
			case c == '"':
				b = append(b, "&quot;"...)
			case c == '\r':
				b = append(b, "&#13;"...)
			case c < ' ' && c != '\t' && c != '\n':
				b = append(b, "\uFFFD"...)
			default:
				b = append(b, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || r == 0xFFFE || r == 0xFFFF {
			b = append(b, "\uFFFD"...)
		} else {
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}
