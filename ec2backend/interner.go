package ec2backend

import (
	"hash/maphash"
	"sync"

	"github.com/flowgres/flowgres/planner/adt"
)

// interner shares the values that flow logs have in common: what was made once is found
// again by the bytes it was read from. Its tables hold what was met last, so values that
// never come again cost no more than making them. It serves one reader at a time.
type interner struct {
	seed  maphash.Seed
	texts []adt.Datum
	tags  []tagSlot
	parts []knownSlot
	json  jsonMaker   // of rows
	known jsonMaker   // of parts that come again: they outlive their rows
	shape shape       // of flow logs
	x     *xmlScanner // reads for whoever has the interner, for its buffer's sake
}

// The sizes of the tables.
const (
	maxTexts    = 1024
	maxMadeTags = 1024

	maxPooledBuffer = 1 << 20
)

func newInterner() *interner {
	return &interner{
		seed: maphash.MakeSeed(), texts: make([]adt.Datum, maxTexts), tags: make([]tagSlot, maxMadeTags),
		parts: make([]knownSlot, maxKnown), known: jsonMaker{apart: true}, x: newXMLScanner(nil),
	}
}

// interners keeps those of ended scans for later ones, which then find most values made.
type interners struct{ pool sync.Pool }

func (p *interners) take() *interner {
	if in, ok := p.pool.Get().(*interner); ok {
		return in
	}
	return newInterner()
}

// give takes one back, unless a long value made it large.
func (p *interners) give(in *interner) {
	in.x.reset(nil)
	if len(in.x.buf) <= maxPooledBuffer {
		p.pool.Put(in)
	}
}

// text gives the Datum of a text that likely comes again.
func (in *interner) text(b []byte) adt.Datum {
	d := &in.texts[maphash.Bytes(in.seed, b)%maxTexts]
	if s, ok := (*d).(string); !ok || s != string(b) {
		*d = string(b)
	}
	return *d
}

// tagSlot is a place for a tag, as knownSlot is for a part.
type tagSlot struct {
	t    *madeTag
	hash uint32
	used bool // since another wanted the place
}

// tag gives a tag that likely comes again; like is one that may have the same key.
func (in *interner) tag(key, value []byte, like *madeTag) *madeTag {
	var h maphash.Hash
	h.SetSeed(in.seed)
	_, _ = h.Write(key) // never fails
	_, _ = h.Write(value)
	sum := h.Sum64()
	s, hash := &in.tags[sum%maxMadeTags], uint32(sum>>32)
	if s.t != nil && s.hash == hash && s.t.key == string(key) && s.t.value == string(value) {
		s.used = true
		return s.t
	}
	var t *madeTag
	switch {
	case s.hash == hash:
		t = &madeTag{}
		s.t, s.used = t, true
	default:
		t = in.json.tag()
		if s.used {
			s.used = false
		} else {
			s.t, s.hash = nil, hash
		}
	}
	t.value, t.plain = string(value), plainText(key) && plainText(value)
	if like != nil && like.key == string(key) {
		t.key, t.name = like.key, like.name
	} else {
		t.key = string(key)
	}
	return t
}
