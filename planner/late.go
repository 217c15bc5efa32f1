package planner

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/exec"
)

// lateRows is how many rows of a command are held back.
const lateRows = 256

// late holds the first rows of a command back until it has ended: PostgreSQL
// sends nothing of one that fails, and neither do we where that needs no more
// than a little memory.
type late struct {
	Output
	describe bool // the rows' description goes before them
	columns  []Column
	rows     []adt.Row
	sent     int64
	through  bool
}

// Row takes a row.
func (l *late) Row(columns []Column, row adt.Row) error {
	if !l.through {
		l.columns = columns
		l.rows = append(l.rows, slices.Clone(row))
		if len(l.rows) < lateRows {
			return nil
		}
		_, err := l.end()
		return err
	}
	l.sent++
	return l.Output.Row(columns, row)
}

// keeping holds all rows of a command back, which its client takes in pieces.
type keeping struct {
	Output
	rows *exec.Store
}

// Row takes a row.
func (k keeping) Row(_ []Column, row adt.Row) error { return k.rows.Add(slices.Clone(row)) }

// end sends what is held back and gives the number of all rows sent.
func (l *late) end() (int64, error) {
	if l.describe && !l.through {
		if err := l.Output.RowDescription(l.columns); err != nil {
			return l.sent, err
		}
	}
	l.through = true
	for _, row := range l.rows {
		l.sent++
		if err := l.Output.Row(l.columns, row); err != nil {
			return l.sent, err
		}
	}
	l.rows = nil
	return l.sent, nil
}
