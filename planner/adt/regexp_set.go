package adt

import (
	"regexp/syntax"
	"slices"
	"sort"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Sets of characters, which is what single elements of a regular expression
// match.

// runeSet is a set of characters: ranges in order, and a bit for each of ASCII.
type runeSet struct {
	ascii  [2]uint64
	ranges []rune // lo, hi, lo, hi, … without overlaps
}

func newRuneSet(ranges []rune) *runeSet {
	s := &runeSet{ranges: joinRanges(ranges)}
	for i := 0; i < len(s.ranges) && s.ranges[i] < utf8.RuneSelf; i += 2 {
		for r := s.ranges[i]; r <= min(s.ranges[i+1], utf8.RuneSelf-1); r++ {
			s.ascii[r>>6] |= 1 << (r & 63)
		}
	}
	return s
}

// joinRanges sorts ranges and joins those that meet.
func joinRanges(in []rune) []rune {
	pairs := make([][2]rune, 0, len(in)/2)
	for i := 0; i+1 < len(in); i += 2 {
		pairs = append(pairs, [2]rune{in[i], in[i+1]})
	}
	slices.SortFunc(pairs, func(a, b [2]rune) int { return int(a[0]) - int(b[0]) })
	var out []rune
	for _, p := range pairs {
		if n := len(out); n > 0 && p[0] <= out[n-1]+1 {
			out[n-1] = max(out[n-1], p[1])
			continue
		}
		out = append(out, p[0], p[1])
	}
	return out
}

func (s *runeSet) has(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && s.ascii[r>>6]>>(r&63)&1 != 0
	}
	n := len(s.ranges) / 2
	i := sort.Search(n, func(i int) bool { return s.ranges[2*i+1] >= r })
	return i < n && s.ranges[2*i] <= r
}

func complementRanges(in []rune) []rune {
	var out []rune
	next := rune(0)
	for i := 0; i+1 < len(in); i += 2 {
		if in[i] > next {
			out = append(out, next, in[i]-1)
		}
		next = in[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

// wordRunes is what \w matches.
var wordRunes = sync.OnceValue(func() *runeSet { return newRuneSet(classRanges("word", false)) })

// casedRunes are the characters that have another case.
var casedRunes = sync.OnceValue(func() []rune {
	var out []rune
	for _, c := range unicode.CaseRanges {
		for r := rune(c.Lo); r <= rune(c.Hi); r++ {
			if unicode.ToLower(r) != r || unicode.ToUpper(r) != r {
				out = append(out, r)
			}
		}
	}
	return out
})

// withCases adds the other cases of what ranges hold (allcases).
func withCases(ranges []rune) []rune {
	s := newRuneSet(ranges)
	out := slices.Clone(s.ranges)
	if len(out) == 2 && out[0] == out[1] {
		lower, upper := unicode.ToLower(out[0]), unicode.ToUpper(out[0])
		return joinRanges(append(out, lower, lower, upper, upper))
	}
	for _, r := range casedRunes() {
		if s.has(r) {
			lower, upper := unicode.ToLower(r), unicode.ToUpper(r)
			out = append(out, lower, lower, upper, upper)
		}
	}
	return joinRanges(out)
}

// classRanges gives the characters of a class by name; those named by a capital are the
// others.
func classRanges(name string, icase bool) []rune {
	type key struct {
		name  string
		icase bool
	}
	if known, ok := knownClasses.Load(key{name, icase}); ok {
		return known.([]rune)
	}
	ranges := rangesOfClass(name, icase)
	knownClasses.Store(key{name, icase}, ranges)
	return ranges
}

// knownClasses are the classes that were asked for, of which there are few.
var knownClasses sync.Map

func rangesOfClass(name string, icase bool) []rune {
	if positive, ok := complementClass(name); ok {
		return complementRanges(classRanges(positive, icase))
	}
	return setRanges(classSet(name, icase))
}

// setRanges gives the characters that the inside of a bracket expression of Go's
// stands for.
func setRanges(set string) []rune {
	re, err := syntax.Parse("["+set+"]", syntax.Perl)
	if err != nil {
		panic(err) // a class of ours that is no class
	}
	if re.Op == syntax.OpCharClass {
		return joinRanges(re.Rune)
	}
	return []rune{re.Rune[0], re.Rune[0]}
}

// complementClass gives the class that \D, \S or \W complements.
func complementClass(name string) (string, bool) {
	switch name {
	case "D", "S", "W":
		return string(name[0] | 0x20), true
	}
	return "", false
}

// runes gives the characters that a node for one character matches.
func (n *reNode) runes(f reFlags) *runeSet {
	if n.kind == reClass && !n.negated && len(n.set) == 1 && n.set[0].class == "w" {
		return wordRunes()
	}
	var ranges []rune
	switch n.kind {
	case reLiteral:
		ranges = []rune{n.r, n.r}
	case reAny:
		ranges = []rune{0, unicode.MaxRune}
		if f.nlStop {
			ranges = complementRanges([]rune{'\n', '\n'})
		}
		return newRuneSet(ranges)
	case reClass:
		for _, item := range n.set {
			if item.class != "" {
				ranges = append(ranges, classRanges(item.class, f.icase)...)
				continue
			}
			ranges = append(ranges, item.lo, item.hi)
		}
	}
	if f.icase {
		ranges = withCases(ranges)
	}
	if n.negated {
		if f.nlStop {
			ranges = append(ranges, '\n', '\n')
		}
		ranges = complementRanges(joinRanges(ranges))
	}
	return newRuneSet(ranges)
}
