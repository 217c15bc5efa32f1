package nodes

import "github.com/flowgres/flowgres/planner/adt"

// XMLOp is what an XMLExpr does.
type XMLOp uint8

// The operations of XMLExpr.
const (
	XMLConcat XMLOp = iota
	XMLElement
	XMLForest
	XMLParse
	XMLPI
	XMLRoot
	XMLSerialize
	XMLIsDocument
)

type (
	// XMLExpr is one of SQL/XML's functions that have their own syntax.
	XMLExpr struct {
		Op        XMLOp
		Name      string // the element, or the instruction's target
		NamedArgs []Expr // XMLATTRIBUTES or XMLFOREST
		ArgNames  []string
		Args      []Expr
		Document  bool // DOCUMENT, not CONTENT
		Indent    bool
		Location  int
	}

	// XMLTableExpr is XMLTABLE: a set-returning expression whose rows are
	// Columns. It stands in a function RTE alone.
	XMLTableExpr struct {
		Doc, Row   Expr
		Spaces     []Expr // namespace URIs
		SpaceNames []string
		Columns    []XMLTableColumn
		Paths      []Expr // of each column, nil: its name
		Defaults   []Expr // of each column, nil: none
		Location   int
	}

	// XMLTableColumn is a column of an XMLTABLE.
	XMLTableColumn struct {
		ColumnDef
		Ordinality bool
		NotNull    bool
	}
)

func (*XMLExpr) expr()      {}
func (*XMLTableExpr) expr() {}

// info is what TypeOf says of an XMLExpr.
func (e *XMLExpr) info() Info {
	switch e.Op {
	case XMLIsDocument:
		return Info{adt.BoolOID, -1, 0, e.Location}
	case XMLSerialize:
		return Info{adt.TextOID, -1, adt.DefaultCollationOID, e.Location}
	}
	return Info{adt.XMLOID, -1, 0, e.Location}
}

func (e *XMLExpr) rewrite(list func([]Expr) []Expr) Expr {
	c := *e
	c.NamedArgs, c.Args = list(e.NamedArgs), list(e.Args)
	return &c
}

func (e *XMLTableExpr) exprs() []Expr {
	out := append([]Expr{e.Doc, e.Row}, e.Spaces...)
	out = append(out, e.Paths...)
	return append(out, e.Defaults...)
}

func (e *XMLTableExpr) rewrite(one func(Expr) Expr, list func([]Expr) []Expr) Expr {
	c := *e
	c.Doc, c.Row = one(e.Doc), one(e.Row)
	c.Spaces, c.Paths, c.Defaults = list(e.Spaces), list(e.Paths), list(e.Defaults)
	return &c
}
