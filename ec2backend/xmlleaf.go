package ec2backend

import (
	"bytes"
)

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
