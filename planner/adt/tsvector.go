package adt

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// tsvector (tsvector.c, tsvector_op.c).

// TSVector is a value of type tsvector: lexemes in the order of their bytes.
type TSVector struct{ Lexemes []Lexeme }

// Lexeme is a word and where it stands; without positions it is stripped.
type Lexeme struct {
	Word string
	Pos  []LexemePos
}

// LexemePos is a position, 1 to 16383, and its weight: 3 is A, 0 is D.
type LexemePos struct {
	Pos    uint16
	Weight uint8
}

// Limits of ts_type.h.
const (
	TSMaxWord      = 1<<11 - 1
	TSMaxBytes     = 1<<20 - 1
	TSMaxPos       = 1<<14 - 1
	TSMaxPositions = 256
)

func tsvectorFuncs() Funcs {
	f := Funcs{
		"tsvectorin":   In(tsvectorIn),
		"tsvectorout":  Out(tsvectorOut),
		"tsvectorrecv": Recv(tsvectorRecv),
		"tsvectorsend": Send(tsvectorSend),

		"tsvector_eq":  P2(func(a, b *TSVector) bool { return tsvectorCompare(a, b) == 0 }),
		"tsvector_ne":  P2(func(a, b *TSVector) bool { return tsvectorCompare(a, b) != 0 }),
		"tsvector_lt":  P2(func(a, b *TSVector) bool { return tsvectorCompare(a, b) < 0 }),
		"tsvector_le":  P2(func(a, b *TSVector) bool { return tsvectorCompare(a, b) <= 0 }),
		"tsvector_gt":  P2(func(a, b *TSVector) bool { return tsvectorCompare(a, b) > 0 }),
		"tsvector_ge":  P2(func(a, b *TSVector) bool { return tsvectorCompare(a, b) >= 0 }),
		"tsvector_cmp": Cmp(tsvectorCompare),

		"tsvector_length":     P1(func(v *TSVector) int32 { return int32(len(v.Lexemes)) }),
		"tsvector_strip":      P1(tsvectorStrip),
		"tsvector_concat":     P2(tsvectorConcat),
		"tsvector_setweight":  F2(func(v *TSVector, w Char) (*TSVector, error) { return v.setWeight(w, nil) }),
		"tsvector_delete_str": P2(func(v *TSVector, s string) *TSVector { return v.without([]string{s}) }),
		"tsvector_delete_arr": P2(func(v *TSVector, a *Array) *TSVector { return v.without(knownTexts(a)) }),
		"tsvector_setweight_by_filter": F3(func(v *TSVector, w Char, a *Array) (*TSVector, error) {
			return v.setWeight(w, knownTexts(a))
		}),
		"tsvector_filter":   F2(tsvectorFilter),
		"tsvector_to_array": P1(tsvectorToArray),
		"array_to_tsvector": F1(arrayToTSVector),
		"tsvector_unnest":   Set(tsvectorUnnest),
	}
	return f
}

// newTSVector sorts lexemes and joins the positions of equal ones (uniqueentry).
func newTSVector(words []Lexeme) *TSVector {
	slices.SortStableFunc(words, func(a, b Lexeme) int { return cmp.Compare(a.Word, b.Word) })
	v := &TSVector{}
	for _, w := range words {
		if n := len(v.Lexemes); n > 0 && v.Lexemes[n-1].Word == w.Word {
			v.Lexemes[n-1].Pos = append(slices.Clip(v.Lexemes[n-1].Pos), w.Pos...)
			continue
		}
		v.Lexemes = append(v.Lexemes, w)
	}
	for i := range v.Lexemes {
		v.Lexemes[i].Pos = uniquePositions(v.Lexemes[i].Pos)
	}
	return v
}

// uniquePositions is uniquePos: of one position the highest weight stays.
func uniquePositions(in []LexemePos) []LexemePos {
	if len(in) < 2 {
		return in
	}
	in = slices.Clone(in)
	slices.SortStableFunc(in, func(a, b LexemePos) int { return cmp.Compare(a.Pos, b.Pos) })
	out := in[:1]
	for _, p := range in[1:] {
		last := &out[len(out)-1]
		if p.Pos == last.Pos {
			last.Weight = max(last.Weight, p.Weight)
			continue
		}
		out = append(out, p)
		if len(out) >= TSMaxPositions || p.Pos == TSMaxPos {
			break
		}
	}
	return out
}

// Bytes is the size of the lexemes and positions as tsvector stores them.
func (v *TSVector) Bytes() int {
	n := 0
	for _, l := range v.Lexemes {
		n += len(l.Word)
		if len(l.Pos) > 0 {
			n = (n+1)&^1 + 2 + 2*len(l.Pos)
		}
	}
	return n
}

// tsvectorCompare is silly_cmp_tsvector: the size in bytes comes first.
func tsvectorCompare(a, b *TSVector) int {
	if c := cmp.Compare(a.Bytes()+4*len(a.Lexemes), b.Bytes()+4*len(b.Lexemes)); c != 0 {
		return c
	}
	if c := cmp.Compare(len(a.Lexemes), len(b.Lexemes)); c != 0 {
		return c
	}
	for i, x := range a.Lexemes {
		y := b.Lexemes[i]
		if (len(x.Pos) > 0) != (len(y.Pos) > 0) {
			return pick(len(x.Pos) > 0, -1, 1)
		}
		if c := cmp.Compare(x.Word, y.Word); c != 0 {
			return c
		}
		if c := cmp.Compare(len(y.Pos), len(x.Pos)); c != 0 {
			return c
		}
		for j, p := range x.Pos {
			if c := cmp.Or(cmp.Compare(y.Pos[j].Pos, p.Pos), cmp.Compare(y.Pos[j].Weight, p.Weight)); c != 0 {
				return c
			}
		}
	}
	return 0
}

func tsvectorStrip(v *TSVector) *TSVector {
	out := &TSVector{}
	for _, l := range v.Lexemes {
		out.Lexemes = append(out.Lexemes, Lexeme{Word: l.Word})
	}
	return out
}

// Find gives a lexeme's index, or where it would be.
func (v *TSVector) Find(word string) (int, bool) {
	return slices.BinarySearchFunc(v.Lexemes, word, func(l Lexeme, w string) int { return cmp.Compare(l.Word, w) })
}

func (v *TSVector) without(words []string) *TSVector {
	out, gone := &TSVector{}, make(map[string]bool, len(words))
	for _, w := range words {
		gone[w] = true
	}
	for _, l := range v.Lexemes {
		if !gone[l.Word] {
			out.Lexemes = append(out.Lexemes, l)
		}
	}
	return out
}

// knownTexts gives a text array's elements but for NULLs; never nil.
func knownTexts(a *Array) []string {
	out := []string{}
	for _, v := range a.Values {
		if v != nil {
			out = append(out, v.(string))
		}
	}
	return out
}

// TSWeight gives the number of a weight letter.
func TSWeight(c Char) (uint8, bool) {
	if i := strings.IndexByte("dcba", byte(c)|0x20); i >= 0 {
		return uint8(i), true
	}
	return 0, false
}

// setWeight gives all positions a weight, or those of some words.
func (v *TSVector) setWeight(c Char, words []string) (*TSVector, error) {
	w, ok := TSWeight(c)
	if !ok {
		if words == nil {
			return nil, pgerr.New(pgerrcode.InternalError, "unrecognized weight: %d", int8(c))
		}
		return nil, pgerr.New(pgerrcode.InternalError, "unrecognized weight: %s", weightText(c))
	}
	chosen := map[string]bool{}
	for _, word := range words {
		chosen[word] = true
	}
	out := &TSVector{Lexemes: slices.Clone(v.Lexemes)}
	for i := range out.Lexemes {
		l := &out.Lexemes[i]
		if words != nil && !chosen[l.Word] {
			continue
		}
		l.Pos = slices.Clone(l.Pos)
		for j := range l.Pos {
			l.Pos[j].Weight = w
		}
	}
	return out, nil
}

// weightText is the byte of a weight in a message; a zero byte ends it.
func weightText(c Char) string {
	if c == 0 {
		return ""
	}
	return string([]byte{byte(c)})
}

func tsvectorFilter(v *TSVector, a *Array) (*TSVector, error) {
	mask := 0
	for _, d := range a.Values {
		if d == nil {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "weight array may not contain nulls")
		}
		w, ok := TSWeight(d.(Char))
		if !ok {
			if d.(Char) == 0 { // ends PostgreSQL's message
				return nil, pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized weight: \"")
			}
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized weight: \"%s\"", weightText(d.(Char)))
		}
		mask |= 1 << w
	}
	out := &TSVector{}
	for _, l := range v.Lexemes {
		var pos []LexemePos
		for _, p := range l.Pos {
			if mask>>p.Weight&1 == 1 {
				pos = append(pos, p)
			}
		}
		if pos != nil {
			out.Lexemes = append(out.Lexemes, Lexeme{l.Word, pos})
		}
	}
	return out, nil
}

// tsvectorConcat joins two vectors; the second's positions come after the first's.
func tsvectorConcat(a, b *TSVector) *TSVector {
	last := 0
	for _, l := range a.Lexemes {
		for _, p := range l.Pos {
			last = max(last, int(p.Pos))
		}
	}
	out := &TSVector{}
	add := func(pos, more []LexemePos) []LexemePos {
		pos = slices.Clip(pos)
		for _, p := range more {
			if n := len(pos); n >= TSMaxPositions || n > 0 && pos[n-1].Pos == TSMaxPos {
				break
			}
			pos = append(pos, LexemePos{uint16(min(int(p.Pos)+last, TSMaxPos)), p.Weight})
		}
		return pos
	}
	i, j := 0, 0
	for i < len(a.Lexemes) || j < len(b.Lexemes) {
		switch {
		case j >= len(b.Lexemes) || i < len(a.Lexemes) && a.Lexemes[i].Word < b.Lexemes[j].Word:
			out.Lexemes = append(out.Lexemes, a.Lexemes[i])
			i++
		case i >= len(a.Lexemes) || b.Lexemes[j].Word < a.Lexemes[i].Word:
			out.Lexemes = append(out.Lexemes, Lexeme{b.Lexemes[j].Word, add(nil, b.Lexemes[j].Pos)})
			j++
		default:
			out.Lexemes = append(out.Lexemes, Lexeme{a.Lexemes[i].Word, add(a.Lexemes[i].Pos, b.Lexemes[j].Pos)})
			i++
			j++
		}
	}
	return out
}

func tsvectorToArray(v *TSVector) *Array {
	words := make([]Datum, len(v.Lexemes))
	for i, l := range v.Lexemes {
		words[i] = l.Word
	}
	return NewArray(TextOID, words)
}

func arrayToTSVector(a *Array) (*TSVector, error) {
	var words []Lexeme
	for _, d := range a.Values {
		if d == nil {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "lexeme array may not contain nulls")
		}
		if d == "" {
			return nil, pgerr.New(pgerrcode.ZeroLengthCharacterString, "lexeme array may not contain empty strings")
		}
		words = append(words, Lexeme{Word: d.(string)})
	}
	return newTSVector(words), nil
}

// tsvectorUnnest gives each lexeme with its positions and weights.
func tsvectorUnnest(c *Call, a []Datum) iter.Seq2[Datum, error] {
	return func(yield func(Datum, error) bool) {
		for _, l := range a[0].(*TSVector).Lexemes {
			row := Row{l.Word, nil, nil}
			if len(l.Pos) > 0 {
				var pos, weights []Datum
				for _, p := range l.Pos {
					pos = append(pos, int16(p.Pos))
					weights = append(weights, "DCBA"[p.Weight:p.Weight+1])
				}
				row[1], row[2] = NewArray(Int2OID, pos), NewArray(TextOID, weights)
			}
			if !yield(&Record{Desc: c.Desc, Values: row}, nil) {
				return
			}
		}
	}
}
