package ec2backend

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/flowgres/flowgres/ec2backend/emulator"
)

// checkFilters holds a text and a value or pattern against each other: an
// escaped value matches just itself, and a pattern's filter misses nothing that
// LIKE matches.
func checkFilters(t *testing.T, pattern, text string) {
	t.Helper()
	if got, want := filterMatch(pattern, text), emulator.Match(pattern, text); got != want {
		t.Fatalf("filter %q on %q: %v, want %v", pattern, text, got, want)
	}
	if v, ok := escapeFilter(pattern); ok {
		if got := emulator.Match(v, text); got != (pattern == text) {
			t.Fatalf("value %q as %q on %q: %v", pattern, v, text, got)
		}
		if !emulator.Match(v, pattern) {
			t.Fatalf("value %q as %q does not match itself", pattern, v)
		}
	}
	v, exact, ok := likeFilter(pattern)
	if !ok || trailingEscape(pattern) {
		return
	}
	like, sent := likeMatch(pattern, text), emulator.Match(v, text)
	if like && !sent || exact && like != sent {
		t.Fatalf("LIKE %q as %q on %q: LIKE %v, filter %v, exact %v", pattern, v, text, like, sent, exact)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // the same each time
	letters := []rune(`ab*?\%_é`)
	word := func() string {
		b := make([]rune, r.IntN(6))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	for range 40_000 {
		checkFilters(t, word(), word())
	}
}

func FuzzFilters(f *testing.F) {
	f.Add("a%_b", "axxb")
	f.Add(`50\%*?`, "50%*?")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) < 30 && len(text) < 60 && utf8.ValidString(pattern) && utf8.ValidString(text) { // as all text is
			checkFilters(t, pattern, text)
		}
	})
}

func TestLikeMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"%", "", true},
		{"_", "é", true},
		{"_", "", false},
		{"a%", "abc", true},
		{"%c", "abc", true},
		{"a_c", "abc", true},
		{`a\%`, "a%", true},
		{`a\%`, "ab", false},
		{`\\`, `\`, true},
		{"%%b%", "abc", true},
		{"A%", "abc", false},
	} {
		if got := likeMatch(c.pattern, c.text); got != c.want {
			t.Errorf("%q LIKE %q: %v", c.text, c.pattern, got)
		}
	}
}
