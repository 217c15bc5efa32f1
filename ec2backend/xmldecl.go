package ec2backend

import (
	"bytes"
	"strings"
)

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
