package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

type arrayParser struct {
	src   string
	pos   int // where the braces start, after dimensions()
	delim byte
	work  work
}

func (p *arrayParser) malformed(detail string) error {
	e := pgerr.New(pgerrcode.InvalidTextRepresentation, `malformed array literal: "%s"`, p.src)
	e.Detail = detail
	return e
}

func arraySpace(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r'
}

func (p *arrayParser) at(i int) byte {
	if i < len(p.src) {
		return p.src[i]
	}
	return 0
}

func (p *arrayParser) skipSpace() {
	for arraySpace(p.at(p.pos)) {
		p.pos++
	}
}

// number reads a run of digits and signs as atoi would.
func (p *arrayParser) number() (int32, bool) {
	from := p.pos
	for c := p.at(p.pos); isDigit(c) || c == '-' || c == '+'; c = p.at(p.pos) {
		p.pos++
	}
	t := p.src[from:p.pos]
	neg := strings.HasPrefix(t, "-")
	if neg || strings.HasPrefix(t, "+") {
		t = t[1:]
	}
	v := int64(0)
	for i := 0; i < len(t) && t[i] >= '0' && t[i] <= '9' && v < 1<<40; i++ {
		v = v*10 + int64(t[i]-'0')
	}
	if neg {
		v = -v
	}
	return int32(v), p.pos > from
}

// dimensions reads the prefix [l:u]…= if there is one, and counts the braces.
func (p *arrayParser) dimensions() ([]ArrayDim, error) {
	var dims []ArrayDim
	for {
		p.skipSpace()
		if p.at(p.pos) != '[' {
			break
		}
		p.pos++
		if len(dims) >= maxDim {
			return nil, errArrayDims(len(dims) + 1)
		}
		lower, upper := int32(1), int32(0)
		v, ok := p.number()
		if !ok {
			return nil, p.malformed(`"[" must introduce explicitly-specified array dimensions.`)
		}
		upper = v
		if p.at(p.pos) == ':' {
			p.pos++
			lower = v
			if upper, ok = p.number(); !ok {
				return nil, p.malformed("Missing array dimension value.")
			}
		}
		if p.at(p.pos) != ']' {
			return nil, p.malformed(`Missing "]" after array dimensions.`)
		}
		p.pos++
		if upper < lower {
			return nil, pgerr.New(pgerrcode.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		dims = append(dims, ArrayDim{Len: upper - lower + 1, Lower: lower})
	}
	if dims == nil {
		if p.at(p.pos) != '{' {
			return nil, p.malformed(`Array value must start with "{" or dimension information.`)
		}
		return p.count()
	}
	if p.at(p.pos) != '=' {
		return nil, p.malformed(`Missing "=" after array dimensions.`)
	}
	p.pos++
	p.skipSpace()
	if p.at(p.pos) != '{' {
		return nil, p.malformed(`Array contents must start with "{".`)
	}
	found, err := p.count()
	if err != nil {
		return nil, err
	}
	same := len(found) == len(dims)
	for i := 0; same && i < len(dims); i++ {
		same = found[i].Len == dims[i].Len
	}
	if !same {
		return nil, p.malformed("Specified array dimensions do not match array contents.")
	}
	return dims, nil
}

type arrayState uint8

// count is ArrayCount: it checks the literal's structure and gives its
// dimensions, none when it is empty.
func (p *arrayParser) count() ([]ArrayDim, error) {
	inner := arrayParser{src: p.src[p.pos:]} // what is told of, without dimensions
	malformed := inner.malformed
	var temp, nelems, last [maxDim]int32
	for i := range nelems {
		nelems[i] = 1
	}
	level, ndim := 0, 1
	quoted, empty := false, true
	state := arrayNoLevel
	unexpected := func(c byte) error { return malformed(`Unexpected "` + string(rune(c)) + `" character.`) }
	i := p.pos
scan:
	for ; ; i++ {
		if err := p.work.done(1); err != nil {
			return nil, err
		}
		if state == arrayElemStarted || state == arrayQuotedStarted {
			empty = false
		}
		if i >= len(p.src) {
			return nil, malformed("Unexpected end of input.")
		}
		switch c := p.src[i]; {
		case c == '\\':
			switch state {
			case arrayLevelStarted, arrayElemStarted, arrayElemDelimited:
				state = arrayElemStarted
			case arrayQuotedStarted:
			default:
				return nil, unexpected(c)
			}
			if i++; i >= len(p.src) {
				return nil, malformed("Unexpected end of input.")
			}
		case c == '"':
			switch state {
			case arrayLevelStarted, arrayQuotedStarted, arrayElemDelimited:
			default:
				return nil, malformed("Unexpected array element.")
			}
			quoted = !quoted
			state = pick(quoted, arrayQuotedStarted, arrayQuotedDone)
		case quoted:
		case c == '{':
			switch state {
			case arrayNoLevel, arrayLevelStarted, arrayLevelDelimited:
			default:
				return nil, unexpected(c)
			}
			state = arrayLevelStarted
			if level >= maxDim {
				return nil, errArrayDims(level + 1)
			}
			temp[level] = 0
			level++
			ndim = max(ndim, level)
		case c == '}':
			switch {
			case state == arrayElemStarted, state == arrayQuotedDone, state == arrayLevelDone,
				level == 1 && state == arrayLevelStarted:
			default:
				return nil, unexpected(c)
			}
			state = arrayLevelDone
			if level == 0 {
				return nil, malformed(`Unmatched "}" character.`)
			}
			level--
			if last[level] != 0 && nelems[level] != last[level] {
				return nil, malformed("Multidimensional arrays must have sub-arrays with matching dimensions.")
			}
			last[level] = nelems[level]
			nelems[level] = 1
			if level == 0 {
				temp[ndim-1]++
				i++
				break scan
			}
			temp[level-1]++
		case c == p.delim:
			switch state {
			case arrayElemStarted, arrayQuotedDone:
				state = arrayElemDelimited
			case arrayLevelDone:
				state = arrayLevelDelimited
			default:
				return nil, unexpected(c)
			}
			temp[ndim-1]++
			nelems[level-1]++
		case arraySpace(c):
		default:
			switch state {
			case arrayLevelStarted, arrayElemStarted, arrayElemDelimited:
			default:
				return nil, malformed("Unexpected array element.")
			}
			state = arrayElemStarted
		}
	}
	for ; i < len(p.src); i++ {
		if !arraySpace(p.src[i]) {
			return nil, malformed("Junk after closing right brace.")
		}
	}
	if empty {
		return nil, nil
	}
	dims := make([]ArrayDim, ndim)
	for i := range dims {
		dims[i] = ArrayDim{Len: temp[i], Lower: 1}
	}
	return dims, nil
}

// elements is ReadArrayStr: it gives each element's text to put, with its
// position.
func (p *arrayParser) elements(dims []ArrayDim, put func(i int, text string, null bool) error) error {
	ndim := len(dims)
	index := make([]int, ndim)
	offset := func() int {
		o := 0
		for i, d := range dims {
			o = o*int(d.Len) + index[i]
		}
		return o
	}
	level := 0
	item := make([]byte, 0, 32)
	i, at := p.pos, -1
	for done := false; !done; {
		item = item[:0]
		keep := 0 // length that trailing white space may not fall below
		quoted, leading, hasQuotes := false, true, false
		at = -1
		for end := false; !end; {
			if err := p.work.grown(8, len(item)); err != nil {
				return err
			}
			c := p.at(i)
			switch {
			case i >= len(p.src):
				return p.malformed("")
			case c == '\\':
				i++
				if i >= len(p.src) {
					return p.malformed("")
				}
				item = append(item, p.src[i])
				keep, leading, hasQuotes = len(item), false, true
			case c == '"':
				quoted = !quoted
				if quoted {
					leading = false
				} else {
					keep = len(item)
				}
				hasQuotes = true
			case quoted:
				item = append(item, c)
				keep = len(item)
			case c == '{':
				if level >= ndim {
					return p.malformed("")
				}
				index[level] = 0
				level++
			case c == '}':
				if level == 0 {
					return p.malformed("")
				}
				if at == -1 {
					at = offset()
				}
				level--
				index[level] = 0
				if level == 0 {
					end, done = true, true
				} else {
					index[level-1]++
				}
			case c == p.delim:
				if at == -1 {
					at = offset()
				}
				end = true
				index[ndim-1]++
			case arraySpace(c):
				if !leading {
					item = append(item, c)
				}
			default:
				item = append(item, c)
				keep, leading = len(item), false
			}
			i++
		}
		text := string(item[:keep])
		if err := put(at, text, !hasQuotes && strings.EqualFold(text, "NULL")); err != nil {
			return err
		}
	}
	return nil
}
