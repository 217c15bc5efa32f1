package exec

import (
	"iter"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// xmlTable is XMLTABLE (nodeTableFuncscan.c).
type xmlTable struct {
	x      *state
	e      *nodes.XMLTableExpr
	doc    eval
	row    eval // the path of rows
	spaces []eval
	paths  []eval
	others []eval // defaults
	types  []*adt.Type
}

func (c *compiler) xmlTable(e *nodes.XMLTableExpr) set {
	t := &xmlTable{
		x: c.x, e: e, doc: c.expr(e.Doc), row: c.expr(e.Row),
		spaces: c.exprs(e.Spaces), paths: c.exprs(e.Paths), others: c.exprs(e.Defaults),
	}
	for _, col := range e.Columns {
		t.types = append(t.types, c.cat.TypeByOID(col.Type))
	}
	return t.rows
}

// rows gives the table's rows, one record each.
func (t *xmlTable) rows(r adt.Row) iter.Seq2[adt.Datum, error] {
	return func(yield func(adt.Datum, error) bool) {
		doc, err := t.open(r)
		if err != nil {
			yield(nil, err)
			return
		}
		if doc == nil {
			return
		}
		for n := 1; ; n++ {
			more, err := doc.Next()
			if err == nil && !more {
				return
			}
			var vals adt.Row
			if err == nil {
				vals, err = t.columns(doc, r, n)
			}
			if err == nil {
				err = t.x.tick()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&adt.Record{Values: vals}, nil) {
				return
			}
		}
	}
}

// open parses the document and the paths; nil: there is no document.
func (t *xmlTable) open(r adt.Row) (*adt.XMLTable, error) {
	v, err := t.doc(r)
	if err != nil || v == nil {
		return nil, err
	}
	doc, err := adt.NewXMLTable(t.x.run.Env, v.(string))
	if err != nil {
		return nil, err
	}
	for i, s := range t.spaces {
		uri, err := givenText(s, r, "namespace URI must not be null", "")
		if err == nil {
			err = doc.Namespace(t.e.SpaceNames[i], uri)
		}
		if err != nil {
			return nil, err
		}
	}
	path, err := givenText(t.row, r, "row filter expression must not be null", "")
	if err == nil {
		err = doc.Rows(path)
	}
	for i, col := range t.e.Columns {
		if err != nil {
			return nil, err
		}
		path := col.Name
		if t.paths[i] != nil {
			path, err = givenText(t.paths[i], r, "column filter expression must not be null", `Filter for column "`+col.Name+`" is null.`)
		}
		if err == nil && !col.Ordinality {
			err = doc.Column(path)
		} else if err == nil {
			doc.NoColumn()
		}
	}
	return doc, err
}

// givenText evaluates a text that must not be NULL.
func givenText(e eval, r adt.Row, message, detail string) (string, error) {
	v, err := e(r)
	if err != nil {
		return "", err
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	null := pgerr.New(pgerrcode.NullValueNotAllowedDataException, "%s", message)
	if detail != "" {
		null.Detailf("%s", detail)
	}
	return "", null
}

// columns gives the values of the document's current row, the nth.
func (t *xmlTable) columns(doc *adt.XMLTable, r adt.Row, n int) (adt.Row, error) {
	vals := make(adt.Row, len(t.e.Columns))
	for i, col := range t.e.Columns {
		if col.Ordinality {
			vals[i] = int32(n)
			continue
		}
		v, err := doc.Value(t.x.run.Env, i, t.types[i], col.Typmod)
		if err == nil && v == nil && t.others[i] != nil {
			v, err = t.others[i](r)
		}
		if err == nil && v == nil && col.NotNull {
			err = pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null is not allowed in column \"%s\"", col.Name)
		}
		if err != nil {
			return nil, err
		}
		vals[i] = v
	}
	return vals, nil
}
