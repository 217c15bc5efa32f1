package planner

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// do runs a DO (exec_stmt_raise, exec_stmt_perform and others of pl_exec.c).
func (s *Session) do(ctx context.Context, u *analyze.Do) error {
	if err := s.checkSteps(ctx, u); err != nil {
		return err
	}
	for _, step := range u.Steps {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if step.SQL != "" || step.Execute != "" {
			if err := s.doSQL(ctx, step); err != nil {
				return err
			}
			continue
		}
		if step.Perform != "" {
			text := "SELECT " + step.Perform
			_, _, err := s.first(text)
			if err != nil {
				return within(err, "SQL statement \""+text+"\"", text, 0, step.Line, "PERFORM")
			}
			continue
		}
		e, err := s.raised(step)
		if err != nil {
			return err
		}
		if step.Level == "ERROR" {
			return e
		}
		s.notice(e)
	}
	return nil
}

// raised makes what a RAISE reports.
func (s *Session) raised(step analyze.DoStep) (*pgerr.Error, error) {
	e := &pgerr.Error{Severity: step.Level, Routine: "exec_stmt_raise"}
	value := func(expr string) (string, bool, error) {
		text, null, err := s.first("SELECT " + expr)
		if err != nil {
			return "", false, within(err, "SQL expression \""+expr+"\"", expr, len("SELECT "), step.Line, "RAISE")
		}
		return text, null, nil
	}
	bad := func(code, format string, args ...any) error {
		return within(pgerr.New(code, format, args...), "", "", 0, step.Line, "RAISE")
	}
	message, condition, given := "", step.Condition, map[string]bool{}
	if condition != "" {
		e.Code, _ = analyze.SQLState(condition)
		message = condition
	}
	if step.Format != "" {
		format, _, err := value(step.Format)
		if err != nil {
			return nil, err
		}
		if message, err = fill(format, step.Params, value); err != nil {
			return nil, err
		}
		given["MESSAGE"] = true
	}
	for _, o := range step.Options {
		text, null, err := value(o.Expr)
		switch {
		case err != nil:
			return nil, err
		case null:
			return nil, bad(pgerrcode.NullValueNotAllowedDataException, "RAISE statement option cannot be null")
		case given[o.Name], o.Name == "ERRCODE" && e.Code != "":
			return nil, bad(pgerrcode.SyntaxError, "RAISE option already specified: %s", o.Name)
		}
		given[o.Name] = true
		switch o.Name {
		case "ERRCODE":
			code, ok := analyze.SQLState(text)
			if !ok {
				return nil, bad(pgerrcode.UndefinedObject, "unrecognized exception condition \"%s\"", text)
			}
			if e.Code = code; message == "" {
				message = text
			}
		case "MESSAGE":
			message = text
		case "DETAIL":
			e.Detail = text
		case "HINT":
			e.Hint = text
		case "COLUMN":
			e.Column = text
		case "CONSTRAINT":
			e.Constraint = text
		case "DATATYPE":
			e.DataType = text
		case "TABLE":
			e.Table = text
		case "SCHEMA":
			e.Schema = text
		}
	}
	if condition == "" && !given["MESSAGE"] && len(given) == 0 {
		return nil, bad("0Z002", "RAISE without parameters cannot be used outside an exception handler")
	}
	if e.Code == "" {
		e.Code = map[string]string{"ERROR": pgerrcode.RaiseException, "WARNING": pgerrcode.Warning}[step.Level]
		if e.Code == "" {
			e.Code = pgerrcode.SuccessfulCompletion
		}
	}
	if message == "" {
		message = e.Code
	}
	e.Message, e.Where = message, place(step.Line, "RAISE")
	return e, nil
}

// fill puts parameters in the places of a format.
func fill(format string, params []string, value func(string) (string, bool, error)) (string, error) {
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		switch {
		case format[i] != '%':
			out.WriteByte(format[i])
		case i+1 < len(format) && format[i+1] == '%':
			out.WriteByte('%')
			i++
		case len(params) > 0:
			text, null, err := value(params[0])
			if err != nil {
				return "", err
			}
			if null {
				text = "<NULL>"
			}
			out.WriteString(text)
			params = params[1:]
		}
	}
	return out.String(), nil
}

// first runs a SELECT to its end and gives its first value as text.
func (s *Session) first(text string) (value string, null bool, err error) {
	leave, err := s.nest()
	if err != nil {
		return "", false, err
	}
	defer leave()
	raws, err := s.e.parser.Parse(s.env.Context, text)
	if err != nil {
		return "", false, err
	}
	if len(raws) != 1 {
		return "", false, pgerr.New(pgerrcode.SyntaxError, "syntax error at or near \";\"")
	}
	stmt, err := s.analyze(raws[0], nil, true)
	if err != nil {
		return "", false, err
	}
	if stmt.Query == nil || stmt.Query.Command != nodes.CmdSelect || modifies(stmt.Query) {
		return "", false, pgerr.Unsupported("%s in DO is not supported", stmt.CommandTag())
	}
	p := &portal{stmt: stmt, source: text, params: []adt.Datum{}, level: len(s.tx.savepoints)}
	if err := s.planPortal(p); err != nil {
		return "", false, err
	}
	columns := s.columns(stmt, nil)
	rows, _, err := s.start(s.env.Context, p)
	if err != nil {
		return "", false, err
	}
	null = true
	n := 0
	for row, err := range rows {
		if err != nil {
			return "", false, err
		}
		if n++; n == 1 && len(columns) > 0 && row[0] != nil {
			b, err := columns[0].Encode(nil, row[0])
			if err != nil {
				return "", false, err
			}
			value, null = string(b), false
		}
	}
	return value, null, nil
}

// within gives an error its context: that of a text's analysis has its place in the
// text, from skip on, and that of its run the text itself.
func within(err error, what, text string, skip, line int, verb string) error {
	e := *pgerr.From(err)
	where := place(line, verb)
	if e.Position > 0 {
		e.InternalQuery, e.InternalPosition, e.Position = text, max(1, e.Position-skip), 0
	} else if what != "" {
		where = what + "\n" + where
	}
	if e.Where != "" {
		where = e.Where + "\n" + where
	}
	e.Where = where
	return &e
}

func place(line int, verb string) string {
	return "PL/pgSQL function inline_code_block line " + strconv.Itoa(line) + " at " + verb
}
