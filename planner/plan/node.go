package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// Node is a plan node. Each forms an input row, as its comment says, over which
// all its expressions' Slots run; rows that pass Quals are put out, projected by Targets.
type Node interface{ Common() *Base }

// Base is what all plan nodes have.
type Base struct {
	Quals   []nodes.Expr // all must be true
	Targets []nodes.Expr // output columns over the input row; nil: the input row itself
	Width   int          // number of output columns
	Rows    float64      // estimated output rows
	Calls   float64      // estimated remote calls of one run
	// OneTime is a condition without Slots, tested once a run: when it is not true the node
	// yields nothing and its inputs are not opened.
	OneTime nodes.Expr
	ID      int // unique in the plan, for EXPLAIN ANALYZE's counters

	// Marks tells that rows come place by place (fdw.Request.Order), with a nil row as a
	// mark where one place ends and the next is not read yet: what is above can finish with
	// the first, and stop.
	Marks bool
}

// Common gives the node's common part.
func (b *Base) Common() *Base { return b }

type (
	// Result has its input's rows as input rows, or one row without columns.
	Result struct {
		Base
		Input Node // nil: one empty row
	}

	// Scan reads a table. Its input row is all the table's columns, then System.
	Scan struct {
		Base
		Relation *nodes.Relation
		Alias    string
		Request  fdw.Request  // as offered, for EXPLAIN
		Conds    []nodes.Expr // what the request's quals say, nil where one is less than a condition
		Fdw      fdw.Scan
		Args     []ScanArg // one a Late qual
		Placed   []Placed  // where the conditions on the table are decided, for EXPLAIN
		// At are conditions on the table's place columns (fdw.Column.Place) and on what is
		// known when the scan opens, over its input row: places where one does not hold are not read.
		At     []nodes.Expr
		Frozen bool  // the statement writes to the table before the scan may open: its rows are those of before
		Shared bool  // others may read the same: openings of equal Key share their pages
		System []int // attribute numbers of system columns wanted (ctid -1, xmin -2, cmin -3, xmax -4, cmax -5, tableoid -6)
	}

	// FunctionScan reads functions in FROM, side by side as ROWS FROM does. Its
	// input row is their columns in order, then the ordinality (int8).
	FunctionScan struct {
		Base
		Alias      string
		Functions  []*nodes.RangeFunction
		Ordinality bool
		Columns    []nodes.ColumnDef // as the query names them, for EXPLAIN
	}

	// ValuesScan reads a VALUES list.
	ValuesScan struct {
		Base
		Alias  string
		Values [][]nodes.Expr
	}

	// CTEScan reads Plan.CTEs[ID], which runs at most once and is kept for all.
	CTEScan struct {
		Base
		Alias   string
		CTE     int
		Columns []nodes.ColumnDef // as the query names them here, for EXPLAIN
	}

	// WorkTableScan reads the work table of the RecursiveUnion with that Table.
	WorkTableScan struct {
		Base
		Alias   string
		Table   int
		Columns []nodes.ColumnDef // as of a CTEScan
	}

	// RecursiveUnion puts out the rows of First, then those of Next, run with the
	// work table holding the rows last put out, until there are none; with Group
	// (UNION) duplicates of any row put out before are dropped.
	RecursiveUnion struct {
		Base
		First, Next Node
		Table       int
		Group       []*KeyColumn      // nil: UNION ALL
		Name        string            // of the WITH query, and
		Columns     []nodes.ColumnDef // its columns, for EXPLAIN
	}

	// NestLoop joins by running Inner for each row of Outer, with executor
	// parameters set from the outer row. Its input row is outer then inner (outer
	// alone for semi and anti joins, though On sees both). Type is Inner, Left, Semi or Anti.
	NestLoop struct {
		Base
		Type         nodes.JoinType
		Outer, Inner Node
		Params       []NestParam
		On           []nodes.Expr // join conditions: decide matches, unlike Quals which filter after
	}

	// HashJoin joins on equal keys: Inner goes into a hash table. Its input row
	// is as NestLoop's. Any join type; with no keys it is a
	// materialised nested loop that serves Right and Full joins with any On.
	HashJoin struct {
		Base
		Type         nodes.JoinType
		Outer, Inner Node
		OuterKeys    []nodes.Expr // over the outer row
		InnerKeys    []nodes.Expr // over the inner row
		Keys         []*KeyColumn // types of the keys; Slot unused
		On           []nodes.Expr // further join conditions over outer then inner row
		// NotFed tells, for EXPLAIN, why no keys are handed down to a remote Inner.
		NotFed string
		// Feed hands the outer keys down: Inner holds a Scan whose Late qual takes
		// them in batches of at most Batch distinct values. 0: no feed, build Inner first.
		Feed *Feed
	}

	// Sort orders by Keys. Its input row is its input's.
	Sort struct {
		Base
		Input Node
		Keys  []*SortKey
		Limit nodes.Expr // int8, no Slots: only so many first rows are needed; nil: all

		// Presorted is how many of the first Keys the input comes ordered by, with marks
		// (Base.Marks): the rows of each place go out when they are sorted.
		Presorted int
	}

	// Unique drops rows equal in Keys to the row before.
	Unique struct {
		Base
		Input Node
		Keys  []*KeyColumn
	}

	// Agg groups its input. Its input row (for Quals, which are HAVING, and
	// Targets) is the group keys, then the aggregates' results, then, when Sets is not nil, an
	// int4 bit mask of the keys NOT grouped by in this row's set (bit i: key i). Without
	// group keys and Sets it puts out exactly one row.
	Agg struct {
		Base
		Input  Node
		Groups []nodes.Expr // over the input's row
		Keys   []*KeyColumn // types of Groups; Slot unused
		Sets   [][]int      // grouping sets, as indexes of Groups; nil: all of Groups
		Stream bool         // there are no Aggs and Sets, and what is above may stop early: groups go out as they come
		Runs   bool         // the input's marks are ends of groups: they go out then
		Aggs   []*nodes.Aggref
	}

	// WindowAgg evaluates window functions over input sorted by partition, then
	// order. Its input row is its input's, then one column a function.
	WindowAgg struct {
		Base
		Input     Node
		Clause    *nodes.WindowClause // StartOffset and EndOffset rewritten, no Slots
		Partition []*KeyColumn
		Order     []*SortKey
		Funcs     []*nodes.WindowFunc // Args over the input's row
	}

	// ProjectSet is a projection with set-returning functions in Targets.
	ProjectSet struct {
		Base
		Input Node
	}

	// Append puts out the rows of all inputs, in order: one input after the other or, with
	// Keys, by these, which are place columns and which the inputs come ordered by (Merge
	// Append). Inputs with marks are read on only when nothing else can come before.
	Append struct {
		Base
		Inputs []Node
		Keys   []*SortKey // over the inputs' rows; nil: not merged
		// Steps, with Keys, are the values that the first key may have in an input, in
		// their order (fdw.Scan.Steps); nil: not known.
		Steps [][]adt.Datum
	}

	// SetOp is INTERSECT or EXCEPT [ALL] over whole rows. (UNION is Append, and an Agg without
	// aggregates above it.)
	SetOp struct {
		Base
		Op          nodes.SetOpKind
		All         bool
		Left, Right Node
		Keys        []*KeyColumn
	}

	// Limit skips Offset rows and stops after Count. Both are int8 without Slots,
	// nil or NULL: none.
	Limit struct {
		Base
		Input         Node
		Offset, Count nodes.Expr
		Ties          []*SortKey // WITH TIES: peers under these keys follow
	}

	// Modify runs INSERT, UPDATE, DELETE or MERGE: it reads all of Input, then calls the
	// table once (a MERGE once a kind of action). For INSERT, Input's row is the table's columns in order; Given
	// tells which were given, GivenRows the same for each row of a VALUES list with DEFAULTs.
	// For UPDATE and DELETE, Input's row is the old row in all the table's
	// columns, then, for UPDATE, the new value of each of Columns. Its input row, for
	// Targets (RETURNING), is the stored (deleted: old) row followed by the rest of Input's row.
	Modify struct {
		Base
		Command         nodes.CmdType
		Relation        *nodes.Relation
		Alias           string
		Input           Node
		Given           []bool
		GivenRows       [][]bool
		Columns         []int // UPDATE: attribute indexes (0-based) of the new values
		IgnoreConflicts bool
		Returning       bool
		// Merge, for MERGE and INSERT … ON CONFLICT DO UPDATE, tells what the rows of Input ask
		// for: each is the target's old row (NULLs: none), the 1-based number of its
		// action (int4, 0: none), the row that the action makes, and of an INSERT the row proposed
		// and, with GivenRows, its ordinal (int4). Only the stored row is there for Targets.
		Merge    []*MergeAction
		Conflict *nodes.OnConflict // of an INSERT; DO UPDATE with Merge nil: no row can conflict
		Filter   nodes.Expr        // WHERE of DO UPDATE, in Vars, for EXPLAIN
	}
)

// ScanArg gives a Late qual's values when a scan opens: for OpIn with Array the elements of
// one array value, else one value an expression. Exprs hold no Slots but may hold executor
// parameters. A Fed argument gets its values from a HashJoin's Feed.
type ScanArg struct {
	Exprs []nodes.Expr
	Array bool
	Fed   bool
}

// NestParam is an executor parameter that a NestLoop sets from its outer row.
type NestParam struct {
	Param int
	Value nodes.Expr
}

// Feed tells which scan argument below a HashJoin's Inner takes the values of
// which key, and how many distinct ones at most at once.
type Feed struct {
	Scan  *Scan
	Arg   int // index into Scan.Args
	Key   int // index into OuterKeys
	Batch int

	// More are further keys that the scan takes the values of along with the first:
	// the rows of a batch's combinations come, and maybe those of others.
	More []FeedArg

	// Also are further scans below Inner (branches of an Append) that take the same.
	Also []FedScan
}

// FedScan is a scan with its arguments for a Feed's keys: Feed.Key, then those of More.
type FedScan struct {
	Scan *Scan
	Args []int
}

// FeedArg is a further argument of a Feed.
type FeedArg struct{ Arg, Key int }

// KeyColumn is a column that is compared for equality.
type KeyColumn struct {
	Slot      int
	Type      adt.OID
	Collation adt.OID
	Eq        adt.OID // operator
}

// SortKey is a column that rows are ordered by.
type SortKey struct {
	Slot       int
	Type       adt.OID
	Collation  adt.OID
	Op         adt.OID // < or > operator, maybe not the type's default
	Desc       bool
	NullsFirst bool
}
