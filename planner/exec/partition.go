package exec

import (
	"hash/maphash"

	"github.com/flowgres/flowgres/planner/adt"
)

// partitions are rows put away in a temporary file by the hash of their keys,
// for a node to take up again a part at a time: rows of equal keys are in one part.
type partitions struct {
	file  *tempFile
	seed  maphash.Seed
	parts [fanOut]partition
}

const (
	fanOut        = 16
	maxPartitions = 6 // times that rows are parted again
)

type partition struct {
	buf    []byte
	chunks []extent
	rows   int64
}

func newPartitions(x *state, live []bool, seed maphash.Seed) (*partitions, error) {
	f, err := newTempFile(x, live)
	if err != nil {
		return nil, err
	}
	return &partitions{file: f, seed: seed}, nil
}

func (p *partitions) add(key joinHash, row adt.Row) error {
	h := uint64(0)
	if key.bytes != nil {
		h = maphash.Bytes(p.seed, key.bytes)
	} else {
		h = maphash.String(p.seed, key.text)
	}
	part := &p.parts[h%fanOut]
	part.buf = p.file.encode(part.buf, row)
	part.rows++
	if len(part.buf) < fileBuffer/4 {
		return nil
	}
	return p.flush(part)
}

func (p *partitions) flush(part *partition) error {
	if len(part.buf) == 0 {
		return nil
	}
	e, err := p.file.write(part.buf)
	part.buf = part.buf[:0]
	part.chunks = append(part.chunks, e)
	return err
}

// read gives the rows of a part; with keep they may be kept.
func (p *partitions) read(i int, keep bool) rows {
	part := &p.parts[i]
	return func(yield func(adt.Row, error) bool) {
		if err := p.flush(part); err != nil {
			yield(nil, err)
			return
		}
		for _, e := range part.chunks {
			r := p.file.reader(e, int(e.to-e.from))
			r.reuse = !keep
			for {
				row, err := r.next()
				if err != nil {
					yield(nil, err)
					return
				}
				if row == nil {
					break
				}
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

func (p *partitions) close() { p.file.close() }
