package planner

import (
	"cmp"
	"context"
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
		if p.stmt.Query == nil && p.stmt.Utility == nil { // empty: no plan to tell of
			return explainLines(u, outer.columns, out, nil)
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
	x := &explanation{u: u, env: s.env, planning: time.Since(began)}
	if u.Analyze {
		if err := s.mayRun(ctx, q, nil); err != nil {
			return err
		}
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
	env                 *adt.Env
	size                int64 // of the lines
	err                 error
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
		return x.lines, x.err
	}
	doc := x.document(root)
	w := documentWriter{env: x.env}
	switch x.u.Format {
	case analyze.ExplainJSON:
		w.put("[\n  ")
		w.json(doc, "  ")
		w.put("\n]")
	case analyze.ExplainYAML:
		w.yaml(doc, "- ", "  ")
	default:
		w.put("<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n")
		w.xml(doc, "    ")
		w.put("  </Query>\n</explain>")
	}
	return []string{strings.TrimSuffix(w.b.String(), "\n")}, w.err
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// actual is what happened at a node, in a loop's average.
func (x *explanation) actual(n plan.Node) (loops int64, rows, first, total float64) {
	st := x.stats[n.Common().ID]
	if st == nil || st.Loops == 0 {
		return 0, 0, 0, 0
	}
	l := float64(st.Loops)
	return st.Loops, float64(st.Rows) / l, millis(st.Startup) / l, millis(st.Total) / l
}

// text writes a node and what is below it in the text format.
func (x *explanation) text(e *plan.Explained, depth int, heading string) {
	prefix, pad := "", ""
	if depth > 0 {
		prefix = strings.Repeat(" ", depth*6-4) + "->  "
		pad = strings.Repeat(" ", depth*6)
	}
	if heading != "" {
		x.add(strings.Repeat(" ", max(0, depth*6-4)) + heading)
	}
	line := prefix + e.Title
	b := e.Node.Common()
	if x.u.Costs {
		line += fmt.Sprintf("  (cost=0.00..%.2f rows=%.0f width=%d)", totalCost(b), b.Rows, 8*b.Width)
	}
	if x.stats != nil {
		switch loops, rows, first, total := x.actual(e.Node); {
		case loops == 0:
			line += " (never executed)"
		case x.u.Timing:
			line += fmt.Sprintf(" (actual time=%.3f..%.3f rows=%.0f loops=%d)", first, total, rows, loops)
		default:
			line += fmt.Sprintf(" (actual rows=%.0f loops=%d)", rows, loops)
		}
	}
	x.add(line)
	for _, p := range e.Props {
		if p.Text {
			x.add(pad + "  " + p.Name + ": " + propText(p.Value))
		}
	}
	for _, f := range x.counters(e.Node) {
		x.add(fmt.Sprintf("%s  %s: %v", pad, f.name, f.value))
	}
	for _, c := range e.Children {
		if x.err != nil {
			return
		}
		x.text(c.Node, depth+1, c.Heading)
	}
}

// add adds a line, unless there is more than the query may hold.
func (x *explanation) add(line string) {
	x.size += int64(len(line))
	if x.err = cmp.Or(x.err, x.env.Room(x.size)); x.err == nil {
		x.lines = append(x.lines, line)
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
