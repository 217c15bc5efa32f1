package adt

import (
	"context"
	"runtime"
	"testing"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// TestMake holds that garbage is collected before the heap grows over its limit, and that
// what is held over it leaves no room.
func TestMake(t *testing.T) {
	const size = 8 << 20
	m := &Memory{Heap: heapSize() + 8*size}
	var kept []byte
	for range 200 { // of which one is held at a time
		if err := m.Make(t.Context(), size); err != nil {
			t.Fatal(err)
		}
		kept = make([]byte, size)
		if n := heapSize(); n > m.Heap+size {
			t.Fatalf("the heap has %d bytes, not %d", n, m.Heap)
		}
	}
	runtime.KeepAlive(kept)

	m.Heap = 1 << 20
	err := m.Make(t.Context(), 1<<30)
	if pgerr.From(err).Code != "53200" {
		t.Errorf("no room: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&Memory{Heap: 1}).Make(ended, 1<<30); err != nil {
		t.Errorf("a statement that has ended: %v", err)
	}
}

// TestUnderway holds that what a routine makes is taken of all sessions' memory until it ends.
func TestUnderway(t *testing.T) {
	m := &Memory{Limit: 10 << 20}
	a, b := &Env{Context: t.Context(), Underway: &Underway{Memory: m}}, &Env{Context: t.Context(), Underway: &Underway{Memory: m}}
	for _, n := range []int64{100, 2 << 20, 6 << 20, 1 << 20} { // of one value, as it grows
		if err := a.Room(n); err != nil {
			t.Fatal(err)
		}
	}
	if n := m.Used(); n != 6<<20 {
		t.Errorf("it has %d bytes", n)
	}
	if err := b.Room(6 << 20); pgerr.From(err).Code != "53200" {
		t.Errorf("two values of 6 MB in 10: %v", err)
	}
	a.Underway.End()
	if err := b.Room(6 << 20); err != nil {
		t.Error(err)
	}
	b.Underway.End()
	if n := m.Used(); n != 0 {
		t.Errorf("%d bytes are still taken", n)
	}
}
