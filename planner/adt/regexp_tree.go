package adt

// The tree by which a match is taken apart (regcomp.c): which pieces of an
// expression prefer to be long or short decides what its groups match. A piece all of whose parts
// agree is a leaf; only where a group, a back reference or a clash of
// preferences lies within it has a piece parts.

type rePref uint8

const (
	longer  rePref = 1 << iota // prefers the longest match
	shorter                    // prefers the shortest
	mixed                      // has parts that prefer differently
	captures
	refers
)

const messy = mixed | captures | refers

// up is what a part's properties mean for what it is a part of.
func (f rePref) up() rePref {
	out := f & messy
	if f&longer != 0 && f&shorter != 0 {
		out |= mixed
	}
	return out
}

// combine joins the properties of two parts in sequence: the first that has a
// preference gives it.
func combine(a, b rePref) rePref {
	pref := a & (longer | shorter)
	if pref == 0 {
		pref = b & (longer | shorter)
	}
	return (a | b).up() | pref
}

type rePieceKind uint8

const (
	pieceLeaf rePieceKind = iota
	pieceBackref
	pieceConcat
	pieceAlternate
	pieceIterate
	pieceWrap // a group that is all of another group
)

// rePiece is a node of the tree (struct subre).
type rePiece struct {
	kind     rePieceKind
	flags    rePref
	group    int // the group that it is, 0: none
	refersTo int
	min, max int // how often it is repeated, max -1: without limit
	sub      []*rePiece
	node     *reNode // what it matches
	id       int
	prog     *reProg
}

type reTreeBuilder struct {
	groups map[int]*reNode // what back references may name
}

// alternatives makes the piece of an expression (parse).
func (b *reTreeBuilder) alternatives(n *reNode) *rePiece {
	if n.kind != reAlt {
		return b.branch(n.items())
	}
	t := &rePiece{kind: pieceAlternate, flags: longer, node: n}
	for _, s := range n.sub {
		p := b.branch(s.items())
		t.sub = append(t.sub, p)
		t.flags |= (t.flags | p.flags).up()
	}
	if t.flags&messy == 0 {
		t.kind, t.sub = pieceLeaf, nil
	}
	return t
}

// items gives what a branch is made of.
func (n *reNode) items() []*reNode {
	if n.kind == reSeq {
		return n.sub
	}
	return []*reNode{n}
}

func seqOf(items []*reNode) *reNode { return &reNode{kind: reSeq, sub: items} }

// branch makes the piece of a sequence (parsebranch and parseqatom): up to the first item
// that is no mere continuation it is a leaf.
func (b *reTreeBuilder) branch(items []*reNode) *rePiece {
	top := &rePiece{node: seqOf(items)}
	for i, it := range items {
		if it.kind == reAssert || it.kind == reLook {
			continue
		}
		a := b.atom(it)
		if a == nil { // repeated zero times
			continue
		}
		if f := top.flags | a.prefers | a.flags; !a.apart && f.up()&messy == 0 {
			top.flags = f
			continue
		}
		first, own := b.repeated(it, a), combine(a.prefers, a.flags)
		prefix := &rePiece{flags: top.flags, node: seqOf(items[:i])}
		top.kind = pieceConcat
		if i+1 == len(items) {
			if i == 0 {
				return first
			}
			top.sub = []*rePiece{prefix, first}
			top.flags |= combine(top.flags, first.flags)
			return top
		}
		rest := b.branch(items[i+1:])
		t := &rePiece{kind: pieceConcat, flags: own, sub: []*rePiece{first, rest}, node: seqOf(items[i:])}
		t.flags |= combine(t.flags, rest.flags)
		top.flags |= combine(top.flags, t.flags)
		top.sub = []*rePiece{prefix, t}
		switch {
		case i == 0:
			top.sub = t.sub
		case first.kind == pieceLeaf && rest.kind == pieceLeaf && (first.flags|rest.flags).up()&messy == 0:
			t.kind, t.flags, t.sub = pieceLeaf, combine(first.flags, rest.flags), nil
		}
		return top
	}
	return top
}

// reAtom is an item without its quantifier.
type reAtom struct {
	*rePiece
	prefers  rePref // the quantifier's preference
	min, max int
	backref  bool
	apart    bool // a group or a back reference, which stands apart in any case
}

func (b *reTreeBuilder) atom(it *reNode) *reAtom {
	a := &reAtom{min: 1, max: 1}
	n := it
	if it.kind == reRepeat {
		n = it.sub[0]
		a.min, a.max = it.min, it.max
		if !it.fixed { // {m} leaves the preference to what it repeats
			a.prefers = pick(it.lazy, shorter, longer)
		}
	}
	switch {
	case n.kind == reBackref:
		a.rePiece = &rePiece{kind: pieceBackref, flags: refers, refersTo: n.n, node: n}
		a.backref, a.apart = true, true
	case n.kind == reGroup:
		a.rePiece = b.alternatives(n.sub[0])
		if a.apart = n.n > 0; a.apart {
			if a.group != 0 {
				a.rePiece = &rePiece{kind: pieceWrap, flags: a.flags, sub: []*rePiece{a.rePiece}, node: n}
			}
			a.rePiece.flags |= captures
			a.rePiece.group = n.n
			b.groups[n.n] = n
		}
	default:
		a.rePiece = &rePiece{node: n}
	}
	if a.min == 0 && a.max == 0 {
		return nil // a back reference to a group in it fits nothing
	}
	return a
}

// repeated puts a quantifier's structure around an atom.
func (b *reTreeBuilder) repeated(it *reNode, a *reAtom) *rePiece {
	f := combine(a.prefers, a.flags)
	pref := a.flags & (longer | shorter | mixed)
	times := func(min, max int) *reNode {
		n := it
		if it.kind == reRepeat {
			n = it.sub[0]
		}
		return &reNode{kind: reRepeat, sub: []*reNode{n}, min: min, max: max}
	}
	switch {
	case a.backref:
		a.rePiece.min, a.rePiece.max = a.min, a.max
		a.rePiece.node = it
		a.rePiece.flags |= f
		return a.rePiece
	case a.min == 1 && a.max == 1 && (a.prefers == 0 || pref == 0 || pref == a.prefers):
		return a.rePiece
	case a.flags&(captures|refers) == 0:
		return &rePiece{flags: f, node: it}
	case a.min > 0 && a.flags&refers == 0:
		// Only the last repetition's groups count.
		before := &rePiece{flags: f & (longer | shorter), node: times(a.min-1, pick(a.max < 0, -1, a.max-1))}
		return &rePiece{kind: pieceConcat, flags: f, sub: []*rePiece{before, a.rePiece}, node: it}
	}
	return &rePiece{kind: pieceIterate, flags: f, min: a.min, max: a.max, sub: []*rePiece{a.rePiece}, node: it}
}
