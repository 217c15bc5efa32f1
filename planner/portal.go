package planner

import (
	"context"
	"iter"
	"strconv"
	"time"

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

	planned *plan.Plan // made at Bind, for the values of the parameters
	query   *exec.Query
	pull    func() (adt.Row, error, bool) // rows one by one, once suspended
	stop    func()
	cancel  context.CancelCauseFunc // of the context that pull runs under
	done    bool
	count   int64

	cursor  bool // DECLARE made it
	binary  bool
	scroll  bool
	hold    bool // WITH HOLD
	held    bool // and its transaction has ended: rows are all in kept
	kept    []adt.Row
	ended   bool  // kept holds all rows
	pos     int64 // of a cursor: 0 before the first row, n on the n'th
	declare string
}

// describes gives the columns of a cursor's query.
func (p *portal) describes(s *Session) []analyze.Column { return p.stmt.Columns() }

// Bind makes a portal of a prepared statement.
func (s *Session) Bind(ctx context.Context, name, statement string, paramFormats []int16, params [][]byte, resultFormats []int16) (err error) {
	source := ""
	if p := s.statements[statement]; p != nil {
		source = p.source
	}
	defer s.boundary(source, &err)
	if err := s.ensureTx(); err != nil {
		return err
	}
	p, err := s.statement(statement)
	if err != nil {
		return err
	}
	if n := len(paramFormats); n > 1 && n != len(params) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message has %d parameter formats but %d parameters", n, len(params))
	}
	if len(params) != len(p.stmt.Params) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message supplies %d parameters, but prepared statement \"%s\" requires %d",
			len(params), statement, len(p.stmt.Params))
	}
	if s.tx.phase == txFailed && (p.raw != nil && !p.raw.EndsTransaction() || len(params) > 0) {
		return s.checkFailed(p.raw, nil)
	}
	po := &portal{name: name, stmt: p.stmt, source: p.source, formats: resultFormats, created: time.Now(), level: len(s.tx.savepoints)}
	for i, b := range params {
		format := int16(0)
		switch {
		case len(paramFormats) == 1:
			format = paramFormats[0]
		case i < len(paramFormats):
			format = paramFormats[i]
		}
		d, err := s.parameter(i+1, p.stmt.Params[i], format, b)
		if err != nil {
			return err
		}
		po.params = append(po.params, d)
	}
	po.columns = s.columns(p.stmt, resultFormats)
	if n := len(resultFormats); n > 1 && n != len(po.columns) {
		return pgerr.New(pgerrcode.ProtocolViolation, "bind message has %d result formats but query has %d columns", n, len(po.columns))
	}
	if name != "" && s.portals[name] != nil {
		return pgerr.New(pgerrcode.DuplicateCursor, "portal \"%s\" already exists", name)
	}
	s.closePortal(name)
	if po.stmt.Query != nil {
		if po.planned, err = s.plan(po.stmt.Query, po.params); err != nil {
			return err
		}
	}
	s.portals[name] = po
	return nil
}

// parameter reads a parameter's value.
func (s *Session) parameter(n int, typ adt.OID, format int16, b []byte) (adt.Datum, error) {
	if b == nil {
		return nil, nil
	}
	t := s.e.catalog.TypeByOID(typ)
	if t == nil {
		return nil, pgerr.New(pgerrcode.UndefinedObject, "type with OID %d does not exist", typ)
	}
	var d adt.Datum
	var err error
	switch format {
	case 0:
		if err := analyze.ValidText(string(b)); err != nil {
			return nil, err
		}
		d, err = t.InputText(s.env, string(b), -1)
	case 1:
		d, err = t.ReceiveBinary(s.env, b, -1)
	default:
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "unsupported format code: %d", format)
	}
	if err != nil {
		e := *pgerr.From(err)
		e.Where = "unnamed portal parameter $" + strconv.Itoa(n)
		return nil, &e
	}
	return d, nil
}

// DescribePortal gives a portal's columns; nil: it returns no rows.
func (s *Session) DescribePortal(_ context.Context, name string) (columns []Column, err error) {
	defer s.boundary("", &err)
	p := s.portals[name]
	if p == nil {
		return nil, noPortal(name)
	}
	return p.columns, nil
}

func noPortal(name string) error {
	return pgerr.New(pgerrcode.InvalidCursorName, "portal \"%s\" does not exist", name)
}

// Execute runs a portal for at most maxRows rows (0: all).
func (s *Session) Execute(ctx context.Context, name string, maxRows int, out Output) (suspended bool, err error) {
	p := s.portals[name]
	source := ""
	if p != nil {
		source = p.source
	}
	defer s.boundary(source, &err)
	if p == nil {
		return false, noPortal(name)
	}
	ctx, end := s.begin(ctx, source)
	defer end()
	if p.stmt.Query == nil && p.stmt.Utility == nil {
		return false, out.EmptyQuery()
	}
	if err := s.ensureTx(); err != nil {
		return false, err
	}
	if err := s.checkFailed(nil, p.stmt.Utility); err != nil {
		return false, err
	}
	if p.done && p.pull == nil {
		if p.columns == nil {
			return false, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "portal \"%s\" cannot be run", name)
		}
		return false, out.CommandComplete(tagOf(p.stmt, 0))
	}
	tag, suspended, err := s.run(ctx, p, maxRows, out)
	if err != nil || suspended {
		return suspended, err
	}
	return false, out.CommandComplete(tag)
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
	if p.stmt.Query == nil {
		p.done = true
		return s.utility(ctx, p, maxRows, out)
	}
	s.tx.queried = true
	if maxRows <= 0 && p.pull == nil {
		rows, q, err := s.start(ctx, p)
		if err != nil {
			return "", false, err
		}
		p.done = true
		n := int64(0)
		for row, err := range rows {
			if err != nil {
				return "", false, err
			}
			if p.columns == nil {
				continue
			}
			n++
			if err := out.Row(p.columns, row); err != nil {
				return "", false, err
			}
		}
		if p.stmt.Query.Command != nodes.CmdSelect {
			n = q.Count()
		}
		return tagOf(p.stmt, n), false, nil
	}
	if err := s.openPull(p); err != nil {
		return "", false, err
	}
	stopWatching := p.watch(ctx)
	defer stopWatching()
	n := int64(0)
	for maxRows <= 0 || n < int64(maxRows) {
		row, err, ok := p.pull()
		if err != nil {
			return "", false, err
		}
		if !ok {
			p.done = true
			break
		}
		n++
		if p.columns != nil {
			if err := out.Row(p.columns, row); err != nil {
				return "", false, err
			}
		}
	}
	if !p.done {
		return "", true, nil
	}
	if p.stmt.Query.Command != nodes.CmdSelect {
		n = p.query.Count()
	}
	return tagOf(p.stmt, n), false, nil
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

// start plans a portal's query and starts it.
func (s *Session) start(ctx context.Context, p *portal) (iter.Seq2[adt.Row, error], *exec.Query, error) {
	pl := p.planned
	if pl == nil {
		var err error
		if pl, err = s.plan(p.stmt.Query, p.params); err != nil {
			return nil, nil, err
		}
	}
	q := exec.Start(pl, s.runtime(p.params, false))
	return q.Rows(ctx), q, nil
}

// plan plans a query for the values of its parameters; nil: a generic plan.
func (s *Session) plan(q *nodes.Query, params []adt.Datum) (*plan.Plan, error) {
	if err := s.checkWrite(q); err != nil {
		return nil, err
	}
	if params == nil {
		params = []adt.Datum{}
	}
	opt := s.planOptions()
	opt.Params = params
	opt.Eval = exec.NewEvaluator(s.e.catalog, s.env, params)
	return plan.Build(q, opt)
}

func (s *Session) planOptions() plan.Options {
	opt := plan.Options{Catalog: s.e.catalog, Env: s.env, Session: s.fdw, Tx: s.openTx}
	switch s.guc.Text("flowgres.push_down") {
	case "off":
		opt.PushDown = plan.PushDownOff
	case "inexact":
		opt.PushDown = plan.PushDownInexact
	}
	return opt
}

// runtime is what exec runs a plan with.
func (s *Session) runtime(params []adt.Datum, stats bool) *exec.Runtime {
	return &exec.Runtime{
		Catalog: s.e.catalog, Env: s.env, Params: params, Session: s.fdw, Tx: s.backendTx,
		Stats: stats, WorkMem: s.guc.Int("work_mem") << 10,
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
	if s.guc.Bool("transaction_read_only") {
		return pgerr.New(pgerrcode.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", verb)
	}
	if q.Where == nil && (q.Command == nodes.CmdUpdate || q.Command == nodes.CmdDelete) && s.guc.Bool("flowgres.safe_writes") {
		return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "%s without a WHERE clause is refused", verb).
			Hintf("To change every row, SET flowgres.safe_writes = off.")
	}
	return nil
}

// ClosePortal closes a portal; one that is not there is fine.
func (s *Session) ClosePortal(name string) (err error) {
	defer s.boundary("", &err)
	s.closePortal(name)
	return nil
}

func (s *Session) closePortal(name string) {
	p := s.portals[name]
	if p == nil {
		return
	}
	if p.stop != nil {
		p.stop()
	}
	delete(s.portals, name)
}

// closePortals closes the portals that match.
func (s *Session) closePortals(match func(*portal) bool) {
	for name, p := range s.portals {
		if match(p) {
			s.closePortal(name)
		}
	}
}
