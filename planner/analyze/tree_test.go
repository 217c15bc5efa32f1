package analyze

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

const treeFile = "testdata/tree/resolve.txt"

// TestTrees compares the output expressions of analysed statements, node for
// node, with the parse trees that PostgreSQL 16 logs under debug_print_parse: which operators,
// routines and coercions were chosen, with all types, typmods, collations and locations. It records
// those statements of testdata/query/resolve_*.txt that PostgreSQL takes.
func TestTrees(t *testing.T) {
	c := testCatalog(t)
	if *recordQueries != "" {
		recordTrees(t, c)
	}
	for _, q := range readQueryCases(t, treeFile) {
		raw, err := Parse(q.statement)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Analyze(raw[0], c, testEnv(c), nil)
		if err != nil {
			t.Errorf("%s\n%v", q.statement, err)
			continue
		}
		var got []string
		for _, te := range a.Query.TargetList {
			got = append(got, ourTree(te.Expr))
		}
		if g, w := strings.Join(got, "\n"), strings.Join(q.want, "\n"); g != w {
			t.Errorf("%s\n got %s\nwant %s", q.statement, g, w)
		}
	}
}

func recordTrees(t *testing.T, c *catalog.Catalog) {
	ctx := context.Background()
	cfg, err := pgconn.ParseConfig(*recordQueries)
	if err != nil {
		t.Fatal(err)
	}
	tree := ""
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.Message == "parse tree:" {
			tree = n.Detail
		}
	}
	conn, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, sql := range []string{"SET TimeZone = 'UTC'", "SET client_min_messages = log", "SET debug_print_parse = on", "SET debug_pretty_print = off"} {
		if _, err := conn.Exec(ctx, sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob("testdata/query/resolve_*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []*queryCase
	for _, file := range files {
		for _, q := range readQueryCases(t, file) {
			tree = ""
			if _, err := conn.Prepare(ctx, "", q.statement, nil); err != nil || tree == "" || q.ours != nil {
				continue
			}
			p := &treeParser{tokens: treeTokens(tree)}
			list, ok := p.value().(*treeNode).fields["targetList"].([]any)
			r := &queryCase{statement: q.statement}
			for _, te := range list {
				d := treeDumper{c: c}
				d.dump(te)
				ok = ok && !d.other
				r.want = append(r.want, d.String())
			}
			if ok {
				out = append(out, r)
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(treeFile), 0o755); err != nil {
		t.Fatal(err)
	}
	writeQueryCases(t, treeFile, out)
}

// treeNode is a node of PostgreSQL's nodeToString.
type treeNode struct {
	name   string
	fields map[string]any
}

type treeParser struct {
	tokens []string
	at     int
}

func treeTokens(s string) []string {
	for _, b := range []string{"{", "}", "(", ")", "[", "]"} {
		s = strings.ReplaceAll(s, b, " "+b+" ")
	}
	return strings.Fields(s)
}

func (p *treeParser) next() string {
	p.at++
	return p.tokens[p.at-1]
}

func (p *treeParser) value() any {
	switch s := p.next(); s {
	case "{":
		n := &treeNode{name: p.next(), fields: map[string]any{}}
		for p.tokens[p.at] != "}" {
			field := strings.TrimPrefix(p.next(), ":")
			if next := p.tokens[p.at]; next == "}" || len(next) > 1 && next[0] == ':' && next[1] >= 'a' && next[1] <= 'z' {
				continue // an empty value
			}
			n.fields[field] = p.value()
			if field == "constvalue" && p.tokens[p.at] == "[" {
				for p.next() != "]" {
				}
			}
		}
		p.at++
		return n
	case "(":
		var list []any
		for p.tokens[p.at] != ")" {
			list = append(list, p.value())
		}
		p.at++
		return list
	default:
		return s
	}
}

// treeShape says how a node is written: its name, scalar fields and children.
type treeShape struct {
	name     string
	fields   string
	children string
}

var treeShapes = map[string]treeShape{
	"TARGETENTRY":       {"", "", "expr"},
	"CONST":             {"const", "consttype consttypmod constcollid constisnull location", ""},
	"VAR":               {"var", "varno varattno vartype vartypmod varlevelsup location", ""},
	"PARAM":             {"param", "paramid paramtype paramtypmod paramcollid location", ""},
	"FUNCEXPR":          {"func", "funcid funcresulttype funcretset funcvariadic funcformat funccollid inputcollid location", "args"},
	"OPEXPR":            {"op", "opno opresulttype opretset opcollid inputcollid location", "args"},
	"DISTINCTEXPR":      {"distinct", "opno opresulttype opretset opcollid inputcollid location", "args"},
	"NULLIFEXPR":        {"nullif", "opno opresulttype opretset opcollid inputcollid location", "args"},
	"SCALARARRAYOPEXPR": {"arrayop", "opno useOr inputcollid location", "args"},
	"BOOLEXPR":          {"bool", "boolop location", "args"},
	"RELABELTYPE":       {"relabel", "resulttype resulttypmod resultcollid relabelformat location", "arg"},
	"COERCEVIAIO":       {"io", "resulttype resultcollid coerceformat location", "arg"},
	"ARRAYCOERCEEXPR":   {"arraycoerce", "resulttype resulttypmod resultcollid coerceformat location", "arg elemexpr"},
	"COERCETODOMAIN":    {"domain", "resulttype resulttypmod resultcollid coercionformat location", "arg"},
	"ARRAYEXPR":         {"array", "array_typeid array_collid element_typeid multidims location", "elements"},
	"ROWEXPR":           {"row", "row_typeid location", "args"},
	"CASETESTEXPR":      {"casetest", "typeId typeMod collation", ""},
	"COLLATEEXPR":       {"collate", "collOid location", "arg"},
	"AGGREF":            {"agg", "aggfnoid aggtype aggcollid inputcollid aggstar aggvariadic aggkind location", "aggdirectargs args aggfilter"},
	"WINDOWFUNC":        {"window", "winfnoid wintype wincollid inputcollid winstar winagg location", "args aggfilter"},
	"FIELDSELECT":       {"field", "fieldnum resulttype resulttypmod resultcollid", "arg"},
	"COALESCEEXPR":      {"coalesce", "coalescetype coalescecollid location", "args"},
	"MINMAXEXPR":        {"minmax", "minmaxtype minmaxcollid inputcollid location", "args"},
	"CASEEXPR":          {"case", "casetype casecollid location", "arg args defresult"},
	"CASEWHEN":          {"when", "", "expr result"},
	"NULLTEST":          {"nulltest", "argisrow location", "arg"},
	"BOOLEANTEST":       {"booltest", "location", "arg"},
	"SUBSCRIPTINGREF":   {"subscript", "refcontainertype refelemtype refrestype reftypmod refcollid", "refexpr refupperindexpr reflowerindexpr"},
	"SQLVALUEFUNCTION":  {"value", "type typmod location", ""},
	"ROWCOMPAREEXPR":    {"rowcompare", "", "largs rargs"},
}

// treeDumper writes a logged tree as ourTree writes ours. other tells that the
// tree has what ours writes otherwise: named arguments, omitted defaults, subqueries.
type treeDumper struct {
	strings.Builder
	c     *catalog.Catalog
	other bool
}

func (d *treeDumper) dump(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			d.dump(x)
		}
	case *treeNode:
		s, ok := treeShapes[v.name]
		if !ok || v.name == "PARAM" && v.fields["paramkind"] != "0" || v.name == "FUNCEXPR" && d.defaults(v) {
			d.other = true
			return
		}
		if s.name != "" {
			d.WriteString("(" + s.name)
		}
		for _, f := range strings.Fields(s.fields) {
			fmt.Fprintf(d, " %v", v.fields[f])
		}
		for _, f := range strings.Fields(s.children) {
			d.dump(v.fields[f])
		}
		if s.name != "" {
			d.WriteString(")")
		}
	}
}

func (d *treeDumper) defaults(n *treeNode) bool {
	args, _ := n.fields["args"].([]any)
	var oid OID
	if _, err := fmt.Sscan(n.fields["funcid"].(string), &oid); err != nil {
		return true
	}
	p := d.c.ProcByOID(oid)
	return p == nil || len(p.ArgTypes) > len(args)
}

// ourTree writes an expression in the form of treeShapes.
func ourTree(e nodes.Expr) string {
	kids := nodes.Children(e)
	out := func(name string, fields ...any) string {
		s := "(" + name
		for _, f := range fields {
			s += fmt.Sprintf(" %v", f)
		}
		for _, k := range kids {
			s += ourTree(k)
		}
		return s + ")"
	}
	op := func(name string, x *nodes.OpExpr) string {
		return out(name, x.Op, x.Type, x.ReturnsSet, x.Collation, x.InputCollation, x.Location)
	}
	switch x := e.(type) {
	case *nodes.Const:
		return out("const", x.Type, x.Typmod, x.Collation, x.Value == nil, x.Location)
	case *nodes.Var:
		return out("var", x.RTE, x.Attno, x.Type, x.Typmod, x.LevelsUp, x.Location)
	case *nodes.Param:
		return out("param", x.Number, x.Type, x.Typmod, x.Collation, x.Location)
	case *nodes.FuncExpr:
		return out("func", x.Func, x.Type, x.ReturnsSet, x.Variadic, x.Form, x.Collation, x.InputCollation, x.Location)
	case *nodes.OpExpr:
		return op("op", x)
	case *nodes.DistinctExpr:
		return op("distinct", &x.OpExpr)
	case *nodes.NullIfExpr:
		return op("nullif", &x.OpExpr)
	case *nodes.ScalarArrayOpExpr:
		return out("arrayop", x.Op, !x.All, x.InputCollation, x.Location)
	case *nodes.BoolExpr:
		return out("bool", []string{"and", "or", "not"}[x.Op], x.Location)
	case *nodes.RelabelType:
		return out("relabel", x.Type, x.Typmod, x.Collation, x.Form, x.Location)
	case *nodes.CoerceViaIO:
		return out("io", x.Type, x.Collation, x.Form, x.Location)
	case *nodes.ArrayCoerceExpr:
		return out("arraycoerce", x.Type, x.Typmod, x.Collation, x.Form, x.Location)
	case *nodes.CoerceToDomain:
		return out("domain", x.Type, x.Typmod, x.Collation, x.Form, x.Location)
	case *nodes.ArrayExpr:
		return out("array", x.Type, x.Collation, x.Elem, x.Multi, x.Location)
	case *nodes.RowExpr:
		return out("row", x.Type, x.Location)
	case *nodes.CaseTestExpr:
		return out("casetest", x.Type, x.Typmod, x.Collation)
	case *nodes.CollateExpr:
		return out("collate", x.Collation, x.Location)
	case *nodes.Aggref:
		return out("agg", x.Func, x.Type, x.Collation, x.InputCollation, x.Star, x.Variadic, string(x.Kind), x.Location)
	case *nodes.WindowFunc:
		return out("window", x.Func, x.Type, x.Collation, x.InputCollation, x.Star, x.Agg, x.Location)
	case *nodes.FieldSelect:
		return out("field", x.Attno, x.Type, x.Typmod, x.Collation)
	case *nodes.CoalesceExpr:
		return out("coalesce", x.Type, x.Collation, x.Location)
	case *nodes.MinMaxExpr:
		return out("minmax", x.Type, x.Collation, x.InputCollation, x.Location)
	case *nodes.CaseExpr:
		s := fmt.Sprintf("(case %v %v %v", x.Type, x.Collation, x.Location)
		if x.Arg != nil {
			s += ourTree(x.Arg)
		}
		for _, w := range x.Whens {
			s += "(when" + ourTree(w.When) + ourTree(w.Then) + ")"
		}
		return s + ourTree(x.Default) + ")"
	case *nodes.NullTest:
		return out("nulltest", x.Row, x.Location)
	case *nodes.BooleanTest:
		return out("booltest", x.Location)
	case *nodes.SubscriptingRef:
		return out("subscript", x.Container, x.Elem, x.Type, x.Typmod, x.Collation)
	case *nodes.SQLValueFunction:
		return out("value", x.Type, x.Typmod, x.Location)
	case *nodes.RowCompareExpr:
		return out("rowcompare")
	}
	return fmt.Sprintf("(%T)", e)
}
