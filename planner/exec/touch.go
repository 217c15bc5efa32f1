package exec

import (
	"unsafe"

	"github.com/flowgres/flowgres/planner/adt"
)

// touched is how many rows are touched at once.
const touched = 16

// toucher reads what the next rows lead to, which may lie anywhere in memory, so
// that the processor waits for all of it at the same time, not for each value when
// it comes to it.
type toucher struct {
	cols []int
	sum  byte // of what was read, so that it is
}

// touch reads a byte of the columns of the next rows from one on, once for so many.
func (t *toucher) touch(rows []adt.Row, from int) {
	if from%touched != 0 {
		return
	}
	sum := t.sum
	rows = rows[from:min(from+touched, len(rows))]
	for _, c := range t.cols {
		for _, r := range rows {
			if c >= len(r) {
				continue
			}
			switch d := r[c].(type) {
			case nil:
			case string:
				if len(d) > 0 {
					sum += d[0]
				}
			case []byte:
			default:
				sum += *(*byte)((*struct{ typ, data unsafe.Pointer })(unsafe.Pointer(&d)).data)
			}
		}
	}
	t.sum = sum
}
