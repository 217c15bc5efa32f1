package ec2backend

import (
	"bytes"
	"hash/maphash"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
)

// The parts of a flow log that are no plain values.
const (
	partTags = iota
	partOptions
	partFields
	numParts
)

// noPart is what a column is that holds a plain value.
const noPart = -1

func partOf(field int) int {
	switch field {
	case colTagSet:
		return partTags
	case colDestinationOptions:
		return partOptions
	case colTagFieldSpecifications:
		return partFields
	}
	return noPart
}

// known is a part as it was read once from an element. The same bytes are the same part.
type known struct {
	raw     string // from tag to tag
	skipped bool   // nobody needed it
	tags    []*madeTag
	options *destinationOptions
	fields  []tagField
	made    [2]adt.Datum // the columns made of it so far
}

// The parts that an interner remembers, and how long they may be.
const (
	maxKnown    = 2048
	maxKnownRaw = 4096
)

// knownSlot is a place for a part. What comes for the first time leaves its hash alone:
// most that do never come again.
type knownSlot struct {
	k    *known
	hash uint32
	used bool // since another wanted the place
}

func (in *interner) slot(raw []byte) (s *knownSlot, hash uint32) {
	h := maphash.Bytes(in.seed, raw)
	return &in.parts[h%maxKnown], uint32(h >> 32)
}

// find gives the part that raw is, nil: it is not known.
func (s *knownSlot) find(hash uint32, raw []byte) *known {
	if s.k == nil || s.hash != hash || s.k.raw != string(raw) {
		return nil
	}
	s.used = true
	return s.k
}

// expectedPart reads a part that b begins with if it came before or is in the shape; n is
// its length with the white space before it, else 0.
func (d *pageDecoder) expectedPart(e *element, b []byte) (n int) {
	p := partOf(e.field)
	if d.flow.had[p] {
		return 0
	}
	lead := len(e.open) - len(e.name) - 2
	b = b[lead:]
	switch k := e.known; {
	case k != nil && begins(b, k.raw) && d.take(e, k):
		return lead + len(k.raw)
	case p == partTags:
		if n := d.expectedTags(e, b); n > 0 {
			return lead + n
		}
		return 0
	}
	end := bytes.Index(b[:min(len(b), maxKnownRaw)], []byte(e.end))
	if end < 0 {
		return 0
	}
	raw := b[:end+len(e.end)]
	s, hash := d.in.slot(raw)
	if k := s.find(hash, raw); k == nil || !d.take(e, k) {
		return 0
	}
	return lead + len(raw)
}

// take takes a known part for the flow log's, unless it lacks what is needed.
func (d *pageDecoder) take(e *element, k *known) bool {
	if k.skipped && d.needsTags() {
		return false
	}
	l, p := &d.flow, partOf(e.field)
	l.had[p], l.of[p], e.known = true, k, k
	switch p {
	case partTags:
		l.tags = k.tags
	case partOptions:
		l.options = k.options
	case partFields:
		l.fields = k.fields
	}
	return true
}

// remember notes what the part is that was just read.
func (d *pageDecoder) remember(e *element, s *knownSlot, hash uint32, raw []byte) {
	switch {
	case len(raw) > maxKnownRaw:
		return
	case s.hash == hash:
	case s.used:
		s.used = false
		return
	default:
		*s = knownSlot{hash: hash}
		return
	}
	l, p := &d.flow, partOf(e.field)
	k := &known{raw: string(raw)}
	switch p {
	case partTags:
		k.skipped = !d.needsTags()
		k.tags = slices.Clone(l.tags)
	case partOptions:
		k.options = l.options
	case partFields:
		k.fields = l.fields
	}
	*s = knownSlot{k: k, hash: hash, used: true}
	l.of[p], e.known = k, k
}

func (d *pageDecoder) needsTags() bool { return d.need[colTagSet] || d.need[colTags] }

// parts sets the columns that are made of parts.
func (d *pageDecoder) parts(row adt.Row) {
	l := &d.flow
	if len(l.tags) > 0 && d.need[colTagSet] {
		d.part(row, colTagSet, partTags, 0, func(m *jsonMaker) adt.Datum { return m.tagSet(l.tags) })
	}
	if len(l.tags) > 0 && d.need[colTags] {
		d.part(row, colTags, partTags, 1, func(m *jsonMaker) adt.Datum { return m.tags(l.tags) })
	}
	if l.options != nil && d.need[colDestinationOptions] {
		d.part(row, colDestinationOptions, partOptions, 0, func(m *jsonMaker) adt.Datum { return m.options(l.options) })
	}
	if l.fields != nil && d.need[colTagFieldSpecifications] {
		d.part(row, colTagFieldSpecifications, partFields, 0, func(m *jsonMaker) adt.Datum { return m.tagFields(l.fields) })
	}
}

// part sets the i-th column that is made of a part, as it was made before if it was.
func (d *pageDecoder) part(row adt.Row, col, p, i int, value func(*jsonMaker) adt.Datum) {
	k := d.flow.of[p]
	if k == nil {
		row[col] = value(&d.in.json)
		return
	}
	if k.made[i] == nil {
		k.made[i] = value(&d.in.known)
	}
	row[col] = k.made[i]
}
