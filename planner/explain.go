package planner

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// explain runs EXPLAIN.
func (s *Session) explain(ctx context.Context, u *analyze.Explain, outer *portal, out Output) error {
	q, params, of := u.Statement.Query, outer.params, u.Statement
	began := time.Now()
	planned := func() (*plan.Plan, error) { return s.plan(q, params) }
	switch inner := u.Statement.Utility.(type) {
	case *analyze.DeclareCursor:
		q = inner.Query
	case *analyze.Execute:
		p, err := s.boundExecute(inner)
		if err != nil {
			return err
		}
		q, params, of = p.stmt.Query, p.params, p.stmt
		planned = func() (*plan.Plan, error) {
			err := s.planPortal(p)
			return p.plan, err
		}
	}
	if q == nil {
		return explainLines(u, outer.columns, out, []string{"Utility statements have no plan structure"})
	}
	if u.GenericPlan {
		planned = func() (*plan.Plan, error) { return s.planGeneric(q) }
	}
	p, err := planned()
	if err != nil {
		return err
	}
	x := &explanation{u: u, planning: time.Since(began)}
	if u.Analyze {
		s.tx.queried = true
		use := s.fdw.Activity.Use()
		began = time.Now()
		run := exec.Start(p, s.runtime(params, true))
		for _, err := range run.Rows(ctx) {
			if err != nil {
				return err
			}
		}
		x.execution, x.stats = time.Since(began), run.Stats()
		s.trackNested(of, began, use, run.Count())
	}
	root := plan.Explain(p, plan.ExplainOptions{Catalog: s.db.catalog, Env: s.env, Verbose: u.Verbose, Analyze: u.Analyze})
	if u.Settings {
		for r := range s.guc.Rows() {
			if r.Def.Explain && r.Setting != r.Boot {
				x.settings = append(x.settings, fmt.Sprintf("%s = '%s'", r.Def.Name, r.Setting))
			}
		}
	}
	if u.Verbose && s.values().shown {
		x.id = nodes.Jumble(q).ID
	}
	text, err := x.render(root)
	if err != nil {
		return err
	}
	return explainLines(u, outer.columns, out, text)
}

// explainLines sends EXPLAIN's output: a row a line in the text format, else
// one row.
func explainLines(u *analyze.Explain, columns []Column, out Output, lines []string) error {
	if u.Format != analyze.ExplainText {
		return out.Row(columns, adt.Row{strings.Join(lines, "\n")})
	}
	for _, l := range lines {
		if err := out.Row(columns, adt.Row{l}); err != nil {
			return err
		}
	}
	return nil
}

// explanation is an EXPLAIN being written.
type explanation struct {
	u                   *analyze.Explain
	planning, execution time.Duration
	stats               map[int]*exec.NodeStats
	settings            []string
	id                  int64 // 0: not shown
	lines               []string
}

func (x *explanation) render(root *plan.Explained) ([]string, error) {
	if x.u.Format == analyze.ExplainText {
		x.text(root, 0, "")
		if len(x.settings) > 0 {
			x.lines = append(x.lines, "Settings: "+strings.Join(x.settings, ", "))
		}
		if x.id != 0 {
			x.lines = append(x.lines, "Query Identifier: "+strconv.FormatInt(x.id, 10))
		}
		if x.u.Summary {
			x.lines = append(x.lines, fmt.Sprintf("Planning Time: %.3f ms", millis(x.planning)))
		}
		if x.u.Analyze && x.u.Summary {
			x.lines = append(x.lines, fmt.Sprintf("Execution Time: %.3f ms", millis(x.execution)))
		}
		return x.lines, nil
	}
	doc := x.document(root)
	switch x.u.Format {
	case analyze.ExplainJSON:
		return []string{"[\n  " + jsonOf(doc, "  ") + "\n]"}, nil
	case analyze.ExplainYAML:
		return []string{strings.TrimSuffix(yamlOf(doc, "- ", "  "), "\n")}, nil
	}
	return []string{"<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n" + xmlOf(doc, "    ") + "  </Query>\n</explain>"}, nil
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// nodeRows is what happened at a node, in a loop's average.
func (x *explanation) actual(n plan.Node) (loops int64, rows, first, total float64, ok bool) {
	st := x.stats[n.Common().ID]
	if st == nil || st.Loops == 0 {
		return 0, 0, 0, 0, st != nil || x.stats != nil
	}
	l := float64(st.Loops)
	return st.Loops, float64(st.Rows) / l, millis(st.Startup) / l, millis(st.Total) / l, true
}

// text writes a node and what is below it in the text format.
func (x *explanation) text(e *plan.Explained, depth int, heading string) {
	prefix, pad := "", ""
	if depth > 0 {
		prefix = strings.Repeat(" ", depth*6-4) + "->  "
		pad = strings.Repeat(" ", depth*6)
	}
	if heading != "" {
		x.lines = append(x.lines, strings.Repeat(" ", max(0, depth*6-4))+heading)
	}
	line := prefix + e.Title
	b := e.Node.Common()
	if x.u.Costs {
		line += fmt.Sprintf("  (cost=0.00..%.2f rows=%.0f width=%d)", totalCost(b), b.Rows, 8*b.Width)
	}
	if x.stats != nil {
		switch loops, rows, first, total, _ := x.actual(e.Node); {
		case loops == 0:
			line += " (never executed)"
		case x.u.Timing:
			line += fmt.Sprintf(" (actual time=%.3f..%.3f rows=%.0f loops=%d)", first, total, rows, loops)
		default:
			line += fmt.Sprintf(" (actual rows=%.0f loops=%d)", rows, loops)
		}
	}
	x.lines = append(x.lines, line)
	for _, p := range e.Props {
		if p.Text {
			x.lines = append(x.lines, pad+"  "+p.Name+": "+propText(p.Value))
		}
	}
	for _, f := range x.counters(e.Node) {
		x.lines = append(x.lines, fmt.Sprintf("%s  %s: %v", pad, f.name, f.value))
	}
	for _, c := range e.Children {
		x.text(c.Node, depth+1, c.Heading)
	}
}

// counters gives what EXPLAIN ANALYZE says of a node beside rows and time.
func (x *explanation) counters(n plan.Node) object {
	st := x.stats[n.Common().ID]
	if st == nil || st.Loops == 0 {
		return nil
	}
	var o object
	if st.Removed > 0 {
		o = append(o, field{"Rows Removed by Filter", st.Removed / st.Loops})
	}
	if st.JoinRemoved > 0 {
		o = append(o, field{"Rows Removed by Join Filter", st.JoinRemoved / st.Loops})
	}
	if st.SortMethod != "" {
		o = append(o, field{"Sort Method", st.SortMethod}, field{"Sort Space Used", st.SpaceKB})
	}
	if st.Groups > 0 {
		o = append(o, field{"Groups", st.Groups})
	}
	if st.RemoteScans > 0 {
		o = append(o, field{"Scans", st.RemoteScans})
	}
	return o
}

func propText(v any) string {
	if l, ok := v.([]string); ok {
		return strings.Join(l, ", ")
	}
	return fmt.Sprint(v)
}

// totalCost is a figure for tools that draw it: rows, and a thousand for each
// remote call.
func totalCost(b *plan.Base) float64 { return b.Rows*0.01 + 1000*b.Calls }

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
		loops, rows, first, total, _ := x.actual(e.Node)
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

func jsonOf(v any, indent string) string {
	inner := indent + "  "
	switch v := v.(type) {
	case object:
		parts := make([]string, len(v))
		for i, f := range v {
			parts[i] = inner + jsonOf(f.name, "") + ": " + jsonOf(f.value, inner)
		}
		return "{\n" + strings.Join(parts, ",\n") + "\n" + indent + "}"
	case []object:
		parts := make([]string, len(v))
		for i, o := range v {
			parts[i] = inner + jsonOf(o, inner)
		}
		return "[\n" + strings.Join(parts, ",\n") + "\n" + indent + "]"
	case []string:
		parts := make([]string, len(v))
		for i, o := range v {
			parts[i] = jsonOf(o, "")
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case float64:
		return fmt.Sprintf("%.3f", v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

func yamlOf(v object, first, rest string) string {
	var b strings.Builder
	for i, f := range v {
		lead := rest
		if i == 0 {
			lead = first
		}
		indent := strings.Repeat(" ", len(rest))
		switch x := f.value.(type) {
		case object:
			b.WriteString(lead + f.name + ": \n" + yamlOf(x, indent+"  ", indent+"  "))
		case []object:
			b.WriteString(lead + f.name + ": \n")
			for _, o := range x {
				b.WriteString(yamlOf(o, indent+"  - ", indent+"    "))
			}
		case []string:
			b.WriteString(lead + f.name + ": \n")
			for _, s := range x {
				b.WriteString(indent + "  - " + jsonOf(s, "") + "\n")
			}
		default:
			b.WriteString(lead + f.name + ": " + jsonOf(f.value, "") + "\n")
		}
	}
	return b.String()
}

func xmlOf(v object, indent string) string {
	var b strings.Builder
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
			b.WriteString(indent + "<" + tag + ">\n" + xmlOf(x, indent+"  ") + indent + "</" + tag + ">\n")
		case []object:
			b.WriteString(indent + "<" + tag + ">\n")
			for _, o := range x {
				b.WriteString(indent + "  <Plan>\n" + xmlOf(o, indent+"    ") + indent + "  </Plan>\n")
			}
			b.WriteString(indent + "</" + tag + ">\n")
		case []string:
			b.WriteString(indent + "<" + tag + ">\n")
			for _, s := range x {
				b.WriteString(indent + "  <Item>" + text(s) + "</Item>\n")
			}
			b.WriteString(indent + "</" + tag + ">\n")
		case string:
			b.WriteString(indent + "<" + tag + ">" + text(x) + "</" + tag + ">\n")
		default:
			b.WriteString(indent + "<" + tag + ">" + jsonOf(x, "") + "</" + tag + ">\n")
		}
	}
	return b.String()
}
