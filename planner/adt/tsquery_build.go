package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// TSQueryBuilder parses a query's text and takes what becomes of its words
// (TSQueryParserState). Operands come before their operator.
type TSQueryBuilder struct {
	tsWords
	form    TSQueryForm
	push    func(b *TSQueryBuilder, word string, weights uint8, prefix bool) error
	depth   int
	waiting bool // for an operand
	first   bool // nothing has been read yet
	stops   bool // there are stop words to remove
	out     []*TSNode
}

// Value puts a word.
func (b *TSQueryBuilder) Value(word string, weights uint8, prefix bool) error {
	if len(word) >= TSMaxWord {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "word is too long in tsquery: \"%s\"", b.src)
	}
	b.out = append(b.out, &TSNode{Word: word, Weights: weights, Prefix: prefix})
	return nil
}

// Stop puts a place where a stop word was.
func (b *TSQueryBuilder) Stop() {
	b.stops = true
	b.out = append(b.out, &TSNode{Op: tsStop})
}

// Operator joins the operands before it.
func (b *TSQueryBuilder) Operator(op byte, distance int16) error {
	n := &TSNode{Op: op}
	if op == TSPhrase {
		n.Distance = distance
	}
	return b.apply(n)
}

func (b *TSQueryBuilder) apply(n *TSNode) error {
	need := 2
	if n.Op == TSNot {
		need = 1
	}
	if len(b.out) < need {
		return b.syntax()
	}
	n.Right = b.out[len(b.out)-1]
	if need == 2 {
		n.Left = b.out[len(b.out)-2]
	}
	n.depth = n.Right.depth + 1
	if need == 2 {
		n.depth = max(n.depth, n.Left.depth+1)
	}
	if n.depth > maxTSDepth {
		return errStackDepth(nil)
	}
	b.out = append(b.out[:len(b.out)-need], n)
	return nil
}

// withoutStops is clean_stopword_intree: it takes stop words away; a phrase
// that loses a side leaves its distance to the phrase operators around it, on
// the left and on the right.
func (n *TSNode) withoutStops() (out *TSNode, left, right int16) {
	switch n.Op {
	case 0:
		return n, 0, 0
	case tsStop:
		return nil, 0, 0
	case TSNot:
		r, left, right := n.Right.withoutStops()
		if r == nil {
			return nil, left, right
		}
		return &TSNode{Op: TSNot, Right: r}, left, right
	}
	l, ll, lr := n.Left.withoutStops()
	r, rl, rr := n.Right.withoutStops()
	phrase := n.Op == TSPhrase
	switch {
	case l == nil && r == nil:
		if phrase {
			return nil, ll + n.Distance + rl, ll + n.Distance + rl
		}
		return nil, max(ll, rl), max(ll, rl)
	case l == nil && phrase:
		return r, ll + n.Distance + rl, rr
	case l == nil:
		return r, rl, rr
	case r == nil && phrase:
		return l, ll, lr + n.Distance + rr
	case r == nil:
		return l, ll, lr
	case phrase:
		return &TSNode{Op: TSPhrase, Distance: n.Distance + lr + rl, Left: l, Right: r}, ll, rr
	}
	return &TSNode{Op: n.Op, Left: l, Right: r}, 0, 0
}
