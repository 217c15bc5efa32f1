package snowball

import (
	"bytes"
	"unicode/utf8"
)

// machine is what a program works on: Snowball's runtime environment. Places
// are byte offsets.
type machine struct {
	word          []byte
	cursor        int
	limit         int // end, going forward
	limitBackward int // end, going backward
	bra, ket      int // the slice
	among         int // what the last substring found, for the among that follows
	depth         int // of calls

	ints  []int
	bools []bool
	strs  []string
}

// command is a compiled command. It tells whether it gave the signal t.
type command func(m *machine) bool

// saved is a cursor to come back to. Going backward it counts from the limit,
// which moves when what lies behind the cursor is replaced.
func (m *machine) saved(back bool) int {
	if back {
		return m.limit - m.cursor
	}
	return m.cursor
}

func (m *machine) restore(back bool, c int) {
	if back {
		c = m.limit - c
	}
	m.cursor = c
}

// hop moves over n characters, or gives f and stays.
func (m *machine) hop(n int, back bool) bool {
	c := m.cursor
	if n < 0 {
		return false
	}
	for ; n > 0; n-- {
		if back {
			if c <= m.limitBackward {
				return false
			}
			for c--; c > m.limitBackward && !utf8.RuneStart(m.word[c]); c-- {
			}
			continue
		}
		if c >= m.limit {
			return false
		}
		for c++; c < m.limit && !utf8.RuneStart(m.word[c]); c++ {
		}
	}
	m.cursor = c
	return true
}

// eq passes over a string if it is next.
func (m *machine) eq(s string, back bool) bool {
	n := len(s)
	if back {
		if m.cursor-m.limitBackward < n || string(m.word[m.cursor-n:m.cursor]) != s {
			return false
		}
		m.cursor -= n
		return true
	}
	if m.limit-m.cursor < n || string(m.word[m.cursor:m.cursor+n]) != s {
		return false
	}
	m.cursor += n
	return true
}

// grouping passes over a character that is in a set, or with out is not.
func (m *machine) grouping(g map[rune]bool, out, back bool) bool {
	var r rune
	var n int
	if back {
		if m.cursor <= m.limitBackward {
			return false
		}
		r, n = utf8.DecodeLastRune(m.word[m.limitBackward:m.cursor])
		n = -n
	} else {
		if m.cursor >= m.limit {
			return false
		}
		r, n = utf8.DecodeRune(m.word[m.cursor:m.limit])
	}
	if g[r] == out {
		return false
	}
	m.cursor += n
	return true
}

// replace puts a string in the place of a part of the word (replace_s).
func (m *machine) replace(bra, ket int, s string) (grown int) {
	grown = len(s) - (ket - bra)
	m.word = bytes.Join([][]byte{m.word[:bra], m.word[ket:]}, []byte(s))
	m.limit += grown
	if m.cursor >= ket {
		m.cursor += grown
	} else if m.cursor > bra {
		m.cursor = bra
	}
	return grown
}

// slice tells whether the slice is one (slice_check).
func (m *machine) slice() bool {
	return 0 <= m.bra && m.bra <= m.ket && m.ket <= m.limit && m.limit <= len(m.word)
}

func (m *machine) sliceFrom(s string) bool {
	if !m.slice() {
		return false
	}
	m.replace(m.bra, m.ket, s)
	return true
}

// insert puts a string at the cursor, which passes over it going forward, and
// does not going backward.
func (m *machine) insert(s string, stay bool) bool {
	c := m.cursor
	grown := m.replace(c, c, s)
	if c <= m.bra {
		m.bra += grown
	}
	if c <= m.ket {
		m.ket += grown
	}
	if stay {
		m.cursor = c
	}
	return true
}

// amongTable is the strings of an among, by length.
type amongTable struct {
	lengths []int // descending
	entries map[string]amongEntry
}

type amongEntry struct {
	condition *routine // what must also give t
	action    int
}

// find looks for the longest string of the table that is next and whose
// condition holds; 0: none (find_among).
func (m *machine) find(t *amongTable, back bool) int {
	c := m.cursor
	for _, n := range t.lengths {
		end := c + n
		var text []byte
		if back {
			if end = c - n; end < m.limitBackward {
				continue
			}
			text = m.word[end:c]
		} else {
			if end > m.limit {
				continue
			}
			text = m.word[c:end]
		}
		e, ok := t.entries[string(text)]
		if !ok {
			continue
		}
		m.cursor = end
		if e.condition == nil {
			return e.action
		}
		held := e.condition.call(m)
		m.cursor = end
		if held {
			return e.action
		}
	}
	return 0
}

// maxCalls bounds recursion, which the Turkish program has.
const maxCalls = 2000

// routine is a named routine; a call may be compiled before its body is.
type routine struct {
	body command
}

func (r *routine) call(m *machine) bool {
	if m.depth >= maxCalls {
		return false
	}
	m.depth++
	among := m.among
	ok := r.body(m)
	m.among = among
	m.depth--
	return ok
}
