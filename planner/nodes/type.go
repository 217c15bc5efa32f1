package nodes

import "github.com/flowgres/flowgres/planner/adt"

// Info is what TypeOf tells of an expression.
type Info struct {
	Type      OID
	Typmod    int32 // -1: none
	Collation OID   // 0: none
	Location  int   // -1: unknown
}

// TypeOf gives the type, typmod, collation and location of an expression:
// exprType, exprTypmod, exprCollation and the node's own location.
func TypeOf(e Expr) Info {
	switch e := e.(type) {
	case *Var:
		return Info{e.Type, e.Typmod, e.Collation, e.Location}
	case *Slot:
		return Info{e.Type, e.Typmod, e.Collation, -1}
	case *Const:
		return Info{e.Type, e.Typmod, e.Collation, e.Location}
	case *Param:
		return Info{e.Type, e.Typmod, e.Collation, e.Location}
	case *FuncExpr:
		return Info{e.Type, coercionTypmod(e), e.Collation, e.Location}
	case *OpExpr:
		return Info{e.Type, -1, e.Collation, e.Location}
	case *DistinctExpr:
		return Info{adt.BoolOID, -1, 0, e.Location}
	case *NullIfExpr:
		return Info{e.Type, TypeOf(e.Args[0]).Typmod, e.Collation, e.Location}
	case *ScalarArrayOpExpr:
		return Info{adt.BoolOID, -1, 0, e.Location}
	case *BoolExpr:
		return Info{adt.BoolOID, -1, 0, e.Location}
	case *Aggref:
		return Info{e.Type, -1, e.Collation, e.Location}
	case *GroupingFunc:
		return Info{adt.Int4OID, -1, 0, e.Location}
	case *WindowFunc:
		return Info{e.Type, -1, e.Collation, e.Location}
	case *SubscriptingRef:
		return Info{e.Type, e.Typmod, e.Collation, e.Location}
	case *SubLink:
		switch e.Kind {
		case ExprSubLink, ArraySubLink:
			return Info{e.Type, e.Typmod, e.Collation, e.Location}
		}
		return Info{adt.BoolOID, -1, 0, e.Location}
	case *SubLinkParam:
		return Info{e.Type, e.Typmod, e.Collation, -1}
	case *FieldSelect:
		return Info{e.Type, e.Typmod, e.Collation, TypeOf(e.Arg).Location}
	case *RelabelType:
		return Info{e.Type, e.Typmod, e.Collation, e.Location}
	case *CoerceViaIO:
		return Info{e.Type, -1, e.Collation, e.Location}
	case *ArrayCoerceExpr:
		return Info{e.Type, e.Typmod, e.Collation, e.Location}
	case *ConvertRowtypeExpr:
		return Info{e.Type, -1, 0, e.Location}
	case *CollateExpr:
		i := TypeOf(e.Arg)
		return Info{i.Type, i.Typmod, e.Collation, e.Location}
	case *CaseExpr:
		return Info{e.Type, caseTypmod(e), e.Collation, e.Location}
	case *CaseTestExpr:
		return Info{e.Type, e.Typmod, e.Collation, -1}
	case *ArrayExpr:
		return Info{e.Type, arrayTypmod(e), e.Collation, e.Location}
	case *RowExpr:
		return Info{e.Type, -1, 0, e.Location}
	case *RowCompareExpr:
		return Info{adt.BoolOID, -1, 0, TypeOf(e.Left[0]).Location}
	case *CoalesceExpr:
		return Info{e.Type, commonTypmod(e.Type, e.Args), e.Collation, e.Location}
	case *MinMaxExpr:
		return Info{e.Type, commonTypmod(e.Type, e.Args), e.Collation, e.Location}
	case *SQLValueFunction:
		return Info{e.Type, e.Typmod, sqlValueCollation(e.Type), e.Location}
	case *CursorKey:
		return Info{e.Type, e.Typmod, e.Collation, -1}
	case *NullTest:
		return Info{adt.BoolOID, -1, 0, e.Location}
	case *BooleanTest:
		return Info{adt.BoolOID, -1, 0, e.Location}
	case *CoerceToDomain:
		return Info{e.Type, e.Typmod, e.Collation, e.Location}
	case *SetToDefault:
		return Info{e.Type, e.Typmod, e.Collation, e.Location}
	case *JSONConstructorExpr:
		return Info{e.Type, e.Typmod, 0, e.Location}
	case *XMLExpr:
		return e.info()
	case *XMLTableExpr:
		return Info{adt.RecordOID, -1, 0, e.Location}
	case *JSONIsPredicate:
		return Info{adt.BoolOID, -1, 0, e.Location}
	case Custom:
		return e.Info()
	}
	return Info{Typmod: -1, Location: -1}
}

// coercionTypmod is exprIsLengthCoercion's typmod for a function call: the
// second argument of a length coercion.
func coercionTypmod(e *FuncExpr) int32 {
	if e.Form == CallForm || e.Form == SQLSyntaxForm || len(e.Args) < 2 || len(e.Args) > 3 {
		return -1
	}
	if c, ok := e.Args[1].(*Const); ok && c.Type == adt.Int4OID && c.Value != nil {
		return c.Value.(int32)
	}
	return -1
}

// commonTypmod is the typmod that all args share with the given type, else -1.
func commonTypmod(typ OID, args []Expr) int32 {
	m := int32(-1)
	for i, a := range args {
		t := TypeOf(a)
		if t.Type != typ || t.Typmod < 0 || i > 0 && t.Typmod != m {
			return -1
		}
		m = t.Typmod
	}
	return m
}

func caseTypmod(e *CaseExpr) int32 {
	arms := []Expr{e.Default}
	for _, w := range e.Whens {
		arms = append(arms, w.Then)
	}
	return commonTypmod(e.Type, arms)
}

func arrayTypmod(e *ArrayExpr) int32 {
	if len(e.Elements) == 0 {
		return -1
	}
	typ := e.Elem
	if e.Multi {
		typ = e.Type
	}
	return commonTypmod(typ, e.Elements)
}

// sqlValueCollation: CURRENT_USER and its like are of type name, whose
// collation is C.
func sqlValueCollation(typ OID) OID {
	if typ == 19 {
		return 950
	}
	return 0
}
