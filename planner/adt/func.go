package adt

import (
	"context"
	"iter"
)

// Func is the body of one PostgreSQL routine. A routine has the entries that
// its kind needs; the strictness of proisstrict is the caller's work, so a
// strict routine never sees nil arguments.
type Func struct {
	// Call is a plain function, an aggregate's transition or final function, a
	// cast or the code of an operator.
	Call func(c *Call, args []Datum) (Datum, error)
	// Set is a set-returning function. Several OUT columns come as *Record.
	Set func(c *Call, args []Datum) iter.Seq2[Datum, error]
	// Window is a window function (prokind w).
	Window func(w Window) (Datum, error)
	// Compare is what a btree support function (btint4cmp, …) also offers: the
	// order of two non-NULL values, without boxing.
	Compare func(a, b Datum) int
	// Key is what a hash support function (hashint4, …) also offers: it appends
	// bytes that are equal for two non-NULL values exactly when those are equal
	// under the type's default equality, and that no other key is a prefix of.
	Key func(dst []byte, d Datum) []byte
	// Append is what a type's output or send function also offers: it appends
	// the text or binary form of a non-NULL value.
	Append func(c *Call, dst []byte, d Datum) ([]byte, error)
}

// Funcs maps PostgreSQL's prosrc names to bodies.
type Funcs map[string]Func

// Call is what a routine knows of the expression that calls it, PostgreSQL's
// FunctionCallInfo and FmgrInfo. One Call serves all evaluations of one
// expression by one executor, so Memo may keep what is costly to prepare.
type Call struct {
	Env       *Env
	Name      string   // the routine's SQL name, for messages
	Args      []OID    // actual argument types, polymorphic ones resolved
	Result    OID      // actual result type
	Typmod    int32    // result typmod, -1: none
	Desc      *RowDesc // the expected columns when the result is a record
	Collation OID
	Variadic  bool // called with VARIADIC array
	Agg       bool // called as an aggregate's transition or final function: the state may be changed in place
	Apart     bool // a set's records are taken apart at once: the next one may be the same
	Memo      any  // kept between calls (fn_extra)
}

// context is what ends the statement that calls.
func (c *Call) context() context.Context {
	if c.Env == nil || c.Env.Context == nil {
		return context.Background()
	}
	return c.Env.Context
}

// Type is a data type: its pg_type row with the routines that it names
// resolved. Routines that have no body are nil.
type Type struct {
	OID        OID
	Name       string
	Schema     string
	Len        int16 // -1 varlena, -2 cstring
	ByVal      bool
	Kind       byte // typtype: b, c, d, e, m, p, r
	Category   byte // typcategory
	Preferred  bool
	Delim      byte
	Relation   OID // typrelid, for composite types
	Elem       OID // typelem
	Array      OID // typarray
	Base       OID // typbasetype, for domains
	BaseTypmod int32
	NotNull    bool
	Subtype    OID // element type, for ranges (rngsubtype)
	Multirange OID // for ranges (rngmultitypid)
	RangeType  OID // for multiranges: the type of their ranges
	Collation  OID
	Subscript  string // typsubscript's name: array_subscript_handler, …, or ""

	IsArray bool     // a true array type: typsubscript is array_subscript_handler and typlen -1
	Desc    *RowDesc // columns, for composite types

	Input, Output, Receive, Send, TypmodIn, TypmodOut *Func

	// Compare and Key come from the default btree and hash operator classes of
	// the type (for domains of its base, for arrays built on the element's). nil when there is none.
	Compare func(a, b Datum) int
	Key     func(dst []byte, d Datum) []byte
}

// InputText runs the type's input function, PostgreSQL's InputFunctionCall.
func (t *Type) InputText(env *Env, s string, typmod int32) (Datum, error) {
	if t.Input == nil || t.Input.Call == nil {
		return nil, unsupportedIO(t, "input")
	}
	return t.Input.Call(&Call{Env: env, Name: t.Name, Result: t.OID, Typmod: typmod}, []Datum{s, t.ioParam(), typmod})
}

// TextEncoder gives the type's output function bound to a session: it appends
// the text form of a non-NULL value.
func (t *Type) TextEncoder(env *Env) func(dst []byte, d Datum) ([]byte, error) {
	return t.encoder(env, t.Output, "output")
}

// BinaryEncoder gives the type's send function bound to a session: it appends
// the binary form of a non-NULL value.
func (t *Type) BinaryEncoder(env *Env) func(dst []byte, d Datum) ([]byte, error) {
	return t.encoder(env, t.Send, "binary output")
}

func (t *Type) encoder(env *Env, f *Func, what string) func(dst []byte, d Datum) ([]byte, error) {
	if f == nil || f.Append == nil {
		return func(dst []byte, _ Datum) ([]byte, error) { return dst, t.noIO(env, f, what) }
	}
	c := &Call{Env: env, Name: t.Name, Args: []OID{t.OID}}
	return func(dst []byte, d Datum) ([]byte, error) {
		if len(dst) > longOutput { // of values that may be one and the same, as many columns are
			if err := env.Interrupted(); err != nil {
				return dst, err
			}
			s, _ := d.(string)
			if err := env.Room(int64(len(dst) + len(s))); err != nil {
				return dst, err
			}
		}
		return f.Append(c, dst, d)
	}
}

// longOutput is how much is put out before each value more is looked at.
const longOutput = 1 << 20

// ReceiveBinary runs the type's receive function.
func (t *Type) ReceiveBinary(env *Env, b []byte, typmod int32) (Datum, error) {
	if t.Receive == nil || t.Receive.Call == nil {
		return nil, t.noIO(env, t.Receive, "binary input")
	}
	return t.Receive.Call(&Call{Env: env, Name: t.Name, Result: t.OID, Typmod: typmod}, []Datum{b, t.ioParam(), typmod})
}

// ioParam mirrors getTypeIOParam: the element type of arrays, else the type.
func (t *Type) ioParam() OID {
	if t.Elem != 0 {
		return t.Elem
	}
	return t.OID
}

// Window is what a window function sees of its partition and frame,
// PostgreSQL's WindowObject API (windowapi.h). Positions are 0-based in the
// partition.
type Window interface {
	Call() *Call
	// Memory is this call's partition-local memory; nil at a partition's start.
	Memory() *any
	Rows() int64
	Pos() int64
	// Peers tells whether two rows are equal under the window's ORDER BY.
	Peers(a, b int64) (bool, error)
	// Arg evaluates argument i at the current row.
	Arg(i int) (Datum, error)
	// ArgInPartition evaluates argument i at a row; out tells that the row is
	// outside of the partition.
	ArgInPartition(i int, pos int64) (d Datum, out bool, err error)
	// ArgInFrame evaluates argument i at the row'th row (0-based) from the
	// frame's head, or, with fromTail, back from its tail, exclusion honoured.
	ArgInFrame(i int, row int64, fromTail bool) (d Datum, out bool, err error)
}
