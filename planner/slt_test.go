package planner_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/fdw"
)

var record = flag.Bool("record", false, "record testdata/slt/*.slt from the PostgreSQL 16 that FLOWGRES_PG_DSN names")

// block is one statement of a script, with what is expected of it.
//
//	# a comment
//	# differs: the reason why flowgres may answer otherwise
//	> select $1::int + 1,
//	>   'x'
//	$ 41
//	?column? integer | ?column? text
//	42 | x
//	SELECT 1
//
// "$" lines are parameters, one a line, in the extended protocol ("$" alone: no
// parameters). A value that would be misread is quoted as in Go; NULL is NULL.
// "# database: template1" has the script run in that database, which has no fixture;
// "# views" adds fixtureViews to the fixture.
type block struct {
	line     int
	comments []string
	sql      string
	params   []*string
	want     []string
	differs  string
}

func readScript(t testing.TB, file string) []*block {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []*block
	b := &block{}
	for i, l := range strings.Split(string(text), "\n") {
		switch {
		case l == "":
			if b.sql != "" || len(b.comments) > 0 {
				blocks = append(blocks, b)
			}
			b = &block{}
		case strings.HasPrefix(l, "#") && b.sql == "":
			b.comments = append(b.comments, l)
			if r, ok := strings.CutPrefix(l, "# differs: "); ok {
				b.differs = r
			}
		case (strings.HasPrefix(l, "> ") || l == ">") && b.want == nil:
			if b.sql == "" {
				b.line = i + 1
			} else {
				b.sql += "\n"
			}
			b.sql += strings.TrimPrefix(l[1:], " ")
		case (strings.HasPrefix(l, "$ ") || l == "$") && b.want == nil:
			if b.params == nil {
				b.params = []*string{}
			}
			if l == "$" {
				break
			}
			if v := l[2:]; v == "NULL" {
				b.params = append(b.params, nil)
			} else {
				if u, err := strconv.Unquote(v); err == nil && v[0] == '"' {
					v = u
				}
				b.params = append(b.params, &v)
			}
		default:
			b.want = append(b.want, l)
		}
	}
	return blocks
}

// cell writes a value so that it can't be misread.
func cell(v *string) string {
	if v == nil {
		return "NULL"
	}
	s := *v
	if s == "" || s == "NULL" || strings.Contains(s, " | ") || strings.TrimSpace(s) != s || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) || s[0] == '"' && !strings.ContainsAny(s[1:], "{[,:") {
		return strconv.Quote(s)
	}
	return s
}

// lines writes answers as a script shows them.
func lines(sql string, answers []answer) []string {
	var out []string
	for i, a := range answers {
		if i > 0 {
			out = append(out, "--")
		}
		for _, n := range a.notices {
			out = append(out, strings.ReplaceAll(n, "\n", `\n`))
		}
		if e := a.err; e != nil {
			out = append(out, strings.ReplaceAll("ERROR "+e.code+": "+e.message, "\n", `\n`))
			for _, f := range [][2]string{{"DETAIL", e.detail}, {"HINT", e.hint}, {"FIELDS", e.fields}} {
				if f[1] != "" {
					out = append(out, strings.ReplaceAll(f[0]+": "+f[1], "\n", `\n`))
				}
			}
			if e.position > 0 {
				out = append(out, "POSITION: "+strconv.Itoa(e.position))
			}
			continue
		}
		if a.columns != nil {
			out = append(out, strings.Join(a.columns, " | ")+" ")
			out[len(out)-1] = strings.TrimRight(out[len(out)-1], " ")
			if out[len(out)-1] == "" {
				out[len(out)-1] = "(no columns)"
			}
		}
		var rows []string
		for _, r := range a.rows {
			var cells []string
			for _, v := range r {
				cells = append(cells, cell(v))
			}
			if len(cells) == 0 {
				cells = []string{"()"}
			}
			rows = append(rows, strings.Join(cells, " | "))
		}
		if !ordered(sql) {
			slices.Sort(rows)
		}
		out = append(out, rows...)
		if a.copied != "" {
			out = append(out, "COPIED "+strconv.Quote(a.copied))
		}
		if a.tag != "" {
			out = append(out, a.tag)
		}
	}
	return out
}

// ordered tells whether a statement orders its result: it has ORDER BY outside
// of parentheses.
func ordered(sql string) bool {
	depth := 0
	var flat strings.Builder
	for _, r := range strings.ToLower(sql) {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case '\n':
			r = ' '
		}
		if depth == 0 {
			flat.WriteRune(r)
		}
	}
	s := flat.String()
	return strings.Contains(s, "order by") || strings.HasPrefix(s, "fetch") || strings.HasPrefix(s, "show") || strings.HasPrefix(s, "explain") || strings.HasPrefix(s, "execute")
}

// TestSLT runs the scripts, each in a session of its own, with push-down on,
// off and inexact; FLOWGRES_SLT is a pattern for those that it, or -record, is to take.
func TestSLT(t *testing.T) {
	pattern := "*"
	if p := os.Getenv("FLOWGRES_SLT"); p != "" {
		pattern = p
	}
	files, err := filepath.Glob("testdata/slt/" + pattern + ".slt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	names := newTypeNames(t)
	if *record {
		recordScripts(t, names, files)
	}
	for _, f := range files {
		blocks := readScript(t, f)
		for _, mode := range []string{"on", "off", "inexact"} {
			t.Run(strings.TrimSuffix(filepath.Base(f), ".slt")+"/"+mode, func(t *testing.T) {
				var panics []string
				relations := []fdw.Relation{newFixture(t)}
				if wantsViews(blocks) {
					relations = append(relations, viewRelations()...)
				}
				e := newEngine(t, &panics, relations...)
				c := newEngineClientIn(t, cmp.Or(databaseOf(blocks), planner.Database), names, e, &panics, planner.Setting{Name: "flowgres.push_down", Value: mode})
				for _, b := range blocks {
					if b.sql == "" {
						continue
					}
					got := lines(b.sql, c.run(context.Background(), b.sql, b.params))
					same := slices.Equal(got, b.want)
					switch {
					case b.differs != "" && same:
						t.Errorf("%s:%d: differs no longer", f, b.line)
					case b.differs == "" && !same:
						t.Errorf("%s:%d: %s\ngot:\n  %s\nwant:\n  %s", f, b.line, b.sql, strings.Join(got, "\n  "), strings.Join(b.want, "\n  "))
					}
					for _, p := range panics {
						t.Errorf("%s:%d: panic: %s", f, b.line, p)
					}
					panics = nil
				}
			})
		}
	}
}

// databaseOf gives the database that a script asks for; "": that with the fixture.
func databaseOf(blocks []*block) string {
	for _, b := range blocks {
		for _, l := range b.comments {
			if d, ok := strings.CutPrefix(l, "# database: "); ok {
				return d
			}
		}
	}
	return ""
}

// scratch makes the database with the fixture for a name.
func scratch(t testing.TB, names typeNames, dsn, database string) {
	t.Helper()
	admin := newPGClient(t, names, dsn, "postgres")
	for _, sql := range []string{
		"drop database if exists " + database + " with (force)",
		"create database " + database + " template template0 lc_collate 'C' lc_ctype 'C.UTF-8'",
	} {
		if a := admin.run(context.Background(), sql, nil); a[0].err != nil {
			t.Fatalf("%s: %+v", sql, *a[0].err)
		}
	}
	loadFixture(t, newPGClient(t, names, dsn, database))
}

func loadFixture(t testing.TB, c *pgClient) {
	t.Helper()
	a := c.run(context.Background(), fixtureSQL()+"analyze ec2.flow_logs", nil)
	if e := a[len(a)-1].err; e != nil {
		t.Fatalf("fixture: %+v", *e)
	}
}

func recordScripts(t *testing.T, names typeNames, files []string) {
	dsn := os.Getenv("FLOWGRES_PG_DSN")
	if dsn == "" {
		t.Fatal("-record needs FLOWGRES_PG_DSN")
	}
	database := "slt_" + strconv.Itoa(os.Getpid())
	scratch(t, names, dsn, database)
	defer newPGClient(t, names, dsn, "postgres").run(context.Background(), "drop database "+database+" with (force)", nil)
	for _, f := range files {
		blocks := readScript(t, f)
		if databaseOf(blocks) == "" {
			admin := newPGClient(t, names, dsn, database)
			loadFixture(t, admin)
			if wantsViews(blocks) {
				if a := admin.run(context.Background(), viewsSQL(), nil); a[len(a)-1].err != nil {
					t.Fatalf("views: %+v", *a[len(a)-1].err)
				}
			}
		}
		c := newPGClient(t, names, dsn, cmp.Or(databaseOf(blocks), database))
		var out strings.Builder
		for i, b := range blocks {
			if i > 0 {
				out.WriteByte('\n')
			}
			for _, l := range b.comments {
				out.WriteString(l + "\n")
			}
			if b.sql == "" {
				continue
			}
			for _, l := range strings.Split(b.sql, "\n") {
				out.WriteString("> " + l + "\n")
			}
			if b.params != nil && len(b.params) == 0 {
				out.WriteString("$\n")
			}
			for _, p := range b.params {
				out.WriteString("$ " + cell(p) + "\n")
			}
			if strings.HasPrefix(b.sql, "set flowgres.") {
				fmt.Fprintln(&out, "SET")
				continue
			}
			for _, l := range lines(b.sql, c.run(context.Background(), b.sql, b.params)) {
				if l == "" || strings.HasPrefix(l, "> ") {
					l = strconv.Quote(l)
				}
				out.WriteString(l + "\n")
			}
		}
		if err := os.WriteFile(f, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
