package ec2backend

import (
	"testing"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

func TestPaging(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 999, 1000, 1001, 2500} {
		f := newFixture(t, emulator.Options{}, nil)
		f.SeedMany(testAccount, "us-east-1", n)
		rows, _, err := f.scan(t, fdw.Request{})
		if err != nil {
			t.Fatal(err)
		}
		calls := max(1, (n+999)/1000)
		if len(rows) != n || len(f.Calls()) != calls {
			t.Errorf("%d flow logs: %d rows, %d calls, want %d", n, len(rows), len(f.Calls()), calls)
		}
		seen := map[adt.Datum]bool{}
		for _, r := range rows {
			seen[r[colFlowLogID]] = true
		}
		if len(seen) != n {
			t.Errorf("%d flow logs: %d different ids", n, len(seen))
		}
	}
}
