package planner_test

import (
	"context"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowgres/flowgres/planner"
)

// generators make scripts of statements, each for a part of the language.
func generators(r *rand.Rand, functions []sweepCall) map[string]func() []string {
	out := (&valuer{sweep: sweep{r}, functions: functions}).generators()
	c := &composer{Rand: r}
	out["compose"] = func() []string { return []string{c.statement()} }
	return out
}

// administrative are functions for the server's own use or about its objects.
var administrative = regexp.MustCompile(`^(pg_|fmgr_|postgresql_fdw|plpgsql|bt.*equalimage|satisfies_hash|regtype|to_reg|.*(combine|transfn|_accum|serialize|_inv|finalfn|sortsupport)\()`)

// sweepFunctions lists PostgreSQL's functions and their arguments' types.
func sweepFunctions(pg answerer) []sweepCall {
	var out []sweepCall
	for _, row := range pg.run(context.Background(), sweepList, nil)[0].rows {
		c := sweepCall{kind: *row[0], name: *row[1], form: *row[2]}
		if c.kind == "function" && !administrative.MatchString(c.name) {
			if *row[3] != "" {
				c.types = strings.Split(*row[3], ",")
			}
			out = append(out, c)
		}
	}
	return out
}

// answerer runs statements: either engine.
type answerer interface {
	run(ctx context.Context, sql string, params []*string) []answer
}

// TestGenerated compares the engine, with push-down on, off and inexact, with
// PostgreSQL 16 (FLOWGRES_PG_DSN) on what the generators make, and shrinks what
// differs. FLOWGRES_RANDOM_SECONDS says for how long (10), FLOWGRES_RANDOM_SEED where
// to begin, FLOWGRES_RANDOM_ONLY (a regular expression) which generators to use.
// FLOWGRES_RANDOM_FILE names a file of statements, each ended by a line that holds
// a semicolon alone, to compare instead.
func TestGenerated(t *testing.T) {
	dsn := os.Getenv("FLOWGRES_PG_DSN")
	if dsn == "" {
		t.Skip("FLOWGRES_PG_DSN is not set")
	}
	seconds, seed := 10, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("FLOWGRES_RANDOM_SECONDS")); err == nil {
		seconds = n
	}
	if n, err := strconv.ParseUint(os.Getenv("FLOWGRES_RANDOM_SEED"), 10, 64); err == nil {
		seed = n
	}
	only := regexp.MustCompile(os.Getenv("FLOWGRES_RANDOM_ONLY"))
	t.Logf("seed %d", seed)
	names := newTypeNames(t)
	database := "generated_" + strconv.Itoa(os.Getpid())
	scratch(t, names, dsn, database)
	defer newPGClient(t, names, dsn, "postgres").run(context.Background(), "drop database "+database+" with (force)", nil)
	w := &comparison{pg: newPGClient(t, names, dsn, database)}
	e := newEngine(t, &w.panics, newFixture(t))
	for _, mode := range []string{"on", "off", "inexact"} {
		w.ours = append(w.ours, newEngineClient(t, names, e, &w.panics, planner.Setting{Name: "flowgres.push_down", Value: mode}, planner.Setting{Name: "statement_timeout", Value: "15s"}))
	}
	w.pg.run(context.Background(), "set statement_timeout = '2s'", nil)
	all := generators(rand.New(rand.NewPCG(seed, 1)), sweepFunctions(w.pg))
	if file := os.Getenv("FLOWGRES_RANDOM_FILE"); file != "" {
		all = fromFile(t, file)
	}
	var use []string
	for name := range all {
		if only.MatchString(name) {
			use = append(use, name)
		}
	}
	slices.Sort(use)
	seen := map[string]int{}
	run, failed, refused := 0, 0, map[string]int{}
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end) && failed < 60; run++ {
		name := use[run%len(use)]
		script := all[name]()
		if script == nil {
			break
		}
		kind := w.differ(script)
		if strings.HasPrefix(kind, "fails: 0A000") {
			refused[kind]++
		}
		if kind == "" || strings.HasPrefix(kind, "fails: 0A000") {
			continue
		}
		key := name + " " + kind
		if seen[key]++; seen[key] > 3 {
			continue
		}
		failed++
		panics := strings.Join(w.panics, "\n")
		w.panics = nil
		small := w.shrink(script, kind)
		got, want := w.last(small)
		t.Errorf("%s: %s\n%s;\ngot:\n  %s\nwant:\n  %s\n%s", name, kind, strings.Join(small, ";; "),
			strings.Join(clip(got), "\n  "), strings.Join(clip(want), "\n  "), panics)
		w.panics = nil
	}
	t.Logf("%d scripts, %d differ, not supported: %v", run, failed, refused)
}

// fromFile makes a generator of a file's statements, which ends with them.
func fromFile(t *testing.T, file string) map[string]func() []string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	statements := strings.Split(string(text), "\n;\n")
	return map[string]func() []string{"file": func() []string {
		if len(statements) == 0 || strings.TrimSpace(statements[0]) == "" {
			return nil
		}
		defer func() { statements = statements[1:] }()
		return statements[:1:1]
	}}
}

// comparison is PostgreSQL and the engine side by side.
type comparison struct {
	pg     answerer
	ours   []answerer
	panics []string
}

// differ runs a script in all and tells how the first difference shows.
func (w *comparison) differ(script []string) string {
	ctx := context.Background()
	kind := ""
	w.panics = nil
	for _, sql := range script {
		want := w.pg.run(ctx, sql, nil)
		if e := want[len(want)-1].err; e != nil && (e.code == "57014" || e.code == "-----") {
			break // it takes too long there
		}
		for _, c := range w.ours {
			got := c.run(ctx, sql, nil)
			if kind == "" {
				kind = generatedDifference(sql, got, want)
			}
		}
		if len(w.panics) > 0 {
			kind = "panic"
		}
		if kind != "" {
			break
		}
	}
	if len(script) > 1 {
		w.reset()
	}
	return kind
}

// reset undoes what a script has set.
func (w *comparison) reset() {
	for _, c := range append(w.ours, w.pg) {
		for _, sql := range []string{"rollback", "discard all", "set timezone to 'UTC'", `set search_path to "$user", public, ec2`} {
			c.run(context.Background(), sql, nil)
		}
	}
	w.pg.run(context.Background(), "set statement_timeout = '2s'", nil)
}

func generatedDifference(sql string, got, want []answer) string {
	kind := difference(sql, got, want)
	switch {
	case kind == "order":
		return ""
	case kind == "columns" && slices.Equal(untyped(got), untyped(want)):
		return ""
	}
	return kind
}

// last gives what both answer to the last statement of a script.
func (w *comparison) last(script []string) (got, want []string) {
	ctx := context.Background()
	for _, sql := range script {
		a := w.pg.run(ctx, sql, nil)
		want = lines(sql, a)
		for _, c := range w.ours {
			b := c.run(ctx, sql, nil)
			if got = lines(sql, b); generatedDifference(sql, b, a) != "" {
				break
			}
		}
	}
	w.reset()
	return got, want
}

// shrink makes a script that differs smaller while it differs in the same way.
func (w *comparison) shrink(script []string, kind string) []string {
	kind, _, _ = strings.Cut(kind, " ")
	tries := 0
	same := func(s []string) bool {
		tries++
		w.panics = nil
		k, _, _ := strings.Cut(w.differ(s), " ")
		return tries < 3000 && k == kind
	}
	for i := 0; i < len(script) && len(script) > 1; {
		if less := slices.Delete(slices.Clone(script), i, i+1); same(less) {
			script = less
		} else {
			i++
		}
	}
	for i := range script {
		tokens := sqlToken.FindAllString(script[i], -1)
		script[i] = strings.Join(shrinkTokens(tokens, func(t []string) bool {
			less := slices.Clone(script)
			less[i] = strings.Join(t, "")
			return same(less)
		}), "")
	}
	w.panics = nil
	return script
}

var sqlToken = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"])*"|[A-Za-z_0-9.]+|\s+|[(),\[\]]|[^\sA-Za-z_0-9'"(),\[\]]+`)

// shrinkTokens takes out of a statement, or puts NULL, a number or its inside
// for what is in parentheses, for as long as same holds.
func shrinkTokens(tokens []string, same func([]string) bool) []string {
	for again := true; again; {
		again = false
		try := func(t []string) bool {
			if len(t) < len(tokens) && same(t) {
				tokens, again = t, true
				return true
			}
			return false
		}
		for i := 0; i < len(tokens); i++ { // the outermost first
			if tokens[i] != "(" && tokens[i] != "[" {
				continue
			}
			end := closing(tokens, i)
			for end > i {
				inside := tokens[i+1 : end]
				cut := func(put ...string) []string { return slices.Concat(tokens[:i], put, tokens[end+1:]) }
				if !(try(cut("null")) || try(cut("1")) || try(cut("true")) || try(cut(inside...)) || try(cut()) || i > 0 && try(slices.Concat(tokens[:i-1], []string{"null"}, tokens[end+1:]))) {
					break
				}
				if i >= len(tokens) || tokens[i] != "(" && tokens[i] != "[" {
					break
				}
				end = closing(tokens, i)
			}
		}
		for size := max(1, len(tokens)/2); size >= 1; size /= 2 {
			for i := 0; i+size <= len(tokens); {
				if !try(slices.Concat(tokens[:i], tokens[i+size:])) {
					i += max(1, size/2)
				}
			}
		}
	}
	return tokens
}

// closing finds what closes the parenthesis at i; -1 if nothing does.
func closing(tokens []string, i int) int {
	depth := 0
	for j := i; j < len(tokens); j++ {
		switch tokens[j] {
		case "(", "[":
			depth++
		case ")", "]":
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return -1
}
