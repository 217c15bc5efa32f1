package server

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// errClosed ends a connection of which the client has been told all.
var errClosed = errors.New("connection closed")

func fatal(code, format string, args ...any) *pgerr.Error {
	e := pgerr.New(code, format, args...)
	e.Severity = "FATAL"
	return e
}

// violation is the FATAL error for bytes that are not the protocol.
func violation(format string, args ...any) *pgerr.Error {
	return fatal(pgerrcode.ProtocolViolation, format, args...)
}

// clientLost is what becomes of a statement whose client cannot be written to.
func clientLost(err error) *pgerr.Error {
	return fatal(pgerrcode.ConnectionFailure, "connection to client lost").Detailf("could not send data to client: %v", err)
}

// asError makes an error of the engine one to send: a context's end becomes
// its cause.
func asError(ctx context.Context, err error) *pgerr.Error {
	var e *pgerr.Error
	if errors.As(err, &e) {
		return e
	}
	if ctx != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) && errors.As(context.Cause(ctx), &e) {
		return e
	}
	return pgerr.From(err)
}

func isFatal(e *pgerr.Error) bool { return e.Severity == "FATAL" || e.Severity == "PANIC" }

// response makes the fields of an ErrorResponse or NoticeResponse.
func response(e *pgerr.Error, severity string) pgproto3.ErrorResponse {
	e = e.Bounded()
	if e.Severity != "" {
		severity = e.Severity
	}
	site := e.Site()
	return pgproto3.ErrorResponse{
		Severity: severity, SeverityUnlocalized: severity, Code: e.Code, Message: clean(e.Message),
		Detail: clean(e.Detail), Hint: clean(e.Hint),
		Position: clamp(e.Position), InternalPosition: clamp(e.InternalPosition), InternalQuery: clean(e.InternalQuery),
		Where: clean(e.Where), SchemaName: e.Schema, TableName: e.Table, ColumnName: e.Column,
		DataTypeName: e.DataType, ConstraintName: e.Constraint, File: site.File, Line: site.Line, Routine: site.Routine,
	}
}

// clean keeps a zero byte, of a value that a message quotes, from ending its
// field early.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "\\0") }

func clamp(n int) int32 { return int32(min(n, math.MaxInt32)) }

// sendError sends an ErrorResponse at once, as PostgreSQL does.
func (c *conn) sendError(e *pgerr.Error) error {
	m := c.encodedError(response(e, "ERROR"))
	c.w.put(&m)
	return c.w.flush()
}

// notice sends a NoticeResponse at once.
func (c *conn) notice(err error) {
	m := pgproto3.NoticeResponse(c.encodedError(response(pgerr.From(err), "NOTICE")))
	c.w.put(&m)
	if err := c.w.flush(); err != nil {
		c.log.Debug("could not send a notice", "error", err)
	}
}

// fail reports a statement's error to the client. What it returns ends the
// connection.
func (c *conn) fail(err error) error {
	if c.w.err != nil {
		return c.w.err
	}
	e := asError(c.stmt, err)
	if isFatal(e) {
		return e
	}
	// The engine may report a cancelled context in its own words.
	if stop := c.stopped(); stop != nil {
		return stop
	}
	message, _ := loggable(e)
	c.log.Debug("statement failed", "sqlstate", e.Code, "error", message)
	return c.sendError(e)
}
