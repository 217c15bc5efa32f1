package exec

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
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
	s, err := adt.XMLElement(call.Env, e.Name, attrs, content)
	return s, err
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
