package server

import (
	"slices"
	"testing"

	"github.com/jackc/pgproto3/v2"
)

// pieces notes how long each write to it is.
type pieces []int

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, len(b))
	return len(b), nil
}

// TestSpill looks that a long answer begins to go out as soon as PostgreSQL's
// would, in pieces that grow, and that the next answer does so again.
func TestSpill(t *testing.T) {
	var got pieces
	w := &writer{dst: &got}
	row := &pgproto3.DataRow{Values: [][]byte{make([]byte, 1024-11)}} // 1 KiB on the wire
	for range 2 {
		for range 100 {
			w.put(row)
		}
		w.flush()
	}
	answer := []int{8, 16, 28, 28, 20}
	for i := range got {
		got[i] /= 1024
	}
	if want := slices.Concat(answer, answer); !slices.Equal(got, want) {
		t.Errorf("KiB written: %v, not %v", got, want)
	}
}
