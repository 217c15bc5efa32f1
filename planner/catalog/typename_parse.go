package catalog

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// maxTypeName bounds a type's name, which is taken apart by recursion.
const maxTypeName = 1 << 16

// typeName is a type as it is written (TypeName).
type typeName struct {
	names []string    // the last is the type's, others are of what it is in
	mods  []adt.Datum // its modifiers, as texts
	array bool        // array bounds follow
}

// parseTypeName takes a type's name apart.
func parseTypeName(s string) (typeName, error) {
	if len(s) > maxTypeName || strings.TrimSpace(s) == "" {
		return typeName{}, errTypeName(s)
	}
	p := &typeParser{src: s}
	t, err := typeName{}, p.scan()
	if err == nil {
		if p.word("setof") {
			return typeName{}, errTypeName(s)
		}
		t, err = p.parse()
	}
	if err != nil {
		e := *pgerr.From(err)
		e.Where = `invalid type name "` + s + `"`
		err = &e
	}
	return t, pgerr.Throw(err)
}

func errTypeName(s string) error {
	return pgerr.New(pgerrcode.SyntaxError, `invalid type name "%s"`, s)
}

type typeParser struct {
	src    string
	tokens []typeToken
	at     int
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
func (p *typeParser) parse() (typeName, error) {
	t, err := p.simple()
	if err != nil {
		return t, err
	}
	if p.word("array") {
		t.array = true
		if p.word("[") {
			err = p.bound()
		}
	} else {
		for err == nil && p.word("[") {
			t.array = true
			if !p.word("]") {
				err = p.bound()
			}
		}
	}
	if err == nil && p.at < len(p.tokens) {
		err = p.errSyntax()
	}
	return t, err
}

// bound reads a number and the bracket behind it.
func (p *typeParser) bound() error {
	if p.at >= len(p.tokens) || p.tokens[p.at].quoted || !isDigit(p.tokens[p.at].text[0]) {
		return p.errSyntax()
	}
	p.at++
	if !p.word("]") {
		return p.errSyntax()
	}
	return nil
}

// ident takes the next token, which must be an identifier.
func (p *typeParser) ident() (typeToken, error) {
	if p.at >= len(p.tokens) || !p.tokens[p.at].quoted && !identStart(p.tokens[p.at].text[0]) {
		return typeToken{}, p.errSyntax()
	}
	p.at++
	return p.tokens[p.at-1], nil
}

func (p *typeParser) simple() (typeName, error) {
	t, err := p.ident()
	if err != nil {
		return typeName{}, err
	}
	dot := p.at < len(p.tokens) && p.tokens[p.at].text == "." && !p.tokens[p.at].quoted
	if !t.quoted && !dot {
		if own := p.ownSyntax(t.text); own != nil {
			return own()
		}
	}
	if !t.quoted && untypedWords()[t.text] {
		p.at--
		return typeName{}, p.errSyntax()
	}
	name := typeName{names: []string{t.text}}
	for p.word(".") {
		part, err := p.ident()
		if err != nil {
			return name, err
		}
		name.names = append(name.names, part.text)
	}
	name.mods, err = p.mods()
	return name, err
}

// ownSyntax gives what reads on behind a word for which the grammar has types of its own;
// nil: it has none.
func (p *typeParser) ownSyntax(word string) func() (typeName, error) {
	if name, ok := plainTypes[word]; ok {
		return func() (typeName, error) { return systemType(name), nil }
	}
	if name, ok := modTypes[word]; ok {
		return func() (typeName, error) { return p.system(name) }
	}
	switch word {
	case "float":
		return p.float
	case "double":
		if p.word("precision") {
			return func() (typeName, error) { return systemType("float8"), nil }
		}
	case "bit":
		return func() (typeName, error) { return p.system(pick(p.word("varying"), "varbit", "bit")) }
	case "national":
		return func() (typeName, error) {
			if !p.word("character") && !p.word("char") {
				return typeName{}, p.errSyntax()
			}
			return p.character()
		}
	case "character", "char", "nchar":
		return p.character
	case "time", "timestamp":
		return func() (typeName, error) { return p.time(word) }
	case "interval":
		return p.interval
	}
	return nil
}

func systemType(name string, mods ...adt.Datum) typeName {
	return typeName{names: []string{"pg_catalog", name}, mods: mods}
}

// system reads the modifiers of a type.
func (p *typeParser) system(name string) (typeName, error) {
	mods, err := p.mods()
	return systemType(name, mods...), err
}

func (p *typeParser) character() (typeName, error) {
	return p.system(pick(p.word("varying"), "varchar", "bpchar"))
}

// float reads the precision in bits of FLOAT.
func (p *typeParser) float() (typeName, error) {
	at := p.at + 1
	mods, err := p.mods()
	if err != nil || len(mods) == 0 {
		return systemType("float8"), err
	}
	loc := p.tokens[at].pos
	n, _ := strconv.Atoi(mods[0].(string))
	switch {
	case n < 1:
		return typeName{}, pgerr.New(pgerrcode.InvalidParameterValue, "precision for type float must be at least 1 bit").At(loc)
	case n <= 24:
		return systemType("float4"), nil
	case n <= 53:
		return systemType("float8"), nil
	}
	return typeName{}, pgerr.New(pgerrcode.InvalidParameterValue, "precision for type float must be less than 54 bits").At(loc)
}

// time reads the precision of TIME or TIMESTAMP, and WITH or WITHOUT TIME ZONE.
func (p *typeParser) time(word string) (typeName, error) {
	t, err := p.system(word)
	if err != nil {
		return t, err
	}
	with := p.word("with")
	if (with || p.word("without")) && !(p.word("time") && p.word("zone")) {
		return t, p.errSyntax()
	}
	if with {
		t.names[1] += "tz"
	}
	return t, nil
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
func (p *typeParser) interval() (typeName, error) {
	mask := 0x7fff // all fields
	first := p.field()
	last := first
	if first >= 0 {
		if p.word("to") {
			last = p.field()
			// YEAR goes to MONTH alone, the others to what is finer.
			if last <= first || (first == 0) != (last == 1) || first == 1 {
				p.at -= pick(last >= 0, 1, 0)
				return typeName{}, p.errSyntax()
			}
		}
		mask = 0
		for _, f := range typmodFields[first : last+1] {
			mask |= f.bit
		}
		if last < len(typmodFields)-1 {
			return systemType("interval", strconv.Itoa(mask)), nil
		}
	}
	precision, err := p.mods()
	if err != nil || precision == nil && first < 0 {
		return systemType("interval"), err
	}
	return systemType("interval", append([]adt.Datum{strconv.Itoa(mask)}, precision...)...), nil
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
