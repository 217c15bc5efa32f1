package adt

import (
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// LIKE and ILIKE (like.c, like_match.c). ESCAPE clauses have been turned into
// backslash patterns by like_escape.

func likeFuncs() Funcs {
	return Funcs{
		"textlike":    C2(like),
		"textnlike":   C2(notLike),
		"namelike":    C2(like),
		"namenlike":   C2(notLike),
		"bytealike":   C2(func(c *Call, s, p []byte) (bool, error) { return matchLike(c, s, p, false) }),
		"byteanlike":  C2(func(c *Call, s, p []byte) (bool, error) { ok, err := matchLike(c, s, p, false); return !ok, err }),
		"texticlike":  C2(ilike),
		"texticnlike": C2(func(c *Call, s, p string) (bool, error) { ok, err := ilike(c, s, p); return !ok, err }),
		"nameiclike":  C2(ilike),
		"nameicnlike": C2(func(c *Call, s, p string) (bool, error) { ok, err := ilike(c, s, p); return !ok, err }),

		"like_escape": C2(func(c *Call, p, esc string) (string, error) {
			b, err := likeEscape(c, bytesOf(p), bytesOf(esc), true)
			return textFrom(b), err
		}),
		"like_escape_bytea": C2(func(c *Call, p, esc []byte) ([]byte, error) { return likeEscape(c, p, esc, false) }),
	}
}

func like(c *Call, s, p string) (bool, error) { return matchLike(c, bytesOf(s), bytesOf(p), true) }

func notLike(c *Call, s, p string) (bool, error) {
	ok, err := matchLike(c, bytesOf(s), bytesOf(p), true)
	return !ok, err
}

// ilike folds both sides to lower case, as PostgreSQL does for multibyte
// encodings.
func ilike(c *Call, s, p string) (bool, error) {
	s, err := lowerText(c.work(), s)
	if err != nil {
		return false, err
	}
	if p, err = lowerText(c.work(), p); err != nil {
		return false, err
	}
	return like(c, s, p)
}

// matchLike matches s against p: _ is any character (any byte unless chars), %
// any run. A trailing escape is an error, but only once it is reached.
// Backtracking to the last % alone suffices.
func matchLike(call *Call, s, p []byte, chars bool) (bool, error) {
	work := call.work()
	si, pi := 0, 0
	starP, starS := -1, 0 // after the last %, and where its run ends
	for {
		if pi < len(p) {
			switch c := p[pi]; {
			case c == '%':
				for pi < len(p) && p[pi] == '%' {
					pi++
				}
				if pi == len(p) {
					return true, nil
				}
				starP, starS = pi, si
				continue
			case c == '_':
				if si < len(s) {
					si += charWidth(s[si:], chars)
					pi++
					continue
				}
			case c == '\\':
				if pi+1 >= len(p) {
					// The escape is met only while there is text left to match.
					if si < len(s) {
						return false, errLikeEscape()
					}
				} else if si < len(s) && s[si] == p[pi+1] {
					si++
					pi += 2
					continue
				}
			default:
				if si < len(s) && s[si] == c {
					si++
					pi++
					continue
				}
			}
		} else if si == len(s) {
			return true, nil
		}
		if si >= len(s) || starP < 0 || starS >= len(s) {
			return false, nil
		}
		if err := work.done(4 * (pi - starP + 1)); err != nil {
			return false, err
		}
		starS += charWidth(s[starS:], chars)
		si, pi = starS, starP
	}
}

func errLikeEscape() error {
	return pgerr.New(pgerrcode.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

func charWidth(b []byte, chars bool) int {
	if !chars || b[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRune(b)
	return n
}

// likeEscape turns a pattern with the escape character esc into one with
// backslash; an empty esc means none.
func likeEscape(c *Call, p, esc []byte, chars bool) ([]byte, error) {
	work := c.work()
	out := make([]byte, 0, len(p)+4)
	if len(esc) == 0 {
		for _, c := range p {
			if err := work.grown(2, len(out)); err != nil {
				return nil, err
			}
			if c == '\\' {
				out = append(out, '\\')
			}
			out = append(out, c)
		}
		return out, nil
	}
	if charWidth(esc, chars) != len(esc) {
		return nil, pgerr.New(pgerrcode.InvalidEscapeSequence, "invalid escape string").
			Hintf("Escape string must be empty or one character.")
	}
	if esc[0] == '\\' {
		return append(out, p...), nil
	}
	afterEscape := false
	for len(p) > 0 {
		if err := work.grown(4, len(out)); err != nil {
			return nil, err
		}
		n := charWidth(p, chars)
		switch {
		case string(p[:n]) == string(esc) && !afterEscape:
			out = append(out, '\\')
			afterEscape = true
		case p[0] == '\\':
			out = append(out, '\\')
			if !afterEscape {
				out = append(out, '\\')
			}
			afterEscape = false
		default:
			out = append(out, p[:n]...)
			afterEscape = false
		}
		p = p[n:]
	}
	return out, nil
}
