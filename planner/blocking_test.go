package planner_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner"
)

// A session that waits for an advisory lock is told of by pg_locks, and who
// holds it by pg_blocking_pids.
func TestBlockingPIDs(t *testing.T) {
	var panics []string
	e := newEngine(t, &panics)
	names := newTypeNames(t)
	holder := newEngineClient(t, names, e, &panics)
	s, err := e.NewSession(t.Context(), planner.SessionOptions{User: "postgres", Database: "aws", PID: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ask := func(sql string) []string {
		t.Helper()
		a := holder.run(t.Context(), sql, nil)
		var out []string
		for _, row := range a[len(a)-1].rows {
			var b strings.Builder
			for _, v := range row {
				b.WriteString(" " + *v)
			}
			out = append(out, b.String()[1:])
		}
		return out
	}
	ask("select pg_advisory_lock(1, 2)")
	if got := ask("select pg_blocking_pids(2)"); !slices.Equal(got, []string{"{}"}) {
		t.Errorf("before anybody waits: %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Simple(ctx, "select pg_advisory_lock_shared(1, 2)", &discard{}) }()
	for len(ask("select 1 from pg_locks where not granted")) == 0 {
		select {
		case err := <-done:
			t.Fatal("did not wait:", err)
		default:
		}
	}
	for sql, want := range map[string]string{
		"select pg_blocking_pids(2)": "{1}",
		"select pg_blocking_pids(1)": "{}",
		"select pg_blocking_pids(3)": "{}",
		"select locktype, classid, objid, objsubid, pid, mode, waitstart is null from pg_locks where not granted": "advisory 1 2 2 2 ShareLock f",
	} {
		if got := ask(sql); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v, want %s", sql, got, want)
		}
	}
	ask("select pg_advisory_unlock_all()")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := ask("select count(*) from pg_locks where not granted"); fmt.Sprint(got) != "[0]" {
		t.Errorf("after the wait: %v", got)
	}
}
