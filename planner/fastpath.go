package planner

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// CallText is what the log calls a function's call (log_fastpath).
func (s *Session) CallText(fn adt.OID) string {
	if p := s.db.catalog.ProcByOID(fn); p != nil {
		return fmt.Sprintf("fastpath function call: \"%s\" (OID %d)", p.Name, fn)
	}
	return fmt.Sprintf("fastpath function call: OID %d", fn)
}

// Call calls a function by its oid and gives its result in a format, nil if it
// is NULL: the fast-path FunctionCall message (HandleFunctionRequest). It is a
// statement of its own, and as such ends an implicit transaction. Formats are
// none, one for all arguments, or one each; a nil argument is NULL. The function gets no
// collation, so that one of texts that wants to know it fails (42P22).
func (s *Session) Call(ctx context.Context, fn adt.OID, args Values, result int16) (value []byte, err error) {
	defer s.boundary("", &err)
	if err := s.checkFailed(nil); err != nil {
		return nil, err
	}
	s.stopTimeout()
	ctx, cancel := s.begin(ctx, "")
	defer s.finish(cancel)
	s.setActivity("fastpath function call", "", time.Now())
	if err := s.ensureTx(); err != nil {
		return nil, err
	}
	proc := s.db.catalog.ProcByOID(fn)
	if proc == nil {
		return nil, pgerr.New(pgerrcode.UndefinedFunction, "function with OID %d does not exist", fn)
	}
	if proc.Kind != 'f' || proc.RetSet {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot call function \"%s\" via fastpath interface", proc.Name)
	}
	p, err := s.callPortal(proc, args)
	if err != nil {
		return nil, err
	}
	if p.columns = s.columns(p.stmt, []int16{result}); result != 0 && result != 1 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "unsupported format code: %d", result)
	}
	if err := s.planPortal(p); err != nil {
		return nil, err
	}
	rows, _, err := s.start(ctx, p)
	if err != nil {
		return nil, err
	}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		if row[0] == nil {
			continue
		}
		if value, err = p.columns[0].Encode([]byte{}, row[0]); err != nil {
			return nil, err
		}
	}
	if s.tx.phase == txImplicit {
		return value, s.commit(ctx)
	}
	return value, ctx.Err()
}

// callPortal makes the portal of a SELECT that calls the function with
// parameters of just its argument types.
func (s *Session) callPortal(proc *catalog.Proc, args Values) (*portal, error) {
	if args.Count < 0 {
		return nil, args.Err
	}
	if args.Count != len(proc.ArgTypes) {
		return nil, pgerr.New(pgerrcode.ProtocolViolation, "function call message contains %d arguments but function requires %d",
			args.Count, len(proc.ArgTypes))
	}
	if n := len(args.Formats); n > 1 && n != args.Count {
		return nil, pgerr.New(pgerrcode.ProtocolViolation, "function call message contains %d argument formats but %d arguments",
			n, args.Count)
	}
	params := make([]adt.Datum, len(args.Data))
	for i, b := range args.Data {
		var err error
		if params[i], err = s.value(proc.ArgTypes[i], args.format(i), b, "function argument", i+1); err != nil {
			return nil, err
		}
	}
	if args.Err != nil {
		return nil, args.Err
	}
	raws, err := s.e.parser.Parse(s.env.Context, callText(proc))
	if err != nil {
		return nil, err
	}
	stmt, err := s.analyze(raws[0], proc.ArgTypes, false)
	if err != nil {
		return nil, err
	}
	for _, t := range stmt.Query.TargetList {
		if f, ok := t.Expr.(*nodes.FuncExpr); ok {
			f.InputCollation = 0
		}
	}
	return &portal{stmt: stmt, source: raws[0].Source, params: params, level: len(s.tx.savepoints)}, nil
}

// callText is the SELECT of one call.
func callText(proc *catalog.Proc) string {
	var b strings.Builder
	b.WriteString("SELECT " + adt.QuoteIdent(proc.Schema) + "." + adt.QuoteIdent(proc.Name) + "(")
	for i := range proc.ArgTypes {
		if i > 0 {
			b.WriteString(", ")
		}
		if proc.Variadic != 0 && i == len(proc.ArgTypes)-1 {
			b.WriteString("VARIADIC ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	return b.String()
}
