package guc

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/planner/pgerr"
)

var record = flag.String("record", "", "record the golden files from the PostgreSQL 16 at this DSN")

// TestScript runs testdata/set.txt: a line is a command ("set name value",
// "local name value", "reset name", "show name", "begin", "savepoint", …),
// the indented lines after it are its answer, recorded from PostgreSQL.
func TestScript(t *testing.T) {
	const file = "testdata/set.txt"
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for line := range strings.Lines(string(want)) {
		if !strings.HasPrefix(line, "\t") {
			commands = append(commands, strings.TrimSuffix(line, "\n"))
		}
	}
	run := newLocal()
	if *record != "" {
		run = newPostgres(t)
	}
	var got bytes.Buffer
	for _, c := range commands {
		fmt.Fprintln(&got, c)
		if c == "" || strings.HasPrefix(c, "#") {
			continue
		}
		for line := range strings.Lines(run(c)) {
			fmt.Fprintf(&got, "\t%s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	if *record != "" {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

// newLocal runs commands on a session of ours.
func newLocal() func(string) string {
	s := MustNew().NewSession()
	s.Superuser = true
	return func(line string) string {
		auto := s.Level() == 0
		verb, rest, _ := strings.Cut(line, " ")
		name, value, _ := strings.Cut(rest, " ")
		if auto {
			s.Begin()
		}
		var out string
		var err error
		switch verb {
		case "set":
			err = s.Set(name, value, false)
		case "local":
			err = s.Set(name, value, true)
		case "reset":
			err = s.Reset(name)
		case "default":
			err = s.SetDefault(name, true)
		case "resetall":
			s.ResetAll()
		case "show":
			out, err = s.Get(name)
			out = "= " + out
		case "begin":
			auto = false
		case "commit":
			s.Commit()
		case "rollback":
			s.Rollback()
		case "savepoint":
			s.Push()
		case "release":
			s.Pop(false)
		case "rollbackto":
			s.Pop(true)
			s.Push()
		}
		if auto && err == nil {
			s.Commit()
		} else if auto {
			s.Rollback()
		}
		var e *pgerr.Error
		if errors.As(err, &e) {
			return answer(e.Code, e.Message, e.Detail, e.Hint)
		}
		return out
	}
}

// newPostgres runs commands on a real server.
func newPostgres(t *testing.T) func(string) string {
	conn, err := pgx.Connect(context.Background(), *record)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	ident := func(name string) string {
		if strings.Contains(name, ".") {
			return pgx.Identifier{name}.Sanitize()
		}
		return name
	}
	quote := func(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" }
	depth := 0
	return func(line string) string {
		verb, rest, _ := strings.Cut(line, " ")
		name, value, _ := strings.Cut(rest, " ")
		sql := verb
		switch verb {
		case "set":
			sql = "set " + ident(name) + " to " + quote(value)
		case "local":
			sql = "set local " + name + " to " + quote(value)
		case "reset", "show":
			sql = line
		case "default":
			sql = "set local " + name + " to default"
		case "resetall":
			sql = "reset all"
		case "savepoint":
			depth++
			sql = fmt.Sprintf("savepoint s%d", depth)
		case "release":
			sql = fmt.Sprintf("release s%d", depth)
			depth--
		case "rollbackto":
			sql = fmt.Sprintf("rollback to s%d", depth)
		case "commit", "rollback":
			depth = 0
		}
		res, err := conn.PgConn().Exec(context.Background(), sql).ReadAll()
		var e *pgconn.PgError
		if errors.As(err, &e) {
			return answer(e.Code, e.Message, e.Detail, e.Hint)
		}
		if err != nil {
			t.Fatal(err)
		}
		if verb == "show" {
			return "= " + string(res[0].Rows[0][0])
		}
		return ""
	}
}

func answer(code, message, detail, hint string) string {
	out := code + ": " + message
	if detail != "" {
		out += "\nDETAIL: " + detail
	}
	if hint != "" {
		out += "\nHINT: " + hint
	}
	return out
}

func TestServerValues(t *testing.T) {
	r := MustNew()
	set := func(name, value string, source Source) {
		t.Helper()
		if err := r.SetServer(name, value, source); err != nil {
			t.Error(err)
		}
	}
	set("statement_timeout", "30s", CommandLine)
	set("statement_timeout", "10s", File)
	set("statement_timeout", "20s", Environment)
	s := r.NewSession()
	if got, _ := s.Get("Statement_Timeout"); got != "30s" {
		t.Errorf("statement_timeout = %q", got)
	}
	var reports []string
	s.Reported = func(name, value string) { reports = append(reports, name+"="+value) }
	if err := s.SetStartup("datestyle", "sql, dmy", Client); err != nil {
		t.Error(err)
	}
	s.Begin()
	if err := s.Set("DateStyle", "german", false); err != nil {
		t.Error(err)
	}
	s.Rollback()
	want := []string{"DateStyle=SQL, DMY", "DateStyle=German, DMY", "DateStyle=SQL, DMY"}
	if diff := cmp.Diff(want, reports); diff != "" {
		t.Error(diff)
	}
	if got := r.Nearest("max_conections"); got != "max_connections" {
		t.Errorf("nearest = %q", got)
	}
}

// TestRows compares pg_settings' columns with what was dumped.
func TestRows(t *testing.T) {
	n := 0
	for row := range MustNew().NewSession().Rows() {
		n++
		if row.Source != Default || row.Setting == "" && row.Boot != "" {
			t.Errorf("%s: %+v", row.Def.Name, row)
		}
	}
	if n < 362 {
		t.Errorf("%d rows", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"16MB", "0x1f", "1e3", "-1.5h", "08", "inf", "nan", ""} {
		f.Add(seed)
	}
	r := MustNew()
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range r.order {
			if v, err := d.Parse(nil, text); err == nil {
				d.Show(v)
			} else if e := pgerr.From(err); len(e.Code) != 5 || e.Code == "XX000" {
				t.Errorf("%s: %v", d.Name, err)
			}
		}
	})
}
