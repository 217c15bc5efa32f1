package catalog

import (
	"testing"

	"github.com/flowgres/flowgres/planner/adt"
)

func open(t testing.TB) *Catalog {
	t.Helper()
	c, err := NewCluster().Open(DatabaseName, adt.Builtins(), nil)
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

func TestDomainHasConstraints(t *testing.T) {
	c := open(t)
	for name, want := range map[string]bool{
		"cardinal_number": true, "yes_or_no": true, "sql_identifier": false, "character_data": false, "time_stamp": false,
	} {
		if got := c.DomainHasConstraints(c.TypeByName("information_schema", name, nil).OID); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
