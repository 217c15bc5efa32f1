package ec2backend

import (
	"sync"

	"github.com/flowgres/flowgres/planner/adt"
)

// budget bounds the bytes that several streams keep together.
type budget struct {
	mu     sync.Mutex
	left   int64
	strict func() error // the error when it is spent; nil: pages are let go then
}

func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left -= n
	return b.left >= 0
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
}

// pageBytes estimates what keeping a page takes: texts that rows share are not counted,
// and JSON that they share is once.
func pageBytes(p *page) int64 {
	n := int64(0)
	seen := map[*adt.JSONB]bool{}
	for _, rows := range p.batches {
		for _, row := range rows {
			id, _ := row[colFlowLogID].(string)
			resource, _ := row[colResourceID].(string)
			n += int64(24 + 16*len(row) + 32 + len(id) + len(resource))
			for _, d := range row {
				if j, ok := d.(*adt.JSONB); ok {
					n += jsonBytes(j, seen)
				}
			}
		}
	}
	return n
}

const jsonNode = 96 // bytes of an adt.JSONB

// jsonBytes is what a value takes beside what was seen.
func jsonBytes(j *adt.JSONB, seen map[*adt.JSONB]bool) int64 {
	if seen[j] {
		return 0
	}
	seen[j] = true
	n := int64(jsonNode + len(j.Str) + 16*len(j.Keys) + 8*len(j.Vals))
	for _, v := range j.Vals {
		n += jsonBytes(v, seen)
	}
	return n
}
