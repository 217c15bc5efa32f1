package nodes

import (
	"github.com/flowgres/flowgres/planner/fdw"
)

// CmdType is what a Query does.
type CmdType uint8

// The commands of a Query.
const (
	CmdSelect CmdType = iota
	CmdInsert
	CmdUpdate
	CmdDelete
	CmdMerge
	CmdNothing // DO NOTHING of a MERGE
)

// Query is an analysed SELECT, INSERT, UPDATE, DELETE or MERGE, PostgreSQL's Query.
type Query struct {
	Command        CmdType
	ResultRelation int // RangeTable index of the target, 0: none

	HasAggs         bool
	HasWindowFuncs  bool
	HasTargetSRFs   bool
	HasSubLinks     bool
	HasDistinctOn   bool
	HasRecursive    bool
	HasModifyingCTE bool

	CTEs       []*CTE
	RangeTable []*RTE
	From       []JoinNode // FROM list
	Where      Expr       // nil: none

	TargetList []*TargetEntry
	OnConflict *OnConflict
	Returning  []*TargetEntry

	// MERGE: From is one join of the source, on the left, with the target.
	MergeActions []*MergeAction

	Group         []*SortGroupClause
	GroupDistinct bool
	GroupingSets  []*GroupingSet // nil: plain GROUP BY
	Having        Expr
	Windows       []*WindowClause
	Distinct      []*SortGroupClause // DISTINCT or, with HasDistinctOn, DISTINCT ON
	Sort          []*SortGroupClause

	LimitOffset Expr // int8
	LimitCount  Expr // int8; NULL: all
	WithTies    bool

	Closed []OID // in the statement's own query: relations, named anywhere in it, that not everybody may read

	RowMarks bool // FOR UPDATE/SHARE was given; there is nothing to lock
	Locked   []LockedRTE

	SetOp SetNode // nil, or the tree of a UNION/INTERSECT/EXCEPT whose leaves are subquery RTEs
}

// LockedRTE is a range table entry that FOR UPDATE or its like names.
type LockedRTE struct {
	RTE    int
	Clause string // for complaints
}

// TargetEntry is a column of a select list, RETURNING list, INSERT or UPDATE.
type TargetEntry struct {
	Expr    Expr
	Resno   int // 1-based; in INSERT and UPDATE the target's attribute number
	Name    string
	Ref     int // sortgroupref, 0: none
	Resjunk bool

	OrigTable  OID // table and column it comes straight from, 0: none
	OrigColumn int
}

// SortGroupClause is one key of ORDER BY, GROUP BY, DISTINCT, PARTITION BY.
type SortGroupClause struct {
	Ref        int // TargetEntry.Ref
	Eq         OID // = operator
	Sort       OID // < or > operator, 0: not sortable
	NullsFirst bool
	Hashable   bool
	Desc       bool // Sort is the > of its operator class
}

// GroupingSetKind is the kind of a GroupingSet.
type GroupingSetKind uint8

// The kinds of GroupingSet.
const (
	GroupingEmpty GroupingSetKind = iota
	GroupingSimple
	GroupingRollup
	GroupingCube
	GroupingSets
)

// GroupingSet is a grouping set expression; Simple holds sortgrouprefs, the
// others nest.
type GroupingSet struct {
	Kind     GroupingSetKind
	Refs     []int
	Content  []*GroupingSet
	Location int
}

// WindowClause is a window definition, inheritance resolved.
type WindowClause struct {
	Name      string
	RefName   string
	Ref       int // as in WindowFunc.Window
	Partition []*SortGroupClause
	Order     []*SortGroupClause
	Frame     Frame

	// RANGE offsets: the in_range support functions (pg_amproc) with the order's
	// collation, direction and null placement.
	StartInRange, EndInRange OID
	InRangeCollation         OID
	InRangeAsc               bool
	InRangeNullsFirst        bool
}

// FrameMode is ROWS, RANGE or GROUPS.
type FrameMode uint8

// The frame modes.
const (
	FrameRange FrameMode = iota
	FrameRows
	FrameGroups
)

// FrameBound is one end of a frame.
type FrameBound uint8

// The frame bounds.
const (
	UnboundedPreceding FrameBound = iota
	OffsetPreceding
	CurrentRow
	OffsetFollowing
	UnboundedFollowing
)

// FrameExclusion is the EXCLUDE of a frame.
type FrameExclusion uint8

// The frame exclusions.
const (
	ExcludeNone FrameExclusion = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// Frame is a window frame; the default is RANGE BETWEEN UNBOUNDED PRECEDING
// AND CURRENT ROW.
type Frame struct {
	Explicit               bool
	Mode                   FrameMode
	Start, End             FrameBound
	StartOffset, EndOffset Expr
	Exclude                FrameExclusion
}

// CTE is an item of WITH.
type CTE struct {
	Name         string
	Query        *Query
	Recursive    bool // refers to itself
	RefCount     int
	Modifying    bool
	Materialized CTEMaterialize
	Columns      []ColumnDef // output columns after aliases, SEARCH and CYCLE columns included

	Search *SearchClause
	Cycle  *CycleClause
}

// CTEMaterialize is the MATERIALIZED option of a CTE.
type CTEMaterialize uint8

// The MATERIALIZED options.
const (
	MaterializeDefault CTEMaterialize = iota
	MaterializeAlways
	MaterializeNever
)

// SearchClause is SEARCH BREADTH or DEPTH FIRST BY columns SET seq.
type SearchClause struct {
	Columns      []string
	BreadthFirst bool
	SeqColumn    string
}

// CycleClause is CYCLE columns SET mark TO value DEFAULT default USING path.
type CycleClause struct {
	Columns                []string
	MarkColumn, PathColumn string
	MarkValue, MarkDefault Expr
	MarkType, MarkNeOp     OID
	MarkTypmod             int32
	MarkCollation          OID
}

// ColumnDef is a named, typed column.
type ColumnDef struct {
	Name      string
	Type      OID
	Typmod    int32
	Collation OID
}

// RTEKind is the kind of a range table entry.
type RTEKind uint8

// The kinds of RTE.
const (
	RTERelation RTEKind = iota
	RTESubquery         // also views: Query is the view's, Relation the view's description
	RTEJoin
	RTEFunction
	RTEValues
	RTECTE
	RTEResult // FROM-less
)

// RTE is a range table entry. Columns describes what Vars may name, after
// alias renaming; system columns of relations are outside of it.
type RTE struct {
	Kind    RTEKind
	Alias   string // effective name
	Columns []ColumnDef
	Lateral bool

	Relation *Relation // Relation, and Subquery made from a view

	Query *Query // Subquery

	JoinType   JoinType // Join
	JoinVars   []Expr   // Join: what each column stands for, in Vars of the joined RTEs or COALESCE of them
	UsingCols  int      // Join: the first so many columns are merged USING columns
	UsingAlias string   // Join without alias: of USING (…) AS alias

	Functions  []*RangeFunction // Function
	Ordinality bool

	Values [][]Expr // Values lists, all coerced to Columns

	CTEName     string // CTE
	CTELevelsUp int
	SelfRef     bool // a recursive reference inside the CTE itself
}

// RangeFunction is one function of a function RTE.
type RangeFunction struct {
	Expr    Expr
	Columns []ColumnDef // the columns it contributes
	Scalar  bool        // its result is one scalar column, not a record to be spread
}

// Relation is a table or view as analysis resolved it.
type Relation struct {
	OID          OID
	Schema, Name string
	Kind         byte // relkind: r, v
	Type         OID  // its row type
	Table        fdw.Table
}

// JoinNode is an item of a FROM tree: RangeRef or Join.
type JoinNode interface{ join() }

// RangeRef is a range table entry in FROM, by RangeTable index.
type RangeRef struct{ RTE int }

// Join is a JOIN; RTE is its own range table entry.
type Join struct {
	Type        JoinType
	Left, Right JoinNode
	On          Expr // nil: cross join
	RTE         int
}

func (*RangeRef) join() {}
func (*Join) join()     {}

// JoinType is the type of a join. Semi and anti joins are made by plan alone.
type JoinType uint8

// The join types.
const (
	InnerJoin JoinType = iota
	LeftJoin
	RightJoin
	FullJoin
	SemiJoin
	AntiJoin
)

// SetNode is a node of a set-operation tree: SetLeaf or SetOperation.
type SetNode interface{ set() }

// SetLeaf is a subquery RTE, by RangeTable index.
type SetLeaf struct{ RTE int }

// SetOpKind is UNION, INTERSECT or EXCEPT.
type SetOpKind uint8

// The set operations.
const (
	Union SetOpKind = iota
	Intersect
	Except
)

// SetOperation combines two inputs. Columns describe its output. LeftCoerce and
// RightCoerce, when not nil, give the expression over the input's Slots that
// coerces each column to its output type. Group holds how rows compare, one
// clause a column (Ref unused); nil for ALL of a UNION.
type SetOperation struct {
	Op                      SetOpKind
	All                     bool
	Left, Right             SetNode
	LeftCoerce, RightCoerce []Expr
	Columns                 []ColumnDef
	Group                   []*SortGroupClause
}

func (*SetLeaf) set()      {}
func (*SetOperation) set() {}

// OnConflict is ON CONFLICT of an INSERT. Without DoNothing it is DO UPDATE.
type OnConflict struct {
	DoNothing bool
	Inferred  bool  // there is an inference specification or a constraint's name
	Columns   []int // inference columns, 1-based attribute numbers
	NoArbiter bool  // no key matches the inference: 42P10 when it is planned

	Excluded int            // DO UPDATE: RangeTable index of the row proposed for insertion
	Set      []*TargetEntry // Resno as in UPDATE
	Where    Expr
}

// MergeAction is a WHEN clause of MERGE.
type MergeAction struct {
	Command    CmdType // Insert, Update, Delete or Nothing
	Matched    bool
	Qual       Expr // nil: always
	TargetList []*TargetEntry
}
