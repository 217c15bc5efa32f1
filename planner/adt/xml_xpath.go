package adt

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/antchfx/xpath"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// XPath 1.0 over XML trees, by package xpath, which walks them with xmlCursor.

// xpathExpr is a compiled expression.
type xpathExpr struct {
	expr *xpath.Expr
	bad  string // why it cannot run, though it is well-formed
}

// XPath 1.0's functions; the package knows more.
var xpathFunctions = map[string]bool{
	"last": true, "position": true, "count": true, "id": true, "local-name": true, "namespace-uri": true, "name": true,
	"string": true, "concat": true, "starts-with": true, "contains": true, "substring-before": true, "substring-after": true,
	"substring": true, "string-length": true, "normalize-space": true, "translate": true, "boolean": true, "not": true,
	"true": true, "false": true, "lang": true, "number": true, "sum": true, "floor": true, "ceiling": true, "round": true,
	"node": true, "text": true, "comment": true, "processing-instruction": true,
}

// maxXPath bounds an expression: the package reads and runs it by recursion,
// which nothing else ends.
const maxXPath = 1 << 16

// compileXPath compiles an expression; ok is false when it is not well-formed.
func compileXPath(text string, namespaces map[string]string) (x xpathExpr, ok bool, err error) {
	if len(text) > maxXPath {
		return x, false, pgerr.New(pgerrcode.StatementTooComplex, "XPath expression of %d bytes is longer than the limit of %d bytes", len(text), maxXPath)
	}
	if name := unknownXPathFunction(text); name != "" {
		x.bad = "Unregistered function"
		return x, true, nil
	}
	if name := unsupportedXPath(text); name != "" {
		return x, false, pgerr.Unsupported("%s in XPath expressions is not supported", name)
	}
	if !wellFormedXPath(text) {
		return x, false, nil
	}
	spaces := map[string]string{"xml": xmlSpaceURI}
	for k, v := range namespaces {
		spaces[k] = v
	}
	defer func() { // the package panics on some expressions
		if r := recover(); r != nil {
			ok = false
		}
	}()
	e, bad := xpath.CompileWithNS(text, spaces)
	if bad != nil {
		if strings.Contains(bad.Error(), "not defined") {
			x.bad = "Undefined namespace prefix"
			return x, true, nil
		}
		return x, false, nil
	}
	x.expr = e
	return x, true, nil
}

// xpathWords gives the names in an expression, string literals left out, with
// what follows each.
func xpathWords(text string, visit func(name, rest string)) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				return
			}
			i += end + 2
		case c == '_' || isAlpha(c) || c > 127:
			j := i
			for j < len(text) && (text[j] == '_' || text[j] == '-' || text[j] == '.' || isAlpha(text[j]) || isDigit(text[j]) || text[j] > 127) {
				j++
			}
			visit(text[i:j], strings.TrimLeft(text[j:], xmlSpaceBlank))
			i = j
		default:
			i++
		}
	}
}

func unknownXPathFunction(text string) (name string) {
	operators := map[string]bool{"and": true, "or": true, "div": true, "mod": true}
	xpathWords(text, func(w, rest string) {
		if strings.HasPrefix(rest, "(") && !xpathFunctions[w] && !operators[w] && name == "" {
			name = w
		}
	})
	return name
}

func unsupportedXPath(text string) (name string) {
	xpathWords(text, func(w, rest string) {
		switch {
		case strings.HasPrefix(rest, "(") && (w == "id" || w == "lang" || w == "processing-instruction"):
			name = w + "()"
		case strings.HasPrefix(rest, "::") && w == "namespace":
			name = "the namespace axis"
		}
	})
	return name
}

// errXPath is what libxml2 says when an expression cannot be evaluated.
func errXPath(detail string) error {
	e := pgerr.New(pgerrcode.InternalError, "could not create XPath object")
	if detail != "" {
		e.Detailf("%s", detail)
	}
	return e
}

// eval evaluates an expression at a node: []*xmlCursor in document order,
// string, float64 or bool.
func (x xpathExpr) eval(env *Env, root *xmlNode, at *xmlCursor) (v any, err error) {
	if x.bad != "" {
		return nil, errXPath(x.bad)
	}
	defer func() { // the package panics on arguments of the wrong type
		switch r := recover().(type) {
		case nil:
		case xpathEnded:
			v, err = nil, r.error
		default:
			v, err = nil, errXPath("Invalid type")
		}
	}()
	if at == nil {
		at = &xmlCursor{root: root, at: root, attr: -1}
	}
	w := env.work()
	at = &xmlCursor{root: at.root, at: at.at, attr: at.attr, work: &w}
	switch r := x.expr.Evaluate(at.Copy()).(type) {
	case *xpath.NodeIterator:
		nodes := []*xmlCursor{}
		for r.MoveNext() {
			nodes = append(nodes, r.Current().Copy().(*xmlCursor))
			if err := w.grown(64, 64*len(nodes)); err != nil {
				return nil, err
			}
		}
		slices.SortStableFunc(nodes, func(a, b *xmlCursor) int { return a.order() - b.order() })
		return slices.CompactFunc(nodes, func(a, b *xmlCursor) bool { return a.at == b.at && a.attr == b.attr }), nil
	default:
		return r, nil
	}
}

// xpathNumber is a number's string value as libxml2 writes it.
func xpathNumber(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	case v == math.Trunc(v) && v >= math.MinInt32 && v <= math.MaxInt32:
		return strconv.FormatInt(int64(v), 10)
	}
	trim := func(s string) string { return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") }
	if abs := math.Abs(v); abs > 1e9 || abs < 1e-5 {
		mant, exp, _ := strings.Cut(strconv.FormatFloat(v, 'e', 14, 64), "e")
		return trim(mant) + "e" + exp
	}
	digits := 15
	if abs := math.Abs(v); abs >= 1 {
		digits = 15 - 1 - int(math.Log10(abs))
	} else {
		digits = 15 - int(math.Log10(abs)) // leading zeros do not count
	}
	return trim(strconv.FormatFloat(v, 'f', max(digits, 1), 64))
}

// runXPath is xpath_internal.
func runXPath(c *Call, expr, data string, namespaces *Array) (any, error) {
	spaces := map[string]string{}
	if namespaces != nil && len(namespaces.Dims) > 0 {
		if len(namespaces.Dims) != 2 || namespaces.Dims[1].Len != 2 {
			return nil, pgerr.New(pgerrcode.DataException, "invalid array for XML namespace mapping").
				Detailf("The array must be two-dimensional with length of the second axis equal to 2.")
		}
	}
	if expr == "" {
		return nil, pgerr.New(pgerrcode.DataException, "empty XPath expression")
	}
	_, rest, _ := parseXMLDecl(data)
	r, err := parseXML(c.Env, rest, true, true)
	if err != nil {
		return nil, xmlError(pgerrcode.InvalidXMLDocument, "could not parse XML document", err)
	}
	if r.undefined != "" {
		return nil, pgerr.New(pgerrcode.InvalidXMLDocument, "could not parse XML document").Detailf("%s", r.undefined)
	}
	if namespaces != nil {
		for i := 0; i+1 < len(namespaces.Values); i += 2 {
			name, ok1 := namespaces.Values[i].(string)
			uri, ok2 := namespaces.Values[i+1].(string)
			if !ok1 || !ok2 {
				return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "neither namespace name nor URI may be null")
			}
			if name == "" {
				return nil, pgerr.Internal("could not register XML namespace with name \"%s\" and URI \"%s\"", name, uri)
			}
			spaces[name] = uri
		}
	}
	x, ok, err := compileXPath(expr, spaces)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, pgerr.New(pgerrcode.InternalError, "invalid XPath expression").Detailf("Invalid expression")
	}
	return x.eval(c.Env, r.root, nil)
}

func xpath3(c *Call, expr, data string, namespaces *Array) (*Array, error) {
	v, err := runXPath(c, expr, data, namespaces)
	if err != nil {
		return nil, err
	}
	var out []Datum
	switch v := v.(type) {
	case []*xmlCursor:
		for _, n := range v {
			out = append(out, n.text())
		}
	case string:
		out = append(out, EscapeXML(v))
	case float64:
		out = append(out, string(appendFloat(nil, v, 64, nil)))
	case bool:
		out = append(out, strconv.FormatBool(v))
	default:
		return nil, errXPath(fmt.Sprintf("unexpected result %T", v))
	}
	return NewArray(XMLOID, out), nil
}

func xpathExists(c *Call, expr, data string, namespaces *Array) (bool, error) {
	v, err := runXPath(c, expr, data, namespaces)
	nodes, ok := v.([]*xmlCursor)
	return err == nil && (!ok || len(nodes) > 0), err
}
