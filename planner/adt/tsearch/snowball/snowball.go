// Package snowball runs stemmers that are written in Snowball, Martin Porter's
// language for them (https://snowballstem.org). PostgreSQL links the C that
// the Snowball compiler makes of version 2.2.0; here the same programs, which
// are data/*.sbl with their licence beside them, are compiled to closures when
// a language is first wanted.
//
// The way of a word through it: New finds the program, scanner cuts its text
// into tokens, compiler turns each command into a command that works on a
// machine (the word, a cursor, limits and a slice, all in bytes of UTF-8), Stem
// runs the program's external routine.
//
// It must not know of anything else of this repository.
package snowball

import (
	"embed"
	"fmt"
	"strings"
	"sync"
)

//go:embed data
var files embed.FS

// Stemmer is a compiled program. It keeps no state of a word, so that any
// number of goroutines may use it.
type Stemmer struct{ program *program }

var (
	mu     sync.Mutex
	loaded = map[string]*Stemmer{}
)

// New gives the stemmer of a language by its English name, in any case; nil if
// there is none.
func New(language string) (*Stemmer, error) {
	language = strings.ToLower(language)
	mu.Lock()
	defer mu.Unlock()
	if s := loaded[language]; s != nil {
		return s, nil
	}
	text, err := files.ReadFile("data/" + language + ".sbl")
	if err != nil {
		return nil, nil
	}
	p, err := compile(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s.sbl: %w", language, err)
	}
	s := &Stemmer{p}
	loaded[language] = s
	return s, nil
}

// Stem gives a word's stem.
func (s *Stemmer) Stem(word string) string {
	m := machine{
		word: []byte(word), limit: len(word), ket: len(word),
		ints: make([]int, s.program.ints), bools: make([]bool, s.program.bools), strs: make([]string, s.program.strs),
	}
	s.program.stem(&m)
	return string(m.word)
}
