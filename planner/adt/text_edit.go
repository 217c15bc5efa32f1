package adt

import (
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// String functions that go through a text once: oracle_compat.c and varlena.c.

// trim cuts the characters of set from one end of s or both.
func trim(c *Call, s, set string, left, right bool) (string, error) {
	if len(set) < 8 {
		if left {
			s = strings.TrimLeft(s, set)
		}
		if right {
			s = strings.TrimRight(s, set)
		}
		return s, nil
	}
	work, in := c.work(), map[rune]bool{}
	for _, r := range set {
		in[r] = true
		if err := work.done(20); err != nil {
			return "", err
		}
	}
	for left && s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if !in[r] {
			break
		}
		s = s[n:]
		if err := work.done(20); err != nil {
			return "", err
		}
	}
	for right && s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		if !in[r] {
			break
		}
		s = s[:len(s)-n]
		if err := work.done(20); err != nil {
			return "", err
		}
	}
	return s, nil
}

func reverseText(c *Call, s string) (string, error) {
	b, w, work := make([]byte, len(s)), len(s), c.work()
	for i := 0; i < len(s); {
		_, n := utf8.DecodeRuneInString(s[i:])
		w -= n
		copy(b[w:], s[i:i+n])
		i += n
		if err := work.done(4); err != nil {
			return "", err
		}
	}
	return stringOf(b), nil
}

// textFrom gives the text of b, which must not change from then on: of a long one not a copy,
// which would need its memory again.
func textFrom(b []byte) string {
	const long = 1 << 16
	if len(b) < long {
		return string(b) // without the room that b has to grow
	}
	return stringOf(b)
}

// stringOf gives the text of b, which must not change from then on.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func replaceText(c *Call, s, from, to string) (string, error) {
	if from == "" || s == "" {
		return s, nil
	}
	found := strings.Count(s, from)
	if found == 0 {
		return s, nil
	}
	size := int64(found)*int64(len(to)-len(from)) + int64(len(s))
	if size > maxAlloc {
		return "", pgerr.New(pgerrcode.ProgramLimitExceeded, "out of memory")
	}
	if err := c.Env.Room(size); err != nil {
		return "", err
	}
	b, work := make([]byte, 0, size), c.work()
	for range found {
		i := strings.Index(s, from)
		b = append(append(b, s[:i]...), to...)
		s = s[i+len(from):]
		if err := work.done(i + len(from) + len(to) + 10); err != nil {
			return "", err
		}
	}
	return stringOf(append(b, s...)), nil
}

// translate maps characters of from to those of to at the same place, and drops
// those that have none. The first of equal characters in from counts.
func translate(c *Call, s, from, to string) (string, error) {
	if s == "" || from == "" {
		return s, nil
	}
	table, w := map[rune]rune{}, c.work()
	for _, r := range from {
		target, n := utf8.DecodeRuneInString(to)
		if to = to[n:]; n == 0 {
			target = -1
		}
		if _, ok := table[r]; !ok {
			table[r] = target
		}
		if err := w.done(20); err != nil {
			return "", err
		}
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch t, ok := table[r]; {
		case !ok:
			b = append(b, s[i:i+n]...)
		case t >= 0:
			b = utf8.AppendRune(b, t)
		}
		i += n
		if err := w.grown(20, len(b)); err != nil {
			return "", err
		}
	}
	return stringOf(b), nil
}

// splitPart gives the n'th field, counted from the end when negative.
func splitPart(c *Call, s, sep string, n int32) (string, error) {
	if n == 0 {
		return "", pgerr.New(pgerrcode.InvalidParameterValue, "field position must not be zero")
	}
	if s == "" {
		return "", nil
	}
	if sep == "" {
		return pick(n == 1 || n == -1, s, ""), nil
	}
	before := int(n) - 1 // fields before it
	if n < 0 {           // they are cut from the left all the same
		if before = strings.Count(s, sep) + 1 + int(n); before < 0 {
			return "", nil
		}
	}
	work := c.work()
	for ; before > 0; before-- {
		i := strings.Index(s, sep)
		if i < 0 {
			return "", nil
		}
		s = s[i+len(sep):]
		if err := work.done(i + len(sep) + 10); err != nil {
			return "", err
		}
	}
	field, _, _ := strings.Cut(s, sep)
	return field, nil
}
