package planner

import (
	"cmp"
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
	value any // string, bool, int64, float64, cents, []string, nested, object, []object
}

// cents is a number with two decimals.
type cents float64

// nested is a list in a list, with the name that XML has for the inner one.
type nested struct {
	name string
	list []string
}

// document builds the tree of the structured formats.
func (x *explanation) document(root *plan.Explained) object {
	doc := object{{"Plan", x.nodeObject(root, "", "")}}
	if len(x.settings) > 0 {
		doc = append(doc, field{"Settings", x.settings})
	}
	if x.id != 0 {
		doc = append(doc, field{"Query Identifier", x.id})
	}
	if x.u.Summary {
		doc = append(doc, field{"Planning Time", millis(x.planning)})
	}
	if x.u.Analyze {
		doc = append(doc, field{"Triggers", []object{}})
	}
	if x.u.Analyze && x.u.Summary {
		doc = append(doc, field{"Execution Time", millis(x.execution)})
	}
	return doc
}

func (x *explanation) nodeObject(e *plan.Explained, relationship, name string) object {
	o := object{{"Node Type", e.Type}}
	props := func(at plan.Place) {
		for _, p := range e.Props {
			if p.Place == at || p.Place == plan.Document && at == plan.Line {
				o = o.put(p.Name, propValue(p.Value))
				o = append(o, x.removedBy(e, p)...)
			}
		}
	}
	props(plan.Kind)
	if relationship != "" {
		o = append(o, field{"Parent Relationship", relationship})
	}
	if name != "" {
		o = append(o, field{"Subplan Name", name})
	}
	o = append(o, field{"Parallel Aware", false}, field{"Async Capable", false})
	props(plan.Head)
	if x.u.Costs {
		o = append(o, field{"Startup Cost", cents(e.Cost.Startup)}, field{"Total Cost", cents(e.Cost.Total)},
			field{"Plan Rows", int64(e.Rows)}, field{"Plan Width", int64(e.Width)})
	}
	if x.stats != nil {
		loops, rows, first, total := x.actual(e)
		if x.u.Timing {
			o = append(o, field{"Actual Startup Time", first}, field{"Actual Total Time", total})
		}
		o = append(o, field{"Actual Rows", int64(rows)}, field{"Actual Loops", loops})
	}
	props(plan.Line)
	o = append(o, x.counters(e)...)
	var plans []object
	for _, c := range e.Children {
		plans = append(plans, x.nodeObject(c.Node, c.Relationship, c.Heading))
	}
	if plans != nil {
		o = append(o, field{"Plans", plans})
	}
	return o
}

// removedBy is the field for the rows that a condition of a node kept back.
func (x *explanation) removedBy(e *plan.Explained, p plan.Prop) object {
	n := x.removed(e, p.Name)
	if p.Place != plan.Line || n < 0 {
		return nil
	}
	return object{{"Rows Removed by " + p.Name, n}}
}

// propValue is a property's value as a document has it (show_grouping_sets).
func propValue(v any) any {
	sets, ok := v.([]plan.GroupingSet)
	if !ok {
		return v
	}
	var out []object
	for _, set := range sets {
		if set.Keys == nil {
			out = append(out, object{{"Group Keys", nested{"Group Key", nil}}})
		} else {
			out = append(out, object{{"Hash Keys", nested{"Hash Key", set.Keys}}})
		}
	}
	return out
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
				w.put(",")
			}
			w.put("\n", inner)
			item(i)
		}
	}
	switch v := v.(type) {
	case object:
		w.put("{")
		list(len(v), func(i int) {
			w.put(scalar(v[i].name), ": ")
			w.json(v[i].value, inner)
		})
		w.put("\n", indent, "}")
	case []object:
		w.put("[")
		list(len(v), func(i int) { w.json(v[i], inner) })
		w.put("\n", indent, "]")
	case nested:
		w.put("[\n", inner)
		w.put(flowList(v.list))
		w.put("\n", indent, "]")
	case []string:
		w.put(flowList(v))
	default:
		w.put(scalar(v))
	}
}

// flowList is a list on one line.
func flowList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = scalar(t)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// scalar is a value that is no list in JSON, and in YAML.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return adt.QuoteJSON(v)
	case float64:
		return fmt.Sprintf("%.3f", v)
	case cents:
		return fmt.Sprintf("%.2f", float64(v))
	}
	return fmt.Sprint(v)
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
		case nested:
			w.put(lead, f.name, ": \n", indent, "  - ", flowList(x.list), "\n")
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
	for _, f := range v {
		tag := strings.ReplaceAll(f.name, " ", "-")
		switch x := f.value.(type) {
		case object:
			w.put(indent, "<", tag, ">\n")
			w.xml(x, indent+"  ")
			w.put(indent, "</", tag, ">\n")
		case []object:
			w.put(indent, "<", tag, ">\n")
			item := strings.TrimSuffix(tag, "s")
			for _, o := range x {
				w.put(indent, "  <", item, ">\n")
				w.xml(o, indent+"    ")
				w.put(indent, "  </", item, ">\n")
			}
			w.put(indent, "</", tag, ">\n")
		case nested:
			w.put(indent, "<", tag, ">\n")
			w.xml(object{{x.name, x.list}}, indent+"  ")
			w.put(indent, "</", tag, ">\n")
		case []string:
			w.put(indent, "<", tag, ">\n")
			for _, s := range x {
				w.put(indent, "  <Item>", adt.EscapeXML(s), "</Item>\n")
			}
			w.put(indent, "</", tag, ">\n")
		case string:
			w.put(indent, "<", tag, ">", adt.EscapeXML(x), "</", tag, ">\n")
		default:
			w.put(indent, "<", tag, ">", scalar(x), "</", tag, ">\n")
		}
	}
}
