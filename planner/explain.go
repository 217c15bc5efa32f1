package planner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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
				x.settings = append(x.settings, field{r.Def.Name, r.Shown})
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
	settings            object
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
			var settings []string
			for _, f := range x.settings {
				settings = append(settings, fmt.Sprintf("%s = '%s'", f.name, f.value))
			}
			x.lines = append(x.lines, "Settings: "+strings.Join(settings, ", "))
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
func (x *explanation) actual(e *plan.Explained) (loops int64, rows, first, total float64) {
	st := x.stats[e.ID]
	if st == nil || st.Loops == 0 {
		return 0, 0, 0, 0
	}
	l := float64(st.Loops)
	return st.Loops, float64(st.Rows) / l, millis(st.Startup) / l, millis(st.Total) / l
}

// text writes a node and what is below it in the text format, so many spaces from the left; the
// top is at 0.
func (x *explanation) text(e *plan.Explained, indent int, heading string) {
	if heading != "" {
		x.add(strings.Repeat(" ", indent) + heading)
		indent += 2
	}
	line, pad := e.Title, "  "
	if indent > 0 {
		line = strings.Repeat(" ", indent) + "->  " + e.Title
		pad = strings.Repeat(" ", indent+6)
	}
	if x.u.Costs {
		line += fmt.Sprintf("  (cost=%.2f..%.2f rows=%.0f width=%d)", e.Cost.Startup, e.Cost.Total, e.Rows, e.Width)
	}
	if x.stats != nil {
		switch loops, rows, first, total := x.actual(e); {
		case loops == 0:
			line += " (never executed)"
		case x.u.Timing:
			line += fmt.Sprintf(" (actual time=%.3f..%.3f rows=%.0f loops=%d)", first, total, rows, loops)
		default:
			line += fmt.Sprintf(" (actual rows=%.0f loops=%d)", rows, loops)
		}
	}
	x.add(line)
	x.properties(e, pad)
	for _, c := range e.Children {
		if x.err != nil {
			return
		}
		x.text(c.Node, len(pad), c.Heading)
	}
}

// properties writes a node's properties as lines, and what was counted.
func (x *explanation) properties(e *plan.Explained, pad string) {
	counted := func() {
		if line := x.counterLine(e); line != "" {
			x.add(pad + line)
		}
	}
	grouping := e.Counters == plan.AggCounters
	if grouping && !slices.ContainsFunc(e.Props, func(p plan.Prop) bool { return p.Name == "Filter" }) {
		defer counted()
	}
	for _, p := range e.Props {
		if p.Place != plan.Line {
			continue
		}
		for _, line := range propLines(p) {
			x.add(pad + line)
		}
		if grouping && p.Name == "Filter" {
			counted()
		}
		if n := x.removed(e, p.Name); n > 0 {
			x.add(fmt.Sprintf("%sRows Removed by %s: %d", pad, p.Name, n))
		}
	}
	if !grouping {
		counted()
	}
}

// add adds a line, unless there is more than the query may hold.
func (x *explanation) add(line string) {
	x.size += int64(len(line))
	if x.err = cmp.Or(x.err, x.env.Room(x.size)); x.err == nil {
		x.lines = append(x.lines, line)
	}
}

// removed counts the rows that a condition of a node kept back, in a loop's average
// (show_instrumentation_count); -1: it is no such condition, or has not run.
func (x *explanation) removed(e *plan.Explained, condition string) int64 {
	st := x.stats[e.ID]
	if x.stats == nil {
		return -1
	}
	var n, loops int64
	if st != nil {
		loops = max(1, st.Loops)
	}
	switch {
	case condition == "Filter" && st != nil:
		n = st.Removed / loops
	case condition == "Join Filter" && st != nil:
		n = st.JoinRemoved / loops
	case condition != "Filter" && condition != "Join Filter":
		return -1
	}
	return n
}

// counters gives what EXPLAIN ANALYZE says of a node beside rows and time (show_sort_info,
// show_hash_info, show_hashagg_info).
func (x *explanation) counters(e *plan.Explained) object {
	id := e.ID
	if e.Counters == plan.HashCounters {
		id = e.Table
	}
	st := x.stats[id]
	if st == nil || st.Loops == 0 {
		return nil
	}
	switch e.Counters {
	case plan.SortCounters:
		space := "Memory"
		if st.OnDisk {
			space = "Disk"
		}
		if st.SortMethod != "" {
			return object{{"Sort Method", st.SortMethod}, {"Sort Space Used", st.SpaceKB}, {"Sort Space Type", space}}
		}
	case plan.HashCounters:
		return object{{"Hash Batches", st.Batches}, {"Peak Memory Usage", st.SpaceKB}}
	case plan.AggCounters:
		return object{{"HashAgg Batches", st.Batches}, {"Peak Memory Usage", st.SpaceKB}}
	case plan.ScanCounters:
		if st.RemoteScans > 0 {
			return object{{"Scans", st.RemoteScans}}
		}
	}
	return nil
}

// counterLine is what counters says, in the text format.
func (x *explanation) counterLine(e *plan.Explained) string {
	o := x.counters(e)
	if o == nil {
		return ""
	}
	switch e.Counters {
	case plan.SortCounters:
		return fmt.Sprintf("Sort Method: %s  %s: %dkB", o[0].value, o[2].value, o[1].value)
	case plan.ScanCounters:
		return fmt.Sprintf("Scans: %d", o[0].value)
	}
	return fmt.Sprintf("Batches: %d  Memory Usage: %dkB", o[0].value, o[1].value)
}

// propLines are a property's lines in the text format.
func propLines(p plan.Prop) []string {
	switch v := p.Value.(type) {
	case []string:
		return []string{p.Name + ": " + strings.Join(v, ", ")}
	case []plan.GroupingSet:
		var lines []string
		for _, set := range v {
			if set.Keys == nil {
				lines = append(lines, "Group Key: ()")
			} else {
				lines = append(lines, "Hash Key: "+strings.Join(set.Keys, ", "))
			}
		}
		return lines
	}
	return []string{fmt.Sprintf("%s: %v", p.Name, p.Value)}
}
