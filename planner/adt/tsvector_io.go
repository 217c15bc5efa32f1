package adt

import (
	"encoding/binary"
	"strconv"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func tsvectorIn(_ *Call, s string, _ int32) (*TSVector, error) {
	p := &tsWords{src: s, kind: "tsvector"}
	var words []Lexeme
	size := 0
	for {
		w, ok, err := p.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if len(w.Word) > TSMaxWord-1 {
			return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "word is too long (%d bytes, max %d bytes)", len(w.Word), TSMaxWord-1)
		}
		if size > TSMaxBytes {
			return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "string is too long for tsvector (%d bytes, max %d bytes)", size, TSMaxBytes)
		}
		size += len(w.Word)
		words = append(words, w)
	}
	v := newTSVector(words)
	if n := v.Bytes(); n > TSMaxBytes {
		return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "string is too long for tsvector (%d bytes, max %d bytes)", n, TSMaxBytes)
	}
	return v, nil
}

func appendLexeme(dst []byte, word string) []byte {
	dst = append(dst, '\'')
	for i := range len(word) {
		if c := word[i]; c == '\'' || c == '\\' {
			dst = append(dst, c)
		}
		dst = append(dst, word[i])
	}
	return append(dst, '\'')
}

func tsvectorOut(_ *Call, dst []byte, v *TSVector) ([]byte, error) {
	for i, l := range v.Lexemes {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = appendLexeme(dst, l.Word)
		for j, p := range l.Pos {
			dst = append(dst, pick[byte](j == 0, ':', ','))
			dst = strconv.AppendUint(dst, uint64(p.Pos), 10)
			if p.Weight > 0 {
				dst = append(dst, "DCBA"[p.Weight])
			}
		}
	}
	return dst, nil
}

func tsvectorSend(c *Call, dst []byte, v *TSVector) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(v.Lexemes)))
	for _, l := range v.Lexemes {
		var err error
		if dst, err = textSend(c, dst, l.Word); err != nil {
			return dst, err
		}
		dst = binary.BigEndian.AppendUint16(append(dst, 0), uint16(len(l.Pos)))
		for _, p := range l.Pos {
			dst = binary.BigEndian.AppendUint16(dst, uint16(p.Weight)<<14|p.Pos)
		}
	}
	return dst, nil
}

func tsvectorRecv(_ *Call, b []byte, _ int32) (*TSVector, error) {
	bad := func(what string) (*TSVector, error) {
		return nil, pgerr.New(pgerrcode.InternalError, "%s", what)
	}
	r := binReader{b: b}
	n := r.int32()
	if r.err != nil {
		return nil, r.err
	}
	if n < 0 || n > 1<<28 {
		return bad("invalid size of tsvector")
	}
	var words []Lexeme
	for range n {
		word, err := r.cstring()
		if err != nil {
			return nil, err
		}
		if len(word) > TSMaxWord {
			return bad("invalid tsvector: lexeme too long")
		}
		l := Lexeme{Word: word}
		count := r.uint16()
		if r.err == nil && count > TSMaxPositions {
			return bad("unexpected number of tsvector positions")
		}
		for i := range count {
			w := r.uint16()
			p := LexemePos{w & TSMaxPos, uint8(w >> 14)}
			if r.err == nil && i > 0 && p.Pos <= l.Pos[i-1].Pos {
				return bad("position information is misordered")
			}
			l.Pos = append(l.Pos, p)
		}
		if r.err != nil {
			return nil, r.err
		}
		words = append(words, l)
	}
	if len(r.b) > 0 {
		return nil, errLeftOver()
	}
	return newTSVector(words), nil
}
