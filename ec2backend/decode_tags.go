package ec2backend

import "bytes"

// tagShape is how an endpoint writes tags.
type tagShape struct {
	before, between, after string     // of a tag: before the key, up to the value, behind it
	end                    string     // of the set
	last                   []*madeTag // of the flow log before, by place
}

// tagSet reads the tags element by element.
func (d *pageDecoder) tagSet() error {
	if !d.needsTags() {
		return d.x.skip()
	}
	x, l, s := d.x, &d.flow, &d.in.shape.tag
	l.tags = append(d.tags[:0], l.tags...)
	defer func() { d.tags = l.tags }()
	for {
		at := x.mark()
		name, err := x.child()
		switch {
		case err != nil:
			return err
		case name == nil:
			if raw := x.since(at); spaced(raw, "</tagSet>") {
				s.end = string(raw)
			}
			return nil
		case fold(name, "item"):
			err = d.tag(at)
		default:
			err = x.skip()
		}
		if err != nil {
			return err
		}
	}
}

// rawTag is a tag as it stands in XML.
type rawTag struct{ key, value []byte }

// expectedTags reads a set of tags in the shape that b begins with, from tag to tag; n is
// its length, else 0.
func (d *pageDecoder) expectedTags(e *element, b []byte) (n int) {
	s := &d.in.shape.tag
	if s.end == "" {
		return 0
	}
	d.rawTags = d.rawTags[:0]
	rest := b[len(e.name)+2:]
	for s.before != "" && begins(rest, s.before) {
		key, after, ok := textBefore(rest[len(s.before):], s.between)
		if !ok {
			return 0
		}
		value, after, ok := textBefore(after, s.after)
		if !ok {
			return 0
		}
		d.rawTags = append(d.rawTags, rawTag{key, value})
		rest = after
	}
	if !begins(rest, s.end) {
		return 0
	}
	raw := b[:len(b)-len(rest)+len(s.end)]
	slot, hash := d.in.slot(raw)
	if k := slot.find(hash, raw); k != nil && d.take(e, k) {
		return len(raw)
	}
	if d.needsTags() {
		d.flow.tags = d.tags[:0]
		for _, t := range d.rawTags {
			if !d.expectedTag(t) {
				d.flow.tags = nil
				return 0
			}
		}
		d.tags = d.flow.tags
	}
	d.flow.had[partTags] = true
	d.remember(e, slot, hash, raw)
	return len(raw)
}

// textBefore gives the text at the beginning of b if the next markup is as expected, and
// what follows that.
func textBefore(b []byte, markup string) (text, after []byte, ok bool) {
	i := bytes.IndexByte(b, '<')
	if i < 0 || !begins(b[i:], markup) {
		return nil, nil, false
	}
	return b[:i], b[i+len(markup):], true
}

// expectedTag adds a tag if its text is plain.
func (d *pageDecoder) expectedTag(t rawTag) bool {
	if l := d.lastTag(); l != nil && l.plain && l.key == string(t.key) && l.value == string(t.value) {
		d.flow.tags = append(d.flow.tags, l)
		return true
	}
	if !plainText(t.key) || !plainText(t.value) {
		return false
	}
	d.addTag(t.key, t.value)
	return true
}

// lastTag is the tag that the flow log before had at the place of the next one, nil:
// none.
func (d *pageDecoder) lastTag() *madeTag {
	if n, last := len(d.flow.tags), d.in.shape.tag.last; n < len(last) {
		return last[n]
	}
	return nil
}

// addTag adds a tag to the flow log's.
func (d *pageDecoder) addTag(key, value []byte) {
	s, n := &d.in.shape.tag, len(d.flow.tags)
	t := d.in.tag(key, value, d.lastTag())
	d.flow.tags = append(d.flow.tags, t)
	switch {
	case n < len(s.last):
		s.last[n] = t
	case n < maxTags:
		s.last = append(s.last, t)
	}
}

// maxTags is how many tags a resource may have.
const maxTags = 50

// tag reads a tag, whose start tag was read; at is before that.
func (d *pageDecoder) tag(at mark) error {
	x := d.x
	key, value := d.key[:0], d.value[:0]
	defer func() { d.key, d.value = key, value }()
	for {
		name, err := x.child()
		if err != nil {
			return err
		}
		if name == nil {
			break
		}
		switch {
		case fold(name, "key"):
			key, err = x.appendValue(key[:0])
		case fold(name, "value"):
			value, err = x.appendValue(value[:0])
		default:
			err = x.skip()
		}
		if err != nil {
			return err
		}
	}
	d.addTag(key, value)
	d.in.shape.tag.learn(x.since(at))
	return nil
}

// learn takes over how a tag was written, if it was nothing but a key and a value.
func (s *tagShape) learn(raw []byte) {
	before, rest, ok := cutBehind(raw, "<key>")
	if !ok || !spaced(before, "<item>", "<key>") {
		return
	}
	rest = rest[max(bytes.IndexByte(rest, '<'), 0):]
	between, rest, ok := cutBehind(rest, "<value>")
	if !ok || !begins(between, "</key>") || !spaced(between, "</key>", "<value>") {
		return
	}
	after := rest[max(bytes.IndexByte(rest, '<'), 0):]
	if begins(after, "</value>") && spaced(after, "</value>", "</item>") {
		s.before, s.between, s.after = string(before), string(between), string(after)
	}
}

// cutBehind cuts b behind the first sep.
func cutBehind(b []byte, sep string) (to, from []byte, ok bool) {
	i := bytes.Index(b, []byte(sep))
	if i < 0 {
		return nil, nil, false
	}
	return b[:i+len(sep)], b[i+len(sep):], true
}
