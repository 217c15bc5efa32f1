package planner

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// utility runs a command that is no query and gives its tag.
func (s *Session) utility(ctx context.Context, p *portal, out Output) (tag string, err error) {
	tag = p.stmt.Utility.CommandTag()
	s.tx.queried = s.tx.queried || takesSnapshot(p.stmt)
	switch u := p.stmt.Utility.(type) {
	case *analyze.Deferred:
		whole := *p
		if whole.stmt, err = s.analyze(u.Raw, nil, true); err != nil {
			return "", err
		}
		return s.utility(ctx, &whole, out)
	case *analyze.Transaction:
		tag, err = s.transactionCommand(ctx, u)
	case *analyze.VariableSet:
		err = s.setVariable(u)
	case *analyze.VariableShow:
		err = s.show(u, p.columns, out)
	case *analyze.Prepare:
		err = s.prepareCommand(u)
	case *analyze.Execute:
		return s.executeCommand(ctx, u, p, out)
	case *analyze.Deallocate:
		err = s.deallocate(u)
	case *analyze.Discard:
		err = s.discard(u)
	case *analyze.Explain:
		err = s.explain(ctx, u, p, out)
	case *analyze.DeclareCursor:
		err = s.declare(u, p)
	case *analyze.Fetch:
		tag, err = s.fetch(ctx, u, p, out)
	case *analyze.ClosePortal:
		err = s.closeCommand(u, p)
	case *analyze.Copy:
		var n int64
		n, err = s.copyOut(ctx, u, out)
		tag += " " + strconv.FormatInt(n, 10)
	case *analyze.Do:
		err = s.do(ctx, u)
	case *analyze.Listen:
		err = s.addListen(listening{channel: u.Channel, on: true})
	case *analyze.Unlisten:
		err = s.addListen(listening{channel: u.Channel, all: u.All})
	case *analyze.Notify:
		err = s.addNotify(u.Channel, u.Payload)
	case *analyze.Lock:
		if !s.inBlock() {
			err = pgerr.New(pgerrcode.NoActiveSQLTransaction, "LOCK TABLE can only be used in transaction blocks")
		} else {
			err = u.Missing
		}
	case *analyze.Vacuum:
		err = s.vacuum(ctx, u)
	case *analyze.SetConstraints:
		if !s.inBlock() {
			s.notice(warning(pgerrcode.NoActiveSQLTransaction, "SET CONSTRAINTS can only be used in transaction blocks"))
		}
		err = u.Err
	case *analyze.Skip:
		if s.guc.Bool("transaction_read_only") {
			return tag, readOnly(tag)
		}
		if u.Alone != "" {
			if err := s.outsideBlock(u.Alone); err != nil {
				return tag, err
			}
		}
		for _, n := range u.Notices {
			s.notice(n)
		}
	case *analyze.Checkpoint:
		if !s.now.Superuser && !slices.Contains(s.now.MemberOf, "pg_checkpoint") {
			err = pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to execute CHECKPOINT command").
				Detailf("Only roles with privileges of the \"%s\" role may execute this command.", "pg_checkpoint")
		}
	default:
		err = pgerr.Unsupported("%s is not supported", tag)
	}
	return tag, err
}

// takesSnapshot tells whether a statement sees data, so that it is too late
// then to say how (PlannedStmtRequiresSnapshot).
func takesSnapshot(a *analyze.Analyzed) bool {
	switch a.Utility.(type) {
	case *analyze.Transaction, *analyze.Lock, *analyze.VariableSet, *analyze.VariableShow, *analyze.SetConstraints,
		*analyze.Fetch, *analyze.Listen, *analyze.Notify, *analyze.Unlisten, *analyze.Checkpoint, *analyze.Deferred:
		return false
	}
	return true
}

// readsAtAnalysis tells whether analysis itself sees data (analyze_requires_snapshot).
func readsAtAnalysis(a *analyze.Analyzed) bool {
	switch a.Utility.(type) {
	case *analyze.Explain, *analyze.DeclareCursor:
		return true
	}
	return a.Query != nil
}

// setVariable runs SET and RESET.
func (s *Session) setVariable(u *analyze.VariableSet) error {
	if u.Local && !s.inBlock() {
		s.notice(warning(pgerrcode.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks"))
	}
	switch u.Kind {
	case analyze.SetValue:
		var list, quote bool
		if d := s.guc.Lookup(u.Name); d != nil {
			list, quote = d.ListInput, d.ListQuote
		}
		v, err := u.Value(list, quote)
		if err != nil {
			return err
		}
		return s.guc.Set(u.Name, v, u.Local)
	case analyze.SetDefault:
		return s.guc.SetDefault(u.Name, u.Local)
	case analyze.SetCurrent:
		v, err := s.guc.Get(u.Name)
		if err != nil {
			return err
		}
		return s.guc.Set(u.Name, v, u.Local)
	case analyze.SetMany:
		return s.setMany(u)
	case analyze.SetSnapshot:
		return pgerr.Unsupported("SET TRANSACTION SNAPSHOT is not supported")
	case analyze.Reset:
		return s.guc.Reset(u.Name)
	case analyze.ResetAll:
		s.guc.ResetAll()
		return nil
	}
	return pgerr.Internal("unexpected SET of kind %d", u.Kind)
}

// setMany runs SET TRANSACTION and SET SESSION CHARACTERISTICS.
func (s *Session) setMany(u *analyze.VariableSet) error {
	warned := false
	for _, m := range u.Many {
		local := strings.HasPrefix(m.Name, "transaction_")
		if local && !warned && !s.inBlock() {
			s.notice(warning(pgerrcode.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks"))
			warned = true
		}
		if err := s.guc.Set(m.Name, m.Value, local); err != nil {
			return err
		}
	}
	return nil
}

// showColumns gives the columns of SHOW.
func (s *Session) showColumns(u *analyze.VariableShow) []analyze.Column {
	if u.All {
		return u.Columns()
	}
	name := u.Name
	if d := s.guc.Lookup(u.Name); d != nil {
		name = d.Name
	}
	return []analyze.Column{{Name: name, Type: adt.TextOID, Typmod: -1, Collation: adt.DefaultCollationOID}}
}

// show runs SHOW.
func (s *Session) show(u *analyze.VariableShow, columns []Column, out Output) error {
	if !u.All {
		v, err := s.guc.Get(u.Name)
		if err != nil {
			return err
		}
		return out.Row(columns, adt.Row{v})
	}
	for r := range s.guc.Rows() {
		if err := out.Row(columns, adt.Row{r.Def.Name, r.Shown, orNull(r.Def.Short)}); err != nil {
			return err
		}
	}
	return nil
}

func orNull(s string) adt.Datum {
	if s == "" {
		return nil
	}
	return s
}

// prepareCommand runs PREPARE.
func (s *Session) prepareCommand(u *analyze.Prepare) error {
	if s.statements[u.Name] != nil {
		return pgerr.New(pgerrcode.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", u.Name)
	}
	result, rows := s.shape(u.Statement)
	return s.addStatement(u.Name, &prepared{
		rows: rows, result: result,
		name: u.Name, raw: u.Raw, text: u.Raw.Text, source: u.Raw.Source, stmt: u.Statement,
		types: u.ParamTypes, pathKey: s.pathKey, fromSQL: true, created: time.Now(),
	})
}

// executeCommand runs EXECUTE.
func (s *Session) executeCommand(ctx context.Context, u *analyze.Execute, outer *portal, out Output) (string, error) {
	inner, err := s.boundExecute(u)
	if err != nil {
		return "", err
	}
	leave, err := s.nest()
	if err != nil {
		return "", err
	}
	defer leave()
	if inner.stmt.Query == nil && inner.stmt.Utility == nil {
		return outer.stmt.Utility.CommandTag(), nil
	}
	inner.columns = s.columns(inner.stmt, outer.formats)
	nested := s.nested // for a command, EXECUTE is as a function is (ProcessUtilityContext)
	if _, ends := inner.stmt.Utility.(*analyze.Transaction); !ends {
		s.nested = true
	}
	defer func() { s.nested = nested }()
	count := s.track(inner)
	tag, _, err := s.run(ctx, inner, 0, out)
	s.tracked(count, inner, tag, err)
	if err != nil && s.failedIn == "" {
		s.failedIn = inner.source
	}
	return tag, err
}

// boundExecute makes a portal of the statement that EXECUTE names, its
// parameters evaluated.
func (s *Session) boundExecute(u *analyze.Execute) (*portal, error) {
	if s.statements[u.Name] == nil {
		return nil, pgerr.New(pgerrcode.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", u.Name)
	}
	p, err := s.statement(u.Name)
	if err != nil {
		return nil, err
	}
	exprs, err := u.Args(s.db.catalog, s.env, p.stmt.Params)
	if err != nil {
		return nil, err
	}
	eval := exec.NewEvaluator(s.db.catalog, s.env, nil)
	inner := &portal{stmt: p.stmt, from: p, source: p.source, level: len(s.tx.savepoints), params: []adt.Datum{}}
	for _, e := range exprs {
		d, err := eval(e)
		if err != nil {
			return nil, err
		}
		inner.params = append(inner.params, d)
	}
	return inner, nil
}

func (s *Session) deallocate(u *analyze.Deallocate) error {
	if u.All {
		s.dropStatements()
		return nil
	}
	if s.statements[u.Name] == nil {
		return pgerr.New(pgerrcode.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", u.Name)
	}
	s.dropStatement(u.Name)
	return nil
}

// dropStatements forgets all prepared statements that have a name
// (DropAllPreparedStatements).
func (s *Session) dropStatements() {
	for name := range s.statements {
		if name != "" {
			s.dropStatement(name)
		}
	}
}

// discard runs DISCARD.
func (s *Session) discard(u *analyze.Discard) error {
	if u.What != "ALL" {
		return nil
	}
	if err := s.outsideBlock("DISCARD ALL"); err != nil {
		return err
	}
	s.closePortals(func(*portal) bool { return true })
	if err := s.guc.Reset("session_authorization"); err != nil {
		return err
	}
	s.guc.ResetAll()
	s.dropStatements()
	if err := s.addListen(listening{all: true}); err != nil {
		return err
	}
	s.e.locks.release(s, func(h lockHold) bool { return !h.tx })
	return nil
}

// settingRows gives pg_settings' rows.
func (s *Session) settingRows() []guc.Row {
	var out []guc.Row
	for r := range s.guc.Rows() {
		out = append(out, r)
	}
	return out
}
