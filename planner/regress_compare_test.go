package planner_test

import (
	"regexp"
	"slices"
	"sort"
	"strings"
)

// scriptMade are the errors about names that only the script has given.
var scriptMade = map[string]bool{"42883": true, "42P01": true, "42704": true, "26000": true, "3F000": true, "34000": true}

func clip(l []string) []string {
	if len(l) > 40 {
		l = append(l[:40:40], "…")
	}
	return l
}

var digits = regexp.MustCompile(`[0-9]+`)

// excuse names what the script has made where the engine misses it.
func excuse(got, want []answer) string {
	g, w := got[len(got)-1].err, want[len(want)-1].err
	switch {
	case g == nil:
		return ""
	case w != nil && g.code != w.code:
		if scriptMade[g.code] || strings.HasPrefix(g.code, "42") && w.code == "42P01" {
			return "skip: " + g.code + " for " + w.code
		}
	case scriptMade[g.code] && (w == nil || g.message != w.message):
		return "skip: " + g.code + " " + g.message
	}
	return ""
}

// difference names the kind of difference between two answers; "": none.
func difference(sql string, got, want []answer) string {
	g, w := got[len(got)-1], want[len(want)-1]
	switch {
	case g.err != nil && w.err == nil:
		return "fails: " + g.err.code + " " + digits.ReplaceAllString(g.err.message, "N")
	case g.err == nil && w.err != nil:
		return "should fail: " + w.err.code + " " + digits.ReplaceAllString(w.err.message, "N")
	case g.err != nil:
		if g.err.code != w.err.code {
			return "code: " + g.err.code + " " + digits.ReplaceAllString(g.err.message, "N") + " for " + w.err.code + " " + digits.ReplaceAllString(w.err.message, "N")
		}
		if g.err.message != w.err.message {
			return "message: " + digits.ReplaceAllString(g.err.message, "N") + " for " + digits.ReplaceAllString(w.err.message, "N")
		}
		if *g.err != *w.err {
			return "detail, hint or position of " + g.err.code
		}
		return ""
	}
	a, b := lines(sql, got), lines(sql, want)
	if slices.Equal(a, b) {
		return ""
	}
	if !slices.Equal(g.columns, w.columns) {
		return "columns"
	}
	if !slices.Equal(g.notices, w.notices) {
		return "notices"
	}
	sort.Strings(a)
	sort.Strings(b)
	if slices.Equal(a, b) {
		return "order"
	}
	return "rows"
}
