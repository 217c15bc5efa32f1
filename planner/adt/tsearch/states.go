package tsearch

import (
	"strconv"
	"strings"
	"sync"

	"github.com/flowgres/flowgres/planner/adt"
)

// TokenTypes are the names and descriptions of the parser's types, from 1.
var TokenTypes = [...][2]string{
	1:  {"asciiword", "Word, all ASCII"},
	2:  {"word", "Word, all letters"},
	3:  {"numword", "Word, letters and digits"},
	4:  {"email", "Email address"},
	5:  {"url", "URL"},
	6:  {"host", "Host"},
	7:  {"sfloat", "Scientific notation"},
	8:  {"version", "Version number"},
	9:  {"hword_numpart", "Hyphenated word part, letters and digits"},
	10: {"hword_part", "Hyphenated word part, all letters"},
	11: {"hword_asciipart", "Hyphenated word part, all ASCII"},
	12: {"blank", "Space symbols"},
	13: {"tag", "XML tag"},
	14: {"protocol", "Protocol head"},
	15: {"numhword", "Hyphenated word, letters and digits"},
	16: {"asciihword", "Hyphenated word, all ASCII"},
	17: {"hword", "Hyphenated word, all letters"},
	18: {"url_path", "URL path"},
	19: {"file", "File or path name"},
	20: {"float", "Decimal notation"},
	21: {"int", "Signed integer"},
	22: {"uint", "Unsigned integer"},
	23: {"entity", "XML entity"},
}

// Types that code asks for.
const (
	urlToken        = 5
	hostToken       = 6
	floatSciToken   = 7
	versionToken    = 8
	spaceToken      = 12
	tagToken        = 13
	protocolToken   = 14
	numHWordToken   = 15
	asciiHWordToken = 16
	hWordToken      = 17
	urlPathToken    = 18
	floatToken      = 20
	intToken        = 21
	uintToken       = 22
	entityToken     = 23
)

// op is what a rule does, besides going on to the next character.
type op uint8

const (
	opDone      op = 1 << iota // the token is complete
	opPush                     // remember this place
	opPop                      // return to the last that was pushed
	opForget                   // drop the last that was pushed
	opForgetAll                // drop all
	opMerge                    // drop the last, but keep its state
	opAgain                    // stay at this character
)

// state is a state of the parser: the first rule whose test holds acts.
type state struct{ rules []rule }

type rule struct {
	test    func(*Parser) bool
	ops     op
	to      *state // nil: stay
	token   int
	special func(*Parser)
}

// machine is data/states.txt. A line that isn't indented names a state; those
// below are its rules: test, operations, the state to go to (".": stay), the
// type of a token, a special action. The test "=ab" holds for the characters a and b.
var machine = sync.OnceValue(func() map[string]*state {
	text, err := files.ReadFile("data/states.txt")
	if err != nil {
		panic(err) // the file is part of the program
	}
	tokens := map[string]int{}
	for i, t := range TokenTypes {
		tokens[t[0]] = i
	}
	states := map[string]*state{}
	named := func(name string) *state {
		if name == "." {
			return nil
		}
		if states[name] == nil {
			states[name] = &state{}
		}
		return states[name]
	}
	var current *state
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if line[0] != ' ' {
			current = named(f[0])
			continue
		}
		r := rule{test: tests[f[0]], to: named(f[2])}
		if chars, ok := strings.CutPrefix(f[0], "="); ok {
			r.test = func(p *Parser) bool { return p.at.width == 1 && strings.IndexByte(chars, byte(p.char)) >= 0 }
		}
		for _, o := range strings.Split(f[1], ",") {
			r.ops |= ops[o]
		}
		if len(f) > 3 {
			r.token = tokens[f[3]]
		}
		if len(f) > 4 {
			r.special = specials[f[4]]
		}
		current.rules = append(current.rules, r)
	}
	return states
})

var ops = map[string]op{
	"next": 0, "done": opDone, "push": opPush, "pop": opPop, "forget": opForget, "forgetall": opForgetAll,
	"merge": opMerge, "again": opAgain,
}

var specials = map[string]func(*Parser){
	"tags": (*Parser).specialTags,
	"back": (*Parser).back,
	"furl": func(p *Parser) {
		p.wanthost = true
		p.back()
	},
	"reset": func(p *Parser) {
		p.back()
		p.at.length, p.at.chars = 0, 0
	},
}

var tests = map[string]func(*Parser) bool{
	"any":      func(*Parser) bool { return true },
	"end":      func(p *Parser) bool { return p.at.width == 0 },
	"ignoring": func(p *Parser) bool { return p.ignoring },
	"letter":   func(p *Parser) bool { return p.at.width == 1 && adt.IsAlphaRune(p.char) },
	"alpha":    func(p *Parser) bool { return adt.IsAlphaRune(p.char) },
	"alnum":    func(p *Parser) bool { return adt.IsAlnumRune(p.char) },
	"other":    func(p *Parser) bool { return !adt.IsAlnumRune(p.char) },
	"digit":    func(p *Parser) bool { return p.char >= '0' && p.char <= '9' },
	"hex": func(p *Parser) bool {
		c := p.char | 0x20
		return p.char >= '0' && p.char <= '9' || p.char < 0x80 && c >= 'a' && c <= 'f'
	},
	"space":   func(p *Parser) bool { return adt.IsSpaceRune(p.char) },
	"joiner":  func(p *Parser) bool { return joiners()(p.char) },
	"host":    (*Parser).isHost,
	"urlpath": (*Parser).isURLPath,
	"urlchar": func(p *Parser) bool {
		return p.at.width == 1 && p.char > ' ' && p.char < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", p.char)
	},
	"wanthost": func(p *Parser) bool {
		want := p.wanthost
		p.wanthost = false
		return want
	},
}

// joiners tells which characters are no letters and yet do not end a word:
// those without a width of their own, and vowel signs (p_isspecial). The ranges
// of data/joiners.txt were recorded from PostgreSQL 16.
var joiners = sync.OnceValue(func() func(rune) bool {
	text, err := files.ReadFile("data/joiners.txt")
	if err != nil {
		panic(err) // the file is part of the program
	}
	type span struct{ from, to rune }
	var spans []span
	hex := func(s string) rune {
		n, _ := strconv.ParseUint(s, 16, 32)
		return rune(n)
	}
	for line := range strings.Lines(string(text)) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), "-")
		if !ok {
			to = from
		}
		spans = append(spans, span{hex(from), hex(to)})
	}
	return func(r rune) bool {
		if r < spans[0].from {
			return false
		}
		lo, hi := 0, len(spans)
		for lo < hi {
			switch m := (lo + hi) / 2; {
			case r < spans[m].from:
				hi = m
			case r > spans[m].to:
				lo = m + 1
			default:
				return true
			}
		}
		return false
	}
})
