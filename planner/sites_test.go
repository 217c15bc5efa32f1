package planner_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/planner/pgerr"
)

var recordSites = flag.Bool("record-sites", false, "record pgerr/sites.tsv from the PostgreSQL 16 that FLOWGRES_PG_DSN names")

// raiseRoutine reports what RAISE says.
const raiseRoutine = "exec_stmt_raise"

// seenSites counts, for each key of errors, where PostgreSQL was seen to report them.
type seenSites map[string]map[string]int

func (s seenSites) add(key, site string) {
	if s[key] == nil {
		s[key] = map[string]int{}
	}
	s[key][site]++
}

// most gives a key's most frequent site, the first by name among equals.
func (s seenSites) most(key string) string {
	return slices.MaxFunc(slices.Sorted(maps.Keys(s[key])), func(a, b string) int {
		return cmp.Or(cmp.Compare(s[key][a], s[key][b]), strings.Compare(b, a))
	})
}

// times counts how often a key was seen.
func (s seenSites) times(key string) int {
	n := 0
	for _, m := range s[key] {
		n += m
	}
	return n
}

// TestSites looks whether each line of pgerr/sites.tsv can be found. With -record-sites it
// records the file: where PostgreSQL reports the errors of the scripts, of the calls of TestSweep, of the statements of testdata/sites.sql and the files that FLOWGRES_SITES_FILES
// names and those that FLOWGRES_SITES_SEEN lists (code, message, file, line and routine).
func TestSites(t *testing.T) {
	const file = "pgerr/sites.tsv"
	if *recordSites {
		recordSitesOf(t, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for l := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(l, "\n"), "\t")
		if len(f) != 6 {
			t.Fatalf("not six fields: %q", l)
		}
		if key := strings.Join(f[:3], "\t"); key <= last {
			t.Errorf("out of order, or there twice: %q", key)
		} else {
			last = key
		}
		e := &pgerr.Error{Code: f[0], Message: f[2]}
		switch f[1] {
		case "format": // which only errors of a format have
			continue
		case "routine":
			e = (&pgerr.Error{}).By(f[2])
		default:
			e.Routine = f[1]
		}
		site := e.Site()
		if got := fmt.Sprintf("%s\t%d\t%s", site.File, site.Line, site.Routine); got != strings.Join(f[3:], "\t") {
			t.Errorf("%q is found at %q", l, got)
		}
	}
}

func recordSitesOf(t *testing.T, file string) {
	dsn := os.Getenv("FLOWGRES_PG_DSN")
	names := newTypeNames(t)
	scratch(t, names, dsn, "slt_sites")
	seen, formats := seenSites{}, map[string]string{}
	var panics []string
	compare := func(sqls []string, params [][]*string) {
		pg := newPGClient(t, names, dsn, "slt_sites")
		ours := newEngineClient(t, names, newEngine(t, &panics, newFixture(t)), &panics)
		for i, sql := range sqls {
			pg.failed, ours.failed = nil, nil
			pg.run(context.Background(), sql, params[i])
			ours.run(context.Background(), sql, params[i])
			var theirs *pgconn.PgError
			our := pgerr.From(ours.failed)
			if our == nil || !errors.As(pg.failed, &theirs) || our.Code != theirs.Code || our.Message != theirs.Message {
				continue
			}
			site := fmt.Sprintf("%s\t%d\t%s", theirs.File, theirs.Line, theirs.Routine)
			keys := our.Keys()
			if our.Routine == raiseRoutine { // which says what the statement does
				keys = keys[len(keys)-1:]
			}
			for _, k := range keys {
				seen.add(k, site)
			}
			if our.Routine != "" {
				if keys = keys[:len(keys)-1]; len(keys) == 0 {
					continue
				}
			}
			said, format := keys, keys[len(keys)-1]
			if strings.Contains(format, "\tformat\t") {
				said = keys[:len(keys)-1]
			} else {
				format = ""
			}
			for _, k := range said {
				if f, ok := formats[k]; ok && f != format {
					formats[k] = "" // made of several formats: none that all can be found by
				} else {
					formats[k] = format
				}
			}
		}
		pg.conn.Close(context.Background())
	}
	scripts, _ := filepath.Glob("testdata/slt/*.slt")
	for _, f := range scripts {
		var sqls []string
		var params [][]*string
		for _, b := range readScript(t, f) {
			if b.sql != "" && !strings.HasPrefix(b.sql, "set flowgres.") {
				sqls, params = append(sqls, b.sql), append(params, b.params)
			}
		}
		compare(sqls, params)
	}
	for _, f := range append(strings.Fields(os.Getenv("FLOWGRES_SITES_FILES")), "testdata/sites.sql") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		sqls := strings.Split(string(text), ";\n")
		compare(sqls, make([][]*string, len(sqls)))
	}
	compareSweep(t, names, dsn, func(sqls []string) { compare(sqls, make([][]*string, len(sqls))) })
	if f := os.Getenv("FLOWGRES_SITES_SEEN"); f != "" {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(text)) {
			if v := strings.SplitN(strings.TrimSuffix(l, "\n"), "\t", 3); len(v) == 3 {
				_, routine, _ := strings.Cut(v[2], "\t")
				_, routine, _ = strings.Cut(routine, "\t")
				for _, key := range (&pgerr.Error{Code: v[0], Message: v[1], Routine: routine}).Keys() {
					if routine == raiseRoutine && !strings.HasSuffix(key, routine) {
						continue
					}
					seen.add(key, v[2])
					formats[key] = ""
				}
			}
		}
	}
	writeSites(t, file, seen, formats)
}

// compareSweep calls each routine and operator with a few choices of arguments.
func compareSweep(t *testing.T, names typeNames, dsn string, compare func([]string)) {
	s := &sweep{Rand: rand.New(rand.NewPCG(1, 2))}
	var sqls []string
	for _, row := range newPGClient(t, names, dsn, "slt_sites").run(context.Background(), sweepList, nil)[0].rows {
		c := sweepCall{kind: *row[0], name: *row[1], form: *row[2], types: strings.Split(*row[3], ",")}
		if *row[3] == "" {
			continue
		}
		for range 12 {
			sqls = append(sqls, s.statement(c))
		}
	}
	compare(sqls)
}

// writeSites writes each format with its most frequent site, and each message
// and routine that has another than what is found without it; a message that
// was seen a time or two may name what only one statement has.
func writeSites(t *testing.T, file string, seen seenSites, formats map[string]string) {
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(out)
	for _, key := range slices.Sorted(maps.Keys(seen)) {
		site := seen.most(key)
		code, rest, _ := strings.Cut(key, "\t")
		in, message, _ := strings.Cut(rest, "\t")
		if general := code + "\t\t" + message; in != "" && code != "" && in != "format" && seen.most(general) == site {
			continue
		}
		if f := formats[key]; in == "" && f != "" && (seen.most(f) == site || seen.times(key) < 3) {
			continue
		}
		fmt.Fprintf(w, "%s\t%s\n", key, site)
	}
	if err := errors.Join(w.Flush(), out.Close()); err != nil {
		t.Fatal(err)
	}
}
