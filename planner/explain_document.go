package planner

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/plan"
)

// object is a JSON object in order.
type object []field

// put adds a field; further texts of the same name make it a list.
func (o object) put(name string, value any) object {
	for i, f := range o {
		text, ok := value.(string)
		if f.name != name || !ok {
			continue
		}
		switch have := f.value.(type) {
		case string:
			o[i].value = []string{have, text}
			return o
		case []string:
			o[i].value = append(have[:len(have):len(have)], text)
			return o
		}
	}
	return append(o, field{name, value})
}

type field struct {
	name  string
	value any // string, bool, int64, float64, []string, object, []object
}

// document builds the tree of the structured formats.
func (x *explanation) document(root *plan.Explained) object {
	doc := object{{"Plan", x.nodeObject(root, "")}}
	if len(x.settings) > 0 {
		doc = append(doc, field{"Settings", x.settings})
	}
	if x.id != 0 {
		doc = append(doc, field{"Query Identifier", x.id})
	}
	if x.u.Summary {
		doc = append(doc, field{"Planning Time", millis(x.planning)})
	}
	if x.u.Analyze && x.u.Summary {
		doc = append(doc, field{"Execution Time", millis(x.execution)})
	}
	return doc
}

func (x *explanation) nodeObject(e *plan.Explained, relationship string) object {
	o := object{{"Node Type", e.Type}}
	if relationship != "" {
		o = append(o, field{"Parent Relationship", relationship})
	}
	o = append(o, field{"Parallel Aware", false}, field{"Async Capable", false})
	b := e.Node.Common()
	if x.u.Costs {
		o = append(o, field{"Startup Cost", 0.0}, field{"Total Cost", totalCost(b)},
			field{"Plan Rows", int64(b.Rows)}, field{"Plan Width", int64(8 * b.Width)})
	}
	if x.stats != nil {
		loops, rows, first, total := x.actual(e.Node)
		if x.u.Timing {
			o = append(o, field{"Actual Startup Time", first}, field{"Actual Total Time", total})
		}
		o = append(o, field{"Actual Rows", int64(rows)}, field{"Actual Loops", loops})
	}
	for _, p := range e.Props {
		o = o.put(p.Name, p.Value)
	}
	o = append(o, x.counters(e.Node)...)
	var plans []object
	for _, c := range e.Children {
		child := x.nodeObject(c.Node, c.Relationship)
		if c.Heading != "" {
			child = append(object{child[0], {"Subplan Name", c.Heading}}, child[1:]...)
		}
		plans = append(plans, child)
	}
	if plans != nil {
		o = append(o, field{"Plans", plans})
	}
	return o
}

// documentWriter writes a structured format, unless that becomes more than the query
// may hold, or it has ended: each level is indented by those above.
type documentWriter struct {
	b    strings.Builder
	env  *adt.Env
	next int // how long it may get until the limits are looked at
	err  error
}

func (w *documentWriter) put(texts ...string) {
	for _, t := range texts {
		if n := w.b.Len() + len(t); n >= w.next && w.err == nil {
			w.next = n + 1<<18
			w.err = cmp.Or(w.env.Interrupted(), w.env.Room(int64(n)))
		}
		if w.err == nil {
			w.b.WriteString(t)
		}
	}
}

func (w *documentWriter) json(v any, indent string) {
	inner := indent + "  "
	list := func(n int, item func(i int)) {
		for i := range n {
			if i > 0 {
				w.put(",\n")
			}
			w.put(inner)
			item(i)
		}
	}
	switch v := v.(type) {
	case object:
		w.put("{\n")
		list(len(v), func(i int) {
			w.put(scalar(v[i].name), ": ")
			w.json(v[i].value, inner)
		})
		w.put("\n", indent, "}")
	case []object:
		w.put("[\n")
		list(len(v), func(i int) { w.json(v[i], inner) })
		w.put("\n", indent, "]")
	case []string:
		w.put("[")
		for i, o := range v {
			if i > 0 {
				w.put(", ")
			}
			w.put(scalar(o))
		}
		w.put("]")
	default:
		w.put(scalar(v))
	}
}

// scalar is a value that is no list in JSON, and in YAML.
func scalar(v any) string {
	if f, ok := v.(float64); ok {
		return fmt.Sprintf("%.3f", f)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

func (w *documentWriter) yaml(v object, first, rest string) {
	indent := strings.Repeat(" ", len(rest))
	for i, f := range v {
		lead := rest
		if i == 0 {
			lead = first
		}
		switch x := f.value.(type) {
		case object:
			w.put(lead, f.name, ": \n")
			w.yaml(x, indent+"  ", indent+"  ")
		case []object:
			w.put(lead, f.name, ": \n")
			for _, o := range x {
				w.yaml(o, indent+"  - ", indent+"    ")
			}
		case []string:
			w.put(lead, f.name, ": \n")
			for _, s := range x {
				w.put(indent, "  - ", scalar(s), "\n")
			}
		default:
			w.put(lead, f.name, ": ", scalar(f.value), "\n")
		}
	}
}

func (w *documentWriter) xml(v object, indent string) {
	text := func(s string) string {
		var t strings.Builder
		if err := xml.EscapeText(&t, []byte(s)); err != nil {
			return ""
		}
		return t.String()
	}
	for _, f := range v {
		tag := strings.ReplaceAll(f.name, " ", "-")
		switch x := f.value.(type) {
		case object:
			w.put(indent, "<", tag, ">\n")
			w.xml(x, indent+"  ")
			w.put(indent, "</", tag, ">\n")
		case []object:
			w.put(indent, "<", tag, ">\n")
			for _, o := range x {
				w.put(indent, "  <Plan>\n")
				w.xml(o, indent+"    ")
				w.put(indent, "  </Plan>\n")
			}
			w.put(indent, "</", tag, ">\n")
		case []string:
			w.put(indent, "<", tag, ">\n")
			for _, s := range x {
				w.put(indent, "  <Item>", text(s), "</Item>\n")
			}
			w.put(indent, "</", tag, ">\n")
		case string:
			w.put(indent, "<", tag, ">", text(x), "</", tag, ">\n")
		default:
			w.put(indent, "<", tag, ">", scalar(x), "</", tag, ">\n")
		}
	}
}
