package exec

import (
	"iter"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// xmlExpr is XMLELEMENT and its like (ExecEvalXmlExpr).
func (c *compiler) xmlExpr(e *nodes.XMLExpr) eval {
	named, args := c.exprs(e.NamedArgs), c.exprs(e.Args)
	call := &adt.Call{Env: c.x.run.Env, Name: "xml"}
	return func(row adt.Row) (adt.Datum, error) {
		nv, err := evalAll(named, row)
		if err != nil {
			return nil, err
		}
		v, err := evalAll(args, row)
		if err != nil {
			return nil, err
		}
		switch e.Op {
		case nodes.XMLConcat:
			var list []string
			for _, x := range v {
				if s, ok := x.(string); ok {
					list = append(list, s)
				}
			}
			if list == nil {
				return nil, nil
			}
			return adt.XMLConcat(list), nil
		case nodes.XMLElement:
			return xmlElement(call, e, nv, v)
		case nodes.XMLForest:
			return xmlForest(call, e, nv)
		case nodes.XMLPI:
			return xmlPI(e, v)
		}
		s, ok := v[0].(string)
		if !ok {
			return nil, nil
		}
		switch e.Op {
		case nodes.XMLParse:
			return datum(adt.XMLParse(c.env, s, e.Document))
		case nodes.XMLRoot:
			var version *string
			if x, ok := v[1].(string); ok {
				version = &x
			}
			return adt.XMLRoot(s, version, v[2].(int32)), nil
		case nodes.XMLSerialize:
			return datum(adt.XMLSerialize(c.env, s, e.Document, e.Indent))
		}
		is, err := adt.XMLIsDocument(c.env, s)
		return is, err
	}
}

func evalAll(es []eval, row adt.Row) ([]adt.Datum, error) {
	out := make([]adt.Datum, len(es))
	for i, e := range es {
		v, err := e(row)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// datum keeps an error from coming with a value.
func datum(s string, err error) (adt.Datum, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

func xmlElement(call *adt.Call, e *nodes.XMLExpr, named, args []adt.Datum) (adt.Datum, error) {
	var attrs [][2]string
	for i, v := range named {
		if v == nil {
			continue
		}
		s, err := adt.XMLValue(call, v, nodes.TypeOf(e.NamedArgs[i]).Type, false)
		if err != nil {
			return nil, err
		}
		attrs = append(attrs, [2]string{e.ArgNames[i], s})
	}
	var content []string
	for i, v := range args {
		if v == nil {
			continue
		}
		s, err := adt.XMLValue(call, v, nodes.TypeOf(e.Args[i]).Type, true)
		if err != nil {
			return nil, err
		}
		content = append(content, s)
	}
	return adt.XMLElement(e.Name, attrs, content), nil
}

func xmlForest(call *adt.Call, e *nodes.XMLExpr, named []adt.Datum) (adt.Datum, error) {
	var b strings.Builder
	for i, v := range named {
		if v == nil {
			continue
		}
		s, err := adt.XMLValue(call, v, nodes.TypeOf(e.NamedArgs[i]).Type, true)
		if err != nil {
			return nil, err
		}
		b.WriteString("<" + e.ArgNames[i] + ">" + s + "</" + e.ArgNames[i] + ">")
	}
	if b.Len() == 0 {
		return nil, nil
	}
	return b.String(), nil
}

func xmlPI(e *nodes.XMLExpr, args []adt.Datum) (adt.Datum, error) {
	if err := adt.XMLPITarget(e.Name); err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return datum(adt.XMLPI(e.Name, nil))
	}
	s, ok := args[0].(string)
	if !ok {
		return nil, nil
	}
	return datum(adt.XMLPI(e.Name, &s))
}

// xmlTable is XMLTABLE (nodeTableFuncscan.c).
func (c *compiler) xmlTable(e *nodes.XMLTableExpr) set {
	doc, row := c.expr(e.Doc), c.expr(e.Row)
	spaces, paths, defaults := c.exprs(e.Spaces), c.exprs(e.Paths), c.exprs(e.Defaults)
	types := make([]*adt.Type, len(e.Columns))
	for i, col := range e.Columns {
		types[i] = c.cat.TypeByOID(col.Type)
	}
	env := c.x.run.Env
	// text evaluates an expression that must not be NULL.
	text := func(ev eval, r adt.Row, null func() *pgerr.Error) (string, error) {
		v, err := ev(r)
		if err != nil {
			return "", err
		}
		s, ok := v.(string)
		if !ok {
			return "", null()
		}
		return s, nil
	}
	notNull := func(message string) func() *pgerr.Error {
		return func() *pgerr.Error { return pgerr.New(pgerrcode.NullValueNotAllowedDataException, "%s", message) }
	}
	open := func(r adt.Row) (*adt.XMLTable, error) {
		v, err := doc(r)
		if err != nil || v == nil {
			return nil, err
		}
		t, err := adt.NewXMLTable(c.env, v.(string))
		if err != nil {
			return nil, err
		}
		for i, s := range spaces {
			uri, err := text(s, r, notNull("namespace URI must not be null"))
			if err == nil {
				err = t.Namespace(e.SpaceNames[i], uri)
			}
			if err != nil {
				return nil, err
			}
		}
		path, err := text(row, r, notNull("row filter expression must not be null"))
		if err == nil {
			err = t.Rows(path)
		}
		if err != nil {
			return nil, err
		}
		for i, col := range e.Columns {
			path := col.Name
			if paths[i] != nil {
				path, err = text(paths[i], r, func() *pgerr.Error {
					return notNull("column filter expression must not be null")().Detailf("Filter for column \"%s\" is null.", col.Name)
				})
			}
			if err == nil && !col.Ordinality {
				err = t.Column(path)
			} else if err == nil {
				t.NoColumn()
			}
			if err != nil {
				return nil, err
			}
		}
		return t, nil
	}
	return func(r adt.Row) iter.Seq2[adt.Datum, error] {
		return func(yield func(adt.Datum, error) bool) {
			t, err := open(r)
			if err != nil {
				yield(nil, err)
				return
			}
			if t == nil {
				return
			}
			for n := 0; ; n++ {
				more, err := t.Next()
				if err != nil {
					yield(nil, err)
					return
				}
				if !more {
					return
				}
				vals := make(adt.Row, len(e.Columns))
				for i, col := range e.Columns {
					if err != nil {
						break
					}
					if col.Ordinality {
						vals[i] = int32(n + 1)
						continue
					}
					vals[i], err = t.Value(env, i, types[i], col.Typmod)
					if err == nil && vals[i] == nil && defaults[i] != nil {
						vals[i], err = defaults[i](r)
					}
					if err == nil && vals[i] == nil && col.NotNull {
						err = pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null is not allowed in column \"%s\"", col.Name)
					}
				}
				if err == nil {
					err = c.x.tick()
				}
				if !yield(&adt.Record{Values: vals}, err) || err != nil {
					return
				}
			}
		}
	}
}
