package planner_test

import (
	"testing"
	"time"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// TestTimeoutSpansMessages: statement_timeout runs from an extended query's
// first message to its Execute, also while the client is silent in between, and ends with Sync.
func TestTimeoutSpansMessages(t *testing.T) {
	var panics []string
	s := newEngineClient(t, newTypeNames(t), newEngine(t, &panics, newFixture(t)), &panics).s
	do := func(sql string) {
		t.Helper()
		if err := s.Parse(t.Context(), "", sql, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Bind(t.Context(), "", "", planner.Values{}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Execute(t.Context(), "", 0, &discard{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	do("set statement_timeout = '1s'")
	if err := s.Parse(t.Context(), "", "select 1", nil); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1200 * time.Millisecond)
	_, _, err := s.DescribeStatement(t.Context(), "")
	if e := pgerr.From(err); e == nil || e.Code != "57014" || e.Message != "canceling statement due to statement timeout" {
		t.Errorf("Describe after the timeout: %v", err)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Parse(t.Context(), "", "select 1", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1200 * time.Millisecond)
	if _, _, err := s.DescribeStatement(t.Context(), ""); err != nil {
		t.Errorf("Describe after Sync: %v", err)
	}
}
