package analyze

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// TestTooDeep keeps from the C parser what it would take minutes over or die of.
func TestTooDeep(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		deep bool
	}{
		"signs in a row":          {"select " + strings.Repeat("+", 100_000) + "1", true},
		"both signs in a row":     {"select " + strings.Repeat("+-", 50_000) + " 1", true},
		"nested comments":         {"select " + strings.Repeat("/*", 100_000) + strings.Repeat("*/", 100_000) + "1", true},
		"a chain":                 {"select 1" + strings.Repeat("+1", 100_000), true},
		"signs one by one":        {"select " + strings.Repeat("- ", 5000) + "1", true},
		"many short runs":         {"select 1" + strings.Repeat(", 2 -+-1", 50_000), false},
		"a long operator":         {"select 1 " + strings.Repeat("@", 10_000) + " 1", false},
		"comments one by one":     {"select 1" + strings.Repeat("/* a */", 50_000), false},
		"a comment of stars":      {"select 1 /" + strings.Repeat("*", 100_000) + "/", false},
		"signs in a string":       {"select '" + strings.Repeat("+", 100_000) + "'", false},
		"casts of list's members": {"select 1" + strings.Repeat(", 1::int", 50_000), false},
	} {
		if got := tooDeep(c.text); got != c.deep {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestParseEnds ends the wait for a parse with its statement: while all slots
// are taken, and while the parser runs on.
func TestParseEnds(t *testing.T) {
	cause := pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to statement timeout")
	ctx, cancel := context.WithCancelCause(t.Context())
	p := NewParser(1 << 20)
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	for range cap(p.long) {
		p.long <- struct{}{}
	}
	cancel(cause)
	for _, text := range []string{"select 1", "select 1" + strings.Repeat(", 1", longText)} {
		if _, err := p.Parse(ctx, text); !errors.Is(err, cause) {
			t.Errorf("%.20s: %v", text, err)
		}
	}
	<-p.long
	if _, err := p.Parse(t.Context(), "select 1"+strings.Repeat(", 1", longText)); err != nil {
		t.Error("a long text waits for short ones:", err)
	}
}
