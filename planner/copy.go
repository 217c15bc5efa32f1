package planner

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// binaryHeader begins COPY's binary format: signature, flags, no extension.
const binaryHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// copyOut runs COPY … TO STDOUT and gives the number of rows.
func (s *Session) copyOut(ctx context.Context, u *analyze.Copy, out Output) (int64, error) {
	s.tx.queried = true
	p, err := s.plan(u.Query, nil)
	if err == nil {
		err = s.mayRun(ctx, u.Query, nil)
	}
	if err != nil {
		return 0, err
	}
	var formats []int16
	if u.Format == analyze.CopyBinary {
		formats = []int16{1}
	}
	columns := s.describe(analyze.ForQuery(u.Query, s.db.catalog).Columns(), formats)
	if u.Format != analyze.CopyBinary {
		enc, known := s.env.ClientEncoding, true
		if u.Encoding != "" {
			if enc, known = adt.FindEncoding(u.Encoding); !known {
				return 0, pgerr.Unsupported("COPY in encoding %s is not supported", u.Encoding)
			}
		}
		out = encodedCopy{out, enc}
	}
	if err := out.CopyOut(u.Format == analyze.CopyBinary, len(columns)); err != nil {
		return 0, err
	}
	w := copyWriter{u: u, env: s.env, columns: columns}
	n := int64(0)
	line, err := w.start(nil)
	if err != nil {
		return 0, err
	}
	if u.Format != analyze.CopyBinary && len(line) > 0 {
		if err := out.CopyData(line); err != nil {
			return 0, err
		}
		line = line[:0]
	}
	for row, err := range exec.Start(p, s.runtime(nil, false)).Rows(ctx) {
		if err != nil {
			return n, err
		}
		if line, err = w.row(line, row); err != nil {
			return n, err
		}
		if err := out.CopyData(line); err != nil {
			return n, err
		}
		if line = line[:0]; cap(line) > longLine {
			line, w.value = nil, nil
		}
		n++
	}
	if u.Format == analyze.CopyBinary {
		line = binary.BigEndian.AppendUint16(line, 0xffff)
	}
	if len(line) > 0 {
		if err := out.CopyData(line); err != nil {
			return n, err
		}
	}
	return n, out.CopyDone()
}

// encodedCopy is an output whose COPY data is in an encoding.
type encodedCopy struct {
	Output
	enc *adt.Encoding
}

// CopyData sends data that is in UTF8.
func (e encodedCopy) CopyData(data []byte) error {
	data, err := e.enc.ToClient(data)
	if err != nil {
		return err
	}
	return e.Output.CopyData(data)
}

// copyWriter writes rows in a format of COPY (copyto.c).
type copyWriter struct {
	u       *analyze.Copy
	env     *adt.Env
	columns []Column
	value   []byte
}

// start appends what comes before the first row.
func (w *copyWriter) start(dst []byte) ([]byte, error) {
	if w.u.Format == analyze.CopyBinary {
		return append(dst, binaryHeader...), nil
	}
	if !w.u.Header {
		return dst, nil
	}
	var err error
	for i, c := range w.columns {
		if i > 0 {
			dst = append(dst, w.u.Delimiter)
		}
		if w.u.Format == analyze.CopyCSV {
			dst, err = w.csv(dst, []byte(c.Name), false, len(w.columns) == 1)
		} else {
			dst, err = w.escaped(dst, []byte(c.Name), w.text)
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, '\n'), nil
}

// longLine is how long lines are whose buffers are not used again.
const longLine = 1 << 20

// escaped appends a value by pieces, between which it looks whether the statement has ended and
// for room.
func (w *copyWriter) escaped(dst, v []byte, escape func(dst, piece []byte) []byte) ([]byte, error) {
	for piece := range slices.Chunk(v, longLine/4) {
		dst = escape(dst, piece)
		if len(v) < longLine/4 {
			break
		}
		if err := w.env.Interrupted(); err != nil {
			return dst, err
		}
		if err := w.env.Room(int64(len(dst))); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// row appends a row.
func (w *copyWriter) row(dst []byte, row adt.Row) ([]byte, error) {
	if w.u.Format == analyze.CopyBinary {
		return w.binary(dst, row)
	}
	for i, c := range w.columns {
		if i > 0 {
			dst = append(dst, w.u.Delimiter)
		}
		if row[i] == nil {
			dst = append(dst, w.u.Null...)
			continue
		}
		var err error
		if w.value, err = c.Encode(w.value[:0], row[i]); err != nil {
			return dst, err
		}
		if w.u.Format == analyze.CopyCSV {
			force := i < len(w.u.ForceQuote) && w.u.ForceQuote[i]
			dst, err = w.csv(dst, w.value, force, len(w.columns) == 1)
		} else {
			dst, err = w.escaped(dst, w.value, w.text)
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, '\n'), nil
}

func (w *copyWriter) binary(dst []byte, row adt.Row) ([]byte, error) {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(w.columns)))
	for i, c := range w.columns {
		if row[i] == nil {
			dst = binary.BigEndian.AppendUint32(dst, 0xffffffff)
			continue
		}
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		var err error
		if dst, err = c.Encode(dst, row[i]); err != nil {
			return dst, err
		}
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst, nil
}

// text appends a value of the text format, escaped (CopyAttributeOutText).
func (w *copyWriter) text(dst, v []byte) []byte {
	for _, b := range v {
		switch b {
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\v':
			dst = append(dst, '\\', 'v')
		case '\\':
			dst = append(dst, '\\', '\\')
		case w.u.Delimiter:
			dst = append(dst, '\\', b)
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

// csv appends a value of the CSV format, quoted where needed
// (CopyAttributeOutCSV).
func (w *copyWriter) csv(dst, v []byte, force, only bool) ([]byte, error) {
	quote := force || string(v) == w.u.Null || only && string(v) == `\.` ||
		bytes.IndexByte(v, w.u.Delimiter) >= 0 || bytes.IndexByte(v, w.u.Quote) >= 0 || bytes.ContainsAny(v, "\r\n")
	if !quote {
		return append(dst, v...), nil
	}
	dst, err := w.escaped(append(dst, w.u.Quote), v, w.quoted)
	return append(dst, w.u.Quote), err
}

// quoted appends a piece of a value of the CSV format that stands in quotes.
func (w *copyWriter) quoted(dst, v []byte) []byte {
	for _, b := range v {
		if b == w.u.Quote || b == w.u.Escape {
			dst = append(dst, w.u.Escape)
		}
		dst = append(dst, b)
	}
	return dst
}
