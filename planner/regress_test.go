package planner_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRegress measures the engine with scripts of PostgreSQL's own regression
// suite, which are not part of this repository: FLOWGRES_REGRESS_DIR names
// their directory, FLOWGRES_REGRESS_FILES may narrow them by a glob, and
// FLOWGRES_REGRESS_OUT takes the differences. Every statement runs in
// PostgreSQL; every query also in the engine, over the tables that the script
// has made, as FLOWGRES_REGRESS_TABLES says. It reports a score and fails only
// on panics.
func TestRegress(t *testing.T) {
	dir, dsn := os.Getenv("FLOWGRES_REGRESS_DIR"), os.Getenv("FLOWGRES_PG_DSN")
	if dir == "" || dsn == "" {
		t.Skip("FLOWGRES_REGRESS_DIR and FLOWGRES_PG_DSN are not set")
	}
	glob := os.Getenv("FLOWGRES_REGRESS_FILES")
	if glob == "" {
		glob = "*"
	}
	var files []string
	for _, g := range strings.Fields(glob) {
		f, _ := filepath.Glob(filepath.Join(dir, g+".sql"))
		files = append(files, f...)
	}
	names := newTypeNames(t)
	r := &regress{t: t, dir: dir, names: names, mode: os.Getenv("FLOWGRES_REGRESS_TABLES"), buckets: map[string][]string{}}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) { // its engines end with it
			r.t = t
			r.file(f, dsn, filepath.Join(dir, "test_setup.sql"))
		})
	}
	r.t = t
	r.report()
}

// What a script may not do to the server that lends itself for measuring.
var (
	clusterWide = regexp.MustCompile(`(?i)\b(tablespace|database|role|user|alter system|subscription|replication|checkpoint)\b`)
	serverWide  = regexp.MustCompile(`(?i)pg_(terminate|cancel|reload|rotate|promote|switch|create_|drop_|replication|logical|backup|read|ls_|wal|stat)|lo_|dblink`)
)

// fillSQL gives the suite's large tables rows, which it loads from files.
const fillSQL = `insert into onek select (g * 7919) % 1000, g, g % 2, g % 4, g % 10, g % 20, g % 100, g % 1000, g % 2000, g % 5000, g % 10000, g % 100 + 1, g % 100,
	chr(65 + g % 26) || 'AAAAA', chr(65 + g % 7) || chr(65 + g % 26) || 'AAAA', (array['AAAAxx', 'HHHHxx', 'OOOOxx', 'VVVVxx'])[g % 4 + 1] from generate_series(0, 999) g;
	insert into tenk1 select (g * 7919) % 2000, g, g % 2, g % 4, g % 10, g % 20, g % 100, g % 1000, g % 2000, g % 5000, g % 10000, g % 100 + 1, g % 100,
	chr(65 + g % 26) || 'AAAAA', chr(65 + g % 7) || chr(65 + g % 26) || 'AAAA', (array['AAAAxx', 'HHHHxx', 'OOOOxx', 'VVVVxx'])[g % 4 + 1] from generate_series(0, 1999) g;
	insert into onek2 select * from onek; insert into tenk2 select * from tenk1; analyze`

type regress struct {
	t       *testing.T
	dir     string
	names   typeNames
	buckets map[string][]string
	same    int
	total   int
	skipped int

	others, othersDiffer int

	scores []string

	pg     *pgClient
	clean  *pgClient // a database without anything that scripts make
	engine *engineClient
	mode   string
	tables map[string]*memTable
	withs  map[string]string // the tables as WITH queries
	shape  string
	dirty  bool
	panics []string
}

var queryStart = regexp.MustCompile(`(?is)^\s*\(*\s*(select|values|with|table|show)\b`)

func (r *regress) file(path, dsn, setup string) {
	ctx := context.Background()
	admin := newPGClient(r.t, r.names, dsn, "postgres")
	database := "regress_" + strconv.Itoa(os.Getpid())
	admin.run(ctx, "drop database if exists "+database+" with (force)", nil)
	admin.run(ctx, "create database "+database+" template template0 lc_collate 'C' lc_ctype 'C.UTF-8'", nil)
	bare := database + "_bare"
	admin.run(ctx, "drop database if exists "+bare+" with (force)", nil)
	admin.run(ctx, "create database "+bare+" template template0 lc_collate 'C' lc_ctype 'C.UTF-8'", nil)
	for _, set := range []string{"datestyle = 'postgres, mdy'", "timezone = 'PST8PDT'", "intervalstyle = postgres_verbose"} {
		admin.run(ctx, "alter database "+database+" set "+set, nil)
		admin.run(ctx, "alter database "+database+"_bare set "+set, nil)
	}
	defer admin.conn.Close(ctx)
	defer admin.run(ctx, "drop database if exists "+database+" with (force)", nil)
	r.pg = newPGClient(r.t, r.names, dsn, database)
	r.clean = newPGClient(r.t, r.names, dsn, bare)
	defer admin.run(ctx, "drop database if exists "+bare+" with (force)", nil)
	defer r.clean.conn.Close(ctx)
	defer r.pg.conn.Close(ctx)
	if text, err := os.ReadFile(setup); err == nil {
		for _, s := range splitScript(string(text)) {
			switch {
			case copyIn.MatchString(s.sql):
				r.copyIn(ctx, s)
			case !clusterWide.MatchString(s.sql):
				r.pg.run(ctx, s.sql, nil)
			}
		}
		if _, err := os.Stat(filepath.Join(r.dir, "data")); err != nil {
			r.pg.run(ctx, fillSQL, nil)
		}
	}
	r.engine, r.tables, r.dirty, r.shape = nil, nil, true, "-"
	r.refresh()
	text, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	same, total := r.same, r.total
	name := strings.TrimSuffix(filepath.Base(path), ".sql")
	for _, s := range splitScript(string(text)) {
		if copyIn.MatchString(s.sql) {
			r.dirty = true
			r.copyIn(ctx, s)
		} else {
			r.statement(ctx, name, s.sql)
		}
		if r.pg.conn.IsClosed() || r.clean.conn.IsClosed() {
			r.t.Logf("%s: connection lost at %s", name, s.sql)
			break
		}
	}
	score := fmt.Sprintf("%-24s %5d of %5d", name, r.same-same, r.total-total)
	r.scores = append(r.scores, score)
	r.t.Log(score)
}

// copyIn loads what a COPY FROM STDIN of a script is followed by, or the file
// that it names, from the directory data.
func (r *regress) copyIn(ctx context.Context, s scriptStatement) {
	if s.file != "" {
		b, err := os.ReadFile(filepath.Join(r.dir, s.file))
		if err != nil {
			return
		}
		s.data = string(b)
	}
	// What the rows are refused for is PostgreSQL's affair alone.
	_, _ = r.pg.conn.CopyFrom(ctx, strings.NewReader(s.data), s.sql)
}

func (r *regress) statement(ctx context.Context, name, sql string) {
	lower := strings.ToLower(strings.TrimSpace(sql))
	copyOut := strings.HasPrefix(lower, "copy") && strings.Contains(lower, "to stdout")
	if strings.Contains(lower, "pg_sleep") || strings.HasPrefix(lower, "copy") && !copyOut || strings.Contains(lower, "pg_stat") {
		return
	}
	query := copyOut || queryStart.MatchString(sql)
	if !query && clusterWide.MatchString(sql) || serverWide.MatchString(sql) {
		return
	}
	if r.mode == tablesNone && !settingStart.MatchString(lower) && !sessionStart.MatchString(lower) {
		r.bare(ctx, name, sql, query)
		return
	}
	want := r.lead().run(ctx, sql, nil)
	switch {
	case settingStart.MatchString(lower):
		if !sessionSetting.MatchString(lower) {
			r.run(ctx, lower)
		}
		return
	case sessionStart.MatchString(lower):
		r.dirty = r.dirty || strings.HasPrefix(lower, "rollback")
		got := r.engine.run(ctx, sql, nil)
		if want[0].err == nil && got[0].err != nil {
			r.recover(ctx)
		}
		if !strings.HasPrefix(lower, "fetch") && !strings.HasPrefix(lower, "execute") || want[0].err == nil && want[0].columns == nil {
			return
		}
		r.judge(ctx, name, sql, got, want)
		return
	case r.mode == tablesInWith && (query || otherSelect.MatchString(sql)):
		r.dirty = r.dirty || !query
		r.brought(ctx, name, sql, query)
		return
	case !query:
		r.dirty = true
		if r.mode == tablesInWith {
			return
		}
		r.other(ctx, name, sql, want[0])
		return
	}
	if r.dirty && (copyOut || strings.Contains(lower, "from") || strings.HasPrefix(lower, "table")) {
		r.refresh()
	}
	if want[0].err != nil && want[0].err.code == "25P02" {
		return
	}
	r.judge(ctx, name, sql, r.run(ctx, sql), want)
}

var (
	settingStart   = regexp.MustCompile(`^(set|reset)\s`)
	sessionSetting = regexp.MustCompile(`\b(session|role|constraints)\b`)
	sessionStart   = regexp.MustCompile(`^(begin|start|commit|end|rollback|abort|savepoint|release|declare|fetch|move|close|prepare|execute|deallocate|discard)\b`)
	writeStart     = regexp.MustCompile(`(?i)^(insert|update|delete|merge|explain|truncate|analyze|vacuum)\b`)
	catalogUse     = regexp.MustCompile(`pg_|information_schema|reg[a-z]+\b|tableoid|ctid|cmin|xmin|current_database`)
)

// other counts a statement that is no query: where PostgreSQL obeys, it should
// be refused as unsupported; where PostgreSQL complains, with its own error.
// Writes are left out: the engine's copies of tables have no constraints.
func (r *regress) other(ctx context.Context, name, sql string, want answer) {
	if want.err != nil && want.err.code == "25P02" || writeStart.MatchString(sql) {
		return
	}
	got := r.run(ctx, sql)[0]
	code, wants := "", "0A000 or none"
	if got.err != nil {
		code = got.err.code
	}
	if want.err != nil {
		wants = want.err.code
	}
	r.others++
	if code == "0A000" || want.err == nil && code == "" || code == wants || scriptMade[code] && r.mode != tablesNone {
		return
	}
	word := strings.Fields(sql)[0]
	bucket := "other: " + strings.ToUpper(word) + " " + code + " for " + wants
	r.buckets[bucket] = append(r.buckets[bucket], fmt.Sprintf("%s: %s\n  got: %+v\n  want: %+v", name, sql, got.err, want.err))
	r.othersDiffer++
}

// judge compares the answers to a statement and counts the outcome.
func (r *regress) judge(ctx context.Context, name, sql string, got, want []answer) {
	if len(r.panics) > 0 {
		r.t.Errorf("%s: %s\npanic: %s", name, sql, r.panics[0])
	}
	bucket := difference(sql, got, want)
	if r.mode != tablesNone && bucket != "" {
		bucket = cmp.Or(excuse(got, want), bucket)
	}
	if r.mode != tablesNone && bucket != "" && catalogUse.MatchString(strings.ToLower(sql)) && len(r.panics) == 0 {
		bare := r.clean.run(ctx, sql, nil)
		if r.clean.conn.IsClosed() {
			r.t.Fatalf("%s: connection lost at %s", name, sql)
		}
		if b := bare[len(bare)-1]; b.err != nil && scriptMade[b.err.code] || difference(sql, want, bare) != "" {
			bucket = "skip: catalog entries of the script's objects"
		}
	}
	if strings.HasPrefix(bucket, "skip") {
		r.skipped++
		r.buckets[bucket] = append(r.buckets[bucket], name+": "+sql)
		return
	}
	r.total++
	if bucket == "" {
		r.same++
		return
	}
	if len(r.panics) > 0 {
		bucket = "panic"
		r.panics = nil
	}
	r.buckets[bucket] = append(r.buckets[bucket], fmt.Sprintf("%s: %s\n  got:\n    %s\n  want:\n    %s", name, sql,
		strings.Join(clip(lines(sql, got)), "\n    "), strings.Join(clip(lines(sql, want)), "\n    ")))
}

// lead is the session of PostgreSQL that the engine keeps in step with.
func (r *regress) lead() *pgClient {
	if r.mode == tablesNone {
		return r.clean
	}
	return r.pg
}

// recover brings the engine's transaction, which has failed alone, back into
// step with PostgreSQL's.
func (r *regress) recover(ctx context.Context) {
	if r.engine.s.TxStatus() != 'E' {
		return
	}
	r.engine.run(ctx, "rollback", nil)
	if r.lead().conn.TxStatus() != 'I' {
		r.engine.run(ctx, "begin", nil)
	}
}

func (r *regress) run(ctx context.Context, sql string) []answer {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	a := r.engine.run(ctx, sql, nil)
	if r.lead().conn.TxStatus() != 'E' {
		r.recover(ctx)
	}
	return a
}

func (r *regress) report() {
	var keys []string
	differing := 0
	for k, v := range r.buckets {
		keys = append(keys, k)
		if !strings.HasPrefix(k, "skip") {
			differing += len(v)
		}
	}
	sort.Slice(keys, func(i, j int) bool {
		if a, b := len(r.buckets[keys[i]]), len(r.buckets[keys[j]]); a != b {
			return a > b
		}
		return keys[i] < keys[j]
	})
	var out strings.Builder
	for _, s := range r.scores {
		out.WriteString(s + "\n")
	}
	fmt.Fprintf(&out, "\nsame %d of %d (%.1f%%), %d differ, %d skipped for tables and functions the script made; %d of %d other statements differ\n\n",
		r.same, r.total, 100*float64(r.same)/float64(max(r.total, 1)), differing-r.othersDiffer, r.skipped, r.othersDiffer, r.others)
	for _, k := range keys {
		fmt.Fprintf(&out, "%5d %s\n", len(r.buckets[k]), k)
	}
	r.t.Log(out.String())
	path := os.Getenv("FLOWGRES_REGRESS_OUT")
	if path == "" {
		return
	}
	for _, k := range keys {
		fmt.Fprintf(&out, "\n=== %d %s\n", len(r.buckets[k]), k)
		for i, e := range r.buckets[k] {
			if i == 30 {
				break
			}
			out.WriteString(e + "\n")
		}
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
		r.t.Fatal(err)
	}
}
