package adt

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// XMLTable evaluates one XMLTABLE over one document (XmlTableRoutine).
type XMLTable struct {
	root    *xmlNode
	env     *Env
	spaces  map[string]string
	row     xpathExpr
	columns []xpathExpr
	nodes   []*xmlCursor
	at      int // the current row, from 1
}

// NewXMLTable parses the document.
func NewXMLTable(env *Env, doc string) (*XMLTable, error) {
	r, err := parseXML(env, xmlOut(doc, ""), true, true)
	if err != nil {
		return nil, xmlError(pgerrcode.InvalidXMLDocument, "could not parse XML document", err)
	}
	if r.undefined != "" {
		return nil, pgerr.New(pgerrcode.InvalidXMLDocument, "could not parse XML document").Detailf("%s", r.undefined)
	}
	return &XMLTable{env: env, root: r.root, spaces: map[string]string{}}, nil
}

// Namespace names a namespace for the paths; "" is the default one.
func (t *XMLTable) Namespace(name, uri string) error {
	if name == "" {
		return pgerr.Unsupported("DEFAULT namespace is not supported")
	}
	t.spaces[name] = uri
	return nil
}

// Rows sets the path of the rows.
func (t *XMLTable) Rows(path string) error {
	return t.compile(&t.row, path, "row", pgerrcode.SyntaxError)
}

// Column sets the path of the next column.
func (t *XMLTable) Column(path string) error {
	var x xpathExpr
	err := t.compile(&x, path, "column", pgerrcode.DataException)
	t.columns = append(t.columns, x)
	return err
}

// NoColumn passes over a column that has no path.
func (t *XMLTable) NoColumn() { t.columns = append(t.columns, xpathExpr{}) }

func (t *XMLTable) compile(to *xpathExpr, path, what, code string) error {
	if path == "" {
		return pgerr.New(pgerrcode.DataException, "%s path filter must not be empty string", what)
	}
	x, ok, err := compileXPath(path, t.spaces)
	if err != nil {
		return err
	}
	if !ok {
		return pgerr.New(code, "invalid XPath expression").Detailf("Invalid expression")
	}
	*to = x
	return nil
}

// Next goes to the next row.
func (t *XMLTable) Next() (bool, error) {
	if t.at == 0 {
		v, err := t.row.eval(t.env, t.root, nil)
		if err != nil {
			return false, err
		}
		t.nodes, _ = v.([]*xmlCursor)
	}
	t.at++
	return t.at <= len(t.nodes), nil
}

// Value is a column of the current row: NULL when its path finds nothing.
func (t *XMLTable) Value(env *Env, column int, typ *Type, typmod int32) (Datum, error) {
	v, err := t.columns[column].eval(env, t.root, t.nodes[t.at-1])
	if err != nil {
		return nil, err
	}
	var s string
	switch v := v.(type) {
	case []*xmlCursor:
		switch {
		case len(v) == 0:
			return nil, nil
		case typ.OID == XMLOID:
			var b strings.Builder
			for _, n := range v {
				b.WriteString(n.text())
			}
			s = b.String()
		case len(v) > 1:
			return nil, pgerr.New(pgerrcode.CardinalityViolation, "more than one value returned by column XPath expression")
		default:
			s = v[0].Value()
		}
	case string:
		if s = v; typ.OID == XMLOID {
			s = EscapeXML(v)
		}
	case bool:
		s = strconv.FormatBool(v)
		if typ.Category == 'N' {
			s = map[bool]string{false: "0", true: "1"}[v]
		}
	case float64:
		s = xpathNumber(v)
	}
	return typ.InputText(env, s, typmod)
}
