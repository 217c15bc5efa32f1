package plan

import (
	"strings"

	"github.com/flowgres/flowgres/planner/nodes"
)

// xml writes SQL/XML's functions.
func (d *deparser) xml(e *nodes.XMLExpr) string {
	named := make([]string, len(e.NamedArgs))
	for i, a := range e.NamedArgs {
		named[i] = d.arg(a) + " AS " + e.ArgNames[i]
	}
	option := "CONTENT "
	if e.Document {
		option = "DOCUMENT "
	}
	switch e.Op {
	case nodes.XMLConcat:
		return "XMLCONCAT(" + d.list(e.Args) + ")"
	case nodes.XMLElement:
		out := "XMLELEMENT(NAME " + e.Name
		if len(named) > 0 {
			out += ", XMLATTRIBUTES(" + strings.Join(named, ", ") + ")"
		}
		if len(e.Args) > 0 {
			out += ", " + d.list(e.Args)
		}
		return out + ")"
	case nodes.XMLForest:
		return "XMLFOREST(" + strings.Join(named, ", ") + ")"
	case nodes.XMLParse:
		return "XMLPARSE(" + option + d.arg(e.Args[0]) + " STRIP WHITESPACE)"
	case nodes.XMLPI:
		out := "XMLPI(NAME " + e.Name
		if len(e.Args) > 0 {
			out += ", " + d.list(e.Args)
		}
		return out + ")"
	case nodes.XMLRoot:
		return "XMLROOT(" + d.list(e.Args) + ")"
	case nodes.XMLSerialize:
		return "XMLSERIALIZE(" + option + d.arg(e.Args[0]) + " AS text)"
	}
	return "(" + d.arg(e.Args[0]) + " IS DOCUMENT)"
}
