package exec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// tempFile is a temporary file of rows, each after its length. It has no name
// any more once it is open, where the system allows that.
type tempFile struct {
	x       *state
	codec   *codec
	file    *os.File
	size    int64
	most    int64 // the largest size that it had
	removed bool
}

// extent is a part of a file.
type extent struct{ from, to int64 }

func errSpill(err error) error {
	code := pgerrcode.IOError
	switch {
	case errors.Is(err, syscall.ENOSPC):
		code = pgerrcode.DiskFull
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		code = pgerrcode.InsufficientResources
	}
	return pgerr.New(code, "could not use a temporary file: %v", err)
}

func newTempFile(x *state, c *codec) (*tempFile, error) {
	f, err := os.CreateTemp(x.temp.Dir, "flowgres-*")
	if err != nil {
		return nil, errSpill(err)
	}
	t := &tempFile{x: x, codec: c, file: f}
	t.removed = os.Remove(f.Name()) == nil
	x.files[t] = struct{}{}
	x.temp.open++
	return t, nil
}

func (t *tempFile) close() {
	if _, open := t.x.files[t]; !open {
		return
	}
	delete(t.x.files, t)
	t.x.temp.open--
	t.x.temp.size -= t.size
	t.x.release(t.codec.forget())
	t.file.Close()
	if !t.removed {
		os.Remove(t.file.Name())
	}
	if gone := t.x.temp.Gone; gone != nil {
		gone(t.most)
	}
}

// empty lets go of all that the file holds.
func (t *tempFile) empty() error {
	if err := t.file.Truncate(0); err != nil {
		return errSpill(err)
	}
	t.x.temp.size -= t.size
	t.size = 0
	return nil
}

// encode appends a row after its length.
func (t *tempFile) encode(dst []byte, row adt.Row) []byte {
	at := len(dst)
	dst = t.codec.appendRow(append(dst, 0, 0, 0, 0), row)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// write appends bytes to the file.
func (t *tempFile) write(b []byte) (extent, error) {
	e := extent{t.size, t.size + int64(len(b))}
	if err := t.x.temp.grow(int64(len(b))); err != nil {
		return e, err
	}
	t.size = e.to
	t.most = max(t.most, t.size)
	t.x.spilled += int64(len(b))
	t.x.run.Session.Doing().Begin(fileWrite)
	_, err := t.file.WriteAt(b, e.from)
	t.x.run.Session.Doing().End()
	if err != nil {
		return e, errSpill(err)
	}
	if err := t.x.hold(t.codec.grown()); err != nil {
		return e, err
	}
	return e, t.x.canceled()
}

// What the session waits for at a temporary file, as PostgreSQL calls it.
var (
	fileWrite = &fdw.Wait{Type: "IO", Event: "BufFileWrite"}
	fileRead  = &fdw.Wait{Type: "IO", Event: "BufFileRead"}
)

// watchedFile reads the file, and says so meanwhile.
type watchedFile struct{ t *tempFile }

func (f watchedFile) ReadAt(b []byte, at int64) (int, error) {
	a := f.t.x.run.Session.Doing()
	a.Begin(fileRead)
	defer a.End()
	return f.t.file.ReadAt(b, at)
}

// fileReader reads the rows of a part of a file.
type fileReader struct {
	codec *codec
	r     *bufio.Reader
	buf   []byte
	reuse bool // a row is good until the next
	row   adt.Row
}

func (t *tempFile) reader(e extent, buffer int) *fileReader {
	return &fileReader{codec: t.codec, r: bufio.NewReaderSize(io.NewSectionReader(watchedFile{t}, e.from, e.to-e.from), buffer)}
}

// next reads a row; nil at the end.
func (r *fileReader) next() (adt.Row, error) {
	head, err := r.r.Peek(4)
	if err == io.EOF && len(head) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, errSpill(err)
	}
	n := int(binary.LittleEndian.Uint32(head))
	r.r.Discard(4) // it was peeked
	if b, err := r.r.Peek(n); err == nil {
		row, err := r.decode(b)
		r.r.Discard(n)
		return row, err
	}
	if cap(r.buf) < n { // longer than the reader's buffer
		r.buf = make([]byte, n)
	}
	r.buf = r.buf[:n]
	if _, err := io.ReadFull(r.r, r.buf); err != nil {
		return nil, errSpill(err)
	}
	return r.decode(r.buf)
}

func (r *fileReader) decode(b []byte) (adt.Row, error) {
	row, err := r.codec.row(b, r.row)
	if r.reuse {
		r.row = row
	}
	return row, err
}

// Files are the temporary files of a session, all together: those of running
// statements and of cursors that stay open.
type Files struct {
	Dir   string            // where they are; "": the system's directory for such files
	Limit func() int64      // the bytes that they may have (temp_file_limit), negative: any number; nil: any
	Gone  func(bytes int64) // is told of each that is closed and how large it was; may be nil
	size  int64
	open  int
}

// grow makes room for bytes that are about to be written (FileWrite of fd.c).
func (f *Files) grow(n int64) error {
	if f.Limit != nil {
		if limit := f.Limit(); limit >= 0 && f.size+n > limit {
			return pgerr.New(pgerrcode.ConfigurationLimitExceeded, "temporary file size exceeds temp_file_limit (%dkB)", limit>>10)
		}
	}
	f.size += n
	return nil
}

// Size is how many bytes the files have now, Open how many files there are.
func (f *Files) Size() int64 { return f.size }

// Open is how many files there are.
func (f *Files) Open() int { return f.open }
