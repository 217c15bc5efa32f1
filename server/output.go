package server

import (
	"encoding/binary"
	"math"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// output is the planner.Output of a connection.
type output struct{ c *conn }

// RowDescription sends the shape of the rows to come.
func (o output) RowDescription(columns []planner.Column) error {
	w := &o.c.w
	if w.err != nil {
		return w.err
	}
	buf := w.take()
	start := len(buf)
	buf = append(buf, 'T', 0, 0, 0, 0)
	buf = binary.BigEndian.AppendUint16(buf, uint16(len(columns)))
	for i := range columns {
		col := &columns[i]
		name := len(buf)
		var err error
		if buf, err = o.c.enc.Tail(append(buf, col.Name...), name); err != nil {
			return err
		}
		buf = append(buf, 0)
		buf = binary.BigEndian.AppendUint32(buf, col.Table)
		buf = binary.BigEndian.AppendUint16(buf, uint16(col.Attno))
		buf = binary.BigEndian.AppendUint32(buf, col.Type)
		buf = binary.BigEndian.AppendUint16(buf, uint16(col.Len))
		buf = binary.BigEndian.AppendUint32(buf, uint32(col.Typmod))
		buf = binary.BigEndian.AppendUint16(buf, uint16(col.Format))
	}
	w.end(buf, start)
	return w.err
}

// Row encodes a row in place, at the end of the write buffer.
func (o output) Row(columns []planner.Column, row adt.Row) error {
	w := &o.c.w
	if w.err != nil {
		return w.err
	}
	buf := w.take()
	start := len(buf)
	buf = append(buf, 'D', 0, 0, 0, 0)
	buf = binary.BigEndian.AppendUint16(buf, uint16(len(columns)))
	for i := range columns {
		if row[i] == nil {
			buf = append(buf, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(buf)
		buf = append(buf, 0, 0, 0, 0)
		var err error
		if buf, err = columns[i].Encode(buf, row[i]); err != nil {
			return err // w.buf is as it was: the row's beginning is dropped
		}
		if o.c.enc != nil && columns[i].Format == 0 {
			if buf, err = o.c.enc.Tail(buf, at+4); err != nil {
				return err
			}
		}
		binary.BigEndian.PutUint32(buf[at:], uint32(len(buf)-at-4))
	}
	if len(buf)-start-1 > math.MaxInt32 {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "out of memory").
			Detailf("A row of %d bytes cannot be sent.", len(buf)-start)
	}
	w.end(buf, start)
	return w.err
}

// CopyOut starts a COPY TO STDOUT.
func (o output) CopyOut(binary bool, columns int) error {
	m := pgproto3.CopyOutResponse{ColumnFormatCodes: make([]uint16, columns)}
	if binary {
		m.OverallFormat = 1
		for i := range m.ColumnFormatCodes {
			m.ColumnFormatCodes[i] = 1
		}
	}
	o.c.w.put(&m)
	return o.c.w.err
}

// CopyData sends a piece of a COPY's data.
func (o output) CopyData(data []byte) error {
	o.c.w.put(&pgproto3.CopyData{Data: data})
	return o.c.w.err
}

// CopyDone ends a COPY's data.
func (o output) CopyDone() error {
	o.c.w.put(&pgproto3.CopyDone{})
	return o.c.w.err
}

// CommandComplete ends a statement.
func (o output) CommandComplete(tag string) error {
	w := &o.c.w
	if w.err == nil {
		buf := w.take()
		start := len(buf)
		buf = append(append(buf, 'C', 0, 0, 0, 0), tag...)
		w.end(append(buf, 0), start)
	}
	return w.err
}

// EmptyQuery answers an empty statement.
func (o output) EmptyQuery() error {
	o.c.w.putEmpty('I')
	return o.c.w.err
}
