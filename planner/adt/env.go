package adt

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Env is what a routine may know of its session and statement.
type Env struct {
	Context context.Context // the statement's: ended by cancel and timeouts
	Types   Types
	Session Session

	// The settings that change what values look like, decoded.
	TimeZone         *time.Location
	DateStyle        DateStyle
	DateOrder        DateOrder
	IntervalStyle    IntervalStyle
	ByteaEscape      bool // bytea_output = escape
	ExtraFloatDigits int  // extra_float_digits, default 1
	LCMonetary       string
	ClientEncoding   *Encoding // nil: UTF8

	QueryMem int64     // flowgres.query_mem in bytes; 0: no limit
	Underway *Underway // what the routine that runs now has of all sessions' memory; nil: nobody counts

	TransactionTime TimestampTZ // now()
	StatementTime   TimestampTZ // statement_timestamp()

	regexes regexCache // compiled last, for statements that come again

	SearchPath []string // effective schemas in order, implicit pg_catalog first
	User       string   // current_user
}

// DateStyle is the output half of the DateStyle setting.
type DateStyle uint8

// DateOrder is the field order half of the DateStyle setting.
type DateOrder uint8

// IntervalStyle is the IntervalStyle setting.
type IntervalStyle uint8

// Values of DateStyle; the zero value is PostgreSQL's default.
const (
	DateISO DateStyle = iota
	DateSQL
	DatePostgres
	DateGerman
)

// Values of DateOrder; the zero value is PostgreSQL's default.
const (
	OrderMDY DateOrder = iota
	OrderDMY
	OrderYMD
)

// Values of IntervalStyle; the zero value is PostgreSQL's default.
const (
	IntervalPostgres IntervalStyle = iota
	IntervalPostgresVerbose
	IntervalSQLStandard
	IntervalISO8601
)

// Types finds types for routines that handle values of any type (arrays,
// records, json, format …). The catalog implements it.
type Types interface {
	// TypeByOID gives the type or nil.
	TypeByOID(oid OID) *Type
}

// Session is the part of a session that routines read and change. The planner
// implements it; routines that need more live in the planner.
type Session interface {
	// Setting gives the current value as SHOW prints it; ok tells whether the
	// name is known.
	Setting(name string) (value string, ok bool)
	// Notice sends a notice or warning to the client.
	Notice(n error)
}

// Querier is a Session that runs queries for routines, as PostgreSQL's server
// programming interface does.
type Querier interface {
	// Query starts one SELECT without parameters.
	Query(text string) (*RowDesc, iter.Seq2[Row, error], error)
}

// Interrupted tells why the statement has ended: nil while it has not
// (CHECK_FOR_INTERRUPTS).
func (e *Env) Interrupted() error {
	if e == nil || e.Context == nil || e.Context.Err() == nil {
		return nil
	}
	return pgerr.From(context.Cause(e.Context))
}

// Room fails when a value of so many bytes, one under way at least, is more
// than the query may hold, or than all have room for. A routine that makes long values of short ones asks before
// it makes them, or as they grow.
func (e *Env) Room(n int64) error {
	if e != nil && e.QueryMem > 0 && n > e.QueryMem {
		return OutOfQueryMem(e.QueryMem)
	}
	if n > maxAlloc {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "invalid memory alloc request size %d", n)
	}
	return e.Ahead(n)
}

// Ahead is Room of bytes that the query may hold: it asks for them of all sessions' memory. They
// are the routine's that runs now until it ends.
func (e *Env) Ahead(n int64) error {
	if e == nil || n < underwayStep {
		return nil
	}
	if err := e.Underway.grow(e.Context, n); err != nil {
		return err
	}
	return e.Interrupted()
}

// OutOfQueryMem is the error of a query that holds more than limit bytes.
func OutOfQueryMem(limit int64) error {
	return pgerr.New(pgerrcode.OutOfMemory, "out of memory").
		Detailf("The query needs more than the %d kB that flowgres.query_mem allows.", limit>>10).
		Hintf("Make its result smaller, or raise flowgres.query_mem.")
}

// now is the transaction's time.
func (e *Env) now() TimestampTZ {
	if e == nil {
		return 0
	}
	return e.TransactionTime
}
