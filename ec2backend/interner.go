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
	tags  []*madeTag
	parts []knownSlot
	json  jsonMaker
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
		seed: maphash.MakeSeed(), texts: make([]adt.Datum, maxTexts), tags: make([]*madeTag, maxMadeTags),
		parts: make([]knownSlot, maxKnown), x: newXMLScanner(nil),
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

// tag gives a tag that likely comes again; like is one that may have the same key.
func (in *interner) tag(key, value []byte, like *madeTag) *madeTag {
	var h maphash.Hash
	h.SetSeed(in.seed)
	_, _ = h.Write(key) // never fails
	_, _ = h.Write(value)
	t := &in.tags[h.Sum64()%maxMadeTags]
	if *t != nil && (*t).key == string(key) && (*t).value == string(value) {
		return *t
	}
	made := tag{value: string(value)}
	if like != nil && like.key == string(key) {
		made.key = like.key
		*t = in.json.made(made)
		(*t).name = like.name
	} else {
		made.key = string(key)
		*t = in.json.made(made)
	}
	(*t).plain = plainText(key) && plainText(value)
	return *t
}
