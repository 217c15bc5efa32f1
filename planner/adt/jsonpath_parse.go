package adt

import (
	"math"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The SQL/JSON path language: parser (jsonpath_scan.l, jsonpath_gram.y).

// JSONPath is a value of type jsonpath.
type JSONPath struct {
	strict bool
	root   *jpNode
	items  int // at most
}

type jpKind uint8

const (
	jpRoot    jpKind = iota // $
	jpCurrent               // @
	jpLast
	jpNullLit
	jpBoolLit
	jpNumber
	jpString
	jpVariable
	jpKey        // .key
	jpAnyKey     // .*
	jpAnyArray   // [*]
	jpIndexes    // [a, b to c]
	jpAny        // .**{first to last}
	jpMethod     // .size() and the like; str is the name
	jpFilter     // ?(left)
	jpUnary      // op is + or -
	jpBinary     // arithmetic
	jpCompare    // comparison
	jpAnd        // left && right
	jpOr         // left || right
	jpNot        // !(left)
	jpIsUnknown  // (left) is unknown
	jpExists     // exists (left)
	jpStartsWith // left starts with right
	jpLikeRegex  // left like_regex str flag flags
)

// jpNode is an item of a path: next applies to its result.
type jpNode struct {
	kind        jpKind
	next        *jpNode
	left, right *jpNode
	op          string
	str, flags  string
	num         *Numeric
	flag        bool
	ranges      [][2]*jpNode // right nil: a single index
	first, last uint32       // of jpAny; jpLevelLast is "last"
	regex       *Regex
}

// jpNodeSize is what an item takes, in bytes.
const jpNodeSize = 176

const jpLevelLast = math.MaxUint32

func (n *jpNode) predicate() bool { return n.kind >= jpCompare && n.next == nil }

type jpTokenKind uint8

const (
	jpTokEnd jpTokenKind = iota
	jpTokIdent
	jpTokString
	jpTokVariable
	jpTokInt
	jpTokNumeric
	jpTokPunct
)

type jpToken struct {
	kind jpTokenKind
	text string // unescaped
	raw  string // as an error shows it
}

type jpParser struct {
	s    string
	pos  int
	tok  jpToken
	read int // tokens, of which few make more than an item
	held int // symbols that a parser of PostgreSQL's grammar has on its stack
	work work
}

// maxPathDepth bounds how many items of a path may apply to one another, about
// where PostgreSQL's stack ends. What walks over a path follows them by recursion.
const maxPathDepth = 13500

// parseJSONPath reads a jsonpath.
func parseJSONPath(env *Env, s string) (*JSONPath, error) {
	p := &jpParser{s: s, work: env.work()}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.tok.kind == jpTokEnd {
		return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, `invalid input syntax for type %s: "%s"`, "jsonpath", s)
	}
	path := &JSONPath{}
	if p.word("strict") {
		path.strict = true
		if err := p.next(); err != nil {
			return nil, err
		}
	} else if p.word("lax") {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	n, err := p.binary(jpBindsOr)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != jpTokEnd {
		return nil, p.syntax()
	}
	path.root, path.items = n, p.read
	return path, checkPath(n, 0, 0, false)
}

// checkPath refuses @ outside of filters, last outside of subscripts, and what
// is too deep (flattenJsonPathParseItem).
func checkPath(n *jpNode, depth, filters int, subscript bool) error {
	for ; n != nil; n = n.next {
		if depth++; depth > maxPathDepth {
			return errStackDepth(nil)
		}
		switch {
		case n.kind == jpCurrent && filters == 0:
			return pgerr.New(pgerrcode.SyntaxError, "@ is not allowed in root expressions")
		case n.kind == jpLast && !subscript:
			return pgerr.New(pgerrcode.SyntaxError, "LAST is allowed only in array subscripts")
		}
		f := filters
		if n.kind == jpFilter {
			f++
		}
		if n.left != nil {
			if err := checkPath(n.left, depth, f, subscript); err != nil {
				return err
			}
		}
		if n.right != nil {
			if err := checkPath(n.right, depth, f, subscript); err != nil {
				return err
			}
		}
		for _, r := range n.ranges {
			for _, e := range r {
				if e != nil {
					if err := checkPath(e, depth, filters, true); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func (p *jpParser) fail(msg string) error {
	if p.tok.kind == jpTokEnd || p.tok.raw == "" {
		return pgerr.New(pgerrcode.SyntaxError, "%s at end of jsonpath input", msg)
	}
	return pgerr.New(pgerrcode.SyntaxError, `%s at or near "%s" of jsonpath input`, msg, p.tok.raw)
}

func (p *jpParser) syntax() error { return p.fail("syntax error") }

func (p *jpParser) is(punct string) bool { return p.tok.kind == jpTokPunct && p.tok.text == punct }

// word tells whether the token is a key word, which may be in any case.
func (p *jpParser) word(w string) bool {
	return p.tok.kind == jpTokIdent && strings.EqualFold(p.tok.text, w)
}

func (p *jpParser) expect(punct string) error {
	if !p.is(punct) {
		return p.syntax()
	}
	return p.next()
}
