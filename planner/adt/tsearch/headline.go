package tsearch

import (
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// headWord is a token of the text of a headline (HeadlineWordEntry).
type headWord struct {
	Token
	pos      int
	item     *adt.TSNode // the word of the query that it is
	repeated bool        // the token before is the same, with another item
	in       bool        // is part of the headline
	selected bool        // is marked
	replace  bool        // is written as a space
	skip     bool        // is not written
}

// headline chooses and writes the parts of a text that show a match.
type headline struct {
	words []headWord
	query *adt.TSQuery
	opts  headlineOptions
	env   *adt.Env
	err   error // why the statement has ended
}

// ended tells that the statement has; each step through the text asks.
func (h *headline) ended() bool {
	if h.err == nil {
		h.err = h.env.Interrupted()
	}
	return h.err != nil
}

// headlineOptions are ts_headline's options.
type headlineOptions struct {
	start, stop, delimiter                   string
	minWords, maxWords, shortWord, fragments int
	all                                      bool
}

// readHeadlineOptions reads them (prsd_headline).
func readHeadlineOptions(env *adt.Env, text string) (headlineOptions, error) {
	o := headlineOptions{start: "<b>", stop: "</b>", delimiter: " ... ", minWords: 15, maxWords: 35, shortWord: 3}
	list, err := parseOptions(text, env)
	if err != nil {
		return o, err
	}
	for i, opt := range list {
		if i%optionsAtATime == 0 {
			if err := env.Interrupted(); err != nil {
				return o, err
			}
		}
		number := func(to *int) error {
			n, err := adt.ParseInt32(opt.value)
			*to = int(n)
			return err
		}
		var err error
		switch strings.ToLower(opt.name) {
		case "maxwords":
			err = number(&o.maxWords)
		case "minwords":
			err = number(&o.minWords)
		case "shortword":
			err = number(&o.shortWord)
		case "maxfragments":
			err = number(&o.fragments)
		case "startsel":
			o.start = opt.value
		case "stopsel":
			o.stop = opt.value
		case "fragmentdelimiter":
			o.delimiter = opt.value
		case "highlightall":
			o.all = slices.Contains([]string{"1", "on", "true", "t", "y", "yes"}, strings.ToLower(opt.value))
		default:
			err = pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized headline parameter: \"%s\"", opt.name)
		}
		if err != nil {
			return o, err
		}
	}
	if o.all {
		return o, nil
	}
	for _, c := range []struct {
		bad     bool
		message string
	}{
		{o.minWords >= o.maxWords, "MinWords should be less than MaxWords"},
		{o.minWords <= 0, "MinWords should be positive"},
		{o.shortWord < 0, "ShortWord should be >= 0"},
		{o.fragments < 0, "MaxFragments should be >= 0"},
	} {
		if c.bad {
			return o, pgerr.New(pgerrcode.InvalidParameterValue, "%s", c.message)
		}
	}
	return o, nil
}

// makeHeadline is ts_headline of a text.
func makeHeadline(c *adt.Call, cfg *Config, text string, q *adt.TSQuery, o headlineOptions) (string, error) {
	h := headline{query: q, opts: o, env: c.Env}
	pos := 0
	err := cfg.tokens(c, text, func(t Token, lexemes []string, known bool) {
		h.words = append(h.words, headWord{Token: t})
		if known {
			pos++
			for _, l := range lexemes {
				h.find(pos, l)
			}
		}
	})
	if err != nil {
		return "", err
	}
	var where []*adt.TSHits
	if q.Root != nil {
		where = h.matcher(0, len(h.words)).Locations(q.Root)
	}
	if o.fragments == 0 {
		h.markWords(where)
	} else {
		h.markFragments(where)
	}
	return h.String(), h.err
}

// find notes which words of the query the last token is (hlfinditem).
func (h *headline) find(pos int, lexeme string) {
	last := len(h.words) - 1
	h.words[last].pos = min(pos, adt.TSMaxPos)
	h.query.Root.Each(func(n *adt.TSNode) {
		if n.Op != 0 || n.Word != lexeme && !(n.Prefix && strings.HasPrefix(lexeme, n.Word)) {
			return
		}
		if h.words[last].item == nil {
			h.words[last].item = n
			return
		}
		again := h.words[last]
		again.item, again.repeated = n, true
		h.words = append(h.words, again)
	})
}

// matcher looks for words of the query among some tokens (checkcondition_HL).
func (h *headline) matcher(from, to int) adt.TSMatcher {
	return func(n *adt.TSNode, hits *adt.TSHits) adt.TSTri {
		found := adt.TSNo
		for i := from; i < to; i++ {
			w := &h.words[i]
			if w.item != n {
				continue
			}
			if hits == nil {
				return adt.TSYes
			}
			found = adt.TSYes
			if k := len(hits.Pos); k == 0 || hits.Pos[k-1] < w.pos {
				hits.Pos = append(hits.Pos, w.pos)
			}
		}
		return found
	}
}

// cover finds the first part of the text from a position on that satisfies the
// query and is minimal: tokens p to q (hlCover).
func (h *headline) cover(where []*adt.TSHits, from *int) (p, q int, ok bool) {
	for pos := *from; !h.ended(); {
		end := -1
		for _, hits := range where {
			i := slices.IndexFunc(hits.Pos, func(e int) bool { return e >= pos })
			if i < 0 {
				return 0, 0, false
			}
			end = max(end, hits.Pos[i])
		}
		if end < 0 {
			return 0, 0, false
		}
		begin := math.MaxInt32 - 1
		for _, hits := range where {
			last := -1
			for i := len(hits.Pos) - 1; i >= 0; i-- {
				if start := hits.Pos[i] - hits.Width; start <= end {
					last = start
					break
				}
			}
			begin = min(begin, last)
		}
		begin = max(begin, pos)
		if begin <= end {
			p, q := -1, -1
			for i, w := range h.words {
				if w.item == nil {
					continue
				}
				if p < 0 && w.pos >= begin {
					p = i
				}
				if w.pos > end {
					break
				}
				q = i
			}
			if p >= 0 && q >= p && h.matcher(p, q+1).Match(h.query.Root) {
				*from = begin + 1
				return p, q, true
			}
		}
		pos = begin + 1
	}
	return 0, 0, false
}

// Classes of tokens.

func hyphenated(t int) bool {
	return t == urlToken || t == numHWordToken || t == asciiHWordToken || t == hWordToken
}

func (w *headWord) isWord() bool {
	return w.Type != spaceToken && w.Type != tagToken && !hyphenated(w.Type)
}

// interesting tells of words of the query, each counted once.
func (h *headline) interesting(i int) bool { return h.words[i].item != nil && !h.words[i].repeated }

// badEnd tells of tokens that a headline should not end with.
func (h *headline) badEnd(i int) bool {
	if h.interesting(i) {
		return false
	}
	w := &h.words[i]
	switch w.Type {
	case floatSciToken, versionToken, floatToken, intToken, uintToken, protocolToken, entityToken:
		return true
	}
	return !w.isWord() || len(w.Text) <= h.opts.shortWord
}

// mark makes tokens part of the headline (mark_fragment).
func (h *headline) mark(from, to int) {
	for i := from; i <= to; i++ {
		w := &h.words[i]
		w.selected = w.selected || w.item != nil
		switch {
		case w.Type == tagToken && !h.opts.all:
			w.replace = true
		case hyphenated(w.Type):
			w.skip = true
		}
		w.in = !w.repeated
	}
}

// String writes the headline (generateHeadline).
func (h *headline) String() string {
	var b strings.Builder
	fragments, inside := 0, false
	for _, w := range h.words {
		switch {
		case w.repeated:
			continue
		case !w.in:
			inside = false
			continue
		case !inside:
			inside = true
			if fragments++; fragments > 1 {
				b.WriteString(h.opts.delimiter)
			}
		}
		switch {
		case w.replace:
			b.WriteByte(' ')
		case w.skip:
		case w.selected:
			b.WriteString(h.opts.start + w.Text + h.opts.stop)
		default:
			b.WriteString(w.Text)
		}
	}
	return b.String()
}
