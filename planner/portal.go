package planner

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// portal is a statement bound to its parameters, ready to run or running;
// cursors are portals too.
type portal struct {
	name    string
	stmt    *analyze.Analyzed
	source  string
	params  []adt.Datum
	formats []int16
	columns []Column
	created time.Time
	level   int // savepoints when it was made

	plan   *plan.Plan
	stamp  planStamp
	cached *cachedPlan // where plan is from; nil: it is this portal's own
	query  *exec.Query
	pull   func() (adt.Row, error, bool) // rows one by one
	stop   func()
	cancel context.CancelCauseFunc // of the context that pull runs under
	done   bool                    // it has run; what does not send rows cannot again
	failed bool                    // it has failed, or its transaction
	tag    string                  // of that command

	cursor  bool // DECLARE made it
	binary  bool
	scroll  bool
	hold    bool        // WITH HOLD
	held    bool        // and its transaction has ended: rows are all in kept
	kept    *exec.Store // nil: none yet
	base    int64       // rows before kept, let go since the portal cannot go back
	ended   bool        // the rows' end has been read
	pos     int64       // 0 before the first row, n on the n'th
	declare string

	from    *prepared     // counts what plan it gets; nil: nobody does
	generic bool          // plan is for any parameters
	planned time.Duration // not counted by pg_stat_statements yet
	counted bool          // its call has been
}

// describes gives the columns of a cursor's query.
func (p *portal) describes(s *Session) []analyze.Column { return p.stmt.Columns() }

// streams tells whether the portal's rows go to the client as they are made
// (PORTAL_ONE_SELECT). All others run to their end before the client gets the first.
func (p *portal) streams() bool {
	return p.stmt.Query != nil && p.stmt.Query.Command == nodes.CmdSelect && !modifies(p.stmt.Query)
}

func modifies(q *nodes.Query) bool {
	for _, c := range q.CTEs {
		if c.Modifying {
			return true
		}
	}
	return false
}

// Bind makes a portal of a prepared statement.
func (s *Session) Bind(ctx context.Context, name, statement string, paramFormats []int16, params [][]byte, resultFormats []int16) (err error) {
	source := ""
	if p := s.statements[key(statement)]; p != nil {
		source = p.source
	}
	defer s.boundary(source, &err)
	if err := s.ensureTx(); err != nil {
		return err
	}
	cancel, err := s.within(ctx)
	defer s.without(cancel)
	if err != nil {
		return err
	}
	p, err := s.checkBind(name, statement, len(paramFormats), len(params))
	if err != nil {
		return err
	}
	name = key(name)
	s.closePortal(name)
	po := &portal{name: name, stmt: p.stmt, from: p, source: p.source, formats: resultFormats, created: time.Now(), level: len(s.tx.savepoints)}
	defined := false
	defer func() {
		if err == nil || s.tx.phase != txBlock {
			return
		}
		// It stays as long as the failed block does, without a query if it has got none.
		if po.failed, po.columns = true, nil; !defined {
			po.stmt = &analyze.Analyzed{}
		}
		s.portals[name] = po
	}()
	if len(params) > 0 {
		s.tx.queried = true
		po.params = make([]adt.Datum, len(params))
	}
	for i, b := range params {
		format := int16(0)
		switch {
		case len(paramFormats) == 1:
			format = paramFormats[0]
		case i < len(paramFormats):
			format = paramFormats[i]
		}
		if po.params[i], err = s.parameter(i+1, name, p.stmt.Params[i], format, b); err != nil {
			return err
		}
	}
	// Constants that fail to fold make Bind fail, as in PostgreSQL, which plans here.
	if err := s.planPortal(po); err != nil {
		return err
	}
	defined = true
	po.columns = s.portalColumns(po, resultFormats)
	if n := len(resultFormats); n > 1 && po.columns != nil && n != len(po.columns) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message has %d result formats but query has %d columns", n, len(po.columns))
	}
	s.portals[name] = po
	return nil
}

// parameter reads a parameter's value.
func (s *Session) parameter(n int, portal string, typ adt.OID, format int16, b []byte) (adt.Datum, error) {
	d, err := s.value(typ, format, b, "bind parameter", n)
	if err == nil {
		return d, nil
	}
	var shown *string
	if text, bad := s.env.ClientEncoding.FromClient(b); format == 0 && bad == nil && s.e.catalog.TypeByOID(typ) != nil {
		text := string(text)
		shown = &text
	}
	return nil, s.inParameter(err, n, portal, shown)
}

// value reads a value that a message holds in a format; a nil one is NULL.
// Bytes left over are an error that names the n'th thing of its kind.
func (s *Session) value(typ adt.OID, format int16, b []byte, kind string, n int) (adt.Datum, error) {
	if format != 0 && format != 1 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "unsupported format code: %d", format)
	}
	t := s.e.catalog.TypeByOID(typ)
	if t == nil {
		return nil, pgerr.Internal("cache lookup failed for type %d", typ)
	}
	if b == nil {
		return nil, nil
	}
	if format == 0 {
		text, err := s.env.ClientEncoding.FromClient(b)
		if err != nil {
			return nil, err
		}
		return t.InputText(s.env, string(text), -1)
	}
	d, err := t.ReceiveBinary(s.env, b, -1)
	if err == nil {
		return d, nil
	}
	e := *pgerr.From(err)
	if e.Message == "incorrect binary data format" {
		e.Message += " in " + kind + " " + strconv.Itoa(n)
	}
	return nil, &e
}

// ParameterContext names a portal's parameter in the context of an error.
func ParameterContext(portal string, n int) string {
	if portal != "" {
		return fmt.Sprintf("portal \"%s\" parameter $%d", portal, n)
	}
	return fmt.Sprintf("unnamed portal parameter $%d", n)
}

// inParameter adds to an error which parameter it is about, and as much of its
// text as log_parameter_max_length_on_error allows (bind_param_error_callback).
func (s *Session) inParameter(err error, n int, portal string, text *string) error {
	e := *pgerr.From(err)
	where := ParameterContext(portal, n)
	if text != nil {
		shown, rest := *text, ""
		if most := int(s.guc.Int("log_parameter_max_length_on_error")); most >= 0 && len(shown) > most {
			for most > 0 && !utf8.RuneStart(shown[most]) {
				most--
			}
			shown, rest = shown[:most], "..."
		}
		where += " = '" + strings.ReplaceAll(shown, "'", "''") + rest + "'"
	}
	if e.Where != "" {
		where = e.Where + "\n" + where
	}
	e.Where = where
	return &e
}

// DescribePortal gives a portal's columns; nil: it returns no rows.
func (s *Session) DescribePortal(ctx context.Context, name string) (columns []Column, err error) {
	defer s.boundary("", &err)
	cancel, err := s.within(ctx)
	defer s.without(cancel)
	if err != nil {
		return nil, err
	}
	p, err := s.portal(name)
	if err != nil {
		return nil, err
	}
	if p.columns != nil {
		if err := s.checkFailed(nil, nil); err != nil {
			return nil, err
		}
	}
	return p.columns, nil
}

// portal finds a portal by its name.
func (s *Session) portal(name string) (*portal, error) {
	if err := validNames(name, ""); err != nil {
		return nil, err
	}
	if p := s.portals[key(name)]; p != nil {
		return p, nil
	}
	return nil, pgerr.New(pgerrcode.InvalidCursorName, "portal \"%s\" does not exist", name)
}

// Execute runs a portal for at most maxRows rows (0: all).
func (s *Session) Execute(ctx context.Context, name string, maxRows int, out Output) (suspended bool, err error) {
	source := s.PortalSource(name)
	defer s.boundary(source, &err)
	s.ran = nil
	p, err := s.portal(name)
	if err != nil {
		return false, err
	}
	ctx, cancel := s.begin(ctx, source)
	defer s.finish(cancel)
	if p.stmt.Query == nil && p.stmt.Utility == nil {
		return false, out.EmptyQuery()
	}
	if err := s.ensureTx(); err != nil {
		return false, err
	}
	if err := s.checkFailed(nil, p.stmt.Utility); err != nil {
		return false, err
	}
	s.tx.hold = s.tx.hold || s.tx.phase == txImplicit // a later message may still fail, before Sync
	defer func() { s.tx.executed = s.tx.phase == txImplicit }()
	if p.failed || p.done && p.columns == nil {
		return false, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "portal \"%s\" cannot be run", name)
	}
	defer func() { p.failed = p.failed || err != nil }()
	if err := checkFormats(p.columns); err != nil {
		out = refuseRows{out, err}
	}
	s.ran = p.stmt
	count, done := s.track(p), s.phase("execute")
	tag, suspended, err := s.run(ctx, p, maxRows, out)
	done()
	s.tracked(count, p, tag, err)
	if err != nil || suspended {
		return suspended, err
	}
	s.stopTimeout()
	if s.tx.immediate && s.tx.phase == txImplicit {
		if err := s.commit(ctx); err != nil {
			return false, err
		}
	}
	return false, out.CommandComplete(tag)
}

// refuseRows is an output that fails at its first row.
type refuseRows struct {
	Output
	err error
}

// Row fails.
func (r refuseRows) Row([]Column, adt.Row) error { return r.err }

// checkFormats tells of formats that are neither text nor binary, which the
// first row fails of (printtup_prepare_info).
func checkFormats(columns []Column) error {
	for _, c := range columns {
		if c.Format != 0 && c.Format != 1 {
			return pgerr.New(pgerrcode.InvalidParameterValue, "unsupported format code: %d", c.Format)
		}
	}
	return nil
}

// tagOf makes a query's command tag.
func tagOf(a *analyze.Analyzed, n int64) string {
	tag := a.CommandTag()
	if tag == "INSERT" {
		tag = "INSERT 0"
	}
	return tag + " " + strconv.FormatInt(n, 10)
}

// run runs a portal to its end or for maxRows rows and gives its command tag.
func (s *Session) run(ctx context.Context, p *portal, maxRows int, out Output) (tag string, suspended bool, err error) {
	if p.streams() {
		return s.runSelect(ctx, p, maxRows, out)
	}
	if !p.done {
		p.done = true
		if p.columns == nil {
			tag, err = s.runWhole(ctx, p, out)
			return tag, false, err
		}
		if maxRows <= 0 {
			l := &late{Output: out}
			if p.tag, err = s.runWhole(ctx, p, l); err != nil {
				return "", false, err
			}
			p.pos = l.sent
			n, err := l.end()
			return selectTag(p.tag, n), false, err
		}
		if p.tag, err = s.runWhole(ctx, p, keeping{out, s.keep(p)}); err != nil {
			return "", false, err
		}
	}
	n := int64(0)
	for p.pos < p.known() && (maxRows <= 0 || n < int64(maxRows)) {
		p.pos++
		n++
		row, err := p.row(p.pos)
		if err != nil {
			return "", false, err
		}
		if err := out.Row(p.columns, row); err != nil {
			return "", false, err
		}
	}
	return selectTag(p.tag, n), maxRows > 0 && n == int64(maxRows), nil
}

// selectTag gives the tag of a command whose rows were sent in pieces: of a
// SELECT it counts the piece (PortalRun).
func selectTag(tag string, n int64) string {
	if verb, _, _ := strings.Cut(tag, " "); verb == "SELECT" || verb == "FETCH" {
		return verb + " " + strconv.FormatInt(n, 10)
	}
	return tag
}

// runWhole runs what does not stop midway: commands and queries that write.
func (s *Session) runWhole(ctx context.Context, p *portal, out Output) (tag string, err error) {
	if p.stmt.Query == nil {
		return s.utility(ctx, p, out)
	}
	s.tx.queried = true
	rows, q, err := s.start(ctx, p)
	if err != nil {
		return "", err
	}
	for row, err := range rows {
		if err != nil {
			return "", err
		}
		if p.columns == nil {
			continue
		}
		if err := out.Row(p.columns, row); err != nil {
			return "", err
		}
	}
	return tagOf(p.stmt, q.Count()), ctx.Err()
}

// runSelect sends a query's rows as they come.
func (s *Session) runSelect(ctx context.Context, p *portal, maxRows int, out Output) (tag string, suspended bool, err error) {
	s.tx.queried = true
	n := int64(0)
	if maxRows <= 0 && p.pull == nil && !p.cursor && !p.ended {
		rows, q, err := s.start(ctx, p)
		if err != nil {
			return "", false, err
		}
		p.ended = true
		for row, err := range rows {
			if err != nil {
				return "", false, err
			}
			n++
			if err := out.Row(p.columns, row); err != nil {
				return "", false, err
			}
		}
		p.putBack(q)
		p.base = n
		p.pos = n + 1
		return tagOf(p.stmt, n), false, ctx.Err()
	}
	most := int64(maxRows)
	if maxRows <= 0 {
		most = analyze.FetchAll
	} else if err := s.planPart(p); err != nil {
		return "", false, err
	}
	n, err = s.forward(ctx, p, most, func(row adt.Row) error { return out.Row(p.columns, row) })
	if err != nil {
		return "", false, err
	}
	return tagOf(p.stmt, n), n == most, nil
}

// planPart plans a portal of which a client takes its first rows anew, as the
// cursor that it is: no more is read of other machines than it asks for.
func (s *Session) planPart(p *portal) (err error) {
	if p.pull != nil || p.cursor || p.ended || p.cached != nil || p.plan != nil && p.plan.Root.Common().Calls == 0 {
		return nil
	}
	p.stamp = s.planStamp()
	p.plan, err = s.planFor(p.stmt.Query, p.params, true)
	return err
}

// openPull starts a portal whose rows are taken one by one, under a context of
// its own that outlives the message.
func (s *Session) openPull(p *portal) error {
	if p.pull != nil {
		return nil
	}
	ctx, cancel := context.WithCancelCause(s.ctx)
	rows, q, err := s.start(ctx, p)
	if err != nil {
		cancel(nil)
		return err
	}
	next, stop := iter.Pull2(rows)
	p.query, p.cancel = q, cancel
	p.pull = next
	p.stop = func() {
		cancel(nil)
		stop()
	}
	return nil
}

// watch makes a portal's own context end with that of the message that runs
// it.
func (p *portal) watch(ctx context.Context) func() {
	if p.cancel == nil {
		return func() {}
	}
	stop := context.AfterFunc(ctx, func() { p.cancel(context.Cause(ctx)) })
	return func() { stop() }
}

// start starts a portal's query, planning it if that has not been done or what
// it was planned under has changed.
func (s *Session) start(ctx context.Context, p *portal) (iter.Seq2[adt.Row, error], *exec.Query, error) {
	if p.plan == nil || p.stamp != s.planStamp() {
		if err := s.planPortal(p); err != nil {
			return nil, nil, err
		}
	}
	if err := s.checkWrite(p.stmt.Query); err != nil {
		return nil, nil, err
	}
	if holdsBack(p.stmt.Query) {
		s.tx.hold = true
	}
	q := s.compiled(p)
	return q.Rows(ctx), q, nil
}

// plan plans a query for the values of its parameters.
func (s *Session) plan(q *nodes.Query, params []adt.Datum) (*plan.Plan, error) {
	return s.planFor(q, params, false)
}

// planFor plans a query, for a cursor or not.
func (s *Session) planFor(q *nodes.Query, params []adt.Datum, cursor bool) (*plan.Plan, error) {
	if params == nil {
		params = []adt.Datum{}
	}
	opt := s.planOptions()
	opt.Params, opt.Cursor = params, cursor
	opt.Eval = exec.NewEvaluator(s.e.catalog, s.env, params)
	return plan.Build(q, opt)
}

// planGeneric plans a query for whatever values its parameters will have.
func (s *Session) planGeneric(q *nodes.Query) (*plan.Plan, error) {
	opt := s.planOptions()
	opt.Eval = exec.NewEvaluator(s.e.catalog, s.env, nil)
	return plan.Build(q, opt)
}

func (s *Session) planOptions() plan.Options {
	opt := plan.Options{Catalog: s.e.catalog, Env: s.env, Session: s.fdw, Tx: s.openTx}
	switch s.values().pushDown {
	case "off":
		opt.PushDown = plan.PushDownOff
	case "inexact":
		opt.PushDown = plan.PushDownInexact
	}
	return opt
}

// runtime is what exec runs a plan with, now.
func (s *Session) runtime(params []adt.Datum, stats bool) *exec.Runtime {
	s.fresh()
	v := s.values()
	return &exec.Runtime{
		Catalog: s.e.catalog, Env: s.env, Params: params, Session: s.fdw, Tx: s.backendTx,
		Stats: stats, WorkMem: v.workMem, HashMem: v.hashMem, MemLimit: v.queryMem, Files: s.files,
	}
}

// checkWrite refuses writes in read-only transactions, and those of all rows.
func (s *Session) checkWrite(q *nodes.Query) error {
	for _, c := range q.CTEs {
		if c.Modifying {
			if err := s.checkWrite(c.Query); err != nil {
				return err
			}
		}
	}
	if q.Command == nodes.CmdSelect {
		return nil
	}
	verb := map[nodes.CmdType]string{
		nodes.CmdInsert: "INSERT", nodes.CmdUpdate: "UPDATE", nodes.CmdDelete: "DELETE", nodes.CmdMerge: "MERGE",
	}[q.Command]
	if s.now.ReadOnly && !s.role.ReadOnly { // SET ROLE does not change the transaction's mode
		return pgerr.New(pgerrcode.InsufficientPrivilege, "role \"%s\" may only read", s.user())
	}
	if s.guc.Bool("transaction_read_only") {
		return readOnly(verb)
	}
	if s.inBlock() && s.guc.Text("flowgres.transaction_writes") == "reject" {
		return pgerr.New(pgerrcode.ActiveSQLTransaction, "%s cannot run inside a transaction block", verb).
			Detailf("The setting flowgres.transaction_writes is reject.").
			Hintf("Run it outside of a block, or SET flowgres.transaction_writes = compensate.")
	}
	if !s.guc.Bool("flowgres.safe_writes") {
		return nil
	}
	switch {
	case q.Where == nil && (q.Command == nodes.CmdUpdate || q.Command == nodes.CmdDelete):
		return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "%s without a WHERE clause is refused", verb).
			Hintf("To change every row, SET flowgres.safe_writes = off.")
	case q.Command == nodes.CmdMerge && mergesAll(q):
		return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "MERGE whose ON condition does not name a column of the target is refused").
			Hintf("To change every row, SET flowgres.safe_writes = off.")
	}
	return nil
}

// mergesAll tells of a MERGE that updates or deletes, unconditionally, whatever
// rows the target has.
func mergesAll(q *nodes.Query) bool {
	named := false
	nodes.WalkJoin(q.From[0], func(e nodes.Expr) {
		nodes.Walk(e, func(n nodes.Expr) bool {
			v, ok := n.(*nodes.Var)
			named = named || ok && v.RTE == q.ResultRelation && v.LevelsUp == 0
			return true
		})
	})
	for _, a := range q.MergeActions {
		if !named && a.Qual == nil && (a.Command == nodes.CmdUpdate || a.Command == nodes.CmdDelete) {
			return true
		}
	}
	return false
}

// holdsBack tells of a statement that can fail when part of it is done: it
// writes in several ways, or computes something of what it has written.
func holdsBack(q *nodes.Query) bool {
	writes := 0
	for _, c := range q.CTEs {
		if c.Modifying {
			writes++
		}
	}
	if q.Command == nodes.CmdSelect {
		return writes > 0
	}
	for _, t := range q.Returning {
		if _, plain := t.Expr.(*nodes.Var); !plain {
			return true
		}
	}
	return writes > 0 || len(q.Actions()) > 0
}

// ClosePortal closes a portal; one that is not there is fine.
func (s *Session) ClosePortal(name string) (err error) {
	defer s.boundary("", &err)
	if err := validNames(name, ""); err != nil {
		return err
	}
	s.closePortal(key(name))
	return nil
}

func (s *Session) closePortal(name string) {
	p := s.portals[name]
	if p == nil {
		return
	}
	p.end()
	if p.kept != nil {
		p.kept.Reset()
	}
	delete(s.portals, name)
}

// end stops what a portal has running.
func (p *portal) end() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// closePortals closes the portals that match.
func (s *Session) closePortals(match func(*portal) bool) {
	for name, p := range s.portals {
		if match(p) {
			s.closePortal(name)
		}
	}
}
