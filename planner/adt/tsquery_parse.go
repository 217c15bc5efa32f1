package adt

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// TSQueryForm is a way to write a tsquery.
type TSQueryForm uint8

// The forms of tsqueryin and to_tsquery, plainto_tsquery and
// phraseto_tsquery, and websearch_to_tsquery.
const (
	TSQueryStandard TSQueryForm = iota
	TSQueryPlain
	TSQueryWeb
)

// ParseTSQuery is parse_tsquery: push is told of each word and gives the
// builder one operand for it, which may be an expression or a Stop.
func ParseTSQuery(c *Call, s string, form TSQueryForm, push func(b *TSQueryBuilder, word string, weights uint8, prefix bool) error) (*TSQuery, error) {
	b := &TSQueryBuilder{
		tsWords: tsWords{src: s, kind: "tsquery", query: true, web: form == TSQueryWeb},
		form:    form, push: push, waiting: true, first: true,
	}
	if err := b.parse(0); err != nil {
		return nil, err
	}
	if len(b.out) == 0 {
		notice(c, "text-search query doesn't contain lexemes: \"%s\"", s)
		return &TSQuery{}, nil
	}
	if len(b.out) != 1 {
		return nil, b.syntax()
	}
	root := b.out[0]
	if b.stops {
		if root, _, _ = root.withoutStops(); root == nil {
			notice(c, "text-search query contains only stop words or doesn't contain lexemes, ignored")
		}
	}
	return &TSQuery{root}, nil
}

func notice(c *Call, format string, args ...any) {
	if c != nil && c.Env != nil && c.Env.Session != nil {
		n := pgerr.New(pgerrcode.SuccessfulCompletion, format, args...)
		n.Severity = "NOTICE"
		c.Env.Session.Notice(n)
	}
}

func tsqueryIn(c *Call, s string, _ int32) (*TSQuery, error) {
	return ParseTSQuery(c, s, TSQueryStandard, (*TSQueryBuilder).Value)
}

// tsToken is a token of a query.
type tsToken struct {
	kind     byte // 'v' a word, 'o' an operator, '(' and ')', 0 the end
	op       byte
	distance int16
	word     string
	weights  uint8
	prefix   bool
}

// parse is makepol: it reads up to the end or, inside of parentheses, to the
// closing one.
func (b *TSQueryBuilder) parse(nesting int) error {
	if nesting > maxNesting {
		return errStackDepth(nil)
	}
	var ops []*TSNode
	// clean finishes the operators that bind tighter than the one to come.
	clean := func(op byte) error {
		for len(ops) > 0 {
			top := ops[len(ops)-1]
			if op != TSNot && tsPriority[op] > tsPriority[top.Op] || op == TSNot && tsPriority[op] >= tsPriority[top.Op] {
				break
			}
			ops = ops[:len(ops)-1]
			if err := b.apply(top); err != nil {
				return err
			}
		}
		return nil
	}
	next := b.standard
	switch b.form {
	case TSQueryPlain:
		next = b.plain
	case TSQueryWeb:
		next = b.websearch
	}
	for {
		t, err := next()
		if err != nil {
			return err
		}
		switch t.kind {
		case 'v':
			err = b.push(b, t.word, t.weights, t.prefix)
		case 'o':
			if err = clean(t.op); err == nil && len(ops) == 32 {
				err = pgerr.New(pgerrcode.InternalError, "tsquery stack too small")
			}
			ops = append(ops, &TSNode{Op: t.op, Distance: t.distance})
		case '(':
			err = b.parse(nesting + 1)
		default:
			return clean(TSOr)
		}
		if err != nil {
			return err
		}
	}
}

// maxTSDepth bounds how deep operators nest, those of a chain too, as
// PostgreSQL's stack does.
const maxTSDepth = 16000

// maxNesting bounds recursion where PostgreSQL bounds its stack.
const maxNesting = 5000

// operator gives an operator, after which an operand must come.
func (b *TSQueryBuilder) operator(op byte, distance int16) (tsToken, error) {
	b.waiting, b.first = true, false
	return tsToken{kind: 'o', op: op, distance: distance}, nil
}

// standard is gettoken_query_standard.
func (b *TSQueryBuilder) standard() (tsToken, error) {
	for {
		c, r, size := b.char()
		space := size > 0 && IsSpaceRune(r)
		if b.waiting {
			switch {
			case space:
				b.pos += size
				continue
			case c == '!':
				b.pos++
				return b.operator(TSNot, 0)
			case c == '(':
				b.pos++
				b.depth++
				b.first = false
				return tsToken{kind: '('}, nil
			case c == ':':
				return tsToken{}, b.syntax()
			}
			l, ok, err := b.next()
			switch {
			case err != nil:
				return tsToken{}, err
			case !ok && b.first:
				return tsToken{}, nil
			case !ok:
				return tsToken{}, pgerr.New(pgerrcode.SyntaxError, "no operand in tsquery: \"%s\"", b.src)
			}
			t := tsToken{kind: 'v', word: l.Word}
			b.modifiers(&t)
			b.waiting, b.first = false, false
			return t, nil
		}
		if c == '&' || c == '|' {
			b.pos++
			return b.operator(pick(c == '&', TSAnd, TSOr), 0)
		}
		phrase, distance, err := b.phraseOperator()
		switch {
		case err != nil:
			return tsToken{}, err
		case phrase:
			return b.operator(TSPhrase, distance)
		case c == ')' && size > 0:
			b.pos++
			if b.depth--; b.depth < 0 {
				return tsToken{}, b.syntax()
			}
			return tsToken{kind: ')'}, nil
		case size == 0 && b.depth == 0:
			return tsToken{}, nil
		case !space:
			return tsToken{}, b.syntax()
		}
		b.pos += size
	}
}

// websearch is gettoken_query_websearch.
func (b *TSQueryBuilder) websearch() (tsToken, error) {
	word := func(w string) (tsToken, error) {
		b.waiting, b.first = false, false
		return tsToken{kind: 'v', word: w}, nil
	}
	for {
		c, r, size := b.char()
		space := size > 0 && IsSpaceRune(r)
		operator := size > 0 && strings.IndexByte("!&|()<", c) >= 0
		if !b.waiting {
			switch {
			case size == 0:
				return tsToken{}, nil
			case b.orOperator():
				return b.operator(TSOr, 0)
			case !operator && !space:
				return b.operator(TSAnd, 0)
			}
			b.pos += size
			continue
		}
		switch {
		case space:
			b.pos += size
		case c == '-' && size > 0:
			b.pos++
			return b.operator(TSNot, 0)
		case c == '"':
			text := b.src[b.pos+1:]
			n := strings.IndexByte(text, '"')
			if n < 0 {
				b.pos = len(b.src)
				return word(text)
			}
			b.pos += n + 2
			return word(text[:n])
		case operator:
			b.pos++
			b.first = false
		default:
			l, ok, err := b.next()
			switch {
			case err != nil:
				return tsToken{}, err
			case ok:
				return word(l.Word)
			case !b.first: // an operator must have its operand
				b.Stop()
			}
			return tsToken{}, nil
		}
	}
}

// plain is gettoken_query_plain: the whole text is one word.
func (b *TSQueryBuilder) plain() (tsToken, error) {
	if b.pos >= len(b.src) {
		return tsToken{}, nil
	}
	b.pos = len(b.src)
	return tsToken{kind: 'v', word: b.src}, nil
}

// orOperator reads "or" where it stands alone before something
// (parse_or_operator).
func (b *TSQueryBuilder) orOperator() bool {
	rest := b.src[b.pos:]
	if len(rest) < 3 || !strings.EqualFold(rest[:2], "or") {
		return false
	}
	for i, r := range rest[2:] {
		switch {
		case i == 0 && (r == '-' || r == '_' || IsAlnumRune(r)):
			return false
		case i > 0 && !IsSpaceRune(r):
			b.pos += 2
			return true
		}
	}
	return false
}

// modifiers reads what may follow a word after a colon.
func (b *TSQueryBuilder) modifiers(t *tsToken) {
	if c, _, _ := b.char(); c != ':' {
		return
	}
	for b.pos++; b.pos < len(b.src); b.pos++ {
		c := b.src[b.pos]
		if c == '*' {
			t.prefix = true
			continue
		}
		w, ok := TSWeight(Char(c))
		if !ok || c < 'A' {
			return
		}
		t.weights |= 1 << w
	}
}

// phraseOperator reads <-> or <N>.
func (b *TSQueryBuilder) phraseOperator() (ok bool, distance int16, err error) {
	rest, ok := strings.CutPrefix(b.src[b.pos:], "<")
	if !ok {
		return false, 0, nil
	}
	distance = 1
	if after, ok := strings.CutPrefix(rest, "-"); ok {
		rest = after
	} else {
		n := 0
		for n < len(rest) && isDigit(rest[n]) {
			n++
		}
		if n == 0 {
			return false, 0, nil
		}
		v, err := strconv.Atoi(rest[:n])
		if err != nil || v > TSMaxPos+1 {
			return false, 0, errPhraseDistance()
		}
		distance, rest = int16(v), rest[n:]
	}
	rest, ok = strings.CutPrefix(rest, ">")
	if !ok || rest == "" { // PostgreSQL sees no operator at the very end
		return false, 0, nil
	}
	b.pos = len(b.src) - len(rest)
	return true, distance, nil
}
