package exec

import (
	"iter"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/adt"
)

// placeInput makes an input of an appender that comes place by place: the places it reads, some of
// which have no rows, in order. opened counts the places that were read.
func placeInput(r *rand.Rand, places []string, opened *int) (in rows, all []adt.Row) {
	byPlace := make([][]adt.Row, len(places))
	for i, p := range places {
		for n := range r.Intn(3) {
			byPlace[i] = append(byPlace[i], adt.Row{p, int64(n)})
		}
		all = append(all, byPlace[i]...)
	}
	return func(yield func(adt.Row, error) bool) {
		for i, list := range byPlace {
			if i > 0 && !yield(nil, nil) {
				return
			}
			*opened++
			for _, row := range list {
				if !yield(row, nil) {
					return
				}
			}
		}
	}, all
}

// TestMergeAppend merges inputs of random places: the rows must come in order, with a mark
// wherever the place changes and nowhere else, and where it is known which places there are
// none may be read that comes after the rows looked at.
func TestMergeAppend(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	for seed := range int64(3000) {
		r := rand.New(rand.NewSource(seed)) //nolint:gosec // a test
		desc := r.Intn(2) == 0
		col := sortCol{desc: desc, cmp: func(a, b adt.Datum) int { return strings.Compare(a.(string), b.(string)) }}
		a := &appender{cols: []sortCol{col}, out: &output{x: newState(&Runtime{}, 0)}}
		var want []adt.Row
		opened := make([]int, 1+r.Intn(3))
		places := make([][]string, len(opened))
		pruned, known := make([]bool, len(opened)), r.Intn(2) == 0
		for i := range opened {
			for _, n := range names {
				if r.Intn(2) == 0 {
					places[i] = append(places[i], n)
				}
			}
			steps := slices.Clone(places[i])
			if r.Intn(3) == 0 && len(places[i]) > 0 { // left out when the scan opens
				n := r.Intn(len(places[i]))
				places[i] = slices.Delete(slices.Clone(places[i]), n, n+1)
				pruned[i] = true
			}
			if desc {
				slices.Reverse(places[i])
				slices.Reverse(steps)
			}
			in, all := placeInput(r, places[i], &opened[i])
			want = append(want, all...)
			next, stop := iter.Pull2(in)
			defer stop()
			m := &mergeInput{next: next, marks: true}
			for _, s := range steps {
				if known {
					m.steps = append(m.steps, s)
				}
			}
			a.ins = append(a.ins, m)
		}
		slices.SortStableFunc(want, func(x, y adt.Row) int { return col.compare(x[0], y[0]) })
		most := r.Intn(len(want) + 2)
		var got []adt.Row
		marked := true
		a.yield = func(row adt.Row, err error) bool {
			if err != nil {
				t.Fatal(err)
			}
			if row == nil {
				if marked {
					t.Fatalf("seed %d: a mark without rows before", seed)
				}
				marked = true
				return true
			}
			if len(got) > 0 && (got[len(got)-1][0] != row[0]) != marked {
				t.Fatalf("seed %d: mark %v between %v and %v", seed, marked, got[len(got)-1], row)
			}
			marked = false
			got = append(got, row)
			return len(got) < most
		}
		if err := a.run(); err != nil && err != errStopped {
			t.Fatal(err)
		}
		n := min(max(most, 1), len(want))
		if len(got) != n {
			t.Fatalf("seed %d: %d rows of %d", seed, len(got), n)
		}
		for i, row := range got {
			if row[0] != want[i][0] {
				t.Fatalf("seed %d: row %d is %v instead of %v", seed, i, row, want[i])
			}
		}
		for i, read := range opened {
			if !known || pruned[i] || n < most || n == 0 {
				continue // it has to look
			}
			for _, p := range places[i][:read] {
				if last := got[n-1][0]; col.compare(p, last) > 0 {
					t.Fatalf("seed %d: input %d read %s for rows up to %v", seed, i, p, last)
				}
			}
		}
	}
}
