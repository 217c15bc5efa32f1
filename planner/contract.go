// Package planner is the engine: it answers SQL over fdw tables with
// PostgreSQL 16's semantics. The package itself is the facade that the server
// talks to; analyze, plan and exec below it do the work.
//
// The way of a query through it: a Session takes the text of a Query or Parse
// message, has analyze parse and resolve it (both cached by text), has plan push down what the
// tables serve once the parameters are known, and runs the plan with exec, row by row into the
// server's Output. Session also owns what a PostgreSQL backend keeps between statements: settings,
// transaction state, prepared statements, portals and cursors.
//
// Where to look for what:
//
//   - the contract: contract, engine, session, roles, values, observe;
//   - messages: simple, prepare, bind, execute, portal, fastpath (function calls), late (rows held
//     back), decoded and phases;
//   - plans: planning, plancache, explain;
//   - commands: utility, copy, cursor, currentof, do, vacuum, notify, become (SET ROLE), settings;
//   - transactions: tx, txcommands, resolve, fresh, guards; spi (queries within queries);
//   - bounds: holdings;
//   - functions of a session: funcs, rowfuncs, database, control, system, datadir, nostorage,
//     largeobject, replication, xmlmap, xmlschema;
//   - what a server tells of itself: activity, statements, dbstats, tablestats, statio, statrows,
//     relationlocks.
//
// It must not know of sockets, messages or AWS.
package planner

import (
	"net"

	"github.com/flowgres/flowgres/planner/adt"
)

// SessionOptions is what a connection tells its new session.
type SessionOptions struct {
	User, Database string
	Options        []Setting // what the startup parameter "options" sets, in order, up to
	BadOptions     error     // what is wrong with it, if anything is
	Settings       []Setting // startup parameters that name settings, in order
	PID            int32     // as in BackendKeyData
	RemoteAddr     net.Addr
	LocalAddr      net.Addr // the server's end
	TLS            bool
	SystemUser     string // how the client proved who it is, and as whom: "scram-sha-256:app"; "" if it did not
	TLSVersion     string // as OpenSSL names them: TLSv1.3,
	TLSCipher      string // TLS_AES_256_GCM_SHA384
	Phases         bool   // the session is to remember its statements' phases
	Role           *Role  // as the login saw it, so that a reload changes both at once; nil: as the engine knows it now

	Notice          func(err error)                          // sends a NoticeResponse now (a *pgerr.Error)
	ParameterStatus func(name, value string)                 // a reported setting has changed
	Notification    func(pid int32, channel, payload string) // LISTEN's delivery; sent when the session is idle or at its next message
	Cancel          func(cause error)                        // cancels the running statement, if any (pg_cancel_backend)
	Terminate       func(cause error)                        // ends the connection (pg_terminate_backend)
}

// Setting is a setting given at startup.
type Setting struct{ Name, Value string }

// Column describes a result column, with the format its values are wanted in.
type Column struct {
	Name   string
	Table  adt.OID
	Attno  int16
	Type   adt.OID
	Len    int16
	Typmod int32
	Format int16                                         // 0 text, 1 binary
	Encode func(dst []byte, d adt.Datum) ([]byte, error) // appends a non-NULL value in Format
}

// Output takes what a statement puts out. Its methods block while the client
// does not read and fail once the connection is gone.
type Output interface {
	RowDescription(columns []Column) error
	Row(columns []Column, row adt.Row) error
	CopyOut(binary bool, columns int) error
	CopyData(data []byte) error
	CopyDone() error
	CommandComplete(tag string) error
	EmptyQuery() error
}
