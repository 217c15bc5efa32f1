package guc

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// What a session's settings may hold: the placeholders that it makes, the values
// that it sets, and those that savepoints would give back.
const (
	maxTexts        = 16 << 20
	placeholderSize = 512 // besides its name and value
)

// room fails when n more bytes are more than settings may hold. What is counted
// is what was ever set; at the limit it is counted anew.
func (s *Session) room(n int) error {
	if s.texts += n; s.texts <= maxTexts {
		return nil
	}
	s.texts = n
	for name := range s.custom {
		s.texts += placeholderSize + 2*len(name)
	}
	for _, v := range s.vars {
		s.texts += v.entry.size() + v.reset.size()
		for _, old := range v.stack {
			s.texts += old.prior.size() + old.masked.size()
		}
	}
	if s.texts > maxTexts {
		s.texts -= n
		return pgerr.New(pgerrcode.OutOfMemory, "out of memory").Detailf("A session's settings may take %d kB.", maxTexts>>10)
	}
	return nil
}

// size is that of a value that may be long.
func (e entry) size() int {
	text, _ := e.value.(string)
	return len(text)
}
