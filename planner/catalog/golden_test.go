package catalog

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

var record = flag.Bool("record", false, "record goldens from the PostgreSQL 16 of PGDSN")

// TestFunctions runs testdata/functions.txt. A line "> name(types) values"
// calls a routine with literals of its argument types; "> type 'value'" reads
// and writes a value. What follows is PostgreSQL's answer: rows, NULL, or the
// error with its SQLSTATE, detail and hint.
func TestFunctions(t *testing.T) {
	const file = "testdata/functions.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var conn *pgconn.PgConn
	if *record {
		conn = referee(t)
	}
	c := open(t)
	for _, block := range strings.Split(string(text), "\n\n") {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		if lines[0] == "" {
			continue
		}
		if !strings.HasPrefix(lines[0], "> ") {
			t.Fatalf("bad block %q", block)
		}
		cmd := lines[0][2:]
		if conn != nil {
			fmt.Fprintf(&out, "> %s\n%s\n\n", cmd, ask(conn, cmd))
			continue
		}
		want := strings.Join(lines[1:], "\n")
		if got := answer(t, c, cmd); got != want {
			t.Errorf("%s\n got %s\nwant %s", cmd, got, want)
		}
	}
	if conn != nil {
		if err := os.WriteFile(file, []byte(strings.TrimRight(out.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// isCall tells a call from a type's value.
func isCall(cmd string) bool {
	i := strings.IndexByte(cmd, '(')
	return i >= 0 && !strings.Contains(cmd[:i], " ")
}

// command takes "name(types) values" apart; a type's values have no types.
func command(cmd string) (name string, types, values []string) {
	if isCall(cmd) {
		i := strings.IndexByte(cmd, '(')
		j := strings.IndexByte(cmd, ')')
		name = cmd[:i]
		if j > i+1 {
			types = strings.Split(cmd[i+1:j], ",")
		}
		cmd = cmd[j+1:]
	} else {
		name, cmd, _ = strings.Cut(cmd, " ")
	}
	for cmd = strings.TrimSpace(cmd); cmd != ""; cmd = strings.TrimSpace(cmd) {
		if strings.HasPrefix(cmd, "NULL") {
			values, cmd = append(values, "NULL"), cmd[4:]
			continue
		}
		j := 1
		for j < len(cmd) && (cmd[j] != '\'' || j+1 < len(cmd) && cmd[j+1] == '\'') {
			if cmd[j] == '\'' {
				j++
			}
			j++
		}
		values, cmd = append(values, cmd[:j+1]), cmd[j+1:]
	}
	return name, types, values
}

// ask has PostgreSQL run a command.
func ask(conn *pgconn.PgConn, cmd string) string {
	name, types, values := command(cmd)
	var sql string
	if !isCall(cmd) {
		sql = "SELECT " + values[0] + `::pg_catalog."` + name + `"`
	} else {
		args := make([]string, len(types))
		for i := range types {
			args[i] = values[i] + `::pg_catalog."` + types[i] + `"`
		}
		sql = "SELECT x FROM " + name + "(" + strings.Join(args, ", ") + ") x"
	}
	res, err := conn.Exec(context.Background(), sql).ReadAll()
	if err != nil {
		e, ok := err.(*pgconn.PgError)
		if !ok {
			return "ERROR " + err.Error()
		}
		return errorText(e.Code, e.Message, e.Detail, e.Hint)
	}
	var rows []string
	for _, r := range res[0].Rows {
		if r[0] == nil {
			rows = append(rows, "NULL")
		} else {
			rows = append(rows, string(r[0]))
		}
	}
	return goldenRows(rows)
}

func goldenRows(rows []string) string {
	if len(rows) == 0 {
		return "(none)"
	}
	// A blank line would end the block.
	return strings.ReplaceAll(strings.TrimSuffix(strings.Join(rows, "\n"), "\n"), "\n\n", "\n\\n\n")
}

func errorText(code, msg, detail, hint string) string {
	s := "ERROR " + code + " " + msg
	if detail != "" {
		s += "\nDETAIL " + detail
	}
	if hint != "" {
		s += "\nHINT " + hint
	}
	return s
}

// answer runs a command here.
func answer(t *testing.T, c *Catalog, cmd string) string {
	name, types, values := command(cmd)
	env := &adt.Env{Context: context.Background(), Types: c, SearchPath: []string{"pg_catalog", "public"}, User: "postgres", ExtraFloatDigits: 1}
	fail := func(err error) string {
		e := pgerr.From(err)
		return errorText(e.Code, e.Message, e.Detail, e.Hint)
	}
	read := func(typ, v string) (adt.Datum, error) {
		ty := c.TypeByName("pg_catalog", typ, nil)
		if ty == nil {
			t.Fatalf("no type %s", typ)
		}
		if v == "NULL" {
			return nil, nil
		}
		return ty.InputText(env, strings.ReplaceAll(v[1:len(v)-1], "''", "'"), -1)
	}
	write := func(typ OID, d adt.Datum) string {
		if d == nil {
			return "NULL"
		}
		b, err := c.TypeByOID(typ).TextEncoder(env)(nil, d)
		if err != nil {
			return fail(err)
		}
		return string(b)
	}
	if !isCall(cmd) {
		d, err := read(name, values[0])
		if err != nil {
			return fail(err)
		}
		return goldenRows([]string{write(c.TypeByName("pg_catalog", name, nil).OID, d)})
	}
	args := make([]adt.Datum, len(types))
	oids := make([]OID, len(types))
	for i, typ := range types {
		var err error
		if args[i], err = read(typ, values[i]); err != nil {
			return fail(err)
		}
		oids[i] = c.TypeByName("pg_catalog", typ, nil).OID
	}
	schema, bare, ok := strings.Cut(name, ".")
	if !ok {
		schema, bare = "pg_catalog", name
	}
	for _, p := range c.ProcsByName(schema, bare, nil) {
		if !slices.Equal(p.ArgTypes, oids) {
			continue
		}
		if p.Body == nil {
			t.Errorf("%s has no body", cmd)
			return ""
		}
		if p.Strict && slices.Contains(args, nil) {
			return "NULL"
		}
		call := &adt.Call{Env: env, Name: p.Name, Args: oids, Result: p.RetType, Typmod: -1}
		var rows []string
		if p.Body.Set != nil {
			for d, err := range p.Body.Set(call, args) {
				if err != nil {
					return fail(err)
				}
				typ := p.RetType
				rows = append(rows, write(typ, d))
			}
			return goldenRows(rows)
		}
		d, err := p.Body.Call(call, args)
		if err != nil {
			return fail(err)
		}
		return goldenRows([]string{write(p.RetType, d)})
	}
	t.Errorf("no function for %s", cmd)
	return ""
}
