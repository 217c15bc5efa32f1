package ec2backend

import (
	"testing"
	"time"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// TestTaggedAndDeletedByOthers changes a flow log's tags, which replies show late, and has
// another server delete it: scans lack it from then on, though what asked for its tags could not
// have found it before.
func TestTaggedAndDeletedByOthers(t *testing.T) {
	t.Parallel()
	f := newFixture(t, emulator.Options{TagsAfter: time.Hour}, nil)
	f.SeedMany(testAccount, "us-east-1", 2)
	rows := f.all(t, nil)
	news := append(adt.Row{}, rows[0]...)
	news[colTags] = jsonb(t, `{"Name": "log-0", "env": "new", "team": "team-0"}`)
	req := fdw.WriteRequest{Session: f.session()}
	if _, err := f.b.flowLogs.Update(t.Context(), req, rows[:1], []adt.Row{news}); err != nil {
		t.Fatal(err)
	}
	tagged := func() int {
		got, _, err := f.scan(t, fdw.Request{Columns: allColumns(), Quals: []fdw.Qual{tagEq("env", "new")}})
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	if all, new := len(f.all(t, nil)), tagged(); all != 2 || new != 1 {
		t.Errorf("%d rows, %d with the tag", all, new)
	}
	other, err := New(t.Context(), journalConfig(f.url, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.flowLogs.Delete(t.Context(), req, rows[:1]); err != nil {
		t.Fatal(err)
	}
	if n := len(f.all(t, nil)); n != 1 {
		t.Errorf("%d rows after another's delete", n)
	}
}
