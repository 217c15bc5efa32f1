package server

import (
	"context"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
)

// NewSession starts a session for an authenticated user. ctx ends with the
// connection. An error is sent as FATAL.
type NewSession func(ctx context.Context, o planner.SessionOptions) (Session, error)

// Session is one client's session. One goroutine calls it. A method's error is
// a *pgerr.Error; the session has then already marked its transaction as failed.
// One with severity FATAL ends the connection.
//
// A ctx is that of the messages handled in one go: it ends when the client is
// waited for again, or is cancelled with a *pgerr.Error as its cause. What a
// suspended portal keeps running must hang on the session's context, not on
// that of one Execute. Of SessionOptions' functions, Notice and ParameterStatus
// are for the goroutine that calls the session, the others for any. A setting
// given to ParameterStatus is sent before the next ReadyForQuery, if it then
// differs from what the client knows. A session may be an Idler, too.
type Session interface {
	// Reported gives the settings to report after authentication (ParameterStatus).
	Reported() []planner.Setting
	// Simple runs the statements of a Query message.
	Simple(ctx context.Context, text string, out planner.Output) error
	// Parse prepares a statement under a name ("": the unnamed one). Parameter
	// types of 0 are inferred.
	Parse(ctx context.Context, name, text string, paramTypes []adt.OID) error
	// DescribeStatement gives a statement's parameter types and its columns in
	// text format; columns nil: it returns no rows.
	DescribeStatement(ctx context.Context, name string) (params []adt.OID, columns []planner.Column, err error)
	// Bind makes a portal. Formats are as in the Bind message: none, one for all, or one each.
	// The parameters' bytes are valid only until Bind returns.
	Bind(ctx context.Context, portal, statement string, params planner.Values, resultFormats []int16) error
	// DescribePortal gives a portal's columns; nil: it returns no rows.
	DescribePortal(ctx context.Context, name string) ([]planner.Column, error)
	// Execute runs a portal until its end or maxRows rows (0: all); suspended
	// tells that there may be more. It ends with CommandComplete or EmptyQuery on
	// out unless suspended. RowDescription is not called.
	Execute(ctx context.Context, portal string, maxRows int, out planner.Output) (suspended bool, err error)
	CloseStatement(name string) error
	ClosePortal(name string) error
	// Call calls a function by its oid and gives its result in a format, nil if it
	// is NULL; the arguments are as Bind's parameters.
	Call(ctx context.Context, fn adt.OID, args planner.Values, result int16) ([]byte, error)
	// Sync ends an implicit transaction: at a Sync message.
	Sync(ctx context.Context) error
	// Fail marks the transaction as failed, for an error that the session has not
	// made: a message that is not valid.
	Fail()
	// TxStatus is I idle, T in a transaction block, E in a failed one.
	TxStatus() byte
	// Close ends the session, undoing an open transaction. The session's context
	// ends after it.
	Close()
}
