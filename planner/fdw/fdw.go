// Package fdw is the contract of a table: what the engine asks of it and what
// it may offer. EC2's tables and the catalog's implement it alike.
//
// The way of a query through it: plan offers a Table the columns and quals it
// wants (Request) and the table answers with a Scan that says what it serves;
// exec opens the scan, with values for the quals that were not known before,
// and ranges over pages of rows. A table never sees an expression, and the
// engine never sees an API.
//
// The negotiation follows SQLite's virtual tables (xBestIndex) and the words
// are DataFusion's: Exact, Inexact, No.
package fdw

import (
	"context"
	"iter"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
)

// Table is a relation that can be scanned.
type Table interface {
	// Columns are the table's columns in attribute order. The slice is shared
	// and must not be changed.
	Columns() []Column
	// Plan answers what the table would do for a request. It does no I/O.
	Plan(Request) (Scan, error)
}

// Local is a Table whose rows are at hand: opening it again costs next to nothing
// and there is no use in working out what of it need not be read. Its scans are Stable.
type Local interface {
	// Rows estimates how many rows the table has, Distinct how many values there are
	// in a column, 0: that is not known.
	Rows() float64
	Distinct(column int) float64
}

// Column is a column of a table.
type Column struct {
	Name      string
	Type      adt.OID
	Typmod    int32 // -1: none
	NotNull   bool
	Generated bool   // the table makes the value; INSERT may not give one
	Filled    bool   // the table fills in a value, or refuses the row, where INSERT gives none
	Place     bool   // the table knows its value for many rows at once and reads only those that are wanted (Places)
	TextMap   bool   // of type jsonb: NULL or an object whose values are all texts
	PairsOf   int    // of type jsonb: NULL or the list of {"key": …, "value": …} of what is in the TextMap column of this number, from 1; 0: no
	Comment   string // col_description
}

// Relation is a table with its place in the database.
type Relation struct {
	Schema, Name string
	Table        Table
	PrimaryKey   []int  // column indexes
	Comment      string // obj_description

	// A view has its SQL and its columns here instead of a Table. The SQL is what
	// pg_get_viewdef shows, ViewPretty the same with the fewest parentheses.
	ViewSQL, ViewPretty string
	Columns             []Column

	// A query finds Plain relations by their names alone where no schema of the
	// search path has another, though theirs is not on it.
	Plain bool
}

// Request is what a query wants of one table.
type Request struct {
	Session *Session
	Tx      Tx    // the open transaction of this table's TxManager, or nil
	Columns []int // the columns that will be read; others may be left NULL in rows
	Quals   []Qual
	Limit   int64    // at most so many rows are wanted if every qual is served Exact; 0: no limit
	Each    int64    // at most so many rows of each place are wanted if every qual but those on place columns is served Exact; 0: no limit
	Early   bool     // the engine is likely to stop before the end: nothing should be read ahead
	Shared  bool     // further scans of the statement read the table, or this one is opened again: rows are worth keeping for them
	Most    int64    // with Shared: no scan of the statement wants more rows of what it asks; 0: no limit
	Cursor  bool     // with Early: a cursor reads on, maybe only a little; what is more than a first part it likely wants whole
	Order   []Order  // with Early, by place columns: it stops when it has enough of the first places
	Fresh   bool     // what is read will be written to: only the statement's own reading may be used again
	Places  *Places  // what the conditions say of places together; nil: no more than Quals say
	Others  [][]Qual // with Shared, what other scans of the table that the statement reads to their end ask for
	Maybe   [][]Qual // the same of those that it may read, depending on other rows
}

// Order is a column with Column.Place that rows are wanted in the order of, by the
// bytes of its text.
type Order struct {
	Column int
	Desc   bool
}

// Places tells which parts of a table could have rows that pass the conditions,
// all of them together: those that Quals has one by one, and those that no Qual
// can say. May is given the values of Columns, nil for one that is not known,
// and may be called concurrently. Quals, which may be nil, gives what must hold of the
// rows of such a part beside the request's own Quals: none of them is Late.
type Places struct {
	Columns []int // some of those with Column.Place
	May     func(values []adt.Datum) bool
	Quals   func(values []adt.Datum) []Qual
	Text    string // the conditions in SQL: two of the same text say the same
}

// Session is what a backend may know of the session that asks.
type Session struct {
	ID        uint64 // unique in this process
	PID       int32  // as in BackendKeyData
	User      string // the role that is in force: SET ROLE
	Login     string // the role that logged in
	Setting   func(name string) string
	Warn      func(err error) // a *pgerr.Error of severity WARNING or NOTICE, for the client
	Statement uint64          // counts statements of the session
	Query     string          // names the statement in all the world
	Began     time.Time       // when the running statement began: what others read before that is too old for it
	Activity  *Activity       // what the session does at AWS; may be nil
	Snapshot  *Kept           // keeps what a REPEATABLE READ or SERIALIZABLE transaction reads; nil: each statement reads anew

	// Superuser tells that the role may see what belongs to others.
	Superuser bool
	// Identity names whom the backend acts for; "" is whoever the server is.
	Identity string
	// Accounts and Regions, if not empty, are all that the role may see and write.
	Accounts, Regions []string
}

// Op is the operator of a Qual. Each means what PostgreSQL's operator of that
// name means for the column's type, NULL never matching.
type Op uint8

// The operators that quals come with.
const (
	OpEq       Op = iota // column = v
	OpIn                 // column = ANY(values); a Late qual's one argument list holds them all
	OpLike               // column LIKE ANY(values), backslash escaping; one value when Late
	OpPrefix             // starts_with(column, v), or ^@
	OpLt                 // column < v
	OpLe                 // column <= v
	OpGt                 // column > v
	OpGe                 // column >= v
	OpHasKey             // jsonb column ? v
	OpHasAny             // jsonb column ?| values
	OpContains           // jsonb column @> v
	OpIsNull             // column IS NULL
	OpNotNull            // column IS NOT NULL
	OpTest               // Qual.Test(column)
)

// Qual is a condition on one column that the engine offers; all quals of a
// request are ANDed.
type Qual struct {
	Column int
	Key    *string // the condition is on column ->> Key (jsonb, text result), not on the column
	Op     Op
	Values []adt.Datum // never holds NULL; one value but for OpIn, OpLike and OpHasAny
	Late   bool        // the values come when the scan opens (a join key, a correlated value)
	Text   string      // the condition in SQL, for EXPLAIN

	// Test, when set, tells whether a value of the column could pass: what a table
	// that knows the column of many rows at once prunes by. A table that
	// only pruned by it serves the qual Inexact. It may be called concurrently.
	Test func(v adt.Datum) bool
}

// Served is a table's answer for one qual.
type Served uint8

// Answers for a qual.
const (
	No      Served = iota // the table ignores it
	Inexact               // the table drops some rows that fail it, no row that passes: recheck
	Exact                 // every row returned passes: the engine does not look again
)

// Scan is how a table would serve a request.
type Scan struct {
	Served  []Served    // one a qual
	Why     []string    // one a qual, for EXPLAIN: why it is not served Exact; nil: no reasons
	Limited bool        // Request.Limit will be kept
	Ordered int         // rows come in the order of so many of Request.Order; a page without rows is where these change
	Steps   []adt.Datum // with Ordered, the values that the first of its columns may have, in their order; nil: not known
	Rows    float64     // estimated rows an opening returns
	Calls   float64     // estimated remote calls an opening makes; 0: local
	Stable  bool        // the scan may be kept and opened by later statements of the session, too
	Detail  []string    // lines for EXPLAIN, such as "Remote API: ec2:DescribeFlowLogs"

	// Open runs the scan: pages of rows of all the table's columns in attribute
	// order (unrequested ones may be nil), until it ends, the consumer breaks or
	// ctx ends; after an error comes nothing. args holds for each Late qual, in
	// order, its values (NULLs removed; an empty list matches nothing). Rows and
	// pages may be shared and are not changed by the consumer. Open may be called
	// many times, also concurrently.
	Open func(ctx context.Context, args [][]adt.Datum) iter.Seq2[[]adt.Row, error]

	// Analyze gives lines for EXPLAIN ANALYZE after the scan ran (calls, pages,
	// rows, retries, waits). It may be nil.
	Analyze func() []string
}

// Inserter is a Table that takes INSERT. Insert gets all rows of a statement,
// each with the table's columns in order; given tells for each row's column
// whether the statement gave a value (DEFAULT and left-out columns are not
// given and nil). It returns the rows as stored, in the same order; with
// ignoreConflicts (ON CONFLICT DO NOTHING) a row that exists already comes back
// nil. On error nothing is left behind, or the error lists what is.
type Inserter interface {
	Insert(ctx context.Context, req WriteRequest, rows []adt.Row, given [][]bool, ignoreConflicts bool) ([]adt.Row, error)
}

// Deleter is a Table that takes DELETE: it removes rows that a scan of it with
// all columns returned, and tells which were there (a row gone already is not
// an error and counts false).
type Deleter interface {
	Delete(ctx context.Context, req WriteRequest, rows []adt.Row) ([]bool, error)
}

// Updater is a Table that takes UPDATE: news[i] replaces olds[i]. It returns
// the rows as stored (nil: gone). CheckUpdate refuses, before any I/O, columns that can't change.
type Updater interface {
	CheckUpdate(columns []int) error
	Update(ctx context.Context, req WriteRequest, olds, news []adt.Row) ([]adt.Row, error)
}

// WriteRequest is the setting of a write.
type WriteRequest struct {
	Session *Session
	Tx      Tx

	// CountOnly tells that the rows an INSERT or UPDATE stores are only counted
	// (there is no RETURNING): they need not be read back, and generated columns
	// of the returned rows may be missing.
	CountOnly bool

	// Returned are the columns of the stored rows that are looked at, if not CountOnly;
	// nil: all of them. Others may be as they are expected to be.
	Returned []int

	// Rows is how many rows the statement writes in all, when it calls more than
	// one method (MERGE); 0: those of this call.
	Rows int

	// Settled, if set, is to be called when the write is done and nothing can undo it
	// any more: then the statement has succeeded, whoever cancels it now.
	Settled func()
}

// TxManager is a Table whose writes take part in transactions. Tables that
// return the same TxKey share one Tx.
type TxManager interface {
	TxKey() any
	// Begin starts the backend's part of a transaction. block tells that the
	// user may still roll it back: a transaction block, not a single statement.
	Begin(s *Session, block bool) Tx
}

// Tx is a backend's part of one transaction of one session. Its methods are
// called by one goroutine at a time.
type Tx interface {
	// Mark gives a savepoint's place.
	Mark() int
	// RollbackTo undoes what came after a mark.
	RollbackTo(ctx context.Context, mark int) error
	// Commit does what was held back. On error the transaction has ended, undone
	// as far as that is possible; the error tells what was done and what not.
	Commit(ctx context.Context) error
	// Rollback undoes the transaction's writes. ctx is not the user's: it outlives
	// cancel and disconnect.
	Rollback(ctx context.Context) error
}

// Resolver is a Table whose rows are writes in doubt, by their transaction.
// Resolve tries to end one as a restart of the server would, whatever its age:
// creates are taken back, decided deletes and changes are finished. It tells
// whether nothing of it is left; known is false when there is no such
// transaction.
type Resolver interface {
	Resolve(ctx context.Context, s *Session, transaction string) (ended, known bool, err error)
}
