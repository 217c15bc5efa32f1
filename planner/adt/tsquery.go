package adt

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strconv"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// tsquery (tsquery.c, tsquery_op.c, tsquery_util.c).

// TSQuery is a value of type tsquery; an empty one has no root.
type TSQuery struct{ Root *TSNode }

// TSNode is a word or an operator of a tsquery.
type TSNode struct {
	Op          byte // 0: a word
	Word        string
	Weights     uint8 // those that match, A is 8; 0: all
	Prefix      bool
	Distance    int16 // of a phrase
	Left, Right *TSNode
	depth       int32 // of operators
}

// Operators, with the numbers of ts_type.h.
const (
	TSNot byte = iota + 1
	TSAnd
	TSOr
	TSPhrase
	tsStop // where a stop word was, until a query is built
)

// tsPriority ranks operators by how tightly they bind.
var tsPriority = [...]int{TSNot: 4, TSAnd: 2, TSOr: 1, TSPhrase: 3}

func tsqueryFuncs() Funcs {
	join := func(op byte) Func {
		return P2(func(a, b *TSQuery) *TSQuery { return joinQueries(op, 0, a, b) })
	}
	return Funcs{
		"tsqueryin":   In(tsqueryIn),
		"tsqueryout":  Out(tsqueryOut),
		"tsqueryrecv": Recv(tsqueryRecv),
		"tsquerysend": Send(tsquerySend),

		"tsquery_eq":  P2(func(a, b *TSQuery) bool { return tsqueryCompare(a, b) == 0 }),
		"tsquery_ne":  P2(func(a, b *TSQuery) bool { return tsqueryCompare(a, b) != 0 }),
		"tsquery_lt":  P2(func(a, b *TSQuery) bool { return tsqueryCompare(a, b) < 0 }),
		"tsquery_le":  P2(func(a, b *TSQuery) bool { return tsqueryCompare(a, b) <= 0 }),
		"tsquery_gt":  P2(func(a, b *TSQuery) bool { return tsqueryCompare(a, b) > 0 }),
		"tsquery_ge":  P2(func(a, b *TSQuery) bool { return tsqueryCompare(a, b) >= 0 }),
		"tsquery_cmp": Cmp(tsqueryCompare),

		"tsquery_and": join(TSAnd),
		"tsquery_or":  join(TSOr),
		"tsquery_not": P1(func(q *TSQuery) *TSQuery {
			if q.Root == nil {
				return q
			}
			return &TSQuery{&TSNode{Op: TSNot, Right: q.Root}}
		}),
		"tsquery_phrase":          P2(func(a, b *TSQuery) *TSQuery { return joinQueries(TSPhrase, 1, a, b) }),
		"tsquery_phrase_distance": F3(tsqueryPhrase),
		"tsquery_numnode":         P1(func(q *TSQuery) int32 { return int32(q.Root.count()) }),
		"tsquerytree":             P1(tsqueryTree),
		"tsq_mcontains":           P2(tsqueryContains),
		"tsq_mcontained":          P2(func(a, b *TSQuery) bool { return tsqueryContains(b, a) }),

		"ts_match_vq": P2(func(v *TSVector, q *TSQuery) bool { return v.Match(q) }),
		"ts_match_qv": P2(func(q *TSQuery, v *TSVector) bool { return v.Match(q) }),
	}
}

func joinQueries(op byte, distance int16, a, b *TSQuery) *TSQuery {
	switch {
	case a.Root == nil:
		return b
	case b.Root == nil:
		return a
	}
	return &TSQuery{&TSNode{Op: op, Distance: distance, Left: a.Root, Right: b.Root}}
}

func errPhraseDistance() error {
	return pgerr.New(pgerrcode.InvalidParameterValue,
		"distance in phrase operator must be an integer value between zero and %d inclusive", TSMaxPos+1)
}

func tsqueryPhrase(a, b *TSQuery, distance int32) (*TSQuery, error) {
	if distance < 0 || distance > TSMaxPos+1 {
		return nil, errPhraseDistance()
	}
	return joinQueries(TSPhrase, int16(distance), a, b), nil
}

func tsqueryOut(_ *Call, dst []byte, q *TSQuery) ([]byte, error) {
	if q.Root == nil {
		return dst, nil
	}
	return q.Root.infix(dst, -1, false), nil
}

// infix writes a node; parentheses come where the parent binds tighter.
func (n *TSNode) infix(dst []byte, parent int, rightPhrase bool) []byte {
	if n.Op == 0 {
		dst = appendLexeme(dst, n.Word)
		if n.Weights != 0 || n.Prefix {
			dst = append(dst, ':')
			if n.Prefix {
				dst = append(dst, '*')
			}
			for w := 3; w >= 0; w-- {
				if n.Weights>>w&1 == 1 {
					dst = append(dst, "DCBA"[w])
				}
			}
		}
		return dst
	}
	priority := tsPriority[n.Op]
	paren := priority < parent || n.Op == TSPhrase && priority == parent && rightPhrase
	if paren {
		dst = append(dst, "( "...)
	}
	switch n.Op {
	case TSNot:
		dst = n.Right.infix(append(dst, '!'), priority, false)
	default:
		dst = n.Left.infix(dst, priority, false)
		switch {
		case n.Op == TSOr:
			dst = append(dst, " | "...)
		case n.Op == TSAnd:
			dst = append(dst, " & "...)
		case n.Distance != 1:
			dst = append(strconv.AppendInt(append(dst, " <"...), int64(n.Distance), 10), "> "...)
		default:
			dst = append(dst, " <-> "...)
		}
		dst = n.Right.infix(dst, priority, n.Op == TSPhrase)
	}
	if paren {
		dst = append(dst, " )"...)
	}
	return dst
}

// Each visits nodes in the order in which they are stored: an operator, its
// right side, its left.
func (n *TSNode) Each(f func(*TSNode)) {
	if n == nil {
		return
	}
	f(n)
	n.Right.Each(f)
	n.Left.Each(f)
}

func (n *TSNode) count() (c int) {
	n.Each(func(*TSNode) { c++ })
	return c
}

func tsquerySend(c *Call, dst []byte, q *TSQuery) ([]byte, error) {
	var failed error
	dst = binary.BigEndian.AppendUint32(dst, uint32(q.Root.count()))
	q.Root.Each(func(n *TSNode) {
		switch {
		case n.Op == 0:
			var err error
			dst, err = textSend(c, append(dst, 1, n.Weights, pick[byte](n.Prefix, 1, 0)), n.Word)
			dst, failed = append(dst, 0), cmp.Or(failed, err)
		case n.Op == TSPhrase:
			dst = binary.BigEndian.AppendUint16(append(dst, 2, n.Op), uint16(n.Distance))
		default:
			dst = append(dst, 2, n.Op)
		}
	})
	return dst, failed
}

func tsqueryRecv(_ *Call, b []byte, _ int32) (*TSQuery, error) {
	bad := func(format string, a ...any) error { return pgerr.New(pgerrcode.InternalError, format, a...) }
	r := binReader{b: b}
	size := uint32(r.int32())
	if r.err != nil {
		return nil, r.err
	}
	if size > maxAlloc/12 { // MaxAllocSize / sizeof(QueryItem)
		return nil, bad("invalid size of tsquery")
	}
	left := int(size)
	var read func(depth int) (*TSNode, error)
	read = func(depth int) (*TSNode, error) {
		if depth > maxNesting {
			return nil, pgerr.New(pgerrcode.StatementTooComplex, "stack depth limit exceeded")
		}
		if left == 0 {
			return nil, bad("malformed tsquery: operand not found")
		}
		left--
		n := &TSNode{}
		switch kind := r.uint8(); {
		case r.err != nil:
		case kind == 1:
			n.Weights = r.uint8()
			n.Prefix = r.uint8() != 0
			word, err := r.cstring()
			if err != nil {
				return nil, err
			}
			n.Word = word
			if n.Weights > 15 {
				return nil, bad("invalid tsquery: invalid weight bitmap")
			}
			if len(word) > TSMaxWord {
				return nil, bad("invalid tsquery: operand too long")
			}
		case kind == 2:
			n.Op = r.uint8()
			if r.err == nil && (n.Op < TSNot || n.Op > TSPhrase) {
				return nil, bad("invalid tsquery: unrecognized operator type %d", int8(n.Op))
			}
			if n.Op == TSPhrase {
				n.Distance = int16(r.uint16())
			}
			var err error
			if r.err == nil {
				if n.Right, err = read(depth + 1); err != nil {
					return nil, err
				}
				if n.Op != TSNot {
					if n.Left, err = read(depth + 1); err != nil {
						return nil, err
					}
				}
			}
		default:
			return nil, bad("unrecognized tsquery node type: %d", int8(kind))
		}
		return n, r.err
	}
	q := &TSQuery{}
	if size > 0 {
		root, err := read(0)
		if err != nil {
			return nil, err
		}
		q.Root = root
	}
	if left > 0 && len(r.b) == 0 {
		return nil, errNoData()
	}
	if left > 0 {
		return nil, bad("malformed tsquery: extra nodes")
	}
	if len(r.b) > 0 {
		return nil, errLeftOver()
	}
	return q, nil
}

// legacyCRC is the checksum by which tsquery orders words: the table of the
// reflected polynomial, run the other way round.
func legacyCRC(s string) int32 {
	crc := ^uint32(0)
	for i := range len(s) {
		crc = crc32.IEEETable[byte(crc>>24)^s[i]] ^ crc<<8
	}
	return int32(^crc)
}

// tsqueryCompare is CompareTSQ.
func tsqueryCompare(a, b *TSQuery) int {
	bytes := func(q *TSQuery) (n int) {
		q.Root.Each(func(n2 *TSNode) {
			if n2.Op == 0 {
				n += len(n2.Word) + 1
			}
		})
		return n
	}
	if c := cmp.Or(cmp.Compare(a.Root.count(), b.Root.count()), cmp.Compare(bytes(a), bytes(b))); c != 0 || a.Root == nil {
		return c
	}
	return CompareTSNodes(a.Root, b.Root)
}

// CompareTSNodes orders queries, greater words and operators first
// (QTNodeCompare).
func CompareTSNodes(a, b *TSNode) int {
	switch {
	case a.Op == 0 && b.Op == 0:
		return cmp.Or(cmp.Compare(legacyCRC(b.Word), legacyCRC(a.Word)), cmp.Compare(a.Word, b.Word))
	case a.Op == 0:
		return 1
	case b.Op == 0:
		return -1
	case a.Op != b.Op:
		return cmp.Compare(b.Op, a.Op)
	}
	if c := CompareTSNodes(a.Right, b.Right); c != 0 {
		return c
	}
	if a.Op != TSNot {
		if c := CompareTSNodes(a.Left, b.Left); c != 0 {
			return c
		}
	}
	return cmp.Compare(b.Distance, a.Distance)
}

// tsqueryTree writes the part of a query that an index could serve.
func tsqueryTree(q *TSQuery) string {
	if q.Root == nil {
		return ""
	}
	n := q.Root.withoutNot()
	if n == nil {
		return "T"
	}
	return string(n.infix(nil, -1, false))
}

// withoutNot is clean_NOT_intree.
func (n *TSNode) withoutNot() *TSNode {
	switch n.Op {
	case 0:
		return n
	case TSNot:
		return nil
	}
	left, right := n.Left.withoutNot(), n.Right.withoutNot()
	switch {
	case left != nil && right != nil:
		return &TSNode{Op: n.Op, Distance: n.Distance, Left: left, Right: right}
	case n.Op == TSOr:
		return nil
	case left != nil:
		return left
	}
	return right
}

// words gives the distinct words of a query, in order.
func (q *TSQuery) words() []string {
	var out []string
	q.Root.Each(func(n *TSNode) {
		if n.Op == 0 {
			out = append(out, n.Word)
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}

func tsqueryContains(q, part *TSQuery) bool {
	have := q.words()
	for _, w := range part.words() {
		if _, ok := slices.BinarySearch(have, w); !ok {
			return false
		}
	}
	return true
}

// uint8 reads one byte as a number (pq_getmsgint).
func (r *binReader) uint8() byte {
	if v := r.bytes(1); v != nil {
		return v[0]
	}
	return 0
}
