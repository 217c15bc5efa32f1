package catalog

import (
	"testing"

	"github.com/flowgres/flowgres/planner/adt"
)

func open(t testing.TB) *Catalog {
	t.Helper()
	c, err := New(adt.Builtins(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		open(b)
	}
}
