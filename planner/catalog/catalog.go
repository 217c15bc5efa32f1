// Package catalog is PostgreSQL 16's own catalog and this server's relations.
//
// The built-in rows of pg_type, pg_proc, pg_operator and the rest were dumped
// from a real PostgreSQL 16 (go generate) into data/, embedded, and decoded
// once into the typed structs of this file, which carry function, operator,
// cast and type resolution. The same rows, with those of our own database,
// schemas and tables, are what the pg_catalog tables serve as fdw.Table.
//
// The way of a query through it: analyze asks a Catalog for the relations,
// types, functions, operators and casts that names can mean; exec asks for the
// body of a routine by OID. A Catalog is immutable and shared by all sessions;
// what differs by session (search path, settings) is passed in.
//
// Where to look for what:
//
//   - from data to a Catalog: data (the files), decode, new (Cluster, Open), cluster (databases);
//   - what names resolve to: names, visible, named, relation, types, typename, outtype, proc,
//     ownproc, operator, compare, family (access methods), role;
//   - the tables of pg_catalog: table (fdw.Table), systables, sysrows (rows of our relations),
//     foreignkeys, infoschema; views with viewdef and viewcolumns;
//   - who may what: acl, privilege, granted, closed;
//   - the functions that read it: funcs puts them together; format and keywords (quoting), regproc,
//     class (regclass), ruleutils, funcdef, describe, identity, objectaddress, objectkinds,
//     routineaddress, extension, amutils, size, filenode, encoding, textsearch, description, stats, misc.
package catalog

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

//go:generate go run ./dump -out data

// OID identifies a catalog object.
type OID = adt.OID

// Proc is a pg_proc row.
type Proc struct {
	OID        OID
	Name       string
	Schema     string
	Kind       byte // prokind: f, a, w, p
	Strict     bool
	RetSet     bool
	Volatile   byte // provolatile: i, s, v
	Variadic   OID  // provariadic: element type of the VARIADIC parameter, 0: none
	Defaults   int  // pronargdefaults
	RetType    OID
	ArgTypes   []OID    // input arguments
	AllTypes   []OID    // with OUT arguments; nil: none
	ArgModes   []byte   // i, o, b, v, t; nil: all i
	ArgNames   []string // nil: none
	DefaultSQL []string // the defaults of the last Defaults arguments, as SQL text
	Src        string   // prosrc
	Language   OID      // prolang: 12 internal, 13 c, 14 sql
	Cost, Rows float64
	Support    bool

	// Body is the routine, nil when it has none here. SQL-language built-ins
	// (prolang 14) have their SQL in Src and, where adt gives one, a Body.
	Body *adt.Func
}

// Operator is a pg_operator row.
type Operator struct {
	OID                 OID
	Name                string
	Schema              string
	Kind                byte // oprkind: b, l
	Left, Right         OID  // Left is 0 for prefix operators
	Result              OID
	Commutator, Negator OID
	Code                OID // oprcode
	CanMerge, CanHash   bool
}

// Cast is a pg_cast row.
type Cast struct {
	OID            OID
	Source, Target OID
	Func           OID  // 0: none
	Context        byte // e explicit, a assignment, i implicit
	Method         byte // f function, i inout, b binary-coercible
}

// Aggregate is a pg_aggregate row.
type Aggregate struct {
	Func                            OID  // pg_proc
	Kind                            byte // n, o, h
	DirectArgs                      int
	TransFn, FinalFn, CombineFn     OID
	MTransFn, MInvTransFn, MFinalFn OID // moving-aggregate mode, 0: none
	FinalExtra, MFinalExtra         bool
	FinalModify                     byte
	SortOp                          OID // min/max: the operator whose first value is the result
	TransType, MTransType           OID
	InitVal, MInitVal               *string // text of the initial state, nil: NULL
}

// OpFamilyMember tells that an operator is a member of a btree or hash family.
type OpFamilyMember struct {
	Family, Left, Right OID
	Strategy            int // btree: 1 <, 2 <=, 3 =, 4 >=, 5 >; hash: 1 =
	Operator            OID
	Method              OID // access method: 403 btree, 405 hash
}

// Collation is a pg_collation row.
type Collation struct {
	OID           OID
	Name          string
	Schema        string
	Deterministic bool
}

// Relation is a table or view that queries can name.
type Relation struct {
	OID          OID
	Schema, Name string
	Kind         byte // relkind: r, v
	RowType      OID  // its composite type in pg_type
	Columns      []fdw.Column
	PrimaryKey   []int
	Unique       [][]int // the columns of its unique indexes, the primary key's too
	Comment      string
	Table        fdw.Table // nil for views
	ViewSQL      string    // for views
	ViewPretty   string    // the same as pg_get_viewdef(…, true) shows it; "": as it is
	System       bool      // belongs to pg_catalog or information_schema
	Closed       bool      // not for everybody to read
}
