package tsearch

import (
	"math"

	"github.com/flowgres/flowgres/planner/adt"
)

// count tells how many words, and how many interesting ones, a token is.
func (h *headline) count(i int) (words, hits int) {
	if h.words[i].isWord() {
		words = 1
	}
	if h.interesting(i) {
		hits = 1
	}
	return words, hits
}

// beginning gives the last of the first tokens with the least number of words.
func (h *headline) beginning() int {
	end, words := -1, 0
	for i := 0; i < len(h.words) && words < h.opts.minWords; i++ {
		n, _ := h.count(i)
		words += n
		end = i
	}
	return end
}

// markWords chooses one part of the text (mark_hl_words): of those around
// covers the one that holds its cover, then with more words of the query, then
// with the better end.
func (h *headline) markWords(where []*adt.TSHits) {
	if h.opts.all {
		h.mark(0, len(h.words)-1)
		return
	}
	bestBegin, bestEnd, bestHits, bestWhole := -1, -1, -1, false
	for next := 0; ; {
		p, q, ok := h.cover(where, &next)
		if !ok {
			break
		}
		begin, end, hits := h.around(p, q)
		whole := begin <= p && end >= q
		if whole && !bestWhole ||
			whole == bestWhole && (hits > bestHits || hits == bestHits && !h.badEnd(end) && h.badEnd(bestEnd)) {
			bestBegin, bestEnd, bestHits, bestWhole = begin, end, hits, whole
		}
	}
	if bestHits < 0 {
		bestBegin, bestEnd = 0, h.beginning()
	}
	h.mark(bestBegin, bestEnd)
}

// around makes a headline of a cover: longer up to a good end, or shorter.
func (h *headline) around(p, q int) (begin, end, hits int) {
	o := &h.opts
	words := 0
	add := func(i, sign int) {
		n, k := h.count(i)
		words += sign * n
		hits += sign * k
	}
	begin, end = p, p
	i := p
	for ; i <= q && words < o.maxWords; i++ {
		add(i, 1)
		end = i
	}
	if words >= o.maxWords {
		for i = min(i, q); words > o.minWords && h.badEnd(i); i-- {
			add(i, -1)
			end = i - 1
		}
		return begin, end, hits
	}
	for i--; i < len(h.words) && words < o.maxWords; i++ {
		if i > q {
			add(i, 1)
		}
		end = i
		if !h.badEnd(i) && words >= o.minWords {
			break
		}
	}
	if words < o.minWords { // the text ends before: go to the left
		for i = p - 1; i >= 0; i-- {
			add(i, 1)
			if words >= o.maxWords || !h.badEnd(i) && words >= o.minWords {
				break
			}
		}
		begin = max(i, 0)
	}
	return begin, end, hits
}

// fragment is a part of the text for a headline of several (CoverPos).
type fragment struct {
	from, to         int
	hits, words      int
	chosen, excluded bool
}

// next cuts the first part off a cover that is no longer than a fragment may be
// and ends with words of the query (get_next_fragment).
func (h *headline) next(from, to int) fragment {
	f := fragment{from: from, to: to}
	for i := from; i <= to; i++ {
		f.from = i
		if h.interesting(i) {
			break
		}
	}
	i := f.from
	for ; i <= to && f.words < h.opts.maxWords; i++ {
		n, k := h.count(i)
		f.words += n
		f.hits += k
	}
	if to > i {
		f.to = i
		for ; i >= f.from; i-- {
			f.to = i
			if h.interesting(i) {
				break
			}
			n, _ := h.count(i)
			f.words -= n
		}
	}
	return f
}

// markFragments chooses several parts of the text (mark_hl_fragments).
func (h *headline) markFragments(where []*adt.TSHits) {
	var all []fragment
	for next := 0; ; {
		p, q, ok := h.cover(where, &next)
		if !ok {
			break
		}
		for p <= q {
			f := h.next(p, q)
			all = append(all, f)
			p = f.to + 1
		}
	}
	marked := 0
	for ; marked < h.opts.fragments && !h.ended(); marked++ {
		best, hits, words := -1, 0, math.MaxInt32
		for i, f := range all {
			if !f.chosen && !f.excluded && (hits < f.hits || hits == f.hits && words > f.words) {
				best, hits, words = i, f.hits, f.words
			}
		}
		if best < 0 {
			break
		}
		f := &all[best]
		f.chosen = true
		h.stretch(f)
		h.mark(f.from, f.to)
		for i := range all {
			g := &all[i]
			if i != best && (g.from >= f.from && g.from <= f.to || g.to >= f.from && g.to <= f.to || g.from < f.from && g.to > f.to) {
				g.excluded = true
			}
		}
	}
	if marked == 0 {
		h.mark(0, h.beginning())
	}
}

// stretch makes a fragment longer on both sides, up to good ends.
func (h *headline) stretch(f *fragment) {
	room := h.opts.maxWords - f.words
	if room <= 0 {
		return
	}
	words, half, mark := 0, room/2, f.from
	for i := f.from - 1; i >= 0 && words < half && !h.words[i].in; i-- {
		n, _ := h.count(i)
		words += n
		f.words += n
		mark = i
	}
	for ; mark < f.from && h.badEnd(mark); mark++ {
		n, _ := h.count(mark)
		f.words -= n
	}
	f.from = mark
	mark = f.to
	for i := f.to + 1; i < len(h.words) && f.words < h.opts.maxWords && !h.words[i].in; i++ {
		n, _ := h.count(i)
		f.words += n
		mark = i
	}
	for ; mark > f.to && h.badEnd(mark); mark-- {
		n, _ := h.count(mark)
		f.words -= n
	}
	f.to = mark
}
