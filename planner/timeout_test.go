package planner_test

import (
	"testing"
	"time"

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
		if err := s.Bind(t.Context(), "", "", nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Execute(t.Context(), "", 0, &discard{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	do("set statement_timeout = '20ms'")
	if err := s.Parse(t.Context(), "", "select 1", nil); err != nil {
		t.Fatal(err)
	}
	time.Sleep(40 * time.Millisecond)
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
	time.Sleep(40 * time.Millisecond)
	if _, _, err := s.DescribeStatement(t.Context(), ""); err != nil {
		t.Errorf("Describe after Sync: %v", err)
	}
}

// TestRefusedSettings: values of settings that ask for what is not built fail.
func TestRefusedSettings(t *testing.T) {
	var panics []string
	c := newEngineClient(t, newTypeNames(t), newEngine(t, &panics, newFixture(t)), &panics)
	for _, sql := range []string{"set flowgres.cache_ttl = '5min'", "set flowgres.transaction_writes = deferred"} {
		if e := pgerr.From(c.s.Simple(t.Context(), sql, &discard{})); e == nil || e.Code != "0A000" {
			t.Errorf("%s: %v", sql, e)
		}
	}
	for _, sql := range []string{"set flowgres.cache_ttl = 0", "set flowgres.transaction_writes = compensate"} {
		if err := c.s.Simple(t.Context(), sql, &discard{}); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
