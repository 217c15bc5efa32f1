// Package pgerr is the one error type of flowgres, made where the cause is
// known and carried unwrapped to the wire.
//
// Its fields are those of PostgreSQL's ErrorResponse and NoticeResponse
// messages (documentation section "Error and Notice Message Fields"). It knows
// nothing of SQL, tables or connections.
package pgerr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
)

// Error is an error, warning or notice as PostgreSQL reports it.
type Error struct {
	Severity string // ERROR when empty; FATAL, WARNING, NOTICE, …
	Code     string // SQLSTATE, five characters
	Message  string // PostgreSQL's words, without a final period
	Detail   string
	Hint     string

	// Position is 1 plus the byte offset into the statement's source text; 0
	// means none. The planner turns it into characters at its boundary.
	Position         int
	InternalPosition int
	InternalQuery    string
	Where            string

	Schema, Table, Column, DataType, Constraint string

	Routine string // the PostgreSQL routine that reports it, where Site does not know better

	format string // what Message was made of
	in     string // the routine whose body made it, see In

	// Thrown marks an error that an input function throws from below, where
	// pg_input_is_valid and to_reg… do not catch it.
	Thrown bool
}

// Error gives the message with its SQLSTATE.
func (e *Error) Error() string { return e.Message + " (SQLSTATE " + e.Code + ")" }

// New makes an error with a SQLSTATE and a formatted message.
func New(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: said(format, args), format: format}
}

// maxText bounds what is said: messages quote values, which may be as long as
// memory allows, and go to the client, the log and the audit log.
const maxText = 1 << 17

func said(format string, args []any) string {
	for i, a := range args {
		if s, ok := a.(string); ok && len(s) > maxText {
			args = slices.Clone(args)
			args[i] = cut(s)
		}
	}
	return cut(fmt.Sprintf(format, args...))
}

// Bounded is e with its texts cut to what may be said.
func (e *Error) Bounded() *Error {
	if max(len(e.Message), len(e.Detail), len(e.Hint), len(e.Where)) <= maxText+len("…") {
		return e
	}
	c := *e
	c.Message, c.Detail, c.Hint, c.Where = cut(e.Message), cut(e.Detail), cut(e.Hint), cut(e.Where)
	return &c
}

func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n]) + "…"
}

// Unsupported says, as feature_not_supported (0A000), that flowgres lacks
// something PostgreSQL has. The format reads like "MERGE is not supported".
func Unsupported(format string, args ...any) *Error {
	return New(pgerrcode.FeatureNotSupported, format, args...)
}

// Internal reports a state that cannot occur (XX000), as elog(ERROR) does.
func Internal(format string, args ...any) *Error {
	return New(pgerrcode.InternalError, format, args...)
}

// Detailf sets the detail and returns e.
func (e *Error) Detailf(format string, args ...any) *Error {
	e.Detail = said(format, args)
	return e
}

// Hintf sets the hint and returns e.
func (e *Error) Hintf(format string, args ...any) *Error {
	e.Hint = said(format, args)
	return e
}

// At sets the position from a byte offset into the statement (a parse tree's
// location; negative is unknown) unless one is set, and returns e.
func (e *Error) At(location int) *Error {
	if e.Position == 0 && location >= 0 {
		e.Position = location + 1
	}
	return e
}

// Throw marks an Error as Thrown; other errors pass unchanged.
func Throw(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	c := *e
	c.Thrown = true
	return &c
}

// Place gives err the position of location when it is an Error without one, or one that
// came from below an input function, as PostgreSQL's parser error callback does; other errors
// pass unchanged.
func Place(err error, location int) error {
	var e *Error
	if location < 0 || !errors.As(err, &e) || e.Position != 0 && !e.Thrown {
		return err
	}
	c := *e
	c.Position = location + 1
	return &c
}

// From turns any error into an Error: itself when it is one, query_canceled
// for a cancelled context (with the context's cause when that is an Error),
// internal_error otherwise. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return New(pgerrcode.QueryCanceled, "canceling statement due to user request")
	}
	return New(pgerrcode.InternalError, "%s", err.Error())
}
