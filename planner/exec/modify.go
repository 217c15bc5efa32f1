package exec

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// modifier is a compiled plan.Modify.
type modifier struct {
	c    *compiler
	x    *state
	n    *plan.Modify
	in   rows
	out  *output
	cols []fdw.Column
	text []func(adt.Datum) (string, error) // output functions, for messages
	key  []keyFunc                         // identity of a row
	keys []int

	cursors []*cursorKey
}

// modify runs INSERT, UPDATE, DELETE and MERGE: it reads all its input, calls the
// table once and puts out the rows that the table says it stored or deleted.
func (c *compiler) modify(n *plan.Modify, keep bool, st *NodeStats) rows {
	m := &modifier{
		c: c, x: c.x, n: n, in: c.node(n.Input, true), out: c.output(n, keep, st),
		cols: n.Relation.Table.Columns(),
	}
	m.cursors, c.cursors = c.cursors, nil
	for _, col := range m.cols {
		m.text = append(m.text, c.textOf(col.Type))
	}
	m.identity()
	return m.run
}

// cursorKey is what WHERE CURRENT OF asks a cursor for, once, before there are rows.
type cursorKey struct {
	expr  *nodes.CursorKey
	value adt.Datum
}

// identity chooses the columns that tell rows apart: the primary key, else all.
func (m *modifier) identity() {
	if r := m.c.cat.RelationByOID(m.n.Relation.OID); r != nil && len(r.PrimaryKey) > 0 {
		m.keys = r.PrimaryKey
	} else {
		for i := range m.cols {
			m.keys = append(m.keys, i)
		}
	}
	for _, i := range m.keys {
		_, eq, _, _ := m.c.cat.SortOperators(m.cols[i].Type)
		k, text := m.c.keyFor(m.cols[i].Type, eq, 0), m.text[i]
		if k == nil {
			k = func(dst []byte, d adt.Datum) []byte {
				s, _ := text(d) // a value without text form tells no rows apart
				return stringKey(dst, s)
			}
		}
		m.key = append(m.key, k)
	}
}

func (m *modifier) run(yield func(adt.Row, error) bool) {
	var stored, rest []adt.Row
	err := m.refuse()
	for _, k := range m.cursors {
		if err == nil {
			k.value, err = m.x.run.CursorKey(k.expr)
		}
	}
	switch {
	case err != nil:
	case m.n.Merge != nil:
		stored, err = m.merge()
		rest = make([]adt.Row, len(stored))
	default:
		stored, rest, err = m.write()
	}
	if err != nil {
		yield(nil, err)
		return
	}
	root := m.c.plan.Root == plan.Node(m.n)
	for i, row := range stored {
		if row == nil {
			continue
		}
		if root {
			m.x.count++
		}
		if !m.n.Returning {
			continue
		}
		if len(rest[i]) > 0 {
			row = append(append(make(adt.Row, 0, len(row)+len(rest[i])), row...), rest[i]...)
		}
		if !m.out.put(row, false, yield) {
			return
		}
	}
}

// refuse fails when the table does not take the command.
func (m *modifier) refuse() error {
	name, t := m.n.Relation.Name, m.n.Relation.Table
	if r := m.c.cat.RelationByOID(m.n.Relation.OID); r != nil && r.System {
		return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied: %q is a system catalog", name)
	}
	switch m.n.Command {
	case nodes.CmdMerge: // the planner has asked for each action
	case nodes.CmdInsert:
		if _, ok := t.(fdw.Inserter); !ok {
			return pgerr.Unsupported("cannot insert into foreign table %q", name)
		}
	case nodes.CmdUpdate:
		u, ok := t.(fdw.Updater)
		if !ok {
			return pgerr.Unsupported("cannot update foreign table %q", name)
		}
		return u.CheckUpdate(m.n.Columns)
	case nodes.CmdDelete:
		if _, ok := t.(fdw.Deleter); !ok {
			return pgerr.Unsupported("cannot delete from foreign table %q", name)
		}
	default:
		return pgerr.Unsupported("command %d is not supported", m.n.Command)
	}
	return nil
}

// write does the command. Rest holds what follows the stored row in the input
// row of RETURNING.
func (m *modifier) write() (stored, rest []adt.Row, err error) {
	var olds, news []adt.Row
	var given [][]bool
	n, seen := len(m.cols), map[string]bool{}
	at := 0
	for row, err := range m.in {
		if err == nil {
			err = m.x.hold(rowSize(row))
		}
		if err != nil {
			return nil, nil, err
		}
		if len(row) < n {
			return nil, nil, pgerr.Internal("a row of %d columns for table %s of %d", len(row), m.n.Relation.Name, n)
		}
		switch m.n.Command {
		case nodes.CmdInsert:
			g := m.n.Given
			if m.n.GivenRows != nil && at < len(m.n.GivenRows) {
				g = m.n.GivenRows[at]
			}
			at++
			if err := m.notNull(row[:n], g); err != nil {
				return nil, nil, err
			}
			news, given, rest = append(news, row[:n:n]), append(given, g), append(rest, row[n:])
		default:
			// A row that a join found several times is written once.
			id := string(m.id(row))
			if seen[id] {
				continue
			}
			seen[id] = true
			olds = append(olds, row[:n:n])
			if m.n.Command == nodes.CmdDelete {
				rest = append(rest, row[n:])
				continue
			}
			if len(row) < n+len(m.n.Columns) {
				return nil, nil, pgerr.Internal("a row of %d columns for an update of %s", len(row), m.n.Relation.Name)
			}
			updated := append(adt.Row{}, row[:n]...)
			for i, col := range m.n.Columns {
				updated[col] = row[n+i]
			}
			if err := m.notNull(updated, nil); err != nil {
				return nil, nil, err
			}
			news, rest = append(news, updated), append(rest, row[n+len(m.n.Columns):])
		}
	}
	if len(olds) == 0 && len(news) == 0 {
		return nil, nil, nil
	}
	if err := m.x.canceled(); err != nil {
		return nil, nil, err
	}
	if err := m.allowed(news); err != nil {
		return nil, nil, err
	}
	req, err := m.request()
	if err != nil {
		return nil, nil, err
	}
	stored, err = m.store(m.n.Command, req, &writes{olds: olds, news: news, given: given}, m.n.IgnoreConflicts)
	return stored, rest, err
}

// store has the table do the writes of one kind, and gives the rows that it says
// it stored or deleted: nil for one that it did not.
func (m *modifier) store(c nodes.CmdType, req fdw.WriteRequest, w *writes, ignoreConflicts bool) (stored []adt.Row, err error) {
	want := max(len(w.olds), len(w.news))
	switch t := m.n.Relation.Table; c {
	case nodes.CmdInsert:
		stored, err = t.(fdw.Inserter).Insert(m.x.ctx, req, w.news, w.given, ignoreConflicts)
	case nodes.CmdUpdate:
		stored, err = t.(fdw.Updater).Update(m.x.ctx, req, w.olds, w.news)
	case nodes.CmdDelete:
		var done []bool
		done, err = t.(fdw.Deleter).Delete(m.x.ctx, req, w.olds)
		for i, ok := range done {
			if !ok {
				w.olds[i] = nil
			}
		}
		stored = w.olds
	}
	if err != nil {
		return nil, err
	}
	if len(stored) != want {
		return nil, pgerr.Internal("table %s answered for %d of %d rows", m.n.Relation.Name, len(stored), want)
	}
	n := int64(0)
	for _, row := range stored {
		if row != nil {
			n++
		}
	}
	m.x.table(m.n.Relation.OID).wrote(c, n)
	return stored, nil
}

// request is how the table's methods are called. Scans of the table that must
// not see what is written have been read by then.
func (m *modifier) request() (fdw.WriteRequest, error) {
	m.x.takeSnapshots(m.n.Relation)
	req := fdw.WriteRequest{Session: m.x.run.Session, CountOnly: !m.n.Returning, Settled: func() { m.x.settled = true }}
	if m.n.Returning {
		req.Returned = m.returned()
	}
	var err error
	if m.x.run.Tx != nil {
		req.Tx, err = m.x.run.Tx(m.n.Relation.Table)
	}
	return req, err
}

// returned gives the columns of the stored row that RETURNING reads; nil: all.
func (m *modifier) returned() []int {
	if m.n.Targets == nil {
		return nil
	}
	out := []int{}
	for _, e := range slices.Concat(m.n.Targets, m.n.Quals) {
		nodes.Walk(e, func(x nodes.Expr) bool {
			if s, ok := x.(*nodes.Slot); ok && s.Index < len(m.cols) && !slices.Contains(out, s.Index) {
				out = append(out, s.Index)
			}
			return true
		})
	}
	return out
}

func (m *modifier) id(row adt.Row) []byte {
	var b []byte
	for i, col := range m.keys {
		b = appendKey(b, m.key[i], row[col])
	}
	return b
}

// notNull checks NOT NULL columns. Those that the table makes or fills in itself are
// its own to refuse.
func (m *modifier) notNull(row adt.Row, given []bool) error {
	for i, col := range m.cols {
		if !col.NotNull || col.Generated || row[i] != nil || col.Filled && given != nil && !given[i] {
			continue
		}
		rel := m.n.Relation
		err := pgerr.New(pgerrcode.NotNullViolation, "null value in column %q of relation %q violates not-null constraint", col.Name, rel.Name)
		detail, derr := m.describe(row)
		if derr != nil {
			return derr
		}
		err.Detail = "Failing row contains " + detail + "."
		err.Schema, err.Table, err.Column = rel.Schema, rel.Name, col.Name
		return err
	}
	return nil
}

// describe shows a row's values, cut at 64 bytes each
// (ExecBuildSlotValueDescription).
func (m *modifier) describe(row adt.Row) (string, error) {
	const maxField = 64
	out := make([]string, len(row))
	for i, d := range row {
		out[i] = "null"
		if d == nil {
			continue
		}
		s, err := m.text[i](d)
		if err != nil {
			return "", err
		}
		if len(s) > maxField {
			s = clip(s, maxField) + "..."
		}
		out[i] = s
	}
	return "(" + strings.Join(out, ", ") + ")", nil
}
