package planner

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// prepared is a prepared statement, of the protocol or of PREPARE.
type prepared struct {
	name    string
	raw     *analyze.RawStmt // nil: an empty query
	text    string
	source  string // what error positions count in
	stmt    *analyze.Analyzed
	types   []adt.OID        // parameter types as given
	rows    bool             // it returned rows when it was prepared
	result  []analyze.Column // which were those
	pathKey string           // the search path it was analysed under
	fromSQL bool
	created time.Time
	size    int64 // of the session's holdings

	generics, customs int64 // how often a plan for any parameters was used, and one for those at hand
}

// Parse prepares a statement, at a Parse message.
func (s *Session) Parse(ctx context.Context, name, text string, paramTypes []adt.OID) (err error) {
	defer s.boundary(text, &err)
	ctx, cancel := s.begin(ctx, text)
	defer s.finish(cancel)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := validNames(name, text); err != nil {
		return err
	}
	if name == "" {
		s.dropStatement("")
	}
	give, err := s.takeText(text)
	if err != nil {
		return err
	}
	defer give()
	raws, err := s.parse(text)
	if err != nil {
		return err
	}
	if len(raws) > 1 {
		return pgerr.New(pgerrcode.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	p := &prepared{name: name, text: text, source: text, types: paramTypes, created: time.Now()}
	if len(raws) == 1 {
		p.raw = raws[0]
		if err := s.ensureTx(); err != nil {
			return err
		}
		if s.tx.phase == txFailed && !p.raw.EndsTransaction() {
			return s.checkFailed(nil)
		}
		if p.stmt, err = s.analyzeOrDefer(p.raw, paramTypes); err != nil {
			return err
		}
		s.tx.queried = s.tx.queried || readsAtAnalysis(p.stmt)
		p.pathKey = s.pathKey
		if u, ok := p.stmt.Utility.(*analyze.VariableShow); ok && !u.All && s.guc.Lookup(u.Name) == nil {
			_, err := s.guc.Get(u.Name)
			return err
		}
	} else {
		p.stmt = &analyze.Analyzed{Params: paramTypes}
	}
	if s.statements[key(name)] != nil {
		return pgerr.New(pgerrcode.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", name)
	}
	p.result, p.rows = s.shape(p.stmt)
	return s.addStatement(key(name), p)
}

// analyze resolves a statement, or takes the analysis of the same text under
// the same settings from the cache. fixed tells that the statement has no parameters.
func (s *Session) analyze(raw *analyze.RawStmt, types []adt.OID, fixed bool) (*analyze.Analyzed, error) {
	// Long texts have no key: many statements of one text would each copy it.
	cacheable := len(raw.Source) <= 32<<10 && !clockLiteral(raw.Source)
	var key string
	if cacheable {
		key = s.analyzedKey(raw, types, fixed)
		if a, ok := s.e.analyzed.Get(key); ok {
			return a, nil
		}
	}
	defer s.phase("analyze")()
	var a *analyze.Analyzed
	var err error
	noticed := s.noticed
	s.noticeSource = raw.Source
	if fixed {
		a, err = analyze.AnalyzeFixed(raw, s.db.catalog, s.env, types)
	} else {
		a, err = analyze.Analyze(raw, s.db.catalog, s.env, types)
	}
	if err != nil {
		return nil, s.refusedFirst(raw, err)
	}
	if cacheable && a.Query != nil && s.noticed == noticed { // what a literal's input noticed is told each time
		s.e.analyzed.Add(key, raw.Text, a)
	}
	return a, nil
}

// analyzedKey is all that an analysis depends on.
func (s *Session) analyzedKey(raw *analyze.RawStmt, types []adt.OID, fixed bool) string {
	var key strings.Builder
	key.WriteString(s.db.Name)
	key.WriteByte(0)
	key.WriteString(s.envKey)
	for _, t := range types {
		key.WriteByte(0)
		key.WriteString(strconv.FormatUint(uint64(t), 36))
	}
	key.WriteByte(1)
	if fixed {
		key.WriteByte(1)
	}
	key.WriteString(strconv.Itoa(raw.Location))
	key.WriteByte(1)
	key.WriteString(raw.Source)
	return key.String()
}

// refusedFirst gives what a statement that is not supported fails with: in a
// read-only transaction it would not be allowed, either, if it changes something, nor in a
// transaction block if it runs in none. That comes before all else that is wrong with a command,
// apart from a query in it.
func (s *Session) refusedFirst(raw *analyze.RawStmt, err error) error {
	if pgerr.From(err).Code != pgerrcode.FeatureNotSupported && raw.HasQuery() || s.guc == nil {
		return err
	}
	if tag := raw.Defines(); tag != "" && s.guc.Bool("transaction_read_only") {
		return readOnly(tag)
	}
	if tag := raw.Alone(); tag != "" {
		if inBlock := s.outsideBlock(tag); inBlock != nil {
			return inBlock
		}
	}
	return err
}

func readOnly(tag string) error {
	return pgerr.New(pgerrcode.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", tag)
}

// analyzeOrDefer analyses what a Parse message prepares.
func (s *Session) analyzeOrDefer(raw *analyze.RawStmt, types []adt.OID) (*analyze.Analyzed, error) {
	a, failed := s.analyze(raw, types, false)
	if failed == nil {
		return a, nil
	}
	a, err := analyze.Defer(raw, types)
	if a == nil && err == nil {
		err = failed
	}
	return a, err
}

// clockLiteral tells whether a text may hold a literal such as 'now', whose
// value is that of the moment it is analysed.
func clockLiteral(text string) bool {
	if !strings.Contains(text, "'") {
		return false
	}
	lower := strings.ToLower(text)
	for _, w := range []string{"now", "today", "tomorrow", "yesterday"} {
		for rest := lower; ; {
			i := strings.Index(rest, w)
			if i < 0 {
				break
			}
			rest = rest[i+len(w):]
			if !strings.HasPrefix(strings.TrimLeft(rest, " "), "(") {
				return true
			}
		}
	}
	return false
}

// validNames refuses names that are not UTF-8.
func validNames(a, b string) error {
	if err := analyze.ValidText(a); err != nil {
		return err
	}
	return analyze.ValidText(b)
}

// key is what prepared statements and portals are found by: names that begin
// with the same 63 bytes are one (NAMEDATALEN).
func key(name string) string { return name[:min(len(name), 63)] }

// named finds a prepared statement by its name.
func (s *Session) named(name string) (*prepared, error) {
	if p := s.statements[key(name)]; p != nil {
		return p, nil
	}
	if name == "" {
		return nil, pgerr.New(pgerrcode.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	}
	return nil, pgerr.New(pgerrcode.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", name)
}

// statement finds a prepared statement, analysing it anew when the settings
// that it was resolved under have changed.
func (s *Session) statement(name string) (*prepared, error) {
	p, err := s.named(name)
	if err != nil {
		return nil, err
	}
	if p.raw == nil || p.pathKey == s.pathKey || s.tx.phase == txFailed {
		return p, nil
	}
	again, err := s.analyzeOrDefer(p.raw, p.stmt.Params)
	if err != nil {
		return nil, err
	}
	if !sameColumns(again, p.stmt) {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cached plan must not change result type")
	}
	p.stmt, p.pathKey = again, s.pathKey
	return p, nil
}

// checkBind makes the checks of a Bind message that come before its parameters
// are looked at, given their number, -1 if it cannot be read, and that of their
// formats.
func (s *Session) checkBind(portal, statement string, formats, params int) (*prepared, error) {
	if err := validNames(portal, statement); err != nil {
		return nil, err
	}
	p, err := s.statement(statement)
	if err != nil {
		return nil, err
	}
	if params < 0 {
		return p, nil
	}
	if formats > 1 && formats != params {
		return nil, pgerr.New(pgerrcode.ProtocolViolation, "bind message has %d parameter formats but %d parameters", formats, params)
	}
	if params != len(p.stmt.Params) {
		return nil, pgerr.New(pgerrcode.ProtocolViolation, "bind message supplies %d parameters, but prepared statement \"%s\" requires %d",
			params, statement, len(p.stmt.Params))
	}
	if s.tx.phase == txFailed && (p.raw == nil || !p.raw.EndsTransaction() || params > 0) {
		return nil, s.checkFailed(nil)
	}
	if portal != "" && s.portals[key(portal)] != nil {
		return nil, pgerr.New(pgerrcode.DuplicateCursor, "cursor \"%s\" already exists", portal)
	}
	return p, nil
}

func sameColumns(a, b *analyze.Analyzed) bool {
	x, y := a.Columns(), b.Columns()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i].Type != y[i].Type || x[i].Typmod != y[i].Typmod {
			return false
		}
	}
	return true
}

// DescribeStatement describes a prepared statement.
func (s *Session) DescribeStatement(ctx context.Context, name string) (params []adt.OID, columns []Column, err error) {
	defer s.boundary("", &err)
	if err := s.ensureTx(); err != nil {
		return nil, nil, err
	}
	cancel, err := s.within(ctx)
	defer s.without(cancel)
	if err != nil {
		return nil, nil, err
	}
	if err := validNames(name, ""); err != nil {
		return nil, nil, err
	}
	p, err := s.statement(name)
	if err != nil {
		return nil, nil, err
	}
	if !p.rows || p.raw == nil {
		return p.stmt.Params, nil, nil
	}
	if s.tx.phase == txFailed {
		return nil, nil, s.checkFailed(nil)
	}
	return p.stmt.Params, s.describe(p.result, nil), nil
}

// CloseStatement forgets a prepared statement; one that is not there is fine.
func (s *Session) CloseStatement(name string) (err error) {
	defer s.boundary("", &err)
	if err := validNames(name, ""); err != nil {
		return err
	}
	s.dropStatement(key(name))
	return nil
}

// columns gives the columns of a statement's result in the wanted formats; nil
// when it has none.
func (s *Session) columns(a *analyze.Analyzed, formats []int16) []Column {
	list, rows := s.shape(a)
	if !rows {
		return nil
	}
	return s.describe(list, formats)
}

// shape gives the columns of a statement's result and whether it has one. That of EXECUTE
// is what the prepared statement's was when that was prepared: it may be an EXECUTE, too, and of itself.
func (s *Session) shape(a *analyze.Analyzed) (list []analyze.Column, rows bool) {
	if a.Query == nil && a.Utility == nil {
		return nil, false
	}
	switch u := a.Utility.(type) {
	case *analyze.Execute:
		p := s.statements[u.Name]
		if p == nil || p.raw == nil {
			return nil, false
		}
		return p.result, p.rows
	case *analyze.Fetch:
		p := s.portals[u.Name]
		if u.Move || p == nil {
			return nil, false
		}
		return p.describes(), true
	case *analyze.VariableShow:
		return s.showColumns(u), true
	}
	return a.Columns(), a.ReturnsRows()
}

// describe binds columns to their output functions.
func (s *Session) describe(list []analyze.Column, formats []int16) []Column {
	out := make([]Column, len(list))
	for i, c := range list {
		t := s.db.catalog.TypeByOID(c.Type)
		col := Column{Name: c.Name, Table: c.Table, Attno: int16(c.Attno), Type: c.Type, Typmod: c.Typmod}
		switch {
		case len(formats) == 1:
			col.Format = formats[0]
		case i < len(formats):
			col.Format = formats[i]
		}
		if t != nil {
			col.Len = t.Len
			if t.Kind == 'd' { // a domain goes out as its base type
				col.Type, col.Typmod = s.domainBase(t, c.Typmod)
				t = s.db.catalog.TypeByOID(col.Type)
				col.Len = t.Len
			}
			if col.Format == 1 {
				col.Encode = t.BinaryEncoder(s.env)
			} else {
				col.Encode = t.TextEncoder(s.env)
			}
		}
		out[i] = col
	}
	return out
}

// domainBase is getBaseTypeAndTypmod.
func (s *Session) domainBase(t *adt.Type, typmod int32) (adt.OID, int32) {
	for t != nil && t.Kind == 'd' {
		if typmod < 0 {
			typmod = t.BaseTypmod
		}
		t = s.db.catalog.TypeByOID(t.Base)
	}
	return t.OID, typmod
}
