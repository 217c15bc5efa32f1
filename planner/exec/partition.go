package exec

import (
	"hash/maphash"

	"github.com/flowgres/flowgres/planner/adt"
)

// partitions are rows put away in a temporary file by the hash of their keys,
// for a node to take up again a part at a time: rows of equal keys are in one part.
type partitions struct {
	file   *tempFile
	seed   maphash.Seed
	parts  [fanOut]partition
	buffer int   // bytes of a part that are written at once
	held   int64 // bytes of buffers
	index  int64 // bytes of chunks
	rows   int64 // of all parts
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
	f, err := newTempFile(x, newCodec(live))
	if err != nil {
		return nil, err
	}
	p := &partitions{file: f, seed: seed, buffer: int(min(fileBuffer/4, max(512, x.workMem/(2*fanOut))))}
	p.held = int64(fanOut * p.buffer)
	return p, x.hold(p.held)
}

func (p *partitions) add(key hashKey, row adt.Row) error {
	part := &p.parts[maphash.String(p.seed, key.text)%fanOut]
	part.buf = p.file.encode(part.buf, row)
	part.rows++
	p.rows++
	if len(part.buf) < p.buffer {
		return nil
	}
	return p.flush(part)
}

// seal ends the adding of rows.
func (p *partitions) seal() error {
	for i := range p.parts {
		if err := p.flush(&p.parts[i]); err != nil {
			return err
		}
		p.parts[i].buf = nil
	}
	p.file.x.release(p.held)
	p.held = 0
	return nil
}

func (p *partitions) flush(part *partition) error {
	if len(part.buf) == 0 {
		return nil
	}
	e, err := p.file.write(part.buf)
	part.buf = part.buf[:0]
	if n := len(part.chunks); n > 0 && part.chunks[n-1].to == e.from {
		part.chunks[n-1].to = e.to
		return err
	}
	part.chunks = append(part.chunks, e)
	if err != nil {
		return err
	}
	p.index += 16
	return p.file.x.hold(16)
}

// read gives the rows of a part; with keep they may be kept. What is made for a row is gone
// when the next comes.
func (p *partitions) read(i int, keep bool) rows {
	part, x := &p.parts[i], p.file.x
	return func(yield func(adt.Row, error) bool) {
		for _, e := range part.chunks {
			r := p.file.reader(e, int(min(e.to-e.from, int64(2*p.buffer))))
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
				made := x.made
				if !yield(row, nil) {
					return
				}
				x.made = made
			}
		}
	}
}

func (p *partitions) close() {
	p.file.x.release(p.held + p.index)
	p.held, p.index = 0, 0
	p.file.close()
}
