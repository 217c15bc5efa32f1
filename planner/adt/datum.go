// Package adt holds PostgreSQL's abstract data types: the Go value of every
// SQL type, its text and binary input and output, its operators, functions and
// aggregate transitions, one file a type.
//
// The way of a query through it: analyze calls type input on literals, exec
// calls the functions that catalog rows name, server calls type output (or
// send) on each value of a result row. A routine is found by PostgreSQL's
// prosrc name in the table that Builtins assembles from each file's list; there
// is no other registry. adt must not know of catalogs, parse trees, plans,
// sessions or wires: what a routine may learn of its session is in Env, of
// other types in Types.
//
// Where to look for what:
//
//   - what all types stand on: datum (values), typeoid (types known by name), func (routines and
//     types as the catalog finds them), adapt (typed Go functions as routines), builtins (all of
//     them by name), env (what a routine may know), pace (long loops), errors, receive, ctype
//     (classes of characters), memory, heap and column (sizes), stored (temporary files), digest and
//     hash, pseudo, domain;
//   - numbers: bool, int, oid, float and libm, numeric, money, bit, lsn, size, random, generate;
//   - texts: text, varchar, bpchar, char, name, collated, bytea, encode, encoding, like, quote, format, and
//     regexp (parse to tree, compile to prog, run and dissect);
//   - times: date, time, timetz, timestamp, interval; datetime reads and writes what they share,
//     formatting is to_char and its like;
//   - many values in one: array, record, range, multirange, json (text), jsonb, jsonpath, xml, enum;
//   - text search: tsvector, tsquery, tsparse, tsmatch here, dictionaries and parser in tsearch;
//   - geometry and networks: geo, inet, macaddr, uuid;
//   - aggregates and windows: agg, orderedset, window; others are with their types;
//   - a server's own: aclitem, tid, snapshot, walfile, input (pg_input_is_valid).
//
// It mirrors PostgreSQL's src/backend/utils/adt.
package adt

// Datum is a value of a SQL type; NULL is nil. Each SQL type has one fixed Go
// type, and its static SQL type is known from the expression that made it:
//
//	bool                                    bool
//	int2, int4, int8                        int16, int32, int64
//	float4, float8                          float32, float64
//	numeric                                 *Numeric
//	text, varchar, bpchar, name, json,
//	unknown, cstring, xml, pg_node_tree,
//	refcursor                               string
//	"char"                                  Char
//	bytea                                   []byte
//	oid, reg*, xid, cid                     OID (uint32)
//	xid8, pg_lsn                            uint64
//	date                                    Date
//	time, timetz                            Time, TimeTZ
//	timestamp, timestamptz                  Timestamp, TimestampTZ
//	interval                                Interval
//	uuid                                    UUID
//	jsonb                                   *JSONB
//	jsonpath                                *JSONPath
//	arrays, int2vector, oidvector           *Array
//	record and composite types              *Record
//	ranges, multiranges                     *Range, *Multirange
//	inet, cidr                              Inet
//	macaddr, macaddr8                       MACAddr, MACAddr8
//	bit, varbit                             *Bits
//	enums                                   OID of the pg_enum row
//	aclitem                                 *ACLItem
//	tid                                     TID
//	pg_snapshot, txid_snapshot              *Snapshot
//	tsvector, tsquery                       *TSVector, *TSQuery
//	money                                   Money
//	point, lseg, line, box, circle          Point, LSeg, Line, Box, Circle
//	path, polygon                           *Path, *Polygon
//	void                                    Void
//	internal (aggregate states)             what the routine likes
//
// A domain's value is its base type's. Datums are immutable, but for an
// aggregate's transition state inside an aggregate (Call.Agg).
type Datum = any

// Row is a tuple: one Datum a column.
type Row = []Datum

// OID identifies a catalog object.
type OID = uint32

// Char is a value of type "char": one byte.
type Char byte

// Void is the only value of type void.
type Void struct{}

// UUID is a value of type uuid, in network order.
type UUID [16]byte

// TID is a tuple identifier: block and 1-based offset.
type TID struct {
	Block  uint32
	Offset uint16
}

// Date is days since 2000-01-01; the extremes of int32 are -infinity and
// infinity (PostgreSQL's DateADT).
type Date int32

// Time is microseconds since midnight, 0 to 86400000000 (TimeADT).
type Time int64

// TimeTZ is a time of day and its zone in seconds west of UTC (TimeTzADT).
type TimeTZ struct {
	Time Time
	Zone int32
}

// Timestamp is microseconds since 2000-01-01 00:00:00 without zone; the
// extremes of int64 are -infinity and infinity.
type Timestamp int64

// TimestampTZ is microseconds since 2000-01-01 00:00:00 UTC; the extremes of
// int64 are -infinity and infinity.
type TimestampTZ int64

// Interval is a span in PostgreSQL's three parts, each of its own sign.
type Interval struct {
	Time  int64 // microseconds
	Day   int32
	Month int32
}

// Money is an amount in the smallest currency unit (Cash).
type Money int64

// Array is a value of an array type, or int2vector or oidvector (which have
// lower bound 0). An empty array has no dimensions.
type Array struct {
	Elem   OID        // element type
	Dims   []ArrayDim // outermost first
	Values []Datum    // row-major; nil is a NULL element
	Bitmap bool       // it was cut from one with a NULL element: its binary form still says that there may be some
}

// ArrayDim is one dimension of an array.
type ArrayDim struct {
	Len   int32
	Lower int32 // subscript of the first element, usually 1
}

// NewArray makes a one-dimensional array with lower bound 1 (empty: no
// dimensions).
func NewArray(elem OID, values []Datum) *Array {
	a := &Array{Elem: elem, Values: values}
	if len(values) > 0 {
		a.Dims = []ArrayDim{{Len: int32(len(values)), Lower: 1}}
	}
	return a
}

// Record is a value of a composite type, or an anonymous record.
type Record struct {
	Desc   *RowDesc
	Values Row
}

// RowDesc describes the columns of a composite value or a result.
type RowDesc struct {
	Type   OID // the composite type; RECORDOID (2249) when anonymous
	Fields []Field
}

// Field is one column of a RowDesc.
type Field struct {
	Name      string
	Type      OID
	Typmod    int32 // -1: none
	Collation OID
	Dropped   bool
}
