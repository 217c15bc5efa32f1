package adt

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Array input, text and binary (arrayfuncs.c of PostgreSQL 16, whose messages
// differ from later versions').

const (
	maxDim       = 6 // MAXDIM
	MaxArraySize = 134217727
)

func arrayIn(c *Call, args []Datum) (Datum, error) {
	elem, err := typeOf(c, args[1].(OID))
	if err != nil {
		return nil, err
	}
	return ParseArray(c.Env, elem, args[0].(string), typmodArg(args))
}

// ParseArray reads an array literal of the given element type.
func ParseArray(env *Env, elem *Type, s string, typmod int32) (*Array, error) {
	p := arrayParser{src: s, delim: elem.Delim}
	if p.delim == 0 {
		p.delim = ','
	}
	dims, err := p.dimensions()
	if err != nil {
		return nil, err
	}
	if len(dims) == 0 {
		return &Array{Elem: elem.OID}, nil
	}
	n, err := checkDims(dims)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return &Array{Elem: elem.OID}, nil
	}
	a := &Array{Elem: elem.OID, Dims: dims, Values: make([]Datum, n)}
	err = p.elements(dims, func(i int, text string, null bool) error {
		if i >= n {
			return p.malformed("")
		}
		if null {
			return nil
		}
		v, err := elem.InputText(env, text, typmod)
		a.Values[i] = v
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// checkDims is ArrayGetNItems and ArrayCheckBounds.
func checkDims(dims []ArrayDim) (int, error) {
	n := int64(1)
	for _, d := range dims {
		n *= int64(d.Len)
		if d.Len < 0 || n > MaxArraySize {
			return 0, errArraySize()
		}
		if int64(d.Lower)+int64(d.Len) > math.MaxInt32 {
			return 0, pgerr.New(pgerrcode.ProgramLimitExceeded, "array lower bound is too large: %d", d.Lower)
		}
	}
	return int(n), nil
}

func errArraySize() error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", MaxArraySize)
}

func errArrayDims(n int) error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded,
		"number of array dimensions (%d) exceeds the maximum allowed (%d)", n, maxDim)
}

type arrayParser struct {
	src   string
	pos   int // where the braces start, after dimensions()
	delim byte
}

func (p *arrayParser) malformed(detail string) error {
	return &pgerr.Error{
		Code:    pgerrcode.InvalidTextRepresentation,
		Message: `malformed array literal: "` + p.src + `"`, Detail: detail,
	}
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
	for c := p.at(p.pos); c >= '0' && c <= '9' || c == '-' || c == '+'; c = p.at(p.pos) {
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

const (
	arrayNoLevel arrayState = iota
	arrayLevelStarted
	arrayElemStarted
	arrayQuotedStarted
	arrayQuotedDone
	arrayElemDelimited
	arrayLevelDone
	arrayLevelDelimited
)

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

func arrayRecv(c *Call, args []Datum) (Datum, error) {
	elem, err := typeOf(c, args[1].(OID))
	if err != nil {
		return nil, err
	}
	return receiveArray(c.Env, elem, args[0].([]byte), typmodArg(args))
}

func receiveArray(env *Env, elem *Type, b []byte, typmod int32) (*Array, error) {
	r := binReader{b: b}
	ndim, flags, typ := r.int32(), r.int32(), OID(r.int32())
	if r.err != nil {
		return nil, r.err
	}
	switch {
	case ndim < 0:
		return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid number of dimensions: %d", ndim)
	case ndim > maxDim:
		return nil, errArrayDims(int(ndim))
	case flags != 0 && flags != 1:
		return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid array flags")
	case typ != elem.OID:
		got := "???"
		if env != nil && env.Types != nil {
			if t := env.Types.TypeByOID(typ); t != nil {
				got = typeName(env, t)
			}
		}
		return nil, pgerr.New(pgerrcode.DatatypeMismatch,
			"binary data has array element type %d (%s) instead of expected %d (%s)", typ, got, elem.OID, typeName(env, elem))
	}
	dims := make([]ArrayDim, ndim)
	for i := range dims {
		dims[i] = ArrayDim{Len: r.int32(), Lower: r.int32()}
	}
	if r.err != nil {
		return nil, r.err
	}
	n, err := checkDims(dims)
	if err != nil {
		return nil, err
	}
	if n == 0 || ndim == 0 {
		return &Array{Elem: elem.OID}, nil
	}
	if n > len(r.b)/4 {
		return nil, errNoData()
	}
	a := &Array{Elem: elem.OID, Dims: dims, Values: make([]Datum, n)}
	for i := range a.Values {
		size := r.int32()
		if r.err == nil && (size < -1 || int(size) > len(r.b)) {
			return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "insufficient data left in message")
		}
		if size == -1 {
			continue
		}
		item := r.bytes(int(size))
		if r.err != nil {
			return nil, r.err
		}
		if a.Values[i], err = elem.ReceiveBinary(env, item, typmod); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// binReader reads a binary value; err is set once it is cut short.
type binReader struct {
	b   []byte
	err error
}

func (r *binReader) bytes(n int) []byte {
	if r.err != nil || n < 0 || len(r.b) < n {
		if r.err == nil {
			r.err = errNoData()
		}
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *binReader) int32() int32 {
	if v := r.bytes(4); v != nil {
		return int32(binary.BigEndian.Uint32(v))
	}
	return 0
}
