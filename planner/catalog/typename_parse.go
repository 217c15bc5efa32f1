package catalog

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// typeToken is a token of a type name.
type typeToken struct {
	text   string
	quoted bool // an identifier in quotes
	pos    int
}

// maxTypeName bounds a type's name, which is taken apart by recursion.
const maxTypeName = 1 << 16

// parseTypeName takes a type's name apart.
func parseTypeName(s string) (names []string, mods []adt.Datum, bounds bool, err error) {
	if len(s) > maxTypeName || strings.TrimSpace(s) == "" {
		return nil, nil, false, errTypeName(s)
	}
	p := &typeParser{src: s}
	if err = p.scan(); err == nil {
		if p.word("setof") {
			return nil, nil, false, errTypeName(s)
		}
		names, mods, bounds, err = p.parse()
	}
	if err != nil {
		e := *pgerr.From(err)
		e.Where = `invalid type name "` + s + `"`
		err = &e
	}
	return names, mods, bounds, pgerr.Throw(err)
}

func errTypeName(s string) error {
	return pgerr.New(pgerrcode.SyntaxError, `invalid type name "%s"`, s)
}

type typeParser struct {
	src    string
	tokens []typeToken
	at     int
}

func (p *typeParser) scan() error {
	s := p.src
	for i := 0; i < len(s); {
		b := s[i]
		start := i
		switch {
		case strings.IndexByte(" \t\n\r\v\f", b) >= 0:
			i++
			continue
		case b == '"':
			var t strings.Builder
			for i++; ; i++ {
				if i >= len(s) {
					return pgerr.New(pgerrcode.SyntaxError, `unterminated quoted identifier at or near "%s"`, s[start:]).At(start)
				}
				if s[i] == '"' {
					if i+1 < len(s) && s[i+1] == '"' {
						i++
					} else {
						break
					}
				}
				t.WriteByte(s[i])
			}
			i++
			if t.Len() == 0 {
				return pgerr.New(pgerrcode.SyntaxError, `zero-length delimited identifier at or near """"`).At(start)
			}
			p.tokens = append(p.tokens, typeToken{truncate(t.String()), true, start})
		case identStart(b):
			for i < len(s) && (identStart(s[i]) || s[i] >= '0' && s[i] <= '9' || s[i] == '$') {
				i++
			}
			p.tokens = append(p.tokens, typeToken{truncate(lower(s[start:i])), false, start})
		case b >= '0' && b <= '9':
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				i++
			}
			if i < len(s) && identStart(s[i]) {
				for i < len(s) && identStart(s[i]) {
					i++
				}
				return pgerr.New(pgerrcode.SyntaxError, `trailing junk after numeric literal at or near "%s"`, s[start:i]).At(start)
			}
			p.tokens = append(p.tokens, typeToken{s[start:i], false, start})
		case b == '\'':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 {
				return pgerr.New(pgerrcode.SyntaxError, `unterminated quoted string at or near "%s"`, s[start:]).At(start)
			}
			i += end + 2
			p.tokens = append(p.tokens, typeToken{s[start+1 : i-1], true, start})
		default:
			i++
			p.tokens = append(p.tokens, typeToken{string(b), false, start})
		}
	}
	return nil
}

func identStart(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b >= 0x80
}

// word tells whether the next token is a bare word, and takes it.
func (p *typeParser) word(w string) bool {
	if p.at < len(p.tokens) && !p.tokens[p.at].quoted && p.tokens[p.at].text == w {
		p.at++
		return true
	}
	return false
}

func (p *typeParser) errSyntax() error {
	if p.at >= len(p.tokens) {
		return pgerr.New(pgerrcode.SyntaxError, "syntax error at end of input").At(len(p.src))
	}
	t := p.tokens[p.at]
	text := t.text
	if t.quoted {
		text = `"` + text + `"`
	} else if t.pos+len(text) <= len(p.src) {
		text = p.src[t.pos : t.pos+len(text)]
	}
	return pgerr.New(pgerrcode.SyntaxError, `syntax error at or near "%s"`, text).At(t.pos)
}

// parse reads the grammar's SimpleTypename with array bounds.
func (p *typeParser) parse() (names []string, mods []adt.Datum, bounds bool, err error) {
	if names, mods, err = p.simple(); err != nil {
		return nil, nil, false, err
	}
	if p.word("array") {
		bounds = true
		if p.word("[") {
			if err := p.number(); err != nil {
				return nil, nil, false, err
			}
			if !p.word("]") {
				return nil, nil, false, p.errSyntax()
			}
		}
	} else {
		for p.word("[") {
			bounds = true
			if !p.word("]") {
				if err := p.number(); err != nil {
					return nil, nil, false, err
				}
				if !p.word("]") {
					return nil, nil, false, p.errSyntax()
				}
			}
		}
	}
	if p.at < len(p.tokens) {
		return nil, nil, false, p.errSyntax()
	}
	return names, mods, bounds, nil
}

func (p *typeParser) number() error {
	if p.at < len(p.tokens) && !p.tokens[p.at].quoted && p.tokens[p.at].text[0] >= '0' && p.tokens[p.at].text[0] <= '9' {
		p.at++
		return nil
	}
	return p.errSyntax()
}

func (p *typeParser) simple() (names []string, mods []adt.Datum, err error) {
	if p.at >= len(p.tokens) {
		return nil, nil, p.errSyntax()
	}
	t := p.tokens[p.at]
	if !t.quoted && !identStart(t.text[0]) {
		return nil, nil, p.errSyntax()
	}
	p.at++
	system := func(name string) ([]string, []adt.Datum, error) {
		mods, err := p.mods()
		return []string{"pg_catalog", name}, mods, err
	}
	if !t.quoted && !(p.at < len(p.tokens) && p.tokens[p.at].text == "." && !p.tokens[p.at].quoted) {
		if name, ok := plainTypes[t.text]; ok {
			return []string{"pg_catalog", name}, nil, nil
		}
		if name, ok := modTypes[t.text]; ok {
			return system(name)
		}
		switch t.text {
		case "float":
			at := p.at + 1
			mods, err := p.mods()
			if err != nil || len(mods) == 0 {
				return []string{"pg_catalog", "float8"}, nil, err
			}
			loc := p.tokens[at].pos
			n, _ := strconv.Atoi(mods[0].(string))
			switch {
			case n < 1:
				return nil, nil, pgerr.New(pgerrcode.InvalidParameterValue, "precision for type float must be at least 1 bit").At(loc)
			case n <= 24:
				return []string{"pg_catalog", "float4"}, nil, nil
			case n <= 53:
				return []string{"pg_catalog", "float8"}, nil, nil
			}
			return nil, nil, pgerr.New(pgerrcode.InvalidParameterValue, "precision for type float must be less than 54 bits").At(loc)
		case "double":
			if !p.word("precision") {
				break
			}
			return []string{"pg_catalog", "float8"}, nil, nil
		case "bit":
			if p.word("varying") {
				return system("varbit")
			}
			return system("bit")
		case "national":
			if !p.word("character") && !p.word("char") {
				return nil, nil, p.errSyntax()
			}
			fallthrough
		case "character", "char", "nchar":
			if p.word("varying") {
				return system("varchar")
			}
			return system("bpchar")
		case "time", "timestamp":
			names, mods, err := system(t.text)
			if err != nil {
				return nil, nil, err
			}
			with := p.word("with")
			if with || p.word("without") {
				if !p.word("time") || !p.word("zone") {
					return nil, nil, p.errSyntax()
				}
			}
			if with {
				names[1] += "tz"
			}
			return names, mods, nil
		case "interval":
			return p.interval()
		}
	}
	if !t.quoted && untypedWords()[t.text] {
		p.at--
		return nil, nil, p.errSyntax()
	}
	names = []string{t.text}
	for p.word(".") {
		if p.at >= len(p.tokens) || !p.tokens[p.at].quoted && !identStart(p.tokens[p.at].text[0]) {
			return nil, nil, p.errSyntax()
		}
		names = append(names, p.tokens[p.at].text)
		p.at++
	}
	mods, err = p.mods()
	return names, mods, err
}

// INTERVAL's fields as bits of its modifier (INTERVAL_MASK), the finest last.
var typmodFields = []struct {
	name string
	bit  int
}{{"year", 1 << 2}, {"month", 1 << 1}, {"day", 1 << 3}, {"hour", 1 << 10}, {"minute", 1 << 11}, {"second", 1 << 12}}

// field reads one of INTERVAL's fields, -1 for none.
func (p *typeParser) field() int {
	for i, f := range typmodFields {
		if p.word(f.name) {
			return i
		}
	}
	return -1
}

// interval reads INTERVAL's fields and precision.
func (p *typeParser) interval() ([]string, []adt.Datum, error) {
	names := []string{"pg_catalog", "interval"}
	mask := 0x7fff // all fields
	first := p.field()
	last := first
	if first >= 0 {
		if p.word("to") {
			last = p.field()
			// YEAR goes to MONTH alone, the others to what is finer.
			if last <= first || (first == 0) != (last == 1) || first == 1 {
				p.at -= pick(last >= 0, 1, 0)
				return nil, nil, p.errSyntax()
			}
		}
		mask = 0
		for _, f := range typmodFields[first : last+1] {
			mask |= f.bit
		}
		if last < len(typmodFields)-1 {
			return names, []adt.Datum{strconv.Itoa(mask)}, nil
		}
	}
	precision, err := p.mods()
	if err != nil || precision == nil && first < 0 {
		return names, nil, err
	}
	return names, append([]adt.Datum{strconv.Itoa(mask)}, precision...), nil
}

// mods reads a parenthesised list of modifiers.
func (p *typeParser) mods() ([]adt.Datum, error) {
	if !p.word("(") {
		return nil, nil
	}
	var out []adt.Datum
	for {
		if p.at >= len(p.tokens) || strings.ContainsAny(p.tokens[p.at].text, "(),[]") {
			return nil, p.errSyntax()
		}
		sign := ""
		if p.word("-") {
			sign = "-"
		}
		if p.at >= len(p.tokens) {
			return nil, p.errSyntax()
		}
		out = append(out, sign+p.tokens[p.at].text)
		p.at++
		if p.word(")") {
			return out, nil
		}
		if !p.word(",") {
			return nil, p.errSyntax()
		}
	}
}
