package plan

import (
	"fmt"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// deparser writes expressions as SQL, as ruleutils.c does for EXPLAIN.
type deparser struct {
	cat    *catalog.Catalog
	env    *adt.Env
	column func(e nodes.Expr) string // names a Var or Slot; "" falls back to a number
	params map[int]string            // what executor parameters stand for
}

func (b *builder) deparser(column func(nodes.Expr) string) *deparser {
	return &deparser{cat: b.opt.Catalog, env: b.opt.Env, column: column}
}

func (d *deparser) list(es []nodes.Expr) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = d.arg(e)
	}
	return strings.Join(parts, ", ")
}

// text gives the SQL of an expression, in parentheses where PostgreSQL puts
// them.
func (d *deparser) text(e nodes.Expr) string {
	switch e := e.(type) {
	case nil:
		return ""
	case *nodes.Var:
		if s := d.column(e); s != "" {
			return s
		}
		return fmt.Sprintf("$column%d", e.Attno)
	case *nodes.Slot:
		if s := d.column(e); s != "" {
			return s
		}
		return fmt.Sprintf("$column%d", e.Index+1)
	case *nodes.Const:
		return d.constant(e)
	case *nodes.Param:
		if s := d.params[e.Number]; e.Exec && s != "" {
			return s
		}
		return fmt.Sprintf("$%d", e.Number)
	case *nodes.FuncExpr:
		return d.call(e)
	case *nodes.OpExpr:
		return d.operator(e.Op, e.Args)
	case *nodes.DistinctExpr:
		return "(" + d.arg(e.Args[0]) + " IS DISTINCT FROM " + d.arg(e.Args[1]) + ")"
	case *nodes.NullIfExpr:
		return "NULLIF(" + d.list(e.Args) + ")"
	case *nodes.ScalarArrayOpExpr:
		word := "ANY"
		if e.All {
			word = "ALL"
		}
		return "(" + d.arg(e.Args[0]) + " " + d.opName(e.Op) + " " + word + " (" + d.arg(e.Args[1]) + "))"
	case *nodes.BoolExpr:
		return d.boolean(e)
	case *nodes.Aggref:
		return d.aggregate(e)
	case *nodes.WindowFunc:
		args := d.list(e.Args)
		if e.Star {
			args = "*"
		}
		return d.funcName(e.Func) + "(" + args + ") OVER (?)"
	case *nodes.GroupingFunc:
		return "GROUPING(" + d.list(e.Args) + ")"
	case *nodes.SubscriptingRef:
		return d.subscript(e)
	case *nodes.SubLinkParam:
		return fmt.Sprintf("$sub%d", e.Column)
	case *SubPlanExpr:
		return d.subPlan(e)
	case *nodes.FieldSelect:
		return "(" + d.arg(e.Arg) + ")." + d.field(e)
	case *nodes.RelabelType:
		return d.cast(e.Arg, e.Type, e.Typmod, e.Form)
	case *nodes.CoerceViaIO:
		return d.cast(e.Arg, e.Type, -1, e.Form)
	case *nodes.ArrayCoerceExpr:
		return d.cast(e.Arg, e.Type, e.Typmod, e.Form)
	case *nodes.ConvertRowtypeExpr:
		return d.cast(e.Arg, e.Type, -1, e.Form)
	case *nodes.CoerceToDomain:
		return d.cast(e.Arg, e.Type, e.Typmod, e.Form)
	case *nodes.CollateExpr:
		name := "?"
		if c := d.cat.CollationByOID(e.Collation); c != nil {
			name = `"` + c.Name + `"`
		}
		return "(" + d.text(e.Arg) + " COLLATE " + name + ")"
	case *nodes.CaseExpr:
		return d.caseText(e)
	case *nodes.CaseTestExpr:
		return "CASE_TEST_EXPR"
	case *nodes.ArrayExpr:
		return "ARRAY[" + d.list(e.Elements) + "]"
	case *nodes.RowExpr:
		return "ROW(" + d.list(e.Args) + ")"
	case *nodes.RowCompareExpr:
		op := map[nodes.RowCompareOp]string{nodes.RowLT: "<", nodes.RowLE: "<=", nodes.RowGE: ">=", nodes.RowGT: ">"}[e.Op]
		return "(ROW(" + d.list(e.Left) + ") " + op + " ROW(" + d.list(e.Right) + "))"
	case *nodes.CoalesceExpr:
		return "COALESCE(" + d.list(e.Args) + ")"
	case *nodes.MinMaxExpr:
		if e.Least {
			return "LEAST(" + d.list(e.Args) + ")"
		}
		return "GREATEST(" + d.list(e.Args) + ")"
	case *nodes.SQLValueFunction:
		return [...]string{
			"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP",
			"CURRENT_ROLE", "CURRENT_USER", "USER", "SESSION_USER", "CURRENT_CATALOG", "CURRENT_SCHEMA",
		}[e.Op]
	case *nodes.CursorKey:
		return "CURRENT OF " + adt.QuoteIdent(e.Cursor)
	case *nodes.NullTest:
		if e.Not {
			return "(" + d.arg(e.Arg) + " IS NOT NULL)"
		}
		return "(" + d.arg(e.Arg) + " IS NULL)"
	case *nodes.BooleanTest:
		word := [...]string{"IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN"}[e.Test]
		return "(" + d.text(e.Arg) + " " + word + ")"
	case *nodes.SetToDefault:
		return "DEFAULT"
	case *nodes.JSONConstructorExpr:
		if e.Func != nil {
			return d.text(e.Func)
		}
		return [...]string{"JSON_OBJECT", "JSON_ARRAY", "JSON_OBJECTAGG", "JSON_ARRAYAGG"}[e.Kind] + "(" + d.list(e.Args) + ")"
	case *nodes.XMLExpr:
		return d.xml(e)
	case *nodes.XMLTableExpr:
		return "XMLTABLE((" + d.text(e.Row) + ") PASSING (" + d.text(e.Doc) + "))"
	case *nodes.JSONIsPredicate:
		return "(" + d.text(e.Arg) + " IS JSON)"
	}
	return fmt.Sprintf("%T", e)
}

func (d *deparser) constant(k *nodes.Const) string {
	t := d.cat.TypeByOID(k.Type)
	if k.Value == nil {
		if k.Type == adt.UnknownOID || t == nil {
			return "NULL"
		}
		return "NULL::" + d.cat.FormatType(k.Type, k.Typmod)
	}
	if t == nil {
		return "?"
	}
	text, err := t.TextEncoder(d.env)(nil, k.Value)
	if err != nil {
		return "?::" + d.cat.FormatType(k.Type, k.Typmod)
	}
	s := string(text)
	switch k.Type {
	case adt.BoolOID:
		if s == "t" {
			return "true"
		}
		return "false"
	case adt.Int4OID:
		if strings.HasPrefix(s, "-") {
			return "'" + s + "'::integer"
		}
		return s
	case adt.NumericOID:
		if k.Typmod < 0 && strings.ContainsAny(s, ".") && !strings.HasPrefix(s, "-") {
			return s
		}
	case adt.UnknownOID:
		return quoteLiteral(s)
	}
	return quoteLiteral(s) + "::" + d.cat.FormatType(k.Type, k.Typmod)
}

func quoteLiteral(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(q, `\`, `\\`)
	}
	return q
}

func (d *deparser) funcName(oid nodes.OID) string {
	p := d.cat.ProcByOID(oid)
	if p == nil {
		return fmt.Sprintf("function %d", oid)
	}
	return adt.QuoteIdent(p.Name)
}

func (d *deparser) opName(oid nodes.OID) string {
	if o := d.cat.OperatorByOID(oid); o != nil {
		return o.Name
	}
	return "?"
}

func (d *deparser) operator(op nodes.OID, args []nodes.Expr) string {
	if len(args) == 1 {
		return "(" + d.opName(op) + " " + d.arg(args[0]) + ")"
	}
	return "(" + d.arg(args[0]) + " " + d.opName(op) + " " + d.arg(args[1]) + ")"
}

func (d *deparser) call(e *nodes.FuncExpr) string {
	switch e.Form {
	case nodes.ImplicitForm:
		return d.text(e.Args[0])
	case nodes.CastForm:
		return d.cast(e.Args[0], e.Type, nodes.TypeOf(e).Typmod, e.Form)
	}
	args := d.list(e.Args)
	if e.Variadic && len(e.Args) > 0 {
		n := len(e.Args) - 1
		args = strings.TrimPrefix(d.list(e.Args[:n])+", VARIADIC "+d.arg(e.Args[n]), ", ")
	}
	return d.funcName(e.Func) + "(" + args + ")"
}

func (d *deparser) boolean(e *nodes.BoolExpr) string {
	if e.Op == nodes.Not {
		return "(NOT " + d.text(e.Args[0]) + ")"
	}
	word := " AND "
	if e.Op == nodes.Or {
		word = " OR "
	}
	parts := make([]string, len(e.Args))
	for i, a := range e.Args {
		parts[i] = d.text(a)
	}
	return "(" + strings.Join(parts, word) + ")"
}

func (d *deparser) aggregate(e *nodes.Aggref) string {
	var b strings.Builder
	b.WriteString(d.funcName(e.Func) + "(")
	if len(e.Distinct) > 0 {
		b.WriteString("DISTINCT ")
	}
	if e.Star {
		b.WriteString("*")
	}
	first := true
	for _, t := range e.Args {
		if t.Resjunk {
			continue
		}
		if !first {
			b.WriteString(", ")
		}
		first = false
		b.WriteString(d.arg(t.Expr))
	}
	b.WriteString(")")
	if e.Filter != nil {
		b.WriteString(" FILTER (WHERE " + d.text(e.Filter) + ")")
	}
	return b.String()
}

func (d *deparser) subscript(e *nodes.SubscriptingRef) string {
	if e.Assign != nil {
		return d.text(e.Assign)
	}
	s := d.text(e.Expr)
	switch e.Expr.(type) {
	case *nodes.Slot, *nodes.Var:
	default:
		s = "(" + s + ")"
	}
	for i, u := range e.Upper {
		if e.Slice {
			s += "[" + d.text(e.Lower[i]) + ":" + d.text(u) + "]"
		} else {
			s += "[" + d.text(u) + "]"
		}
	}
	return s
}

// subPlan names a subplan, or the parameter that an initial one sets.
func (d *deparser) subPlan(e *SubPlanExpr) string {
	switch {
	case e.Initial():
		return fmt.Sprintf("$%d", e.ID)
	case e.HashLeft != nil:
		return fmt.Sprintf("(hashed SubPlan %d)", e.ID+1)
	}
	return fmt.Sprintf("(SubPlan %d)", e.ID+1)
}

func (d *deparser) field(e *nodes.FieldSelect) string {
	if r := d.cat.TypeRelation(nodes.TypeOf(e.Arg).Type); r != nil && e.Attno >= 1 && e.Attno <= len(r.Columns) {
		return adt.QuoteIdent(r.Columns[e.Attno-1].Name)
	}
	return fmt.Sprintf("f%d", e.Attno)
}

// cast writes a cast that the query has; where the casts that analysis put in are left out, it
// writes what is cast.
func (d *deparser) cast(arg nodes.Expr, typ nodes.OID, typmod int32, form nodes.CoercionForm) string {
	if form == nodes.ImplicitForm {
		return d.text(arg)
	}
	return d.coercion(arg, typ, typmod)
}

// coercion writes a cast (get_coercion_expr).
func (d *deparser) coercion(arg nodes.Expr, typ nodes.OID, typmod int32) string {
	return "(" + d.text(arg) + ")::" + d.cat.FormatType(typ, typmod)
}

// arg is text of an operator's or a function's argument, where the casts that analysis put in are
// written as well (get_rule_expr's showimplicit).
func (d *deparser) arg(e nodes.Expr) string {
	switch e := e.(type) {
	case *nodes.FuncExpr:
		if e.Form == nodes.ImplicitForm {
			return d.coercion(e.Args[0], e.Type, nodes.TypeOf(e).Typmod)
		}
	case *nodes.RelabelType:
		return d.coercion(e.Arg, e.Type, e.Typmod)
	case *nodes.CoerceViaIO:
		return d.coercion(e.Arg, e.Type, -1)
	case *nodes.ArrayCoerceExpr:
		return d.coercion(e.Arg, e.Type, e.Typmod)
	case *nodes.ConvertRowtypeExpr:
		return d.coercion(e.Arg, e.Type, -1)
	case *nodes.CoerceToDomain:
		return d.coercion(e.Arg, e.Type, e.Typmod)
	}
	return d.text(e)
}

func (d *deparser) caseText(e *nodes.CaseExpr) string {
	var b strings.Builder
	b.WriteString("CASE")
	if e.Arg != nil {
		b.WriteString(" " + d.arg(e.Arg))
	}
	for _, w := range e.Whens {
		when := w.When
		if op, ok := when.(*nodes.OpExpr); ok && e.Arg != nil && len(op.Args) == 2 {
			when = op.Args[1]
		}
		b.WriteString(" WHEN " + d.text(when) + " THEN " + d.arg(w.Then))
	}
	b.WriteString(" ELSE " + d.arg(e.Default) + " END")
	return b.String()
}
