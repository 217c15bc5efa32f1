package server

import (
	"context"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// fake is a Session that knows just enough SQL, by pattern, for this package's
// tests to be recorded from a real server.
type fake struct {
	ctx     context.Context
	o       planner.SessionOptions
	status  byte
	stmts   map[string]string
	portals map[string]*fakePortal
	app     string
	hooks   *hooks
}

// hooks let a test see and steer its sessions.
type hooks struct {
	mu       sync.Mutex
	sessions []*fake
	closed   int
	sent     int // rows given to Output
	sleeps   int // statements in pg_sleep
	idle     time.Duration
}

func (h *hooks) sleeping(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sleeps += n
}

type fakePortal struct {
	sql    string
	param  *string
	format int16
	at     int
}

func (h *hooks) open(ctx context.Context, o planner.SessionOptions) (Session, error) {
	if o.Database != "aws" && o.Database != o.User {
		return nil, pgerr.New("3D000", "database \"%s\" does not exist", o.Database)
	}
	f := &fake{ctx: ctx, o: o, status: 'I', stmts: map[string]string{}, portals: map[string]*fakePortal{}, hooks: h}
	if err := f.start(o.Options); err != nil {
		return nil, err
	}
	if o.BadOptions != nil {
		return nil, o.BadOptions
	}
	if err := f.start(o.Settings); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions = append(h.sessions, f)
	return f, nil
}

func (f *fake) start(settings []planner.Setting) error {
	for _, s := range settings {
		switch strings.ToLower(s.Name) {
		case "search_path":
			if strings.Contains(s.Value, " ") {
				return pgerr.New("22023", "invalid value for parameter \"search_path\": \"%s\"", s.Value).Detailf("List syntax is invalid.")
			}
		case "application_name":
			f.app = s.Value
		case "client_encoding", "datestyle", "timezone", "extra_float_digits", "statement_timeout", "work_mem":
		default:
			return pgerr.New("42704", "unrecognized configuration parameter \"%s\"", s.Name)
		}
	}
	return nil
}

func (h *hooks) all() []*fake {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*fake(nil), h.sessions...)
}

func (f *fake) Reported() []planner.Setting {
	return []planner.Setting{{Name: "server_version", Value: "16.14"}, {Name: "client_encoding", Value: "UTF8"}, {Name: "application_name", Value: f.app}, {Name: "standard_conforming_strings", Value: "on"}}
}

func (f *fake) Fail() {
	if f.status == 'T' {
		f.status = 'E'
	}
}

func (f *fake) IdleTimeout() (time.Duration, error) {
	f.hooks.mu.Lock()
	defer f.hooks.mu.Unlock()
	return f.hooks.idle, pgerr.New("57P05", "terminating connection due to idle-session timeout")
}

func (f *fake) TxStatus() byte { return f.status }

func (f *fake) Close() {
	f.hooks.mu.Lock()
	defer f.hooks.mu.Unlock()
	f.hooks.closed++
}

func (f *fake) Simple(ctx context.Context, text string, out planner.Output) error {
	parts := strings.Split(strings.ReplaceAll(text, "; end$$", " end$$"), ";")
	if strings.TrimSpace(parts[len(parts)-1]) == "" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 {
		return out.EmptyQuery()
	}
	for _, p := range parts {
		pt := &fakePortal{sql: strings.TrimSpace(p)}
		cols, err := f.columns(pt.sql, nil)
		if err == nil && pt.sql == "select 1/0" {
			err = divideByZero()
		}
		if err == nil && cols != nil {
			err = out.RowDescription(cols)
		}
		if err == nil {
			_, err = f.run(ctx, pt, 0, out)
		}
		if err != nil {
			return f.failed(err)
		}
	}
	return nil
}

func (f *fake) failed(err error) error {
	if f.status == 'T' {
		f.status = 'E'
	}
	return err
}

var (
	selInt    = regexp.MustCompile(`^select (\d+)$`)
	selParam  = regexp.MustCompile(`^select \$1::text$`)
	selSeries = regexp.MustCompile(`^select generate_series\(1,(\d+)\)$`)
	selSleep  = regexp.MustCompile(`^select pg_sleep\((\d+)\)$`)
	selTerm   = regexp.MustCompile(`^select pg_terminate_backend\(pg_backend_pid\(\)\)$`)
	selWide   = regexp.MustCompile(`^select repeat\('x',(\d+)\)$`)
	setApp    = regexp.MustCompile(`^set application_name to '(\w*)'$`)
	raise     = regexp.MustCompile(`^do \$\$begin raise notice '(\w+)' end\$\$`)
	copyOut   = regexp.MustCompile(`^copy \(select (\d+)\) to stdout$`)
)

func text(dst []byte, d adt.Datum) ([]byte, error) { return fmt.Append(dst, d), nil }

func int4(format int16) func(dst []byte, d adt.Datum) ([]byte, error) {
	if format == 0 {
		return text
	}
	return func(dst []byte, d adt.Datum) ([]byte, error) {
		return binary.BigEndian.AppendUint32(dst, uint32(d.(int32))), nil
	}
}

func (f *fake) columns(sql string, formats []int16) ([]planner.Column, error) {
	format := int16(0)
	if len(formats) > 0 {
		format = formats[0]
	}
	integer := planner.Column{Name: "?column?", Type: 23, Len: 4, Typmod: -1, Format: format, Encode: int4(format)}
	str := planner.Column{Name: "text", Type: 25, Len: -1, Typmod: -1, Format: format, Encode: text}
	switch {
	case f.status == 'E' && sql != "rollback" && sql != "commit":
		return nil, pgerr.New("25P02", "current transaction is aborted, commands ignored until end of transaction block")
	case selInt.MatchString(sql), sql == "select 1/0":
	case selSeries.MatchString(sql):
		integer.Name = "generate_series"
	case selParam.MatchString(sql):
		return []planner.Column{str}, nil
	case selWide.MatchString(sql):
		str.Name = "repeat"
		return []planner.Column{str}, nil
	case selSleep.MatchString(sql):
		return []planner.Column{{Name: "pg_sleep", Type: 2278, Len: 4, Typmod: -1, Format: format, Encode: text}}, nil
	case selTerm.MatchString(sql):
		return []planner.Column{{Name: "pg_terminate_backend", Type: 16, Len: 1, Typmod: -1, Format: format, Encode: text}}, nil
	case sql == "selec" || sql == "A":
		e := pgerr.New("42601", "syntax error at or near \"%s\"", sql)
		e.Position = 1
		return nil, e
	case sql == "panic":
		panic("a bug")
	default:
		return nil, nil
	}
	return []planner.Column{integer}, nil
}

func (f *fake) run(ctx context.Context, p *fakePortal, maxRows int, out planner.Output) (suspended bool, err error) {
	if p.sql == "" {
		return false, out.EmptyQuery()
	}
	cols, err := f.columns(p.sql, []int16{p.format})
	if err != nil {
		return false, err
	}
	rows, row := 1, func(i int) adt.Row { return adt.Row{int32(i)} }
	tag := ""
	switch {
	case p.sql == "begin":
		f.status, tag = 'T', "BEGIN"
	case p.sql == "commit" || p.sql == "rollback":
		tag = strings.ToUpper(p.sql)
		if f.status == 'E' {
			tag = "ROLLBACK"
		}
		f.status = 'I'
	case selInt.MatchString(p.sql):
		n, _ := strconv.Atoi(selInt.FindStringSubmatch(p.sql)[1])
		row = func(int) adt.Row { return adt.Row{int32(n)} }
	case selParam.MatchString(p.sql):
		row = func(int) adt.Row {
			if p.param == nil {
				return adt.Row{nil}
			}
			return adt.Row{*p.param}
		}
	case selSeries.MatchString(p.sql):
		rows, _ = strconv.Atoi(selSeries.FindStringSubmatch(p.sql)[1])
	case selWide.MatchString(p.sql):
		n, _ := strconv.Atoi(selWide.FindStringSubmatch(p.sql)[1])
		row = func(int) adt.Row { return adt.Row{strings.Repeat("x", n)} }
	case selSleep.MatchString(p.sql):
		n, _ := strconv.Atoi(selSleep.FindStringSubmatch(p.sql)[1])
		f.hooks.sleeping(1)
		defer f.hooks.sleeping(-1)
		select {
		case <-ctx.Done():
			if n == 31 {
				return false, pgerr.From(ctx.Err())
			}
			return false, ctx.Err()
		case <-time.After(time.Duration(n) * time.Second):
		}
		row = func(int) adt.Row { return adt.Row{""} }
	case selTerm.MatchString(p.sql):
		f.o.Terminate(pgerr.New("57P01", "terminating connection due to administrator command"))
		<-ctx.Done()
		return false, ctx.Err()
	case setApp.MatchString(p.sql):
		f.app, tag = setApp.FindStringSubmatch(p.sql)[1], "SET"
		f.o.ParameterStatus("application_name", f.app)
	case raise.MatchString(p.sql):
		tag = "DO"
		n := pgerr.New("00000", "%s", raise.FindStringSubmatch(p.sql)[1])
		n.Severity, n.Where = "NOTICE", "PL/pgSQL function inline_code_block line 1 at RAISE"
		f.o.Notice(n)
	case copyOut.MatchString(p.sql):
		n := copyOut.FindStringSubmatch(p.sql)[1]
		if err := out.CopyOut(false, 1); err != nil {
			return false, err
		}
		if err := out.CopyData([]byte(n + "\n")); err != nil {
			return false, err
		}
		if err := out.CopyDone(); err != nil {
			return false, err
		}
		return false, out.CommandComplete("COPY 1")
	default:
		return false, pgerr.New("42601", "not known to the fake: %s", p.sql)
	}
	if tag != "" {
		return false, out.CommandComplete(tag)
	}
	sent := 0
	for p.at < rows {
		if maxRows > 0 && sent == maxRows {
			return true, nil
		}
		p.at++
		if err := out.Row(cols, row(p.at)); err != nil {
			return false, err
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		sent++
		f.hooks.mu.Lock()
		f.hooks.sent++
		f.hooks.mu.Unlock()
	}
	if maxRows > 0 && sent == maxRows {
		return true, nil
	}
	return false, out.CommandComplete(fmt.Sprintf("SELECT %d", sent))
}

func (f *fake) Parse(_ context.Context, name, text string, _ []adt.OID) error {
	if _, ok := f.stmts[name]; ok && name != "" {
		return f.failed(pgerr.New("42P05", "prepared statement \"%s\" already exists", name))
	}
	if _, err := f.columns(text, nil); err != nil {
		return f.failed(err)
	}
	f.stmts[name] = text
	return nil
}

// divideByZero comes when PostgreSQL plans the constant.
func divideByZero() error { return pgerr.New("22012", "division by zero") }

func (f *fake) statement(name string) (string, error) {
	text, ok := f.stmts[name]
	switch {
	case ok:
		return text, nil
	case name == "":
		return "", f.failed(pgerr.New("26000", "unnamed prepared statement does not exist"))
	}
	return "", f.failed(pgerr.New("26000", "prepared statement \"%s\" does not exist", name))
}

func (f *fake) portal(name string) (*fakePortal, error) {
	if p := f.portals[name]; p != nil {
		return p, nil
	}
	return nil, f.failed(pgerr.New("34000", "portal \"%s\" does not exist", name))
}

func (f *fake) DescribeStatement(_ context.Context, name string) ([]adt.OID, []planner.Column, error) {
	sql, err := f.statement(name)
	if err != nil {
		return nil, nil, err
	}
	var params []adt.OID
	if selParam.MatchString(sql) {
		params = []adt.OID{25}
	}
	cols, err := f.columns(sql, nil)
	return params, cols, err
}

func (f *fake) Bind(_ context.Context, portal, statement string, params planner.Values, formats []int16) error {
	sql, err := f.statement(statement)
	if err != nil {
		return err
	}
	if sql == "select 1/0" {
		return f.failed(divideByZero())
	}
	want := 0
	if selParam.MatchString(sql) {
		want = 1
	}
	if n := len(params.Formats); n > 1 && n != params.Count {
		return f.failed(pgerr.New("08P01", "bind message has %d parameter formats but %d parameters", n, params.Count))
	}
	if params.Count >= 0 && params.Count != want {
		return f.failed(pgerr.New("08P01", "bind message supplies %d parameters, but prepared statement \"%s\" requires %d", params.Count, statement, want))
	}
	if n := len(params.Data); n < params.Count {
		e := *pgerr.From(params.Err)
		e.Where = planner.ParameterContext(portal, n+1)
		return f.failed(&e)
	}
	if params.Err != nil {
		return f.failed(params.Err)
	}
	p := &fakePortal{sql: sql}
	if len(params.Data) > 0 && params.Data[0] != nil {
		s := string(params.Data[0])
		p.param = &s
	}
	if len(formats) > 0 {
		p.format = formats[0]
	}
	f.portals[portal] = p
	return nil
}

func (f *fake) DescribePortal(_ context.Context, name string) ([]planner.Column, error) {
	p, err := f.portal(name)
	if err != nil {
		return nil, err
	}
	return f.columns(p.sql, []int16{p.format})
}

func (f *fake) Execute(ctx context.Context, name string, maxRows int, out planner.Output) (bool, error) {
	p, err := f.portal(name)
	if err != nil {
		return false, err
	}
	suspended, err := f.run(ctx, p, maxRows, out)
	if err != nil {
		err = f.failed(err)
	}
	return suspended, err
}

func (f *fake) CloseStatement(name string) error {
	delete(f.stmts, name)
	return nil
}

func (f *fake) ClosePortal(name string) error {
	delete(f.portals, name)
	return nil
}

func (f *fake) Sync(context.Context) error {
	if f.status == 'I' {
		clear(f.portals)
	}
	return nil
}

// Call is there for the interface; the fake knows no functions.
func (f *fake) Call(context.Context, adt.OID, planner.Values, int16) ([]byte, error) {
	f.Fail()
	return nil, pgerr.Unsupported("function calls are not supported")
}
