// Package tsearch is full text search: the default parser, dictionaries and
// configurations, and what is built on them (to_tsvector, to_tsquery,
// ts_headline, ts_rank …). The types tsvector and tsquery with their operators
// are adt's.
//
// The way of a text through it: Parser cuts it into tokens of 23 types, a
// Config gives each type a list of dictionaries, the first Dict that knows the
// token turns it into lexemes, and those with their positions become a
// tsvector. A query's words go the same way.
//
// It must not know where configurations come from: the catalog gives them to
// Funcs, as Catalog.
//
// It mirrors PostgreSQL's src/backend/tsearch, src/backend/snowball and
// utils/adt/ts*.c.
package tsearch

import (
	"embed"

	"github.com/flowgres/flowgres/planner/adt"
)

// OID identifies a catalog object.
type OID = adt.OID

//go:embed data
var files embed.FS

// Config is a text search configuration: what is done with each type of token.
type Config struct {
	Parser OID
	Dicts  map[int][]NamedDict // by token type, in order
}

// NamedDict is a dictionary with its oid.
type NamedDict struct {
	OID OID
	Dict
}

// Catalog finds what regconfig, regdictionary and parser arguments mean.
type Catalog interface {
	TSConfig(oid OID) (*Config, error)
	TSDict(oid OID) (Dict, error)
	// TSConfigNamed reads a configuration's name as regconfig does.
	TSConfigNamed(name string, path []string) (OID, error)
	// TSParser tells whether there is a parser; TSParserNamed reads its name.
	TSParser(oid OID) error
	TSParserNamed(name string, path []string) (OID, error)
}

// word is a lexeme at a position of a text.
type word struct {
	lexeme string
	pos    int
}

// words is a text's lexemes as they come (ParsedText).
type words struct {
	list []word
	pos  int
}

// parse adds a text's lexemes (parsetext).
func (w *words) parse(c *adt.Call, cfg *Config, text string) error {
	return cfg.tokens(c, text, func(_ Token, lexemes []string, known bool) {
		if !known {
			return
		}
		w.pos++
		for _, l := range lexemes {
			w.list = append(w.list, word{l, min(w.pos, adt.TSMaxPos)})
		}
	})
}

// tokens gives each token of a text with what the dictionaries make of it;
// words that are too long are passed over.
func (cfg *Config) tokens(c *adt.Call, text string, f func(t Token, lexemes []string, known bool)) error {
	p := NewParser(c.Env, text)
	const kept = 64 // what callers keep of each, in bytes
	for n := int64(0); ; n++ {
		if err := c.Env.Context.Err(); err != nil {
			return err
		}
		if err := c.Env.Room(kept * n); err != nil {
			return err
		}
		t, ok := p.Next()
		if !ok {
			return p.Err()
		}
		if len(t.Text) >= adt.TSMaxWord {
			noticeLong(c)
			continue
		}
		lexemes, known := cfg.lexize(t)
		f(t, lexemes, known)
	}
}

// lexize asks the dictionaries for a token's lexemes: none of a stop word.
func (cfg *Config) lexize(t Token) (lexemes []string, known bool) {
	for _, d := range cfg.Dicts[t.Type] {
		if lexemes, known = d.Lexize(t.Text); known {
			return lexemes, true
		}
	}
	return nil, false
}
