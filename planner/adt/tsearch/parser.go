package tsearch

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Token is a piece of a text and its type, an index of TokenTypes.
type Token struct {
	Type int
	Text string
}

// Parser is the default parser (wparser_def.c): a machine with a stack. A state
// looks at the next character; where two readings are possible it pushes itself,
// tries one, and comes back here (pops) for its next rule when that fails. The
// states are data/states.txt.
type Parser struct {
	text     string
	states   map[string]*state
	at       *position
	ignoring bool // inside of script or style
	wanthost bool
	start    int  // of the token
	char     rune // at the cursor; 0 at the end
	depth    int
	env      *adt.Env
	steps    int
	err      error
}

// position is a place in the text and how it was come by.
type position struct {
	pos    int // in bytes, as all here
	width  int // of the character; 0 at the end
	length int // of the token so far
	chars  int // the same in characters
	state  *state
	prev   *position // what was pushed
	resume int       // after a pop: the rule to go on with
}

// maxHosts bounds the parsers that look ahead inside of each other.
const maxHosts = 2000

// NewParser starts to parse a text.
func NewParser(env *adt.Env, text string) *Parser { return newParser(env, machine(), text, 0) }

func newParser(env *adt.Env, states map[string]*state, text string, depth int) *Parser {
	return &Parser{text: text, states: states, at: &position{state: states["Base"]}, depth: depth, env: env}
}

// ahead starts to parse what is left of the text.
func (p *Parser) ahead() *Parser {
	q := newParser(p.env, p.states, p.text[p.at.pos:], p.depth+1)
	if q.depth > maxHosts {
		p.err = pgerr.New(pgerrcode.StatementTooComplex, "stack depth limit exceeded").
			Hintf("Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate.")
		q.text = ""
	}
	return q
}

// take adds what a parser ahead has found to the token.
func (p *Parser) take(q *Parser, t Token) {
	p.at.pos += len(t.Text)
	p.at.length += len(t.Text)
	p.at.chars += utf8.RuneCountInString(t.Text)
	p.at.width = q.at.width
}

// Err tells why there is no further token, if it isn't the end of the text.
func (p *Parser) Err() error { return p.err }

// Next gives the next token (TParserGet).
func (p *Parser) Next() (Token, bool) {
	if p.at.pos >= len(p.text) || p.err != nil {
		return Token{}, false
	}
	p.start = p.at.pos
	p.at.resume = 0
	for p.at.pos <= len(p.text) {
		if p.steps++; p.steps&0xffff == 0 { // a token may be long
			if p.err = p.env.Interrupted(); p.err != nil {
				return Token{}, false
			}
		}
		p.char, p.at.width = 0, 0
		if p.at.pos < len(p.text) {
			p.char, p.at.width = utf8.DecodeRuneInString(p.text[p.at.pos:])
		}
		rules := p.at.state.rules
		i := p.at.resume
		p.at.resume = 0
		for !rules[i].test(p) {
			i++
		}
		if p.err != nil {
			return Token{}, false
		}
		r := &rules[i]
		if r.special != nil {
			r.special(p)
		}
		var t Token
		if r.ops&opDone != 0 {
			t = Token{r.token, p.text[p.start : p.start+p.at.length]}
			p.at.length, p.at.chars = 0, 0
		}
		p.stack(r.ops, i)
		if r.to != nil {
			p.at.state = r.to
		}
		switch {
		case r.ops&opDone != 0:
			return t, true
		case p.at.pos >= len(p.text) && r.ops&opAgain == 0:
			return Token{}, false
		case r.ops&(opAgain|opPop) != 0:
			continue
		}
		if p.at.width > 0 {
			p.at.pos += p.at.width
			p.at.length += p.at.width
			p.at.chars++
		}
	}
	return Token{}, false
}

// stack does what a rule wants of the stack.
func (p *Parser) stack(ops op, rule int) {
	at := p.at
	switch {
	case ops&opPop != 0:
		p.at = at.prev
	case ops&opPush != 0:
		at.resume = rule + 1
		pushed := *at
		pushed.prev, pushed.resume = at, 0
		p.at = &pushed
	case ops&opForget != 0:
		at.prev = at.prev.prev
	case ops&opForgetAll != 0:
		at.prev = nil
	case ops&opMerge != 0:
		p.at = at.prev
		p.at.pos, p.at.width, p.at.length, p.at.chars = at.pos, at.width, at.length, at.chars
	}
}

// isHost looks ahead for a host, and takes it.
func (p *Parser) isHost() bool {
	q := p.ahead()
	q.wanthost = true
	t, ok := q.Next()
	if p.err == nil {
		p.err = q.err
	}
	if !ok || t.Type != hostToken {
		return false
	}
	p.take(q, t)
	return true
}

// isURLPath looks ahead for the path of a URL, and takes it.
func (p *Parser) isURLPath() bool {
	q := p.ahead()
	q.at = &position{state: p.states["URLPathFirst"], prev: q.at}
	t, ok := q.Next()
	if !ok || t.Type != urlPathToken {
		return false
	}
	p.take(q, t)
	return true
}

// specialTags notes where the content of script and style begins and ends.
func (p *Parser) specialTags() {
	text := p.text[p.start:]
	is := func(tag string) bool {
		return p.at.chars == len(tag) && len(text) >= len(tag) && strings.EqualFold(text[:len(tag)], tag)
	}
	switch {
	case is("</script"), is("</style"):
		p.ignoring = false
	case is("<script"), is("<style"):
		p.ignoring = true
	}
}

// back puts the cursor before the token, to give its parts too.
func (p *Parser) back() { p.at.pos -= p.at.length }
