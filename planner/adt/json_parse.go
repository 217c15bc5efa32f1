package adt

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// What the recursion of parsers may take is counted as PostgreSQL's stack is used:
// of max_stack_depth, an array of a document takes jsonArrayStack, an object, and
// either as it becomes jsonb, jsonObjectStack, and what runs the statement stackBase.
const (
	jsonArrayStack  = 96
	jsonObjectStack = 128
	stackBase       = 3652
	leastStack      = 100 << 10 // of max_stack_depth
	maxJSONDepth    = (2048<<10 - stackBase) / jsonObjectStack
)

// maxStackDepth is max_stack_depth in kB.
func (e *Env) maxStackDepth() int {
	if e != nil && e.Session != nil {
		text, _ := e.Session.Setting("max_stack_depth")
		number := strings.TrimRight(text, "kMGB")
		if n, err := strconv.Atoi(number); err == nil {
			return n << map[string]int{"kB": 0, "MB": 10, "GB": 20}[text[len(number):]]
		}
	}
	return 2048
}

// checkStack refuses to go on when so many bytes of stack are taken.
func (e *Env) checkStack(taken int) error {
	if taken <= leastStack-stackBase || taken <= e.maxStackDepth()<<10-stackBase {
		return nil
	}
	return errStackDepth(e)
}

func errStackDepth(env *Env) error {
	return pgerr.New(pgerrcode.StatementTooComplex, "stack depth limit exceeded").
		Hintf("Increase the configuration parameter \"max_stack_depth\" (currently %dkB), after ensuring the platform's stack depth limit is adequate.", env.maxStackDepth())
}

// jsonNode is a parsed json value that remembers its text.
type jsonNode struct {
	kind JSONKind
	raw  string // its text in the document
	str  string // a string, unescaped
	keys []string
	vals []*jsonNode // of an object, in order of keys, or of an array
}

// parseJSON parses a document to nodes.
func parseJSON(env *Env, s string) (*jsonNode, error) {
	if len(s) > 1<<16 {
		const node = 128 // and what holds it
		if err := env.Room(int64(len(s)) + node*int64(strings.Count(s, ",")+strings.Count(s, ":"))); err != nil {
			return nil, err
		}
	}
	p := jsonParser{lex: jsonLex{src: s, line: 1, unescape: true}, build: true, env: env, work: env.work()}
	return p.document()
}

// checkJSON validates a document as json_in does, which leaves the meaning of
// Unicode escapes alone.
func checkJSON(env *Env, s string) error {
	p := jsonParser{lex: jsonLex{src: s, line: 1}, env: env, work: env.work()}
	_, err := p.document()
	return err
}

type jsonParser struct {
	lex   jsonLex
	build bool
	env   *Env
	stack int // taken by the containers that are open
	work  work
}

func (p *jsonParser) document() (*jsonNode, error) {
	if err := p.lex.next(); err != nil {
		return nil, err
	}
	n, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.lex.tok != jsonEnd {
		return nil, p.lex.expected("end of input")
	}
	return n, nil
}

// value parses the value that starts at the current token, and reads the token
// after it.
func (p *jsonParser) value() (*jsonNode, error) {
	l := &p.lex
	kind := JSONNull
	switch l.tok {
	case jsonString:
		kind = JSONString
	case jsonNumber:
		kind = JSONNumber
	case jsonTrue, jsonFalse:
		kind = JSONBool
	case jsonNull:
	case jsonPunct:
		if l.punct == '{' {
			return p.object()
		}
		if l.punct == '[' {
			return p.array()
		}
		return nil, l.expected("JSON value")
	default:
		return nil, l.expected("JSON value")
	}
	if err := p.work.done(50 + l.end - l.start); err != nil {
		return nil, err
	}
	var n *jsonNode
	if p.build {
		n = &jsonNode{kind: kind, raw: l.token()}
		if kind == JSONString {
			n.str = l.str
		}
	}
	return n, l.next()
}

func (p *jsonParser) is(c byte) bool { return p.lex.tok == jsonPunct && p.lex.punct == c }

func (p *jsonParser) enter(stack int) error {
	p.stack += stack
	if err := p.env.checkStack(p.stack); err != nil {
		return err
	}
	return p.lex.next()
}

// leave ends a container that began at from, at its closing token.
func (p *jsonParser) leave(n *jsonNode, from, stack int) (*jsonNode, error) {
	p.stack -= stack
	if n != nil {
		n.raw = p.lex.src[from:p.lex.end]
	}
	return n, p.lex.next()
}

func (p *jsonParser) object() (*jsonNode, error) {
	l := &p.lex
	var n *jsonNode
	if p.build {
		n = &jsonNode{kind: JSONObject}
	}
	from := l.start
	if err := p.enter(jsonObjectStack); err != nil {
		return nil, err
	}
	if l.tok != jsonString {
		if !p.is('}') {
			return nil, l.expected(`string or "}"`)
		}
		return p.leave(n, from, jsonObjectStack)
	}
	for {
		if l.tok != jsonString {
			return nil, l.expected("string")
		}
		key := l.str
		if err := l.next(); err != nil {
			return nil, err
		}
		if !p.is(':') {
			return nil, l.expected(`":"`)
		}
		if err := l.next(); err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		if n != nil {
			n.keys = append(n.keys, key)
			n.vals = append(n.vals, v)
		}
		if p.is('}') {
			return p.leave(n, from, jsonObjectStack)
		}
		if !p.is(',') {
			return nil, l.expected(`"," or "}"`)
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

func (p *jsonParser) array() (*jsonNode, error) {
	l := &p.lex
	var n *jsonNode
	if p.build {
		n = &jsonNode{kind: JSONArray}
	}
	from := l.start
	if err := p.enter(jsonArrayStack); err != nil {
		return nil, err
	}
	if p.is(']') {
		return p.leave(n, from, jsonArrayStack)
	}
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		if n != nil {
			n.vals = append(n.vals, v)
		}
		if p.is(']') {
			return p.leave(n, from, jsonArrayStack)
		}
		if !p.is(',') {
			return nil, l.expected(`"," or "]"`)
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

// jsonbWork paces what makes jsonb of nodes. Numbers may be far longer than their
// texts.
type jsonbWork struct {
	*work
	numbers int // bytes of them
}

// jsonb turns a node into a jsonb value.
func (n *jsonNode) jsonb(stack int, w *jsonbWork) (*JSONB, error) {
	switch n.kind {
	case JSONString:
		return JSONBString(n.str), nil
	case JSONNumber:
		v, err := parseNumeric(n.raw)
		if err == nil {
			w.numbers += v.Size()
			err = w.grown(64+64*v.Size(), w.numbers)
		}
		if err != nil {
			return nil, err
		}
		return JSONBNumber(v), nil
	case JSONBool:
		return JSONBBool(n.raw == "true"), nil
	case JSONNull:
		return JSONBNull(), nil
	}
	stack += jsonObjectStack
	if err := w.env.checkStack(stack); err != nil {
		return nil, err
	}
	vals := make([]*JSONB, len(n.vals))
	for i, v := range n.vals {
		j, err := v.jsonb(stack, w)
		if err != nil {
			return nil, err
		}
		vals[i] = j
	}
	if n.kind == JSONArray {
		return JSONBArray(vals...), nil
	}
	return JSONBObject(n.keys, vals), nil
}
