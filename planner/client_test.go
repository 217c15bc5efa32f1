package planner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// answer is what one statement answers with.
type answer struct {
	columns []string    // "name type"
	rows    [][]*string // text values
	tag     string
	copied  string
	notices []string
	err     *failure
}

type failure struct {
	code, message, detail, hint string
	fields                      string // schema, table, column, data type and constraint, those there are
	position                    int
}

// fields writes what an error names.
func fields(schema, table, column, dataType, constraint string) string {
	var out []string
	for _, f := range [][2]string{{"schema", schema}, {"table", table}, {"column", column}, {"type", dataType}, {"constraint", constraint}} {
		if f[1] != "" {
			out = append(out, f[0]+" "+f[1])
		}
	}
	return strings.Join(out, ", ")
}

// typeNames formats types for both clients alike.
type typeNames struct{ cat *catalog.Catalog }

func newTypeNames(t testing.TB) typeNames {
	t.Helper()
	cat, err := catalog.NewCluster().Open(catalog.DatabaseName, adt.Builtins(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return typeNames{cat}
}

func (n typeNames) column(name string, typ adt.OID, typmod int32) string {
	t := n.cat.FormatType(typ, typmod)
	if t == "???" {
		t = "other" // a type of the session's own, whose oid says nothing
	}
	return name + " " + t
}

// engineClient is a session of the engine.
type engineClient struct {
	s       *planner.Session
	names   typeNames
	notices []string
	out     []answer
	panics  *[]string
	failed  error // what the last statement to fail failed with
}

func newEngine(t testing.TB, panics *[]string, relations ...fdw.Relation) *planner.Engine {
	t.Helper()
	settings, err := guc.New()
	if err != nil {
		t.Fatal(err)
	}
	e, err := planner.New(planner.Config{
		Settings: settings, Relations: relations,
		Panicked: func(reason any, stack []byte) {
			*panics = append(*panics, fmt.Sprintf("%v\n%s", reason, stack))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after those of the sessions
		if n := e.MemoryUsed(); n != 0 {
			t.Errorf("%d bytes are still taken when all sessions have ended", n)
		}
		if n := e.PlansSize(); n != 0 {
			t.Errorf("%d bytes of plans are still counted when all sessions have ended", n)
		}
	})
	return e
}

func newEngineClient(t testing.TB, names typeNames, e *planner.Engine, panics *[]string, settings ...planner.Setting) *engineClient {
	t.Helper()
	return newEngineClientIn(t, planner.Database, names, e, panics, settings...)
}

func newEngineClientIn(t testing.TB, database string, names typeNames, e *planner.Engine, panics *[]string, settings ...planner.Setting) *engineClient {
	t.Helper()
	c := &engineClient{names: names, panics: panics}
	s, err := e.NewSession(context.Background(), planner.SessionOptions{
		User: "postgres", Database: database, PID: 1,
		Settings: append([]planner.Setting{{Name: "timezone", Value: "UTC"}, {Name: "flowgres.safe_writes", Value: "off"}}, settings...),
		Notice:   func(err error) { c.notices = append(c.notices, noticeText(err)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.s = s
	t.Cleanup(s.Close)
	return c
}

func noticeText(err error) string {
	e := pgerr.From(err)
	return strings.Join([]string{e.Severity, e.Code + ":", e.Message}, " ")
}

func (c *engineClient) run(ctx context.Context, sql string, params []*string) []answer {
	c.out, c.notices = []answer{{}}, nil
	var err error
	if params == nil {
		err = c.s.Simple(ctx, sql, c)
	} else {
		err = c.extended(ctx, sql, params)
	}
	if err2 := c.s.Sync(ctx); err == nil {
		err = err2
	}
	last := &c.out[len(c.out)-1]
	if err == nil && len(c.out) > 1 {
		c.out = c.out[:len(c.out)-1]
		last = &c.out[len(c.out)-1]
	}
	if err != nil {
		e := pgerr.From(err)
		c.failed = e
		*last = answer{err: &failure{e.Code, e.Message, e.Detail, e.Hint, fields(e.Schema, e.Table, e.Column, e.DataType, e.Constraint), e.Position}}
	}
	last.notices = c.notices
	return c.out
}

func (c *engineClient) extended(ctx context.Context, sql string, params []*string) error {
	if err := c.s.Parse(ctx, "", sql, nil); err != nil {
		return err
	}
	values := make([][]byte, len(params))
	for i, p := range params {
		if p != nil {
			values[i] = []byte(*p)
		}
	}
	if err := c.s.Bind(ctx, "", "", planner.BoundValues(values...), nil); err != nil {
		return err
	}
	columns, err := c.s.DescribePortal(ctx, "")
	if err != nil {
		return err
	}
	if columns != nil {
		if err := c.RowDescription(columns); err != nil {
			return err
		}
	}
	_, err = c.s.Execute(ctx, "", 0, c)
	return err
}

func (c *engineClient) RowDescription(columns []planner.Column) error {
	a := &c.out[len(c.out)-1]
	a.columns = []string{}
	for _, col := range columns {
		a.columns = append(a.columns, c.names.column(col.Name, col.Type, col.Typmod))
	}
	return nil
}

func (c *engineClient) Row(columns []planner.Column, row adt.Row) error {
	a := &c.out[len(c.out)-1]
	out := make([]*string, len(columns))
	for i, col := range columns {
		if row[i] == nil {
			continue
		}
		if col.Encode == nil {
			return pgerr.Internal("column %s of type %d has no output", col.Name, col.Type)
		}
		b, err := col.Encode(nil, row[i])
		if err != nil {
			return err
		}
		s := string(b)
		out[i] = &s
	}
	a.rows = append(a.rows, out)
	return nil
}

func (c *engineClient) CopyOut(bool, int) error { return nil }

func (c *engineClient) CopyData(data []byte) error {
	c.out[len(c.out)-1].copied += string(data)
	return nil
}

func (c *engineClient) CopyDone() error { return nil }

func (c *engineClient) CommandComplete(tag string) error {
	c.out[len(c.out)-1].tag = tag
	c.out = append(c.out, answer{})
	return nil
}

func (c *engineClient) EmptyQuery() error { return nil }

// pgClient is a session of a real PostgreSQL.
type pgClient struct {
	conn    *pgconn.PgConn
	names   typeNames
	notices []string
	failed  error // what the last statement to fail failed with
}

// newPGClient connects to a database of the server that dsn names.
func newPGClient(t testing.TB, names typeNames, dsn, database string) *pgClient {
	t.Helper()
	cfg, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c := &pgClient{names: names}
	if database != "" {
		cfg.Database = database
	}
	if !strings.HasPrefix(database, "regress") { // which has a zone of its own
		cfg.RuntimeParams["timezone"] = "UTC"
	}
	if !strings.HasPrefix(database, "slt") {
		cfg.RuntimeParams["statement_timeout"] = "20s"
	}
	cfg.RuntimeParams["search_path"] = `"$user", public, ec2`
	cfg.RuntimeParams["max_parallel_workers_per_gather"] = "0"
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		c.notices = append(c.notices, n.Severity+" "+n.Code+": "+n.Message)
	}
	if c.conn, err = pgconn.ConnectConfig(context.Background(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.conn.Close(context.Background()) })
	return c
}

func (c *pgClient) run(ctx context.Context, sql string, params []*string) []answer {
	c.notices = nil
	var out []answer
	fail := func(err error) {
		var e *pgconn.PgError
		c.failed = err
		if !errors.As(err, &e) {
			e = &pgconn.PgError{Code: "-----", Message: err.Error()}
		}
		out = append(out, answer{err: &failure{e.Code, e.Message, e.Detail, e.Hint, fields(e.SchemaName, e.TableName, e.ColumnName, e.DataTypeName, e.ConstraintName), int(e.Position)}})
	}
	read := func(r *pgconn.ResultReader) bool {
		a := answer{}
		if f := r.FieldDescriptions(); f != nil {
			a.columns = []string{}
			for _, d := range f {
				a.columns = append(a.columns, c.names.column(d.Name, d.DataTypeOID, d.TypeModifier))
			}
		}
		for r.NextRow() {
			var row []*string
			for _, v := range r.Values() {
				if v == nil {
					row = append(row, nil)
					continue
				}
				s := string(v)
				row = append(row, &s)
			}
			a.rows = append(a.rows, row)
		}
		tag, err := r.Close()
		if err != nil {
			fail(err)
			return false
		}
		a.tag = tag.String()
		out = append(out, a)
		return true
	}
	switch {
	case params == nil && strings.HasPrefix(strings.ToLower(sql), "copy"):
		var b bytes.Buffer
		tag, err := c.conn.CopyTo(ctx, &b, sql)
		if err != nil {
			fail(err)
			break
		}
		out = append(out, answer{copied: b.String(), tag: tag.String()})
	case params == nil:
		m := c.conn.Exec(ctx, sql)
		for m.NextResult() {
			if !read(m.ResultReader()) {
				break
			}
		}
		if err := m.Close(); err != nil && (len(out) == 0 || out[len(out)-1].err == nil) {
			fail(err)
		}
	default:
		values := make([][]byte, len(params))
		for i, p := range params {
			if p != nil {
				values[i] = []byte(*p)
			}
		}
		read(c.conn.ExecParams(ctx, sql, values, nil, nil, nil))
	}
	if len(out) == 0 {
		out = []answer{{}}
	}
	out[len(out)-1].notices = c.notices
	return out
}
