package adt

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

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
}

// Operators, with the numbers of ts_type.h.
const (
	tsNot byte = iota + 1
	tsAnd
	tsOr
	tsPhrase
)

// tsPriority ranks operators by how tightly they bind.
var tsPriority = [...]int{tsNot: 4, tsAnd: 2, tsOr: 1, tsPhrase: 3}

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

		"tsquery_and": join(tsAnd),
		"tsquery_or":  join(tsOr),
		"tsquery_not": P1(func(q *TSQuery) *TSQuery {
			if q.Root == nil {
				return q
			}
			return &TSQuery{&TSNode{Op: tsNot, Right: q.Root}}
		}),
		"tsquery_phrase":          P2(func(a, b *TSQuery) *TSQuery { return joinQueries(tsPhrase, 1, a, b) }),
		"tsquery_phrase_distance": F3(tsqueryPhrase),
		"tsquery_numnode":         P1(func(q *TSQuery) int32 { return int32(q.Root.count()) }),
		"tsquerytree":             P1(tsqueryTree),
		"tsq_mcontains":           P2(tsqueryContains),
		"tsq_mcontained":          P2(func(a, b *TSQuery) bool { return tsqueryContains(b, a) }),

		"ts_match_vq": P2(func(v *TSVector, q *TSQuery) bool { return tsMatch(v, q) }),
		"ts_match_qv": P2(func(q *TSQuery, v *TSVector) bool { return tsMatch(v, q) }),
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
		"distance in phrase operator must be an integer value between zero and %d inclusive", tsMaxPos+1)
}

func tsqueryPhrase(a, b *TSQuery, distance int32) (*TSQuery, error) {
	if distance < 0 || distance > tsMaxPos+1 {
		return nil, errPhraseDistance()
	}
	return joinQueries(tsPhrase, int16(distance), a, b), nil
}

// tsQueryText parses a tsquery literal (gettoken_query_standard, makepol).
type tsQueryText struct {
	tsWords
	depth int
	first bool
	out   []*TSNode // finished operands
}

func tsqueryIn(c *Call, s string, _ int32) (*TSQuery, error) {
	p := &tsQueryText{tsWords: tsWords{src: s, kind: "tsquery", query: true}, first: true}
	if err := p.parse(0); err != nil {
		return nil, err
	}
	if len(p.out) == 0 {
		if c != nil && c.Env != nil && c.Env.Session != nil {
			n := pgerr.New(pgerrcode.SuccessfulCompletion, "text-search query doesn't contain lexemes: \"%s\"", s)
			n.Severity = "NOTICE"
			c.Env.Session.Notice(n)
		}
		return &TSQuery{}, nil
	}
	if len(p.out) != 1 {
		return nil, p.syntax()
	}
	return &TSQuery{p.out[0]}, nil
}

// apply makes a node of an operator and the finished operands before it.
func (p *tsQueryText) apply(n *TSNode) error {
	need := 2
	if n.Op == tsNot {
		need = 1
	}
	if len(p.out) < need {
		return p.syntax()
	}
	n.Right = p.out[len(p.out)-1]
	if need == 2 {
		n.Left = p.out[len(p.out)-2]
	}
	p.out = append(p.out[:len(p.out)-need], n)
	return nil
}

// parse reads up to the end or, inside of parentheses, to the closing one.
func (p *tsQueryText) parse(nesting int) error {
	if nesting > maxNesting {
		return pgerr.New(pgerrcode.StatementTooComplex, "stack depth limit exceeded").
			Hintf("Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate.")
	}
	var ops []*TSNode
	// clean finishes the operators that bind tighter than the one to come.
	clean := func(op byte) error {
		for len(ops) > 0 {
			top := ops[len(ops)-1]
			if op != tsNot && tsPriority[op] > tsPriority[top.Op] || op == tsNot && tsPriority[op] >= tsPriority[top.Op] {
				break
			}
			ops = ops[:len(ops)-1]
			if err := p.apply(top); err != nil {
				return err
			}
		}
		return nil
	}
	push := func(n *TSNode) error {
		if err := clean(n.Op); err != nil {
			return err
		}
		if len(ops) == 32 {
			return pgerr.New(pgerrcode.InternalError, "tsquery stack too small")
		}
		ops = append(ops, n)
		return nil
	}
	operand := true
	for {
		c, _, size := p.char()
		space := size > 0 && isSpace(c)
		if operand {
			switch {
			case space:
				p.pos += size
			case c == '!':
				p.pos++
				p.first = false
				if err := push(&TSNode{Op: tsNot}); err != nil {
					return err
				}
			case c == '(':
				p.pos++
				p.first = false
				p.depth++
				if err := p.parse(nesting + 1); err != nil {
					return err
				}
				operand = false
			case c == ':':
				return p.syntax()
			default:
				l, ok, err := p.next()
				if err != nil {
					return err
				}
				if !ok {
					if p.first {
						return nil
					}
					return pgerr.New(pgerrcode.SyntaxError, "no operand in tsquery: \"%s\"", p.src)
				}
				p.first = false
				if len(l.Word) >= tsMaxWord {
					return pgerr.New(pgerrcode.ProgramLimitExceeded, "word is too long in tsquery: \"%s\"", p.src)
				}
				n := &TSNode{Word: l.Word}
				p.weights(n)
				p.out = append(p.out, n)
				operand = false
			}
			continue
		}
		phrase, distance, err := p.phraseOperator()
		switch {
		case err != nil:
			return err
		case c == '&' || c == '|':
			p.pos++
			operand = true
			if err := push(&TSNode{Op: pick(c == '&', tsAnd, tsOr)}); err != nil {
				return err
			}
		case phrase:
			operand = true
			if err := push(&TSNode{Op: tsPhrase, Distance: distance}); err != nil {
				return err
			}
		case c == ')' && size > 0:
			p.pos++
			if p.depth--; p.depth < 0 {
				return p.syntax()
			}
			return clean(tsOr)
		case size == 0:
			if p.depth > 0 {
				return p.syntax()
			}
			return clean(tsOr)
		case !space:
			return p.syntax()
		default:
			p.pos += size
		}
	}
}

// maxNesting bounds recursion where PostgreSQL bounds its stack.
const maxNesting = 5000

// weights reads what may follow a word after a colon.
func (p *tsQueryText) weights(n *TSNode) {
	if c, _, _ := p.char(); c != ':' {
		return
	}
	for p.pos++; p.pos < len(p.src); p.pos++ {
		c := p.src[p.pos]
		if c == '*' {
			n.Prefix = true
			continue
		}
		w, ok := tsWeight(Char(c))
		if !ok || c < 'A' {
			return
		}
		n.Weights |= 1 << w
	}
}

// phraseOperator reads <-> or <N>.
func (p *tsQueryText) phraseOperator() (ok bool, distance int16, err error) {
	rest, ok := strings.CutPrefix(p.src[p.pos:], "<")
	if !ok {
		return false, 0, nil
	}
	distance = 1
	if after, ok := strings.CutPrefix(rest, "-"); ok {
		rest = after
	} else {
		n := 0
		for n < len(rest) && digit(rest[n]) {
			n++
		}
		if n == 0 {
			return false, 0, nil
		}
		v, err := strconv.Atoi(rest[:n])
		if err != nil || v > tsMaxPos+1 {
			return false, 0, errPhraseDistance()
		}
		distance, rest = int16(v), rest[n:]
	}
	rest, ok = strings.CutPrefix(rest, ">")
	if !ok || rest == "" { // PostgreSQL sees no operator at the very end
		return false, 0, nil
	}
	p.pos = len(p.src) - len(rest)
	return true, distance, nil
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
	paren := priority < parent || n.Op == tsPhrase && priority == parent && rightPhrase
	if paren {
		dst = append(dst, "( "...)
	}
	switch n.Op {
	case tsNot:
		dst = n.Right.infix(append(dst, '!'), priority, false)
	default:
		dst = n.Left.infix(dst, priority, false)
		switch {
		case n.Op == tsOr:
			dst = append(dst, " | "...)
		case n.Op == tsAnd:
			dst = append(dst, " & "...)
		case n.Distance != 1:
			dst = append(strconv.AppendInt(append(dst, " <"...), int64(n.Distance), 10), "> "...)
		default:
			dst = append(dst, " <-> "...)
		}
		dst = n.Right.infix(dst, priority, n.Op == tsPhrase)
	}
	if paren {
		dst = append(dst, " )"...)
	}
	return dst
}

// each visits nodes in the order in which they are stored: an operator, its
// right side, its left.
func (n *TSNode) each(f func(*TSNode)) {
	if n == nil {
		return
	}
	f(n)
	n.Right.each(f)
	n.Left.each(f)
}

func (n *TSNode) count() (c int) {
	n.each(func(*TSNode) { c++ })
	return c
}

func tsquerySend(_ *Call, dst []byte, q *TSQuery) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(q.Root.count()))
	q.Root.each(func(n *TSNode) {
		switch {
		case n.Op == 0:
			dst = append(dst, 1, n.Weights, pick[byte](n.Prefix, 1, 0))
			dst = append(append(dst, n.Word...), 0)
		case n.Op == tsPhrase:
			dst = binary.BigEndian.AppendUint16(append(dst, 2, n.Op), uint16(n.Distance))
		default:
			dst = append(dst, 2, n.Op)
		}
	})
	return dst, nil
}

func tsqueryRecv(_ *Call, b []byte, _ int32) (*TSQuery, error) {
	bad := func(format string, a ...any) error { return pgerr.New(pgerrcode.InternalError, format, a...) }
	r := binReader{b: b}
	size := uint32(r.int32())
	if r.err != nil {
		return nil, r.err
	}
	if size > 1<<26 {
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
			if len(word) > tsMaxWord {
				return nil, bad("invalid tsquery: operand too long")
			}
		case kind == 2:
			n.Op = r.uint8()
			if r.err == nil && (n.Op < tsNot || n.Op > tsPhrase) {
				return nil, bad("invalid tsquery: unrecognized operator type %d", n.Op)
			}
			if n.Op == tsPhrase {
				n.Distance = int16(r.uint16())
			}
			var err error
			if r.err == nil {
				if n.Right, err = read(depth + 1); err != nil {
					return nil, err
				}
				if n.Op != tsNot {
					if n.Left, err = read(depth + 1); err != nil {
						return nil, err
					}
				}
			}
		default:
			return nil, bad("unrecognized tsquery node type: %d", kind)
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
		return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "incorrect binary data format")
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
		q.Root.each(func(n2 *TSNode) {
			if n2.Op == 0 {
				n += len(n2.Word) + 1
			}
		})
		return n
	}
	if c := cmp.Or(cmp.Compare(a.Root.count(), b.Root.count()), cmp.Compare(bytes(a), bytes(b))); c != 0 || a.Root == nil {
		return c
	}
	return compareNodes(a.Root, b.Root)
}

func compareNodes(a, b *TSNode) int {
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
	if c := compareNodes(a.Right, b.Right); c != 0 {
		return c
	}
	if a.Op != tsNot {
		if c := compareNodes(a.Left, b.Left); c != 0 {
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
	case tsNot:
		return nil
	}
	left, right := n.Left.withoutNot(), n.Right.withoutNot()
	switch {
	case left != nil && right != nil:
		return &TSNode{Op: n.Op, Distance: n.Distance, Left: left, Right: right}
	case n.Op == tsOr:
		return nil
	case left != nil:
		return left
	}
	return right
}

// words gives the distinct words of a query, in order.
func (q *TSQuery) words() []string {
	var out []string
	q.Root.each(func(n *TSNode) {
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
