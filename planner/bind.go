package planner

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Bind makes a portal of a prepared statement.
func (s *Session) Bind(ctx context.Context, name, statement string, params Values, resultFormats []int16) (err error) {
	defer s.boundary(s.StatementSource(statement), &err)
	if err := s.ensureTx(); err != nil {
		return err
	}
	cancel, err := s.within(ctx)
	defer s.without(cancel)
	if err != nil {
		return err
	}
	p, err := s.checkBind(name, statement, len(params.Formats), params.Count)
	if err != nil {
		return err
	}
	if params.Count < 0 {
		return params.Err
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
	if params.Count > 0 {
		s.tx.queried = true
		po.params = make([]adt.Datum, len(params.Data))
	}
	for i, b := range params.Data {
		if po.params[i], err = s.parameter(i+1, name, p.stmt.Params[i], params.format(i), b); err != nil {
			return err
		}
	}
	if n := len(params.Data); n < params.Count {
		return s.inParameter(params.Err, n+1, name, nil)
	}
	if params.Err != nil {
		return params.Err
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
	return s.addPortal(name, po)
}

// parameter reads a parameter's value.
func (s *Session) parameter(n int, portal string, typ adt.OID, format int16, b []byte) (adt.Datum, error) {
	s.reading = boundParameter{n: n, portal: portal, typ: typ, format: format, value: b}
	defer func() { s.reading = boundParameter{} }()
	d, err := s.value(typ, format, b, "bind parameter", n)
	if err != nil {
		return nil, s.whileReading(err)
	}
	return d, nil
}

// boundParameter is a parameter whose value is being read.
type boundParameter struct {
	n      int // 0: none
	portal string
	typ    adt.OID
	format int16
	value  []byte
}

// whileReading adds to an error or notice which parameter was being read.
func (s *Session) whileReading(err error) error {
	p := s.reading
	var shown *string
	if text, bad := s.env.ClientEncoding.FromClient(p.value); p.format == 0 && bad == nil && s.db.catalog.TypeByOID(p.typ) != nil {
		text := string(text)
		shown = &text
	}
	return s.inParameter(err, p.n, p.portal, shown)
}

// value reads a value that a message holds in a format; a nil one is NULL.
// Bytes left over are an error that names the n'th thing of its kind.
func (s *Session) value(typ adt.OID, format int16, b []byte, kind string, n int) (adt.Datum, error) {
	if format != 0 && format != 1 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "unsupported format code: %d", format)
	}
	t := s.db.catalog.TypeByOID(typ)
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
