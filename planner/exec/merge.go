package exec

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// writes collects what the rows of a MERGE ask for. At tells where among all
// of them each stands.
type writes struct {
	olds, news []adt.Row
	given      [][]bool
	at         []int
}

// merge runs MERGE and INSERT … ON CONFLICT DO UPDATE: it reads all rows, then
// inserts, updates and deletes, and gives the rows as stored, nil where
// nothing was.
func (m *modifier) merge() ([]adt.Row, error) {
	var by [nodes.CmdNothing]writes
	n, total, seen := len(m.cols), 0, map[string]bool{}
	for row, err := range m.in {
		if err == nil {
			err = m.x.hold(rowSize(row))
		}
		if err != nil {
			return nil, err
		}
		k, _ := row[n].(int32)
		if k == 0 {
			continue
		}
		a, given := m.n.Merge[k-1], m.n.Merge[k-1].Given
		if m.n.Command == nodes.CmdInsert {
			// The row proposed for insertion must be sound even if it is not inserted.
			if given = m.n.Given; m.n.GivenRows != nil {
				given = m.n.GivenRows[row[3*n+1].(int32)]
			}
			if err := m.notNull(row[2*n+1:3*n+1], given); err != nil {
				return nil, err
			}
		}
		if err := m.once(a, row, seen); err != nil {
			return nil, err
		}
		if a.Command == nodes.CmdNothing {
			continue
		}
		w, made := &by[a.Command], row[n+1:2*n+1:2*n+1]
		if a.Command == nodes.CmdUpdate {
			given = nil
		}
		if a.Command != nodes.CmdDelete {
			if err := m.notNull(made, given); err != nil {
				return nil, err
			}
		}
		w.olds, w.news, w.given, w.at = append(w.olds, row[:n:n]), append(w.news, made), append(w.given, given), append(w.at, total)
		total++
	}
	if total == 0 {
		return nil, nil
	}
	if err := m.x.canceled(); err != nil {
		return nil, err
	}
	for _, c := range []nodes.CmdType{nodes.CmdInsert, nodes.CmdUpdate} {
		if err := m.allowed(by[c].news); err != nil {
			return nil, err
		}
	}
	req, err := m.request()
	if err != nil {
		return nil, err
	}
	req.Rows = total
	out := make([]adt.Row, total)
	// What can be taken back comes first.
	for _, c := range []nodes.CmdType{nodes.CmdInsert, nodes.CmdUpdate, nodes.CmdDelete} {
		if len(by[c].at) == 0 {
			continue
		}
		stored, err := m.store(c, req, &by[c], false)
		if err != nil {
			return nil, err
		}
		for i, row := range stored {
			out[by[c].at[i]] = row
		}
	}
	return out, nil
}

// once refuses a second action on the same row of the target.
func (m *modifier) once(a *plan.MergeAction, row adt.Row, seen map[string]bool) error {
	upsert := m.n.Command == nodes.CmdInsert
	if a.Command == nodes.CmdInsert || a.Command == nodes.CmdNothing && !upsert {
		return nil
	}
	id := string(m.id(row))
	switch {
	case !seen[id]:
		seen[id] = a.Command != nodes.CmdNothing
		return nil
	case upsert:
		return pgerr.New(pgerrcode.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
			Hintf("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
	}
	return pgerr.New(pgerrcode.CardinalityViolation, "MERGE command cannot affect row a second time").
		Hintf("Ensure that not more than one source row matches any one target row.")
}
