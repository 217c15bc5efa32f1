package ec2backend

import (
	"bytes"
	"runtime"
	"testing"
)

// TestInternerHoldsLittle reads three pages again and again, as sessions that look at the
// same flow logs do, drops the rows, and looks at what the interner keeps of them: there
// are as many interners as replies are read at once.
func TestInternerHoldsLittle(t *testing.T) {
	body := pageOf(t, 1000)
	pages := [][]byte{body, bytes.ReplaceAll(body, []byte(">log-"), []byte(">first-")), bytes.ReplaceAll(body, []byte(">log-"), []byte(">second-"))}
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc) //nolint:gosec // no heap is as large
	}
	var all columnSet
	for i := range all {
		all[i] = true
	}
	before := heap()
	in := newInterner()
	for i := range 24 {
		rows, _, err := ourDecode(in, all, bytes.NewReader(pages[i%len(pages)]))
		if err != nil || len(rows) != 1000 {
			t.Fatal(len(rows), err)
		}
		in.x.reset(nil)
	}
	held := heap() - before
	t.Logf("it keeps %d kB", held>>10)
	if held > 4<<20 {
		t.Error("too much")
	}
	runtime.KeepAlive(in)
	runtime.KeepAlive(pages)
}
